"""What one machine's results say over time: what changed between two dates, and what moved.

A step leads from one result to the next of the same workload and way of training. It tells every
fact of the record that is not the same any more (system, Python, framework, options, memory limit
...), and the ratio of the speeds. That one caused the other is not said: where several facts
changed at once, nobody can know which it was. A driver's version is known only where a framework or
the system's own version tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from laptime.comparison import Verdict, judge
from laptime.frozen import Frozen
from laptime.record import Machine, Setup
from laptime.summary import Summary, is_sound

ABSENT = "none"
"""What stands for a fact that one of the two dates does not have."""


class Dated(Frozen, frozen=True, kw_only=True):
    """A result, and the facts about it that may change."""

    summary: Summary
    facts: dict[str, str]


class Change(Frozen, frozen=True, kw_only=True):
    """A fact that is not the same at two dates."""

    name: str
    before: str
    after: str


class Step(Frozen, frozen=True, kw_only=True):
    """From one result to the next."""

    before: Dated | None
    """The last one before it that may be compared; None for the first."""
    after: Dated
    changes: tuple[Change, ...]
    verdict: Verdict | None
    """None where there is nothing before it."""


class Course(Frozen, frozen=True, kw_only=True):
    """All results of one workload, trained in one way on one machine, oldest first."""

    workload: str
    engine: str
    device: str
    setup: str
    precision: str
    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """To the newest result."""
        return self.steps[-1]


def facts_of(summary: Summary, *, machine: Machine, setup: Setup, laptime: str) -> dict[str, str]:
    """Everything about a result that an update or a new surrounding may change, by name.

    Args:
        summary: of the result.
        machine: as it was then.
        setup: with which it was trained.
        laptime: version that measured it.
    """
    found: dict[str, object] = {
        "system": machine.system_version,
        "driver": ", ".join(machine.drivers) or None,
        "python": machine.python,
        "laptime": laptime,
        "container or hypervisor": machine.virtual,
        "memory": f"{machine.memory_bytes / 2**30:.1f} GiB",
        "memory limit": machine.memory_limit_bytes
        and f"{machine.memory_limit_bytes / 2**30:.1f} GiB",
        "device": setup.device_name,
        "profile": summary.profile,
        "data": summary.data,
        "weights": summary.weights,
    }
    found |= {f"version of {name}": version for name, version in setup.versions.items()}
    found |= {f"option {name}": value for name, value in setup.options.items()}
    found |= {f"variable {name}": value for name, value in setup.environment.items()}
    return {name: str(value) for name, value in found.items() if value is not None}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """Every fact that differs, in the order in which they are told."""
    return tuple(
        Change(name=name, before=before.get(name, ABSENT), after=after.get(name, ABSENT))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def courses(results: Iterable[Dated]) -> list[Course]:
    """A course for each workload and way of training, in the order in which they are met.

    Args:
        results: of one machine, oldest first.
    """
    found: dict[tuple[str, ...], list[Dated]] = {}
    for each in results:
        found.setdefault(way(each.summary), []).append(each)
    return [
        Course(
            workload=workload,
            engine=engine,
            device=device,
            setup=setup,
            precision=precision,
            steps=tuple(_steps(members)),
        )
        for (workload, engine, device, setup, precision), members in found.items()
    ]


def way(summary: Summary) -> tuple[str, str, str, str, str]:
    """By which results are followed over time."""
    engine, device = summary.engine, summary.device
    return summary.workload, engine, device, summary.setup, summary.precision


def _steps(members: Sequence[Dated]) -> Iterable[Step]:
    """Each from the last sound result before it; other work of the same name is compared with none."""
    sound: dict[str, Dated] = {}
    newest: Dated | None = None
    for each in members:
        before = sound.get(each.summary.work_key) or newest
        yield Step(
            before=before,
            after=each,
            changes=changes(before.facts, each.facts) if before else (),
            verdict=judge(before.summary, each.summary) if before else None,
        )
        if is_sound(each.summary) and each.summary.samples_per_s:
            newest = sound[each.summary.work_key] = each
