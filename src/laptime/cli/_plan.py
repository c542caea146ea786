"""From the words on the command line to a plan: data found or fetched, twins written, weights found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from laptime import datasets
from laptime.cli._expect import known_total_s
from laptime.cli._ways import Way, Wish, ways_of
from laptime.errors import DataError, UsageError
from laptime.runner import plan as planning
from laptime.runner.plan import Item, Plan

if TYPE_CHECKING:
    from laptime.cli._progress import Watcher
    from laptime.datasets import Found
    from laptime.record import Profile
    from laptime.store import Store


class Wanted(NamedTuple):
    """What was said on the command line; nothing of it checked."""

    workloads: tuple[str, ...]
    suite: str | None
    engines: tuple[str, ...]
    device: str
    precision: str
    setups: tuple[str, ...]
    changes: tuple[str, ...]
    profile: Profile
    soak_s: float
    budget_s: float | None
    data: str
    data_dir: Path | None
    weights: str
    fallback: bool


def plan_of(wanted: Wanted, *, store: Store, watcher: Watcher) -> Plan:
    """What will be run, with everything that it needs on the disk.

    Raises:
        LaptimeError: a name that nothing has, or something that cannot be had.
    """
    names = planning.choose_workloads(wanted.workloads, suite=wanted.suite)
    ways = {name: _ways(name, wanted) for name in names}
    if wanted.budget_s is not None:
        _refuse_short(wanted.budget_s, sum(map(len, ways.values())))
    found = _find(names, data=wanted.data, data_dir=wanted.data_dir, watcher=watcher)
    subset = None if wanted.profile == "full" else datasets.QUICK_FILES
    twins = [name for name in names if found[name] is None and planning.is_photos(name)]
    _write_twins(twins, subset=subset, watcher=watcher)
    computing = [n for n in names if any(planning.computes(way.engine) for way in ways[n])]
    starts = _find_weights(computing, weights=wanted.weights, watcher=watcher)
    items = tuple(
        Item(
            workload=name,
            engine=way.engine,
            device=wanted.device,
            precision=wanted.precision,
            setup=way.setup,
            options=way.options,
            found=found[name],
            subset=subset if name in twins else None,
            weights=starts.get(name) if planning.computes(way.engine) else None,
        )
        for name in names
        for way in ways[name]
    )
    known_s = known_total_s(items, store=store) if wanted.profile == "full" else None
    return Plan(
        profile=wanted.profile,
        soak_s=wanted.soak_s,
        budget_s=wanted.budget_s,
        items=items,
        known_s=known_s,
        fallback=wanted.fallback,
    )


def _refuse_short(budget_s: float, count: int) -> None:
    """Refuse a budget in which not every item would have its turn once."""
    least_s = count * planning.LEAST_PROCESS_S
    if budget_s < least_s:
        raise UsageError(
            f"--budget {budget_s:.0f}s is too short: a workload on a setup takes about "
            f"{planning.LEAST_PROCESS_S:.0f} s, and there are {count} to train; "
            f"give at least {least_s:.0f}s, or name fewer"
        )


def _ways(name: str, wanted: Wanted) -> list[Way]:
    """Engines times setups, each once."""
    found: list[Way] = []
    for setup in wanted.setups or (None,):
        wish = Wish(
            engines=wanted.engines,
            device=wanted.device,
            precision=wanted.precision,
            setup=setup,
            changes=wanted.changes,
        )
        found += [way for way in ways_of(name, wish) if way not in found]
    return found


def _write_twins(names: list[str], *, subset: int | None, watcher: Watcher) -> None:
    """Write the synthetic photos that are not on the disk yet, after saying how much it will be."""
    for name in names:
        need = planning.twin_need(name, subset=subset)
        if need.files:
            watcher.say(
                f"Writing {need.files:,} synthetic photos into the cache: {need.bytes / 1e6:,.0f} MB."
            )
            planning.write_twin(name, subset=subset, progress=watcher.writing)


def _find_weights(names: list[str], *, weights: str, watcher: Watcher) -> dict[str, str | None]:
    """File of the pretrained weights of each workload; None for random ones."""
    if weights == "random":
        return dict.fromkeys(names)
    found = {name: planning.find_weights(name) for name in names}
    if weights == "pretrained":
        for name in (name for name, path in found.items() if path is None):
            found[name] = planning.fetch_weights(name, progress=watcher.download)
    return {name: str(path) if path else None for name, path in found.items()}


def _find(
    names: list[str], *, data: str, data_dir: Path | None, watcher: Watcher
) -> dict[str, Found | None]:
    """Where the data of each workload lies, fetched where that was asked for; None is synthetic."""
    if data == "synthetic":
        return dict.fromkeys(names)
    found = {name: planning.locate_data(name, data_dir=data_dir) for name in names}
    if data_dir and not any(place and place.origin == "folder" for place in found.values()):
        raise DataError(
            f"{data_dir} holds none of the data of {', '.join(names)}; docs/datasets.md tells the "
            "names of the files, or leave --data-dir out"
        )
    if data == "real":
        for name in (name for name, place in found.items() if place is None):
            found[name] = planning.fetch_data(name, progress=watcher.download)
    return found
