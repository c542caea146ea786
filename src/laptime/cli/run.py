"""`laptime run`: from the command to the answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_WORKLOAD,
    DataError,
    EngineUnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    from laptime.cli._progress import Watcher
    from laptime.datasets import Found
    from laptime.errors import EnvironmentUnfitError
    from laptime.record import Profile
    from laptime.runner.parent import Outcome


@click.command(name="run")
@click.argument("workloads", nargs=-1)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="Framework to train with, as often as wanted; 'all' for all installed. The first one.",
)
@click.option(
    "--device", default="auto", show_default=True, help="cuda, rocm, xpu, mps, gpu, cpu or auto."
)
@click.option(
    "--precision", default="float32", show_default=True, help="float32, bfloat16, float16."
)
@click.option(
    "--setup",
    help="plain or published: as one writes it first (the default). tuned: the fastest we know, or "
    "what 'laptime tune' found here.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="OPTION=VALUE",
    help="Change one option of the setup. See 'laptime list engines --json'.",
)
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "full"]),
    default="quick",
    show_default=True,
    help="quick: a look in seconds. standard: five processes, for figures to rely on. full: every "
    "epoch of the published run.",
)
@click.option(
    "--data",
    type=click.Choice(["auto", "real", "synthetic"]),
    default="auto",
    show_default=True,
    help="auto: real where it is on disk. real: fetched where it is not.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder that holds datasets; LAPTIME_DATA does the same.",
)
@click.option("--suite", metavar="NAME", help="All workloads of a suite; 'articles' by default.")
@click.option(
    "--weights",
    type=click.Choice(["auto", "pretrained", "random"]),
    default="auto",
    show_default=True,
    help="Of frozen networks. auto: published ones where they are on disk.",
)
@click.option(
    "--no-fallback", is_flag=True, help="Do not try a smaller batch where memory is too short."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(
    *,
    workloads: tuple[str, ...],
    engines: tuple[str, ...],
    device: str,
    precision: str,
    setup: str | None,
    changes: tuple[str, ...],
    profile: Profile,
    data: str,
    data_dir: Path | None,
    suite: str | None,
    weights: str,
    no_fallback: bool,
    as_json: bool,
) -> int:
    """Train real networks here, time them, and say how this machine compares.

    WORKLOADS are names or globs ('cifar10-*'); the whole suite without any. See 'laptime list'.
    """
    from laptime.cli._expect import known_total_s
    from laptime.cli._progress import watch
    from laptime.cli._ways import Wish, ways_of
    from laptime.datasets import QUICK_FILES
    from laptime.runner import plan as planning
    from laptime.runner.parent import Run
    from laptime.store import open_store

    names = planning.choose_workloads(workloads, suite=suite)
    wish = Wish(engines=engines, device=device, precision=precision, setup=setup, changes=changes)
    ways = {name: ways_of(name, wish) for name in names}
    if data_dir is not None and data == "synthetic":
        raise UsageError("--data-dir and --data synthetic exclude each other; drop one of them")
    store = open_store()
    store.check_writable()
    with watch() as watcher:
        found = _find(names, data=data, data_dir=data_dir, watcher=watcher)
        subset = None if profile == "full" else QUICK_FILES
        twins = [name for name in names if found[name] is None and planning.is_photos(name)]
        _write_twins(twins, subset=subset, watcher=watcher)
        computing = [n for n in names if any(planning.computes(way.engine) for way in ways[n])]
        starts = _find_weights(computing, weights=weights, watcher=watcher)
        items = tuple(
            planning.Item(
                workload=name,
                engine=way.engine,
                device=device,
                precision=precision,
                setup=way.setup,
                options=way.options,
                found=found[name],
                subset=subset if name in twins else None,
                weights=starts.get(name) if planning.computes(way.engine) else None,
            )
            for name in names
            for way in ways[name]
        )
        known_s = known_total_s(items, store=store) if profile == "full" else None
        plan = planning.Plan(
            profile=profile, items=items, known_s=known_s, fallback=not no_fallback
        )
        watcher.announce(plan)
        outcome = Run(plan, store=store, on_event=watcher.event).execute()
    _answer(outcome, as_json=as_json)
    for problem in outcome.problems:
        print(f"laptime: {problem}", file=sys.stderr)
    if outcome.interrupted:
        print("laptime: interrupted; what was measured is saved", file=sys.stderr)
        return EXIT_INTERRUPTED
    if problems := _counted(outcome, engines):
        return problems[0].exit_code
    # A run that was tried again with a smaller batch is judged by its last try.
    last = {
        (result.work.workload, result.setup.engine): result.processes[-1].outcome
        for result in outcome.results
    }
    return 0 if all(ending == "ok" for ending in last.values()) else EXIT_WORKLOAD


def _counted(outcome: Outcome, engines: tuple[str, ...]) -> list[EnvironmentUnfitError]:
    """Problems that decide over the exit code.

    An engine that does not start is none where 'all' were asked for and others ran: it is told.
    """
    is_let_pass = "all" in engines and bool(outcome.results)
    return [
        problem
        for problem in outcome.problems
        if not (is_let_pass and isinstance(problem, EngineUnavailableError))
    ]


def _write_twins(names: list[str], *, subset: int | None, watcher: Watcher) -> None:
    """Write the synthetic photos that are not on the disk yet, after saying how much it will be."""
    from laptime.runner import plan as planning

    for name in names:
        need = planning.twin_need(name, subset=subset)
        if need.files:
            watcher.say(
                f"Writing {need.files:,} synthetic photos into the cache: {need.bytes / 1e6:,.0f} MB."
            )
            planning.write_twin(name, subset=subset, progress=watcher.writing)


def _find_weights(names: list[str], *, weights: str, watcher: Watcher) -> dict[str, str | None]:
    """File of the pretrained weights of each workload; None for random ones."""
    from laptime.runner import plan as planning

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
    from laptime.runner import plan as planning

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


def _answer(outcome: Outcome, *, as_json: bool) -> None:
    """Print what the results say; problems go to stderr, and into the document too."""
    from laptime.cli._answer import answer_of, show_answer
    from laptime.redact import clean

    if as_json:
        # The document may be shared; the paths in these messages are for the screen alone.
        problems = [clean(str(problem)) for problem in outcome.problems]
        show_answer(answer_of(outcome.results, problems=problems, is_fresh=True), report="json")
    elif outcome.results:
        show_answer(answer_of(outcome.results, is_fresh=True), report="terminal")
