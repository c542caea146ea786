"""`laptime run`: from the command to the answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laptime.cli._times import seconds_of
from laptime.errors import (
    EXIT_INTERRUPTED,
    EXIT_WORKLOAD,
    EngineUnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    from laptime.cli._beside import Beside
    from laptime.errors import EnvironmentUnfitError
    from laptime.record import Process, Profile
    from laptime.runner.parent import Outcome
    from laptime.store import Store


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
    "setups",
    multiple=True,
    metavar="NAME",
    help="plain or published: as one writes it first (the default). tuned: the fastest we know, or "
    "what 'laptime tune' found here. As often as wanted: they are measured in turns.",
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
@click.option(
    "--budget",
    metavar="TIME",
    help="With --profile standard: all that it may take (10m), spent where it narrows most.",
)
@click.option(
    "--soak",
    metavar="TIME",
    help="Train each workload without a rest for so long (15m), and see what is left of its speed.",
)
@click.option(
    "--with",
    "groups",
    metavar="GROUPS",
    help="The articles' other tests, after the training: probes, video, or probes,video.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the run that was stopped last; no other option but --with and --export.",
)
@click.option(
    "--export",
    "exports",
    multiple=True,
    metavar="NAME[=PLACE]",
    help="After everything is saved, to csv, parquet, tensorboard, mlflow ... A failure is one line.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(
    *,
    workloads: tuple[str, ...],
    engines: tuple[str, ...],
    device: str,
    precision: str,
    setups: tuple[str, ...],
    changes: tuple[str, ...],
    profile: Profile,
    data: str,
    data_dir: Path | None,
    suite: str | None,
    weights: str,
    no_fallback: bool,
    budget: str | None,
    soak: str | None,
    groups: str | None,
    resume: bool,
    exports: tuple[str, ...],
    as_json: bool,
) -> int:
    """Train real networks here, time them, and say how this machine compares.

    WORKLOADS are names or globs ('cifar10-*'); the whole suite without any. See 'laptime list'.
    """
    from laptime.cli._beside import Beside, groups_of
    from laptime.cli._exports import export_after, ways_of
    from laptime.cli._progress import watch
    from laptime.runner.parent import Run
    from laptime.runner.plan import computes
    from laptime.store import open_store

    if resume:
        _refuse_others(click.get_current_context())
    else:
        _refuse_contradictions(profile, soak=soak, budget=budget, data=data, data_dir=data_dir)
    asked = groups_of(groups)
    ways = ways_of(exports)
    store = open_store()
    store.check_writable()
    with watch() as watcher:
        if resume:
            from laptime.runner.unfinished import newest

            begun = newest(store)
            plan = begun[0].plan
        else:
            from laptime.cli._plan import Wanted, plan_of

            begun = None
            wanted = Wanted(
                workloads=workloads,
                suite=suite,
                engines=engines,
                device=device,
                precision=precision,
                setups=setups,
                changes=changes,
                profile="soak" if soak else profile,
                soak_s=seconds_of(soak, option="--soak") if soak else 0.0,
                budget_s=seconds_of(budget, option="--budget") if budget else None,
                data=data,
                data_dir=data_dir,
                weights=weights,
                fallback=not no_fallback,
            )
            plan = plan_of(wanted, store=store, watcher=watcher)
        from laptime.cli._preflight import warn

        trained = list(dict.fromkeys(i.engine for i in plan.items if computes(i.engine)))
        if trained:
            warn(trained, device=plan.items[0].device, say=watcher.say)
        beside = Beside(asked, engines=trained, device=plan.items[0].device, store=store)
        watcher.announce(plan)
        outcome = Run(plan, store=store, on_event=watcher.event, begun=begun).execute()
    if not outcome.interrupted:
        beside.make()
    _answer(outcome, beside, store=store, as_json=as_json)
    for problem in outcome.problems:
        print(f"laptime: {problem}", file=sys.stderr)
    is_cut = export_after(ways, [*outcome.results, *beside.records()])
    if outcome.interrupted or beside.is_interrupted:
        more = ", 'laptime run --resume' goes on" if outcome.interrupted else ""
        print(f"laptime: interrupted; what was measured is saved{more}", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_INTERRUPTED if is_cut else _code(outcome, beside, engines)


def _code(outcome: Outcome, beside: Beside, engines: tuple[str, ...]) -> int:
    """The exit code of a run that went to its end."""
    if problems := _counted(outcome, engines):
        return problems[0].exit_code
    # A run that was tried again with a smaller batch is judged by its last try.
    last = {
        (result.work.workload, result.setup.engine, result.setup.name): result.processes
        for result in outcome.results
    }
    is_well = beside.is_sound and all(_has_ended_well(processes) for processes in last.values())
    return 0 if is_well else EXIT_WORKLOAD


def _refuse_contradictions(
    profile: Profile, *, soak: str | None, budget: str | None, data: str, data_dir: Path | None
) -> None:
    """Options of which each says what another one denies."""
    if soak and profile != "quick":
        raise UsageError("--soak is a profile of its own; drop --profile")
    if budget and profile != "standard":
        raise UsageError("--budget divides the time of --profile standard; add that")
    if data_dir is not None and data == "synthetic":
        raise UsageError("--data-dir and --data synthetic exclude each other; drop one of them")


def _has_ended_well(processes: tuple[Process, ...]) -> bool:
    """Whether most of them did; a single one that failed stays in the count that is shown."""
    ok = sum(process.outcome == "ok" for process in processes)
    return 2 * ok > len(processes)


def _refuse_others(context: click.Context) -> None:
    """A run that goes on is the one that was begun: nothing of it can be chosen anew."""
    given = click.core.ParameterSource.COMMANDLINE
    others = [
        name
        for name in context.params
        if name not in ("resume", "as_json", "groups", "exports")
        and context.get_parameter_source(name) is given
    ]
    if others:
        raise UsageError("--resume goes on with the run as it was begun; drop everything else")


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


def _answer(outcome: Outcome, beside: Beside, *, store: Store, as_json: bool) -> None:
    """Print what the results say; problems go to stderr, and into the document too."""
    from laptime.cli._answer import answer_of, probed_roofs, show_answer
    from laptime.cli._screen import screen
    from laptime.redact import clean

    # The document may be shared; the paths in these messages are for the screen alone.
    problems = [clean(str(problem)) for problem in outcome.problems] if as_json else []
    answer = answer_of(
        outcome.results,
        problems=problems,
        probed=probed_roofs(store),
        others=beside.content(),
        is_fresh=True,
    )
    if as_json:
        show_answer(answer, report="json")
        return
    if outcome.results:
        show_answer(answer, report="terminal")
    for text in beside.texts(screen()):
        print(text, end="")
