"""Video: the articles' exports with an open encoder (`laptime video`).

A clip is drawn from a fixed seed (`source`), held in memory as a reel of two seconds that is played
again and again (`clips`), and encoded to a file by a process of its own (`worker`, `encoding`). Each
encoder that FFmpeg knows is tried first (`encoders`); one that does not open is an outcome with its
reason. Afterwards the file is decoded and compared with what was drawn (`quality`). `export` is the
parent's end, `record` what is written down, `summary` what it says. Only the worker imports PyAV.
"""
