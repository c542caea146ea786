"""What a record holds of the user's own training beyond its blocks: `Process.script`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from laptime.frozen import Frozen

NO_FRAMEWORK = "no framework that laptime can wait for was imported"
"""Why a script's device was not waited for; nothing is amiss where there is no graphics processor."""
MOST_PASSES = 100
"""Epochs of a record at most."""
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Pass(Frozen, frozen=True):
    """One epoch of the user's own training, as its timer or callback told it."""

    index: int
    """1 for the first."""
    started_s: float
    """Since the script was started; its first step begins here."""
    wall_s: Positive
    """Without the validation that was told apart."""
    steps: int
    samples: int | None
    data_wait_s: float | None
    validation_s: float | None
    """Time in validation up to the next epoch; None where none was told."""
    loss: float | None
    """The last that was told; None where none was."""


class Script(Frozen, frozen=True):
    """The user's own training, seen from outside, and what it told itself."""

    watched: Literal["command", "process"]
    """'command' by `laptime watch`; 'process' by a timer or callback that stood alone: then it
    begins where that was made."""
    teller: str | None
    """'timer', 'keras', 'lightning' or 'transformers'; None where nothing was told."""
    wall_s: Positive
    """From its start to its end."""
    cpu_s: float | None
    """Processor time of the process and its finished children."""
    exit_code: int | None
    """None for one that a signal ended, or that had not ended yet."""
    signal: int | None
    """That ended it; None for none."""
    epochs: int
    """That were begun."""
    passes: tuple[Pass, ...]
    """One for each epoch; of more than `MOST_PASSES` neighbours are joined, under the first's index."""
    synchronised: bool | None
    """Whether the device was waited for at the ends of blocks; None where nothing was told."""
    unsynchronised_reason: str | None
    """Why not; None where it was."""
    trouble: str | None
    """What went wrong with telling, one clean line; None where nothing did."""
