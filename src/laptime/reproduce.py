"""The line that measures a result again: from what its record holds, not from what was typed.

A record keeps no command line. What decides over the figure is in it: the workload, the engine, the
device, the precision, the setup with every option that differs from its name's, the profile, and
whether the data was real.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from laptime import plain
from laptime.errors import LaptimeError
from laptime.record import Result
from laptime.runner import setups

LONGEST = 80
"""Letters of a name."""


def command(result: Result) -> str:
    """'laptime run mnist-mlp --engine torch ...', to be pasted into a shell."""
    return shlex.join(["laptime", "run", *_arguments(result)])


def _arguments(result: Result) -> Iterator[str]:
    setup = result.setup
    yield _plain(result.work.workload)
    for option, value in (
        ("--engine", setup.engine),
        ("--device", setup.device),
        ("--precision", setup.precision),
        ("--setup", setup.name),
    ):
        yield from (option, _plain(value))
    for change in _changes(result):
        yield from ("--set", change)
    if result.profile == "soak":
        yield from ("--soak", f"{max(1, round(_trained_s(result) / 60))}m")
    else:
        yield from ("--profile", result.profile)
    yield from ("--data", result.data.kind)
    if result.data.weights is not None:
        yield from ("--weights", result.data.weights)


def _changes(result: Result) -> Iterator[str]:
    """Options that differ from what the setup's name stands for.

    What an engine made of a choice by itself ('threads' of 8 from 'all') cannot be chosen and is left
    out; an engine or setup that is not known here tells none.
    """
    setup = result.setup
    try:
        known = setups.all_options(setup.engine)
        usual = setups.resolve(setup.engine, setup.name)
    except (LaptimeError, KeyError):
        return
    for name, value in setup.options.items():
        for choice in known.get(name, ()):
            if (type(choice), choice) == (type(value), value) and choice != usual[name]:
                yield f"{name}={setups.told(choice)}"


def _plain(name: str) -> str:
    """A name from a record that somebody else may have written, on one line and not endless."""
    return plain.printable(name[:LONGEST])


def _trained_s(result: Result) -> float:
    """How long the longest process was measured, from its first block to the end of its last one."""
    spans = [
        process.blocks[-1].started_s + process.blocks[-1].wall_s - process.blocks[0].started_s
        for process in result.processes
        if process.blocks
    ]
    return max(spans, default=60.0)
