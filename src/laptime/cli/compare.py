"""`laptime compare`: which of two or more results is faster, and whether they may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from laptime.errors import EXIT_OK, EXIT_THRESHOLD, EXIT_USAGE, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from laptime.cli._by import Asked
    from laptime.comparison import Threshold


def _enough(
    context: click.Context, parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse less than a baseline and another one, unless whole workloads are compared."""
    if context.params.get("by") is None and len(names) < 2:
        raise click.BadParameter("give a baseline and at least one other", context, parameter)
    return names


@click.command(name="compare")
@click.option(
    "--by",
    type=click.Choice(["machine", "engine", "setup", "date"]),
    is_eager=True,
    help="Instead of results name WORKLOADS (all without any). machine: every machine by its best "
    "profiled, newest result. engine, setup: those of one machine. date: what changed on one "
    "machine between two results, and what moved.",
)
@click.argument(
    "names", nargs=-1, callback=_enough, metavar="BASELINE OTHER... | --by WHAT [WORKLOAD]..."
)
@click.option(
    "--machine",
    metavar="NAME",
    help="With --by: the machine, by its name or the start of one as --by machine prints it; this one "
    "without.",
)
@click.option(
    "--baseline",
    metavar="NAME",
    help="With --by machine or setup: the one with which the others are compared; else the fastest.",
)
@click.option("--since", metavar="DATE", help="With --by: only results from this day (UTC) on.")
@click.option("--until", metavar="DATE", help="With --by: only results up to this day, included.")
@click.option(
    "--fail-if",
    metavar="'slower by 5%'",
    help="Exit code 5 where the whole band of a ratio lies beyond; also 'faster by ...'. Of fewer "
    "than three processes each it is indicative: on a noisy machine repeat before you believe it. "
    "With --by date the newest result of each setup against the one before it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
@click.option("--report", metavar="NAME", help="terminal, markdown, json or a plug-in's.")
def command(
    *,
    by: str | None,
    names: tuple[str, ...],
    machine: str | None,
    baseline: str | None,
    since: str | None,
    until: str | None,
    fail_if: str | None,
    as_json: bool,
    report: str | None,
) -> int:
    """Compare results with a baseline: ids, beginnings of ids, 'latest', or record files.

    Probes are compared with probes, and video exports with exports of the same clip and codec.
    Only equal work is compared; what is not is a row with its reason. Exit code 5 where the
    threshold of --fail-if was crossed by the whole band of any result's ratio; 2 where nothing
    was comparable, or with --fail-if where anything was not, so that no gate opens by mistake.

    With --by results are chosen by the machine, engine, setup or date that tells them apart.
    """
    if as_json and report is not None:
        raise UsageError("--json and --report exclude each other; give one of them")
    shown = "json" if as_json else report or "terminal"
    if by is None:
        given = {"--machine": machine, "--baseline": baseline, "--since": since, "--until": until}
        if alone := [name for name, value in given.items() if value is not None]:
            raise UsageError(f"{alone[0]} goes with --by; name results, or say by what to compare")
        return _results(names, fail_if=fail_if, report=shown)
    _check(by, machine=machine, baseline=baseline, fail_if=fail_if)
    from laptime.cli._by import Asked, between, compare
    from laptime.comparison import read_threshold

    asked = Asked(
        by=by,
        patterns=names,
        machine=machine,
        baseline=baseline,
        when=between(since, until),
        threshold=read_threshold(fail_if) if fail_if is not None else None,
    )
    return _engines(asked, report=shown) if by == "engine" else compare(asked, report=shown)


def _check(by: str, *, machine: str | None, baseline: str | None, fail_if: str | None) -> None:
    """Refuse what this way of comparing cannot mean."""
    if fail_if is not None and by != "date":
        raise UsageError(
            "--fail-if needs a baseline; compare two results without --by, or use --by date"
        )
    if machine is not None and by == "machine":
        raise UsageError("--machine goes with --by engine, setup or date; here use --baseline")
    if baseline is not None and by not in ("machine", "setup"):
        raise UsageError(f"--baseline goes with --by machine or setup, not with --by {by}")


def _results(names: tuple[str, ...], *, fail_if: str | None, report: str) -> int:
    """A baseline and others, by name."""
    from laptime.cli._kinds import find
    from laptime.comparison import read_threshold
    from laptime.store import TRAININGS, open_store

    threshold: Threshold | None = read_threshold(fail_if) if fail_if is not None else None
    kind, paths = find(names, store=open_store())
    if kind == TRAININGS:
        return _trainings(paths, threshold=threshold, report=report)
    from laptime.cli import _others

    return _others.compare(kind, paths, threshold=threshold, report=report)


def _trainings(paths: Sequence[Path], *, threshold: Threshold | None, report: str) -> int:
    from laptime.checks import summarized
    from laptime.cli._answer import show_comparison
    from laptime.cli._kinds import load_some
    from laptime.comparison import judge
    from laptime.reports import Comparison
    from laptime.store import open_store

    store = open_store()
    base = summarized(store.load(str(paths[0])))
    found, problem = load_some(paths[1:], store=store)
    rest = [summarized(result) for result in found]
    verdicts = tuple(judge(base, other) for other in rest)
    crossed = tuple(v.id for v in verdicts if threshold and threshold.is_crossed(v))
    comparison = Comparison(baseline=base, others=tuple(rest), verdicts=verdicts, crossed=crossed)
    show_comparison(comparison, report=report)
    if crossed:
        return EXIT_THRESHOLD
    if problem is not None:
        return problem.exit_code
    needed = all if threshold else any
    return EXIT_OK if needed(verdict.comparable for verdict in verdicts) else EXIT_USAGE


def _engines(asked: Asked, *, report: str) -> int:
    """The newest results of one machine, grouped by workload."""
    from laptime.cli._newest import newest, show_groups

    show_groups(newest(asked), report=report)
    return EXIT_OK
