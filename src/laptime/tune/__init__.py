"""The fastest way to do the same work on this machine, found by trying.

`space` knows what can be tried, `worker` tries one thing in a process of its own, `search` decides what
is tried next and who wins, `ratios` reads speeds out of rounds on a machine that drifts, `ladder` tells
what each choice gained, `winners` remembers, and `text` says it to people.
"""
