"""What is written down: frozen, versioned, raw. Summaries are computed from these (`summary`).

Times are seconds on the run's one clock (`runner.clock`); absent is None, and a reason stands beside
it wherever somebody may ask why. A record holds no host name, user name, path or command line.

Format history; what one brings is absent before it:
    1  first (laptime 0.1): machine, work, setup, data, processes of blocks, epochs, evaluations
    2  photos: work.resize, .shuffle_buffer, .deviations; data.*_files, .weights; process.fit, .swap_*
    3  engines: setup.modules; learning: bands in place of targets, process.looks
    4  several processes: result.run, process.born_s, .roof, .doubled, .stopped, .logs, .energy;
       epoch.started_s; profiles 'standard', 'soak'; phases 'stretch', 'beside', 'fed', 'held'.
    5  the user's own training: profile 'watch', data 'own', work.script, process.script; drivers
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec

from laptime.energy import Energy
from laptime.errors import RecordError
from laptime.frozen import Frozen
from laptime.passes import Script
from laptime.series import Log

FORMAT = 5
BANDS_SINCE, RUNS_SINCE = 3, 4

Outcome = Literal[
    "ok",
    "oom",
    "unsupported",
    "compile_error",
    "timeout",
    "nan_loss",
    "did_not_learn",
    "killed",
    "environment",
    "error",
    "interrupted",
]
DataKind = Literal["real", "synthetic", "own"]
Profile = Literal["quick", "standard", "full", "soak", "watch"]
Start = Literal["random", "pretrained"]
Phase = Literal["warmup", "resume", "measured", "stretch", "beside", "fed", "held"]
# Held when a record is read: also one that somebody else wrote.
Count = Annotated[int, msgspec.Meta(ge=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Machine(Frozen, frozen=True):
    """What this computer is. Nothing in it names the computer or its owner."""

    system: str
    """'Linux', 'Darwin' or 'Windows'."""
    system_version: str | None
    architecture: str
    """As the system calls it: 'x86_64', 'arm64' ..."""
    model: str | None
    """The maker's model name ('MacBookPro18,3'); None where it is not told."""
    chip: str | None
    """Name of the processor as the system prints it."""
    cores_physical: int | None
    cores_logical: int
    cores_usable: float
    """Cores this process may use: affinity and container limits counted in."""
    memory_bytes: int
    memory_limit_bytes: int | None
    """A container's memory limit; None where there is none."""
    graphics: tuple[str, ...]
    """Names of the graphics processors that the system lists; empty where it lists none."""
    virtual: str | None
    """The hypervisor or container that is known to stand between; None where none is seen."""
    python: str
    drivers: tuple[str, ...] = ()
    """With a version of their own, of the graphics processors; none before format 5."""


class Work(Frozen, frozen=True):
    """What is trained; compared only where it is equal (`key`). None: the user's did not tell."""

    workload: str
    network: str | None
    """SHA-256 of the network's description in layers."""
    parameters: int | None
    trainable_parameters: int | None
    train_flops_per_sample: int | None
    """Forward and backward, two per multiply-add, weighted layers only."""
    evaluate_flops_per_sample: int | None
    input_shape: tuple[int, ...] | None
    classes: int | None
    train_count: Count | None
    validation_count: Count | None
    batch_size: Count | None
    epochs: Count | None
    optimizer: str | None
    loss: str | None
    shuffle: bool | None
    augmentation: str | None = None
    shuffle_buffer: int | None = None
    """Images from which the next one is drawn; None for all of them."""
    resize: str | None = None
    """'nearest', 'bilinear' or 'bilinear after a fast DCT' for photos; None where the images have
    their size already."""
    deviations: tuple[str, ...] = ()
    """In what it differs from the published work, one sentence each; such a result has no rank."""
    script: str | None = None
    """The user's own: the start of its main file's SHA-256, or 'unknown'; None for ours."""

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that are equal exactly when the work is equal."""
        # Laptime's own work has the key that it had before format 5.
        told = {k: v for k, v in msgspec.to_builtins(self).items() if k != "script" or v}
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:12]


class Setup(Frozen, frozen=True):
    """How it was trained: everything that may change the speed and must not change the work."""

    engine: str
    device: str
    device_name: str | None
    precision: str
    name: str
    """'plain' or 'tuned'."""
    versions: dict[str, str]
    """Framework versions, asked from the modules that ran."""
    options: dict[str, str | int | float | bool]
    """Layout, optimizer form, threads ...: what the engine really used."""
    environment: dict[str, str]
    """Variables the worker was started with for the sake of speed."""
    modules: tuple[str, ...] = ()
    """Frameworks that the worker really imported, sorted; empty where none was, and before format 3."""

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that are equal exactly when the setup is equal."""
        return digest(self)


class Timed(Frozen, frozen=True):
    """What stood inside the author's timer, so that ours can be met on the same quantity."""

    startup: bool
    """Making the network and waking the device, up to the first step."""
    validation: bool
    """The whole validation set after every epoch."""
    quantity: Literal["total", "epoch_mean", "epoch_mean_after_first"]


class Target(Frozen, frozen=True):
    """What 'has learned' meant before format 3: at least this accuracy on the validation images."""

    data: DataKind
    after_steps: int
    accuracy: float
    """0 to 1."""


class Score(Frozen, frozen=True):
    """How well a network does on validation images."""

    loss: float
    accuracy: float
    """0 to 1."""


class Band(Frozen, frozen=True):
    """What sound runs of this work reach after so many steps: from worst to best (`laptime.bands`)."""

    after_steps: Count
    samples: Count
    """Validation images that are looked at: the first so many."""
    worst: Score
    """No higher loss and no lower accuracy than these."""
    best: Score


class DataUsed(Frozen, frozen=True):
    """The data that was trained on."""

    name: str
    kind: DataKind
    origin: str
    """'synthetic', or where the files were found: 'debian', 'keras', 'laptime', 'folder' ..."""
    train_files: int | None = None
    """Distinct image files of the training part; None for arrays in memory."""
    test_files: int | None = None
    skipped_files: int | None = None
    """Distinct files that could not be read and were left out, as far as they were met."""
    weights: Start | None = None
    """What a frozen part started from; accuracy depends on it, time does not. None without one."""


class ColdStart(Frozen, frozen=True):
    """What happens once, before training is at speed. Each part None until it was reached."""

    import_s: float | None = None
    data_s: float | None = None
    """Reading the dataset, or making its synthetic twin."""
    build_s: float | None = None
    """Making the network and the optimizer, weights in place on the device."""
    first_step_s: float | None = None
    """The first training step, compilation included."""


class Block(Frozen, frozen=True):
    """A whole number of training steps between two synchronisations of the device."""

    phase: Phase
    """Only 'measured' blocks count. 'resume' brings a held worker back to speed, 'stretch' is long
    enough to tell joules, 'beside' is in turns with a batch twice as large. At the end, in turns: 'fed'
    with batches as they come, 'held' with one batch again and again."""
    visit: int
    """0 for the warm-up, then 1, 2 ... in the order of the run."""
    started_s: float
    """Since the worker's clock started."""
    steps: Count
    samples: Count
    wall_s: Positive
    cpu_s: float | None
    """Processor seconds of the worker and its children in the block."""
    data_wait_s: float | None
    """Spent waiting for the next batch; None where the framework takes the images on its own terms."""
    readback_s: float
    """Reading one updated parameter after the closing synchronisation."""
    loss: float | None
    """Of the last step."""


class Evaluation(Frozen, frozen=True):
    """The validation images (or the first `samples` of them), from one state of the weights."""

    after_steps: int
    samples: Count
    wall_s: Positive
    loss: float
    accuracy: float
    """0 to 1."""


class Epoch(Frozen, frozen=True):
    """One pass over the training data, synchronised at both ends, and the validation after it."""

    index: int
    """1 for the first."""
    steps: Count
    samples: Count
    train_s: Positive
    cpu_s: float | None
    data_wait_s: float | None
    loss: float | None
    evaluation: Evaluation
    started_s: float | None = None
    """Since the worker's clock started; None before format 4."""


class Fit(Frozen, frozen=True):
    """A classifier fitted at once, on features taken before."""

    samples: Count
    """As many as the whole run has images; a quick run repeats those that it took."""
    wall_s: Positive
    iterations: int
    converged: bool


class Roof(Frozen, frozen=True):
    """What the device can do at best, by this engine's own kernels, right beside the training."""

    matmul_gflop_per_s: Positive | None
    """Square matrix products in the precision of the run, of the size at which they are fastest."""
    copy_gb_per_s: Positive | None
    """Bytes read and written by a copy that no cache holds."""
    step_bytes: Count
    """Least bytes that a training step of this work moves, by the network's description."""
    reason: str | None = None
    """Why one of them is None."""


class Doubled(Frozen, frozen=True):
    """Steps with a batch twice as large, in turns with steps of the work's own."""

    batch_size: Count
    step_s: Positive
    single_step_s: Positive
    """Of the work's own batch, in turns with these."""


class Reference(Frozen, frozen=True):
    """Speed of the small reference loop beside a visit: how fast the machine was just then."""

    visit: int
    gflop_per_s: Positive


class Process(Frozen, frozen=True):
    """One fresh worker process, from its start to its end."""

    seed: int | None
    outcome: Outcome
    phase: str
    """'done', or the phase in which it ended: 'import', 'data', 'build', 'train' ..."""
    message: str | None
    """One clean line for anything but 'ok'."""
    steps: int
    """Training steps that were completed."""
    cold: ColdStart
    blocks: tuple[Block, ...]
    epochs: tuple[Epoch, ...]
    evaluations: tuple[Evaluation, ...]
    references: tuple[Reference, ...]
    peak_memory_bytes: int | None
    clock_drift_s: float | None
    """Wall time minus the monotonic clock over the worker's life: large when the machine slept."""
    fit: Fit | None = None
    """Where the recipe fits a classifier on features."""
    swap_growth_bytes: int | None = None
    """By how much the system's used swap grew over the worker's life."""
    born_s: float | None = None
    """When its clock started, since the run began: `born_s + block.started_s` is a time that all
    processes of a run share. None where it did not get so far, and before format 4."""
    stopped: str | None = None
    """Why it was measured no longer: 'precise', 'noise_converged' or 'budget'; None where a profile
    has a fixed number of visits, and before format 4."""
    logs: tuple[Log, ...] = ()
    """What the sensors told beside it; none where none was read, and before format 4."""
    energy: tuple[Energy, ...] = ()
    """Joules of the measured visits or epochs, by place; none where no sensor tells of any."""
    roof: Roof | None = None
    """None before format 4."""
    doubled: Doubled | None = None
    """None where it was not tried: only short steps are worth it; and before format 4."""
    looks: tuple[Evaluation, ...] = ()
    """At the first validation images, by which it is judged whether it learns; not in `evaluations`."""
    script: Script | None = None


class Result(Frozen, frozen=True):
    """One workload on one setup: the unit of the store."""

    format: int
    id: str
    created: str
    """UTC, ISO 8601, to the second."""
    laptime: str
    profile: Profile
    machine: Machine
    work: Work
    setup: Setup
    data: DataUsed
    timed: Timed | None
    targets: tuple[Target, ...]
    """Before format 3, of the data kind that was used; empty since."""
    bands: tuple[Band, ...]
    """Those next to the steps of each look; empty where none is known, and before format 3."""
    processes: Annotated[tuple[Process, ...], msgspec.Meta(min_length=1)]
    run: str | None
    """Equal for results that were measured in turns, by one command; None before format 4."""


def digest(value: object) -> str:
    """First twelve hexadecimal digits of the SHA-256 of a record's canonical JSON."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:12]


def encode(result: Result) -> bytes:
    """A result as indented JSON text in UTF-8, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"


def decode(text: bytes) -> Result:
    """Read a result back.

    Raises:
        RecordError: damaged, not a record, or written by a newer laptime.
    """
    try:
        found: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"not a laptime record ({error}); delete it or restore a copy") from error
    version = found.get("format") if isinstance(found, dict) else None
    if not isinstance(version, int):
        raise RecordError("not a laptime record (it names no format); delete it or restore a copy")
    if version > FORMAT:
        raise RecordError(
            f"written by a newer laptime (record format {version}, this one reads up to {FORMAT}); "
            "upgrade laptime to read it"
        )
    if version < BANDS_SINCE:
        found.setdefault("bands", [])
    if version < RUNS_SINCE:
        found.setdefault("run", None)
    try:
        return msgspec.convert(found, Result)
    except msgspec.ValidationError as error:
        raise RecordError(f"a damaged record ({error}); delete it or restore a copy") from error
