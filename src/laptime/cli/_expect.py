"""How long a full run will take, going by what was measured here before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laptime.errors import RecordError

if TYPE_CHECKING:
    from laptime.runner.plan import Item
    from laptime.store import Store
    from laptime.summary import Summary


def known_total_s(items: tuple[Item, ...], *, store: Store) -> float | None:
    """Seconds of all whole runs together; None unless each was measured in this setup before."""
    totals = [_newest_total_s(item, store) for item in items]
    known = [total for total in totals if total is not None]
    return sum(known) if len(known) == len(totals) else None


def _newest_total_s(item: Item, store: Store) -> float | None:
    from laptime.checks import summarized

    if item.found is not None and item.found.layout == "classes":
        return None  # another folder of own photos may be of any size
    for name in reversed(store.ids()):
        if f"-{item.workload}-{item.engine}-" in name:
            try:
                summary = summarized(store.load(name))
            except RecordError:
                continue  # said by 'laptime list results'; here it only tells less
            if _is_alike(summary, item) and summary.total_s is not None:
                return summary.total_s
    return None


def _is_alike(summary: Summary, item: Item) -> bool:
    return (
        not summary.deviations
        and (
            (summary.workload, summary.engine, summary.setup, summary.precision)
            == (item.workload, item.engine, item.setup, item.precision)
        )
        and item.device in ("auto", summary.device)
    )
