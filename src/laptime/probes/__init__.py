"""`laptime probe`: a minute of small tests that tell what each device can do at best.

table      what is measured: kinds, sizes, and the work of one call, in one place
measure    how: in worker processes, one after the other, in two rounds
record     what is written down, versioned like results, beside them in the store
scores     three figures out of all, against a frozen machine
earlier    what this machine scored just before
flags      when not to believe them
text       for people
"""
