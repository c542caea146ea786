"""From a plan to results: one fresh worker process for each measurement.

`plan` says what to run, `parent` runs it, `worker` is the child, `clock` the only clock.
"""
