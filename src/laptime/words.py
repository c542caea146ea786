"""Figures as people read them: no more digits than their spread allows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from laptime import plain
from laptime.conditions import UNTOLD
from laptime.record import Machine
from laptime.summary import FEWEST_PROCESSES, Summary

MOST_DIGITS = 4
"""Significant digits shown of anything, however small its spread."""
PLAIN_DIGITS = 3
"""Of a figure whose spread is not known."""
LONGEST = 60
"""Characters of a name that are shown."""
_LEARNED = {True: "yes", False: "no", None: "not judged"}


def cut(text: str, most: int = LONGEST) -> str:
    """A name that somebody else may have written: on one line, and no longer than `most`."""
    shown = plain.one_line(text[: most + 1])
    return shown if len(text) <= most else f"{shown[: most - 3]}..."


def number(value: float, *, uncertainty: float | None = None) -> str:
    """A positive figure rounded to the first digit that its uncertainty touches.

    6650.3 with an uncertainty of 266 is '6,700', with 26 it is '6,650'.
    """
    if value <= 0 or not math.isfinite(value):
        return f"{value:g}"
    first = math.floor(math.log10(value))
    last = first - PLAIN_DIGITS + 1
    if uncertainty is not None and math.isfinite(uncertainty):
        touched = math.floor(math.log10(uncertainty / 0.95)) if uncertainty > 0 else -math.inf
        last = int(min(first, max(touched, first - MOST_DIGITS + 1)))
    return f"{round(value, -last):,.{max(0, -last)}f}"


def percent(share: float) -> str:
    """'4 %', below one '0.4 %'."""
    value = 100 * share
    return f"{value:.0f} %" if value >= 0.95 or value == 0 else f"{max(value, 0.1):.1f} %"


def speed(summary: Summary) -> str:
    """'6,700 ± 4 %', or a dash."""
    if summary.samples_per_s is None:
        return "-"
    share = uncertainty(summary)
    if share is None:
        return number(summary.samples_per_s)
    shown = number(summary.samples_per_s, uncertainty=share * summary.samples_per_s)
    return f"{shown} ± {percent(share)}"


def uncertainty(summary: Summary) -> float | None:
    """What stands behind ±, as a share: half the interval where there is one, else the spread."""
    low, high = summary.samples_per_s_low, summary.samples_per_s_high
    return summary.spread if low is None or high is None else math.sqrt(high / low) - 1


def interval(summary: Summary) -> str | None:
    """'6,400 to 7,000', the 95 % interval of the speed; None where there is none."""
    low, high = summary.samples_per_s_low, summary.samples_per_s_high
    if low is None or high is None:
        return None
    half = (high - low) / 2
    return " to ".join(number(end, uncertainty=half) for end in (low, high))


def plus_minus(summaries: Sequence[Summary]) -> str:
    """What ± means beside these figures: 'spread of the visits ...' or 'half of the interval ...'."""
    sure = [summary.samples_per_s_low is not None for summary in summaries if summary.samples_per_s]
    run = "and what it means for the whole run in parentheses"
    if not any(sure):
        needed = f"(an interval needs {FEWEST_PROCESSES} processes)"
        return f"spread of the visits, {run}; indicative {needed}"
    if all(sure):
        return f"half of the 95 % interval between processes, {run}"
    return (
        f"half of the 95 % interval where there are {FEWEST_PROCESSES} processes, else the spread of "
        f"the visits, which is indicative; {run}"
    )


def per_epoch(summary: Summary) -> str:
    """Seconds of one epoch, or a dash."""
    if summary.epoch_s is None:
        return "-"
    share = uncertainty(summary)
    return number(summary.epoch_s, uncertainty=None if share is None else share * summary.epoch_s)


def duration(seconds: float, *, uncertainty: float | None = None) -> str:
    """'8.2 s', '1 min 16 s', '2 h 05 min'; seconds go where the uncertainty is a minute."""
    if seconds < 59.5:
        return f"{number(seconds, uncertainty=uncertainty)} s"
    unit = 10 if uncertainty is not None and uncertainty >= 10 else 1
    whole = round(seconds / unit) * unit
    minutes, rest = divmod(whole, 60)
    if whole >= 3600:  # also what is rounded up to an hour
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes:02} min"
    if uncertainty is not None and uncertainty >= 60:
        return f"{round(seconds / 60)} min"
    return f"{minutes} min {rest:02} s"


def span(low: float, high: float) -> str:
    """'72-80 s', in the unit that suits its upper end, to a tenth of its width."""
    name, scale = ("s", 1.0) if high < 180 else ("min", 60.0) if high < 7200 else ("h", 3600.0)
    ends = [number(end / scale, uncertainty=(high - low) / 2 / scale) for end in (low, high)]
    return f"{ends[0]}-{ends[1]} {name}" if ends[0] != ends[1] else f"{ends[0]} {name}"


def whole_run(summary: Summary) -> list[str]:
    """['1 min 16 s est.', '(72-80 s)'], ['1 min 14 s measured'], or a dash."""
    if summary.total_s is None:
        return ["-"]
    low, high = summary.total_low_s, summary.total_high_s
    if low is None or high is None:
        word = "est." if summary.total_is_estimate else "measured"
        return [duration(summary.total_s), word]
    shown = duration(summary.total_s, uncertainty=(high - low) / 2)
    ends = span(low, high)
    return [f"{shown} est.", f"({ends})"] if "-" in ends else [f"{shown} est."]


def accuracy(summary: Summary) -> str | None:
    """'56.1 %', with the digits that so many validation images can carry."""
    share = summary.test_accuracy
    if share is None:
        return None
    if share == 1:
        return "100 %"
    count = summary.test_samples or 100
    error = max(math.sqrt(share * (1 - share) / count), 1 / count)
    return f"{number(100 * share, uncertainty=100 * error)} %" if share > 0 else "0 %"


def learned(summary: Summary) -> list[str]:
    """['yes,', '98.1 % (real)']."""
    shown = accuracy(summary)
    word = _LEARNED[summary.learned]
    return [f"{word},", f"{shown} ({summary.data})"] if shown else [word, f"({summary.data})"]


def machine(told: Machine) -> str:
    """'Apple M1 Pro, 10 cores, 16 GiB, macOS 15.1, Apple M1 Pro (16-core GPU)'."""
    names = [told.chip or told.architecture]
    if told.model:
        names.insert(0, told.model)
    names.append(_cores(told))
    memory = min(told.memory_bytes, told.memory_limit_bytes or told.memory_bytes)
    limited = " (limit)" if memory < told.memory_bytes else ""
    names.append(f"{number(memory / 2**30)} GiB{limited}")
    names.append(told.system_version or told.system)
    if told.virtual:
        names.append(f"in {told.virtual}")
    names.append(" + ".join(told.graphics) or "no graphics processor seen")
    return ", ".join(names)


def _cores(told: Machine) -> str:
    count = f"{told.cores_logical} core{'s' if told.cores_logical != 1 else ''}"
    if told.cores_usable < told.cores_logical:
        return f"{told.cores_usable:g} of {count}"
    return count


def setup(summary: Summary) -> str:
    """'torch 2.13.0 on cpu, plain, float32'."""
    version = summary.versions.get(summary.engine)
    others = [f"{name} {of}" for name, of in summary.versions.items() if name != summary.engine]
    engine = " ".join([summary.engine, *([version] if version else [])])
    if summary.script is not None:
        return ", ".join([f"{engine}{_on(summary)}", *others])
    named = f" ({summary.device_name})" if summary.device_name else ""
    tail = [summary.setup, summary.precision, *others]
    return f"{engine} on {summary.device}{named}, {', '.join(tail)}"


def _on(summary: Summary) -> str:
    """Where the user's own training computes, if it tells."""
    return "" if summary.device == UNTOLD else f" on {summary.device}"


def way(summary: Summary) -> str:
    """'torch cpu tuned', with the precision where it is another than float32."""
    if summary.script is not None:
        return f"{summary.engine}{_on(summary)}"
    names = [summary.engine, summary.device, summary.setup]
    return " ".join([*names, *([] if summary.precision == "float32" else [summary.precision])])


def ratio(value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """('0.78x', '0.72-0.84'); a dash for what is not known."""
    if value is None:
        return "-", "-"
    if low is None or high is None:
        return f"{number(value)}x", "-"
    half = (high - low) / 2
    ends = "-".join(number(end, uncertainty=half) for end in (low, high))
    return f"{number(value, uncertainty=half)}x", ends


def waited(summary: Summary) -> str:
    """Share of the time in which the training waited for its batches, or a dash."""
    return "-" if summary.data_wait_share is None else percent(summary.data_wait_share)


def step_time(summary: Summary) -> str:
    """'4.83 ms', '1.2 s', or a dash."""
    step_s = summary.step_time_s
    if step_s is None:
        return "-"
    return f"{number(1000 * step_s)} ms" if step_s < 1 else f"{number(step_s)} s"


def failure(summary: Summary) -> str | None:
    """'oom: out of memory ...' of anything but 'ok'."""
    if summary.outcome == "ok":
        return None
    return f"{summary.outcome}: {summary.message}" if summary.message else summary.outcome


def short(ids: Sequence[str]) -> list[str]:
    """Of each id the shortest beginning, date and time of day at least, that no other one shares."""
    beginnings = Counter(start for name in set(ids) for start in _beginnings(name))
    return [next((s for s in _beginnings(name) if beginnings[s] == 1), name) for name in ids]


def _beginnings(name: str) -> list[str]:
    """Whole words of it: '20261122-001905', '20261122-001905-mnist' ..."""
    words = name.split("-")
    return ["-".join(words[:count]) for count in range(2, len(words) + 1)]
