"""The first sections of a page: the verdict in words, the machine, the results and their warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from laptime import words
from laptime.comparison import groups
from laptime.record import Machine
from laptime.reports import Answer, _own
from laptime.reports._html_view import Fact, Flagged, Part, Section, Table
from laptime.reports._standings import machine_name, remarks, touched_name
from laptime.summary import Summary
from laptime.verdicts import findings


def sections(answer: Answer) -> Iterator[Section]:
    """In the order in which they are read."""
    yield Section(id="verdict", title="In plain words", parts=tuple(_verdict(answer)))
    yield Section(id="machine", title=_machines_title(answer), parts=tuple(_machines(answer)))
    yield Section(id="results", title="Results", parts=tuple(_results(answer)))


def _verdict(answer: Answer) -> Iterator[Part]:
    if answer.summaries:
        told = findings(answer.summaries, answer.rankings)
        yield Part(cards=tuple((each.question, each.sentences) for each in told))
    else:
        yield Part(texts=("There is no result to show.",))


def _machines_title(answer: Answer) -> str:
    return "The machine" if len(answer.machines) == 1 else "The machines"


def _machines(answer: Answer) -> Iterator[Part]:
    for key, machine in answer.machines.items():
        name = None if len(answer.machines) == 1 else machine_name(key, answer)
        yield Part(title=name, texts=(words.machine(machine),), facts=tuple(_facts(machine)))


def _facts(machine: Machine) -> Iterator[Fact]:
    cores = f"{machine.cores_usable:g} usable of {machine.cores_logical}"
    physical = f", {machine.cores_physical} physical" if machine.cores_physical else ""
    limit = machine.memory_limit_bytes
    memory = f"{machine.memory_bytes / 2**30:.3g} GiB"
    yield Fact("Processor", machine.chip or machine.architecture)
    yield Fact("Cores", cores + physical)
    yield Fact("Memory", f"{memory}, {limit / 2**30:.3g} GiB allowed" if limit else memory)
    yield Fact("Graphics", " + ".join(machine.graphics) or "none seen")
    yield Fact("System", machine.system_version or machine.system)
    if machine.virtual:
        yield Fact("Runs in", machine.virtual)


def _results(answer: Answer) -> Iterator[Part]:
    if answer.problems:
        yield Part(problems=answer.problems)
    for key in answer.machines:
        ours = [summary for summary in answer.summaries if summary.machine_key == key]
        name = None if len(answer.machines) == 1 else machine_name(key, answer)
        own = [summary for summary in ours if summary.script is not None]
        ours = [summary for summary in ours if summary.script is None]
        if ours:
            yield Part(title=name, tables=(_figures(ours),), texts=tuple(_legend(ours)))
        if own:
            yield Part(
                title=None if ours else name, tables=(_own_table(own),), texts=_own_texts(own)
            )
        if races := _races(ours):
            yield Part(tables=(races,))
    if flags := tuple(_flags(answer.summaries)):
        yield Part(title="Warnings", flags=flags)


def _own_table(summaries: Sequence[Summary]) -> Table:
    return Table(
        caption="Training of one's own",
        headings=_own.HEADINGS,
        rows=tuple(tuple(_own.cells(summary)) for summary in summaries),
        numbers=(1, 2, 3, 4),
    )


def _own_texts(summaries: Sequence[Summary]) -> tuple[str, ...]:
    told = [each for s in summaries for each in _own.sentences(s, is_alone=len(summaries) == 1)]
    return (*(f"{label}: {sentence}" for label, sentence in told), _own.LEGEND)


def _figures(summaries: Sequence[Summary]) -> Table:
    return Table(
        caption="Training speed",
        headings=(
            *("workload", "setup", "images/s", "95 % interval", "s/epoch", "published run"),
            *("learned (data)", "measured"),
        ),
        rows=tuple(map(_row, summaries)),
        numbers=(2, 3, 4),
    )


def _row(summary: Summary) -> tuple[str, ...]:
    name, way = summary.workload, words.way(summary)
    failure = words.failure(summary)
    run = " ".join(words.whole_run(summary))
    count = f"{summary.processes} process{'es' if summary.processes != 1 else ''}"
    return (
        name,
        way,
        words.speed(summary),
        words.interval(summary) or "-",
        words.per_epoch(summary),
        f"{run}; {failure}" if failure else run,
        " ".join(words.learned(summary)),
        f"{summary.profile}, {count}",
    )


def _legend(summaries: Sequence[Summary]) -> Iterator[str]:
    if any(summary.samples_per_s for summary in summaries):
        yield (
            f"±: {words.plus_minus(summaries)}. s/epoch: training alone. "
            "Published run: start-up, every epoch, validation."
        )


def _races(summaries: Sequence[Summary]) -> Table | None:
    """Ways of training one workload beside each other."""
    rows = []
    for group in (each for each in groups(summaries) if each.is_race):
        for summary, verdict in group.ranked:
            first = group.ranked[0][0]
            shown, band = words.ratio(verdict.speed_ratio, verdict.ratio_low, verdict.ratio_high)
            told = ["first"] if summary is first else [verdict.verdict, *remarks(first, summary)]
            ratio = ("1", "-") if summary is first else (shown, band)
            rows.append((group.workload, words.way(summary), *ratio, "; ".join(told)))
        rows += [(group.workload, words.way(s), "-", "-", why) for s, why in group.apart]
    if not rows:
        return None
    return Table(
        caption="Ways of training the same work: images/s over those of the fastest",
        headings=("workload", "setup", "ratio", "band", "verdict"),
        rows=tuple(rows),
        numbers=(2, 3),
    )


def _flags(summaries: Sequence[Summary]) -> Iterator[Flagged]:
    touched: dict[tuple[str, str], list[str]] = {}
    for summary in summaries:
        for flag in summary.flags:
            figure = f" ({flag.measured})" if flag.measured else ""
            names = touched.setdefault((flag.sentence, flag.remedy), [])
            names.append(touched_name(summary, summaries) + figure)
    for (sentence, remedy), names in touched.items():
        yield Flagged(sentence=sentence, remedy=remedy, touched=tuple(names))
