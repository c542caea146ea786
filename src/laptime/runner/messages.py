"""What the parent and a worker say to each other: one JSON document a line, over the worker's pipes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from laptime.bands import Gate
from laptime.datasets import Found
from laptime.engines import Device, Facts, Option
from laptime.record import Block, ColdStart, Epoch, Evaluation, Fit, Outcome, Roof
from laptime.record import Phase as BlockPhase
from laptime.runner.bursts import Burst
from laptime.runner.supply import DataSeen
from laptime.runner.trial import Evidence, Trial


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """Base of all messages, in both directions."""


class Start(Message, frozen=True, tag="start"):
    """To the worker, first: import, read the data, build; then wait."""

    engine: str
    workload: str
    device: str
    """'auto' for the best that the engine finds."""
    precision: str
    options: dict[str, Option]
    """The engine's, and `setups.SUPPLY`'s."""
    seed: int
    found: Found | None
    """None for the synthetic twin."""
    warmup_s: float
    """0 leaves the first step to the first epoch."""
    workers: int = 1
    """Threads that prepare photos."""
    subset: int | None = None
    """Files of a photo twin at most; None for all."""
    batch_size: int | None = None
    """None for the recipe's."""
    weights: str | None = None
    """File of the pretrained weights; None for random ones."""
    gate: Gate | None = None
    """Where it is looked at for what it has learned; None for nowhere."""


class Probe(Message, frozen=True, tag="probe"):
    """To the worker, in place of Start: import an engine and look for its devices."""

    engine: str


class Visit(Message, frozen=True, tag="visit"):
    """To the worker: blocks for about this long."""

    number: int
    seconds: float
    phase: BlockPhase = "measured"
    """Of these blocks."""


class TakeTurns(Message, frozen=True, tag="turns"):
    """To the worker: blocks with batches as they come and with one held batch, in turns."""

    rounds: int
    seconds: float


class FindRoof(Message, frozen=True, tag="roof"):
    """To the worker: what its device can do at best."""


class RunEpoch(Message, frozen=True, tag="epoch"):
    """To the worker: one pass over the training data, then the whole validation set."""

    index: int


class Evaluate(Message, frozen=True, tag="evaluate"):
    """To the worker: validation images for about this long at most, all of them if they fit."""

    seconds: float


class FitClassifier(Message, frozen=True, tag="fit"):
    """To the worker: fit the classifier on the features taken so far."""


class Try(Message, frozen=True, tag="try"):
    """To the worker, instead of Start and as often as wanted: a trial of the engine."""

    engine: str
    device: str
    precision: str
    options: dict[str, Option]
    trial: Trial
    file: str
    """Where its arrays go (.npz)."""


class OpenEngine(Message, frozen=True, tag="open"):
    """To the worker, instead of Start: import an engine, or what `host.HOST` has, for its kernels."""

    engine: str
    cores: int | None = None
    """So many of the cores are used; None for all."""


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """Which one; see `laptime.engines.EngineModule.kernel`."""

    kind: str
    device: str
    precision: str
    size: int


class TimeKernel(Message, frozen=True, tag="time"):
    """To the worker, after OpenEngine and as often as wanted."""

    kernel: Kernel
    seconds: float
    """Of a burst at least."""


class Stop(Message, frozen=True, tag="stop"):
    """To the worker: say goodbye and end."""


class Phase(Message, frozen=True, tag="phase"):
    """From the worker: what it does now, and how far it is (0 to 1) where that is known."""

    name: str
    share: float | None = None


class Ready(Message, frozen=True, tag="ready"):
    """From the worker: the answer to Start."""

    device: str
    facts: Facts
    modules: tuple[str, ...]
    """Frameworks that the worker has imported."""
    cold: ColdStart
    seen: DataSeen
    born_ns: int
    """When the clock of its blocks started, by `SystemClock.now_ns`, which the parent shares."""


class Probed(Message, frozen=True, tag="probed"):
    """From the worker: the answer to Probe."""

    devices: tuple[Device, ...]
    versions: dict[str, str]
    """Of the modules that the engine needs."""
    modules: tuple[str, ...]
    """Frameworks that the worker has imported."""


class Measured(Message, frozen=True, tag="measured"):
    """From the worker: the answer to Visit and TakeTurns (and the warm-up of Start, before Ready)."""

    blocks: tuple[Block, ...]


class RoofFound(Message, frozen=True, tag="roof_found"):
    """From the worker: the answer to FindRoof."""

    roof: Roof


class EpochDone(Message, frozen=True, tag="epoch_done"):
    """From the worker: the answer to RunEpoch."""

    epoch: Epoch
    fit: Fit | None = None


class Fitted(Message, frozen=True, tag="fitted"):
    """From the worker: the answer to FitClassifier."""

    fit: Fit


class Looked(Message, frozen=True, tag="looked"):
    """From the worker, in its warm-up and before every evaluation: what it has learned."""

    evaluation: Evaluation


class Evaluated(Message, frozen=True, tag="evaluated"):
    """From the worker: the answer to Evaluate."""

    evaluation: Evaluation


class Tried(Message, frozen=True, tag="tried"):
    """From the worker: the answer to Try."""

    evidence: Evidence
    device: str


class Opened(Message, frozen=True, tag="opened"):
    """From the worker: the answer to OpenEngine."""

    devices: tuple[Device, ...]
    versions: dict[str, str]
    modules: tuple[str, ...]
    """Frameworks that the worker has imported."""


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """A library that computes, or that starts threads, loaded by the worker."""

    api: str
    """'blas' or 'openmp'."""
    name: str
    """'openblas', 'mkl', 'blis' ..."""
    file: str
    """Its name, without its folder."""
    version: str | None
    architecture: str | None
    """For which processor the code was written that it has chosen: 'Zen', 'Haswell'; None where it
    does not tell."""
    threading: str | None
    threads: int


class Told(Message, frozen=True, tag="told"):
    """From the worker: the answer to TimeKernel."""

    bursts: tuple[Burst, ...]
    """None where there is no such kernel."""
    reason: str | None = None
    """Why there is none."""
    libraries: tuple[Library, ...] = ()
    builds: Mapping[str, str] = {}


class Goodbye(Message, frozen=True, tag="goodbye"):
    """From the worker: the answer to Stop."""

    peak_memory_bytes: int | None
    clock_drift_s: float
    skipped_files: int | None = None


class Failed(Message, frozen=True, tag="failed"):
    """From the worker, at any time, last: what ended it."""

    outcome: Outcome
    phase: str
    message: str
    steps: int
    peak_memory_bytes: int | None = None
    skipped_files: int | None = None


ToWorker = (
    Start
    | Probe
    | Visit
    | TakeTurns
    | FindRoof
    | RunEpoch
    | Evaluate
    | FitClassifier
    | Try
    | OpenEngine
    | TimeKernel
    | Stop
)
FromWorker = (
    Phase
    | Ready
    | Probed
    | Measured
    | RoofFound
    | EpochDone
    | Fitted
    | Looked
    | Evaluated
    | Tried
    | Opened
    | Told
    | Goodbye
    | Failed
)
