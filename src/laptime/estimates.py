"""How far an estimate was from the whole run that was measured beside it."""

from __future__ import annotations

from collections.abc import Sequence

from laptime.frozen import Frozen
from laptime.summary import Summary


class EstimateCheck(Frozen, frozen=True, kw_only=True):
    """A whole run, and what visits in its pauses would have told of it."""

    workload: str
    measured_s: float
    estimated_s: float
    low_s: float | None
    high_s: float | None
    """Ends of the band that stood beside the estimate; None where it had none."""

    @property
    def error(self) -> float:
        """0.03 where the estimate was 3 % above."""
        return self.estimated_s / self.measured_s - 1

    @property
    def is_inside(self) -> bool | None:
        """Whether the whole run lies in the band."""
        if self.low_s is None or self.high_s is None:
            return None
        return self.low_s <= self.measured_s <= self.high_s


def checked(
    summaries: Sequence[Summary],
) -> tuple[tuple[Summary, ...], tuple[EstimateCheck, ...]]:
    """The summaries without those that only check another one, and the checks.

    A quick result checks a full one of the same run, work and setup.
    """
    whole = {_key(each): each for each in summaries if each.profile == "full" and each.run}
    kept, checks = [], []
    for each in summaries:
        full = whole.get(_key(each)) if each.profile == "quick" else None
        if full is None:
            kept.append(each)
        elif full.total_s and each.total_s and full.total_is_estimate is False:
            checks.append(
                EstimateCheck(
                    workload=each.workload,
                    measured_s=full.total_s,
                    estimated_s=each.total_s,
                    low_s=each.total_low_s,
                    high_s=each.total_high_s,
                )
            )
    return tuple(kept), tuple(checks)


def _key(summary: Summary) -> tuple[str | None, str, str]:
    return summary.run, summary.work_key, summary.setup_key
