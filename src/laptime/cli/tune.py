"""`laptime tune`: the fastest equal work on this machine, and what makes it so."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from laptime.cli._times import seconds_of
from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_WORKLOAD,
    LaptimeError,
    RecordError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from laptime.cli._progress import Watcher
    from laptime.tune.space import Space
    from laptime.tune.tuning import Task, Tuned
    from laptime.tune.winners import Winners

PRECISIONS = ("float32", "bfloat16")


@click.command(name="tune")
@click.argument("workloads", nargs=-1)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="Engine to try, as often as wanted. All that are installed by default.",
)
@click.option("--device", default="auto", show_default=True, help="cuda, xpu, mps, cpu or auto.")
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    metavar="NAME",
    help="As often as wanted, each ranked apart; the ladder is of the first. float32 and bfloat16.",
)
@click.option(
    "--budget", default="10m", show_default=True, help="Time for each workload: 90s, 10m, 1h."
)
@click.option(
    "--batch-size",
    "batch_sizes",
    multiple=True,
    type=click.IntRange(min=1),
    help="In place of the published one, as often as wanted: other work, so each is searched apart.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(
    *,
    workloads: tuple[str, ...],
    engines: tuple[str, ...],
    device: str,
    precisions: tuple[str, ...],
    budget: str,
    batch_sizes: tuple[int, ...],
    as_json: bool,
) -> int:
    """Find the fastest way to train a workload on this machine.

    WORKLOADS are names or globs; the whole suite without any. What is found is remembered:
    'laptime run --setup tuned' uses it.
    """
    from laptime.cli._ways import winners_here
    from laptime.runner import plan
    from laptime.store import open_store

    budget_s = seconds_of(budget, option="--budget")
    names = plan.choose_workloads(workloads)
    spaces, tried = _spaces(engines, device=device, precisions=precisions)
    open_store().check_writable()
    winners = winners_here()
    _warn_of_damage(winners)
    told: list[Tuned] = []
    failure: LaptimeError | None = None
    interrupted = False
    try:
        for tuned in _tuned(names, batch_sizes, spaces, tried, device=device, budget_s=budget_s):
            told.append(tuned)
            interrupted = tuned.interrupted
            if tuned.winners:
                winners.remember(tuned.winners)
    except KeyboardInterrupt:  # between two searches, each of which takes it by itself
        interrupted = True
    except LaptimeError as error:  # what was found before is not lost for it
        failure = error
    _answer(told, as_json=as_json)
    if failure is not None:
        raise failure
    if interrupted:
        print("laptime: interrupted; what was found is shown", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK if all(tuned.finals for tuned in told) else EXIT_WORKLOAD


def _tuned(
    names: Sequence[str],
    batch_sizes: tuple[int, ...],
    spaces: tuple[Space, ...],
    precisions: tuple[str, ...],
    *,
    device: str,
    budget_s: float,
) -> Iterator[Tuned]:
    """One after the other, until Ctrl-C."""
    from laptime import machine
    from laptime.cli._progress import watch
    from laptime.tune.tuning import tune

    here = machine.describe()
    with watch() as watcher:
        for name in names:
            tasks = _tasks(name, batch_sizes, spaces, precisions, device=device, watcher=watcher)
            share_s = budget_s / len(tasks)
            for task in tasks:
                watcher.say(f"Tuning {name}: about {share_s:.0f} s.")
                today = f"{datetime.now(UTC):%Y-%m-%d}"
                done = tune(task, machine=here, budget_s=share_s, today=today, tell=watcher.say)
                yield done
                if done.interrupted:
                    return


def _spaces(
    engines: tuple[str, ...], *, device: str, precisions: tuple[str, ...]
) -> tuple[tuple[Space, ...], tuple[str, ...]]:
    """What each engine offers that has the device, and the precisions that any of them has."""
    from laptime.runner import plan
    from laptime.tune.space import space_of

    chosen = plan.choose_engines(engines or (plan.ALL,))
    if engines and plan.ALL not in engines:
        for engine in chosen:
            plan.check_choices(engine, device=device, precision=_first_known(engine, precisions))
    kind = device.split(":", maxsplit=1)[0]
    having = [e for e in chosen if device == "auto" or kind in plan.engine_facts(e)["DEVICES"]]
    spaces = tuple(space_of(engine) for engine in having)
    tried = tuple(
        dict.fromkeys(p for p in precisions or PRECISIONS if any(p in s.precisions for s in spaces))
    )
    if not tried:
        raise UsageError(
            f"no engine among {', '.join(chosen)} has the device '{device}' and a precision of "
            f"{', '.join(precisions or PRECISIONS)}; see 'laptime list engines --json'"
        )
    return spaces, tried


def _first_known(engine: str, precisions: tuple[str, ...]) -> str:
    """The first precision asked for that the engine has; for none the first, which is then refused."""
    from laptime.runner import plan

    asked = precisions or PRECISIONS
    return next((p for p in asked if p in plan.engine_facts(engine)["PRECISIONS"]), asked[0])


def _tasks(
    name: str,
    batch_sizes: tuple[int, ...],
    spaces: tuple[Space, ...],
    precisions: tuple[str, ...],
    *,
    device: str,
    watcher: Watcher,
) -> list[Task]:
    """The workload, once for each batch size; its data as `run` would find or make it."""
    from laptime import registry
    from laptime.datasets import QUICK_FILES
    from laptime.runner import plan
    from laptime.tune.tuning import Task

    found = plan.locate_data(name, data_dir=None)
    subset = QUICK_FILES if found is None and plan.is_photos(name) else None
    if subset is not None and plan.twin_need(name, subset=subset).files:
        plan.write_twin(name, subset=subset, progress=watcher.writing)
    weights = plan.find_weights(name) if any(plan.computes(s.engine) for s in spaces) else None
    published = registry.load("workloads", name).WORKLOAD.recipe.batch_size
    sizes = [None if size == published else size for size in batch_sizes] or [None]
    return [
        Task(
            workload=name,
            device=device,
            precisions=precisions,
            spaces=spaces,
            found=found,
            subset=subset,
            batch_size=size,
            weights=str(weights) if weights else None,
        )
        for size in dict.fromkeys(sizes)
    ]


def _warn_of_damage(winners: Winners) -> None:
    """Told before the search; the file is then replaced."""
    try:
        winners.read()
    except RecordError as problem:
        print(f"laptime: {problem}; it is replaced by what is found now", file=sys.stderr)


def _answer(told: Sequence[Tuned], *, as_json: bool) -> None:
    if as_json:
        from laptime.document import document

        rows = [row for tuned in told for row in tuned.rows]
        print(document({"results": rows, "ladder": [s for t in told for s in t.ladder]}), end="")
        return
    from laptime.cli._screen import screen
    from laptime.tune.text import render

    print(render(told, screen=screen()), end="")
