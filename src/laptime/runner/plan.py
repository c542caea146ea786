"""What will be run, decided before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import msgspec

from laptime import datasets, memory, registry, weights
from laptime.datasets import DatasetModule, Found, Need
from laptime.download import Progress
from laptime.engines import Option
from laptime.errors import BrokenLeafError, EngineUnavailableError, UnknownNameError, UsageError
from laptime.record import Profile
from laptime.runner.available import installed, unavailable
from laptime.workloads import Workload

VISITS = 5
"""Visits of the quick profile: short and spread over the run, since machines drift."""
VISIT_S = 0.9
"""Measured seconds of a visit."""
WARMUP_S = 0.5
EVALUATE_S = 2.0
"""The quick profile's validation takes about this long at most."""
MANY = 8
"""Of more workloads than these each is visited once less, so that a whole suite is done in minutes."""
SLOW_STEPS_S = 6.0
"""Where a step is so long that five visits would take longer than this, there are fewer of them."""
START_S = 5.5
"""What a start is taken to cost in the up-front estimate: import, data, build, warm-up."""
PROCESSES = 5
"""Of the standard profile: what differs between processes shows in nothing else."""
STANDARD_VISIT_S = 2.0
STANDARD_S = 22.0
"""A process of the standard profile is taken to be measured for so long (`stopping` decides),"""
LEAST_PROCESS_S = START_S + 2 * STANDARD_VISIT_S + EVALUATE_S
"""The shortest process that a budget may have."""
MOST_S = 120.0
"""and never longer than this: a step may take seconds."""
TURNS = 2
"""Of each process in the standard profile: with its input and without, to see what the input costs;"""
TURN_S = 0.7
"""each about so long."""
SOAK_VISIT_S = 6.0
"""Long enough for the energy counters of graphics cards."""
LONG_S = 300.0
"""A full run that takes so long shows how far an estimate is off; a shorter one is simply run."""
SEED = 1
SEED_STEP = 1000
"""From process to process: the bands were made with seeds from 2 on."""
DEFAULT_SUITE = "articles"
LADDER = (32, 16, 8, 4)
"""Batch sizes to step down to where memory is short: those that Bourke tried in 2020."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One workload on one setup."""

    workload: str
    engine: str
    device: str
    """'auto' until the worker has chosen."""
    precision: str
    setup: str
    options: dict[str, Option]
    """A value for each option of the engine: what the setup's name stands for, and more."""
    found: Found | None
    """Where the real data lies; None for the synthetic twin."""
    subset: int | None = None
    """Files of a photo twin that are used, at most; None for all."""
    batch_size: int | None = None
    """None for the published one."""
    weights: str | None = None
    """File of the pretrained weights; never written into a record. None for random ones."""
    is_alone: bool = False
    """Whether no other worker may be held beside its own: tried again after it ran out of memory."""
    deviations: tuple[str, ...] = ()
    """Why it is not run as published, where that was decided before it started."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The items of a run, in order."""

    profile: Profile
    items: tuple[Item, ...]
    seed: int = SEED
    fallback: bool = True
    """Whether a run that is out of memory is tried again with the next smaller batch."""
    budget_s: float | None = None
    """Of the profile 'standard': how long it may take in all; None for five processes of each."""
    soak_s: float = 0.0
    """How long each is trained without a rest, in the profile 'soak'."""
    known_s: float | None = None
    """How long the whole runs took here before, where that is known."""

    @property
    def processes(self) -> int:
        """How many of each item."""
        return PROCESSES if self.profile == "standard" else 1

    @property
    def expected_s(self) -> float | None:
        """About how long it will take; None for a full run that nobody has measured here yet."""
        if self.profile == "full":
            return None if self.known_s is None else self.known_s + START_S * len(self.items)
        visit_s = VISIT_S * 1.5  # a visit overshoots a little, and comes back to speed first
        if self.profile == "soak":
            return len(self.items) * (START_S + self.soak_s + EVALUATE_S)
        if self.budget_s:
            return self.budget_s
        if self.profile == "standard":
            process_s = START_S + 1.2 * STANDARD_S + EVALUATE_S
            return len(self.items) * self.processes * process_s
        return len(self.items) * (START_S + self.visits() * visit_s + EVALUATE_S)

    def visits(self, step_s: float | None = None) -> int:
        """How often a quick run comes back to a workload whose step takes so long."""
        most = VISITS - (len(self.items) > MANY)
        if step_s is None or step_s <= VISIT_S:
            return most
        return max(1, min(most, int(SLOW_STEPS_S / step_s)))


def engine_facts(engine: str) -> dict[str, Any]:
    """Literal facts of an engine, read without importing it.

    Raises:
        UnknownNameError: no such engine.
    """
    return registry.peek("engines", engine)


def is_installed(engine: str) -> bool:
    """Whether the modules that an engine needs can be found; they are not imported."""
    return installed(engine_facts(engine)["MODULES"])


ALL = "all"
"""Stands for every engine that is installed."""


def choose_engines(engines: Sequence[str]) -> list[str]:
    """The engines asked for, each once; the preferred one of those installed for none.

    Raises:
        UnknownNameError: no such engine.
        EngineUnavailableError: its framework (or every framework) is missing.
    """
    here = [name for name in by_preference() if is_installed(name)]
    if not here and (not engines or ALL in engines):
        line = install_line(by_preference()[0])
        raise EngineUnavailableError(f"no framework is installed; install one with: {line}")
    if not engines:
        return here[:1]
    chosen: dict[str, None] = {}
    for name in engines:
        if name != ALL and not is_installed(name):
            told = unavailable(name) or f"install it with: {install_line(name)}"
            raise EngineUnavailableError(f"the engine '{name}' needs its framework; {told}")
        chosen.update(dict.fromkeys(here if name == ALL else [name]))
    return list(chosen)


def choose_able(
    engines: Sequence[str], *, device: str, precision: str, tell: Callable[[str], None]
) -> list[str]:
    """The engines asked for; of 'all' those that have such a device and precision.

    Args:
        engines: as asked for.
        device: as asked for.
        precision: as asked for.
        tell: told of each that is left out.

    Raises:
        UnknownNameError: no such engine; one that was named has no such device.
        EngineUnavailableError: its framework (or every framework) is missing.
        UsageError: one that was named, or every one, has no such precision or device.
    """
    able = []
    for name in choose_engines(engines):
        try:
            check_choices(name, device=device, precision=precision)
        except UsageError as problem:
            if ALL not in engines or name in engines:
                raise
            tell(f"{name} is left out: {problem}")
        else:
            able.append(name)
    if not able:
        raise UsageError(
            f"no engine that is installed has the device '{device}' and the precision '{precision}'; "
            "see laptime list engines --json"
        )
    return able


def by_preference() -> list[str]:
    """Engines that train something: those that say they are a default first, then by name.

    One whose file cannot be read is left out; `laptime list engines` tells why.
    """
    real = {}
    for name in registry.names("engines"):
        with suppress(BrokenLeafError):
            facts = engine_facts(name)
            if facts["MODULES"]:
                real[name] = bool(facts.get("DEFAULT", False))
    return sorted(real, key=lambda name: not real[name])


def install_line(engine: str) -> str:
    """The line that installs an engine's framework."""
    facts = engine_facts(engine)
    return (
        f"pip install 'laptime[{facts['EXTRA']}]'"
        if facts["EXTRA"]
        else f"pip install {' '.join(facts['MODULES'])}"
    )


def check_choices(engine: str, *, device: str, precision: str) -> None:
    """Refuse names that an engine cannot mean anywhere.

    Raises:
        UnknownNameError: with the nearest name.
        UsageError: a precision that the engine does not have.
    """
    facts = engine_facts(engine)
    if device != "auto" and device.split(":", maxsplit=1)[0] not in facts["DEVICES"]:
        raise UnknownNameError(f"device of {engine}", device, ["auto", *facts["DEVICES"]])
    if precision not in facts["PRECISIONS"]:
        raise UsageError(
            f"{engine} has no precision '{precision}'; it has {', '.join(facts['PRECISIONS'])}"
        )


def choose_workloads(patterns: Sequence[str], *, suite: str | None = None) -> list[str]:
    """Workloads by name or glob; those of a suite (the articles') for none.

    Raises:
        UnknownNameError: a pattern that matches nothing, or a suite that no workload is in.
        UsageError: both are given.
    """
    if patterns:
        if suite is not None:
            raise UsageError("name workloads or a --suite, not both; drop one of them")
        return registry.select("workloads", patterns)
    wanted = suite or DEFAULT_SUITE
    suites = {name: _workload(name).suites for name in registry.names("workloads")}
    found = [name for name, of in suites.items() if wanted in of]
    if not found:
        raise UnknownNameError("suite", wanted, {each for of in suites.values() for each in of})
    return found


def next_batch_size(item: Item) -> int | None:
    """The next smaller batch of the ladder; None where there is none."""
    tried = item.batch_size or _workload(item.workload).recipe.batch_size
    return max((size for size in LADDER if size < tried), default=None)


def smaller(item: Item) -> Item | None:
    """The same with the next smaller batch of the ladder; None where there is none."""
    size = next_batch_size(item)
    if size is None:
        return None
    return msgspec.structs.replace(item, batch_size=size, deviations=("memory too short",))


def need_bytes(item: Item) -> int:
    """Memory that its worker will want, by the description of its network."""
    workload = _workload(item.workload)
    batch_size = item.batch_size or workload.recipe.batch_size
    need = memory.need_bytes(workload.network, batch_size=batch_size)
    if item.options.get("loop") == "fit" and not is_photos(item.workload):
        count: int = registry.peek("datasets", workload.dataset)["TRAIN_COUNT"]
        need += memory.floats_bytes(workload.network, count=count)
    return need


def fitted(item: Item, *, available_bytes: int) -> Item:
    """The item with the largest batch of the ladder that fits; as it is where none does."""
    chosen: Item | None = item
    while chosen is not None and need_bytes(chosen) > available_bytes:
        chosen = smaller(chosen)
    return chosen or item


def locate_data(workload: str, *, data_dir: Path | None) -> Found | None:
    """Where a workload's real data lies on this machine; None where it does not.

    Raises:
        DataError: `data_dir` is no folder.
    """
    return datasets.locate(_dataset(workload), data_dir=data_dir)


def fetch_data(workload: str, *, progress: Progress) -> Found:
    """Download a workload's real data.

    Raises:
        DataError: it cannot be had.
    """
    return _dataset(workload).fetch(progress=progress)


def is_photos(workload: str) -> bool:
    """Whether it trains on image files."""
    return registry.peek("datasets", _workload(workload).dataset).get("KIND") == "photos"


def twin_need(workload: str, *, subset: int | None) -> Need:
    """What the workload's synthetic twin still has to write to the disk."""
    return datasets.twin_need(_dataset(workload), subset=subset)


def write_twin(workload: str, *, subset: int | None, progress: Progress) -> None:
    """Write the workload's synthetic photos, as far as they are not there.

    Raises:
        DataError: the disk is full or may not be written.
    """
    datasets.write_twin(_dataset(workload), subset=subset, progress=progress)


def find_weights(workload: str) -> Path | None:
    """Where the pretrained weights of its frozen part lie; None where they do not, or it has none."""
    key = _workload(workload).pretrained
    return None if key is None else weights.find(key)


def computes(engine: str) -> bool:
    """Whether it computes anything; one that does not could not show that it has given weights."""
    return bool(engine_facts(engine).get("COMPUTES", True))


def fetch_weights(workload: str, *, progress: Progress) -> Path | None:
    """Download them; None where the workload has none.

    Raises:
        DataError: they cannot be had.
    """
    key = _workload(workload).pretrained
    return None if key is None else weights.fetch(key, progress=progress)


def _workload(name: str) -> Workload:
    workload: Workload = registry.load("workloads", name).WORKLOAD
    return workload


def _dataset(workload: str) -> DatasetModule:
    return cast("DatasetModule", registry.load("datasets", _workload(workload).dataset))
