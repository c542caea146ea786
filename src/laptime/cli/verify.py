"""`laptime verify`: whether the engines here do the same work, and by what that is known."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from laptime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, EXIT_WORKLOAD

if TYPE_CHECKING:
    from laptime.proof import Proof, Way

EXIT_OK = 0
OTHERS = ("bfloat16",)
"""Precisions beside float32 that are tried unless others are asked for."""


@click.command(name="verify")
@click.argument("workloads", nargs=-1)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME",
    help="Engine to verify, as often as wanted; all that are installed without it.",
)
@click.option(
    "--setup",
    "chosen",
    multiple=True,
    metavar="NAME",
    help="Setup to verify, as often as wanted; all of each engine without it.",
)
@click.option("--device", default="auto", show_default=True, help="Where the engines compute.")
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    metavar="NAME",
    help="Precision beside float32, as often as wanted; bfloat16 without it.",
)
@click.option("--details", is_flag=True, help="Every comparison with its figure and its limit.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")
def command(
    *,
    workloads: tuple[str, ...],
    engines: tuple[str, ...],
    chosen: tuple[str, ...],
    device: str,
    precisions: tuple[str, ...],
    details: bool,
    as_json: bool,
) -> int:
    """Prove that engines do the same work: parameters, FLOPs, losses and weights, step by step.

    WORKLOADS are names or globs; the whole suite without any. Each engine is compared with laptime's
    own reference, which computes in float64. Another precision than float32 cannot give the same
    figures: it is the same recipe where the first loss is within 1 %. Takes seconds for small
    networks, minutes for all.
    """
    from laptime.cli._progress import watch
    from laptime.cli._ways import say_once
    from laptime.proof import PRECISION, prove
    from laptime.runner import plan

    names = plan.choose_workloads(workloads)
    others = [each for each in precisions or OTHERS if each != PRECISION]
    able = plan.choose_able(
        engines or (plan.ALL,), device=device, precision=PRECISION, tell=say_once
    )
    ways = _ways(able, chosen, device, others) + _found_here(names, able, chosen, device)
    proofs: list[Proof] = []
    interrupted = False
    with watch() as watcher:

        def tell(way: Way, workload: str) -> None:
            watcher.say(f"{way.engine} {way.setup}, {way.precision}: {workload}")

        try:
            for proof in prove(names, ways, on_event=tell):
                proofs.append(proof)  # noqa: PERF402 - kept one by one: Ctrl-C may come between
        except KeyboardInterrupt:
            interrupted = True
    rows = _rows(proofs)
    if as_json:
        from laptime.document import document

        print(document({"results": rows}), end="")
    else:
        _print(rows, details=details)
    if interrupted:
        print("laptime: interrupted; what was verified is shown", file=sys.stderr)
        return EXIT_INTERRUPTED
    return _exit_code(rows, named=engines)


def _ways(
    engines: Sequence[str], chosen: Sequence[str], device: str, others: Sequence[str]
) -> list[Way]:
    """Each engine in each of its setups, or in those that were chosen, and in each of its precisions.

    Raises:
        UnknownNameError: an engine has no such setup or device.
        UsageError: no engine has a precision.
    """
    from msgspec.structs import replace

    from laptime.proof import PRECISION, Way
    from laptime.runner import plan, setups

    known = {engine: plan.engine_facts(engine)["PRECISIONS"] for engine in engines}
    for other in others:
        if not any(other in precisions for precisions in known.values()):
            plan.check_choices(engines[0], device=device, precision=other)
    found = []
    for engine in engines:
        names = [setups.choose_setup(engine, name) for name in chosen]
        precisions = [PRECISION, *(each for each in others if each in known[engine])]
        for setup in names or plan.engine_facts(engine)["SETUPS"]:
            options = setups.resolve(engine, setup)
            way = Way(engine=engine, setup=setup, options=options, device=device)
            found += [replace(way, precision=precision) for precision in precisions]
    return found


def _found_here(
    names: Sequence[str], engines: Sequence[str], chosen: Sequence[str], device: str
) -> list[Way]:
    """What `tune` found for these workloads: its graph in float32, and its own precision."""
    from laptime.cli._ways import TUNED, remembered
    from laptime.proof import PRECISION, Way
    from laptime.runner import plan, setups

    if chosen and TUNED not in chosen:
        return []
    found = []
    for winner in remembered(engines):
        is_meant = winner.workload in names and winner.batch_size is None
        known = [
            setups.resolve(winner.engine, s) for s in plan.engine_facts(winner.engine)["SETUPS"]
        ]
        if is_meant and winner.asked == device and dict(winner.options) not in known:
            found += [
                Way(
                    engine=winner.engine,
                    setup=f"{winner.setup} (found by tune)",
                    options=dict(winner.options),
                    device=device,
                    precision=precision,
                    workloads=(winner.workload,),
                )
                for precision in dict.fromkeys((PRECISION, winner.precision))
            ]
    return found


def _rows(proofs: Sequence[Proof]) -> list[dict[str, Any]]:
    """One row for each engine and workload, over all setups that were verified."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for proof in proofs:
        if proof.proof == "recipe":  # comes after the proof in float32
            rows[proof.engine, proof.workload]["same_recipe"].append(
                _tried(proof, precision=proof.precision, is_same=proof.equal)
            )
            continue
        row = rows.setdefault(
            (proof.engine, proof.workload),
            {
                "engine": proof.engine,
                "workload": proof.workload,
                "proof": proof.proof,
                "equal": True,
                "reason": None,
                "setups": [],
                "same_recipe": [],
            },
        )
        row["setups"].append(_tried(proof, device=proof.device, equal=proof.equal))
        if proof.equal is not True and row["equal"] is not False:
            row["equal"] = proof.equal
            row["reason"] = f"{proof.setup}: {proof.reason}"
    return list(rows.values())


def _tried(proof: Proof, **verdict: Any) -> dict[str, Any]:
    """A setup, and what came of it."""
    return {
        "setup": proof.setup,
        **verdict,
        "reason": proof.reason,
        "checks": _checks(proof),
    }


def _checks(proof: Proof) -> list[dict[str, Any]]:
    return [
        {
            "name": check.name,
            "value": check.value,
            "limit": check.limit,
            "where": check.where,
            "met": check.is_met,
            "known": check.known,
        }
        for check in proof.checks
    ]


def _print(rows: Sequence[dict[str, Any]], *, details: bool) -> None:
    from laptime.cli._screen import screen
    from laptime.layout import Row, Writer

    out = Writer(screen())
    words = {True: "equal", False: "NOT EQUAL", None: "not known"}
    table = [
        Row(
            [
                [row["workload"]],
                [row["engine"]],
                [", ".join(each["setup"] for each in row["setups"])],
                [words[row["equal"]]],
                [_told(row)],
            ]
        )
        for row in sorted(rows, key=lambda row: row["workload"])
    ]
    if table:
        out.table(("workload", "engine", "setups", "work", "by"), table)
    known = {check["known"] for row in rows for each in row["setups"] for check in each["checks"]}
    for sentence in sorted(known - {None}):
        out.say(f"Known and let pass: {sentence}", style="dim", hang=2)
    for sentence in _recipes(rows):
        out.say(sentence, hang=2)
    if details:
        _details(out, rows)
    print(out.text(), end="")


def _recipes(rows: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each precision beside float32, and one for each that is not the same recipe."""
    tried = [(row, each) for row in rows for each in row["same_recipe"]]
    found = []
    for precision in dict.fromkeys(each["precision"] for _, each in tried):
        of_it = [(row, each) for row, each in tried if each["precision"] == precision]
        same = [each for _, each in of_it if each["is_same"]]
        if same:
            furthest = max(check["value"] for each in same for check in each["checks"])
            found.append(
                f"In {precision}: same recipe, other precision. {len(same)} of {len(of_it)} first "
                f"losses within 1 % (by {furthest:.1e} at most)."
            )
        found += [
            f"In {precision}, {row['engine']} {each['setup']}, {row['workload']}: "
            f"{'NOT THE SAME RECIPE' if each['is_same'] is False else 'not known'}, {each['reason']}"
            for row, each in of_it
            if not each["is_same"]
        ]
    return found


def _told(row: dict[str, Any]) -> str:
    if row["equal"] is not True:
        return str(row["reason"])
    count = sum(len(each["checks"]) for each in row["setups"])
    trained = "outputs only: nothing is trained" if row["proof"] == "forward" else "training too"
    return f"{count} comparisons, {trained}"


def _details(out: Any, rows: Sequence[dict[str, Any]]) -> None:
    from laptime.layout import Row

    for row in rows:
        for each in row["setups"]:
            out.blank()
            out.say(f"{row['workload']}, {row['engine']} {each['setup']}", style="bold")
            table = [
                Row([[check["name"]], [_figure(check["value"])], [f"{check['limit']:.0e}"]])
                for check in each["checks"]
            ]
            if table:
                out.table(("comparison", "differs by", "limit"), table, right=(1, 2))


def _figure(value: float | None) -> str:
    if value is None:
        return "not a number"
    return "0" if value == 0 else f"{value:.1e}"


def _exit_code(rows: Sequence[dict[str, Any]], *, named: Sequence[str] = ()) -> int:
    """An engine that was named must have been tried; of all that are here, one."""
    if any(row["equal"] is False for row in rows):
        return EXIT_WORKLOAD
    if any(each["is_same"] is False for row in rows for each in row["same_recipe"]):
        return EXIT_WORKLOAD
    if any(row["equal"] is None and row["engine"] in named for row in rows):
        return EXIT_ENVIRONMENT
    return EXIT_OK if any(row["equal"] for row in rows) else EXIT_ENVIRONMENT
