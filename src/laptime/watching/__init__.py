"""The user's own training: `laptime watch`, the timer, and callbacks for three libraries.

    told.py      what a training says while it runs: one JSON document a line
    tally.py     steps, epochs and waits become blocks; the device is waited for at their ends only
    devices.py   which device, and how to wait for it, by what the script itself has imported
    channel.py   to `laptime watch`, or, where nobody watches, to a result of its own
    timer.py     for loops by hand
    keras.py, lightning.py, transformers.py   callbacks; each imports its library
    result.py    all of it as a record

Whatever fails here is one warning line; the training goes on, and the record says what failed.
"""
