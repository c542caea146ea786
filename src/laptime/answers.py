"""What results say together: the same answer for `run`, `show`, a report and a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laptime.checks import summarized
from laptime.estimates import checked
from laptime.probes.roofs import roofs_of
from laptime.probes.saved import load_all
from laptime.ranking import rankings
from laptime.reports import Answer
from laptime.roofline import rooflines

if TYPE_CHECKING:
    from laptime.record import Machine, Result
    from laptime.roofline import Place, Roofs
    from laptime.store import Store
    from laptime.summary import Summary


def answer_of(
    results: Sequence[Result],
    *,
    problems: Sequence[str] = (),
    probed: Mapping[Place, Roofs] | None = None,
    others: Mapping[str, Any] | None = None,
    is_fresh: bool = False,
) -> Answer:
    """What results say together.

    Args:
        results: in the order in which they are shown.
        problems: what could not even start, one line each.
        probed: roofs of machines that were probed.
        others: what other tests of the same run came to, for programs.
        is_fresh: whether they were made just now, on this machine.
    """
    every = [summarized(result) for result in results]
    machines = {
        summary.machine_key: result.machine for summary, result in zip(every, results, strict=True)
    }
    return answer_about(
        every,
        machines,
        results=results,
        problems=problems,
        probed=probed,
        others=others,
        is_fresh=is_fresh,
    )


def answer_about(
    every: Sequence[Summary],
    machines: Mapping[str, Machine],
    *,
    results: Sequence[Result] = (),
    problems: Sequence[str] = (),
    probed: Mapping[Place, Roofs] | None = None,
    others: Mapping[str, Any] | None = None,
    is_fresh: bool = False,
) -> Answer:
    """The same of results whose figures are known already.

    Args:
        every: their summaries, in the order in which they are shown.
        machines: by their keys.
        results: their records, where a report draws what is in no summary.
        problems: what could not even start, one line each.
        probed: roofs of machines that were probed.
        others: what other tests of the same run came to, for programs.
        is_fresh: whether they were made just now, on this machine.
    """
    summaries, checks = checked(every)
    ranked, unranked = rankings(summaries)
    return Answer(
        machines=dict(machines),
        summaries=summaries,
        estimate_checks=checks,
        rooflines=rooflines(summaries, probed),
        rankings=ranked,
        unranked=unranked,
        problems=tuple(problems),
        others=dict(others or {}),
        is_fresh=is_fresh,
        results=tuple(results),
    )


def probed_roofs(store: Store) -> dict[Place, Roofs]:
    """The newest of each machine that was probed to the end; what cannot be read tells none.

    A probe of our own goes before an imported one of a machine that is just like it.
    """
    found: dict[Place, Roofs] = {}
    imported = store.imported()
    for probe in sorted(load_all(store)[0], key=lambda each: each.id not in imported):
        if probe.outcome == "ok":
            found |= roofs_of(probe)
    return found
