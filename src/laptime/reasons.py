"""Why a figure of a result is missing, in words: null alone tells nobody what to do."""

from __future__ import annotations

from collections.abc import Iterable

from laptime.bands import first_to_tell
from laptime.record import Process, Result, Work
from laptime.scripts import why_not_told

BELIEVABLE = ("ok", "interrupted", "did_not_learn")
"""Outcomes whose blocks were timed soundly, as far as they go; all others have no figures."""
FEWEST_PROCESSES = 3
"""An interval lives between processes; with fewer than three none is printed."""
FEWEST_VISITS = 3
"""Fewer visits than these give no band around an estimate."""

_PARTS = {
    "cores_used": "this system does not tell the worker's processor time",
    "device_name": "the engine does not tell",
    "samples_per_s_low": f"an interval needs {FEWEST_PROCESSES} processes or more that ended well",
    "samples_per_s_high": f"an interval needs {FEWEST_PROCESSES} processes or more that ended well",
    "spread": "a spread needs two visits (full: three epochs) or more",
    "machine_drift": "fewer than two runs of the reference loop",
    "reference_gflop_per_s": "the reference loop did not run beside it",
    "train_files": "the images are arrays in memory, not files",
    "skipped_files": "the images are arrays in memory, not files",
    "weights": "the whole network is trained; nothing in it is frozen",
    "fit_s": "it trains step by step; no classifier is fitted",
    "script": "laptime trained it itself",
    "run": "the record is older than format 4",
    "burst_samples_per_s": "only --soak trains long enough to tell",
    "sustained_samples_per_s": "only --soak trains long enough to tell",
    "retention": "only --soak trains long enough to tell",
    "peak_memory_bytes": "this system does not tell the worker's memory",
}
_TOTALS = ("total_s", "total_low_s", "total_high_s", "total_is_estimate")


def is_fitted(work: Work) -> bool:
    """Whether a classifier is fitted on features, and nothing is trained step by step."""
    return work.trainable_parameters == 0


def reasons_for(result: Result, process: Process, missing: Iterable[str]) -> dict[str, str]:
    """Field -> why it is None, for each that is missing; a message that is not there needs none."""
    return {name: _reason(result, process, name) for name in missing if name != "message"}


def _reason(result: Result, process: Process, name: str) -> str:
    if process.outcome not in BELIEVABLE and name != "device_name":
        return f"ended with {process.outcome}: {process.message or 'nothing more is known'}"
    if process.script is not None:
        return why_not_told(process.script, name)
    if name in _ASKED:
        return _ASKED[name](result, process)
    return _of_parts(result, process, name)


def _of_parts(result: Result, process: Process, name: str) -> str:
    if name == "first_epoch_s" and result.profile != "full":
        return f"the profile {result.profile} measures blocks, not epochs"
    if name in ("total_low_s", "total_high_s") and process.epochs:
        return _no_band(result, process)
    if name in _TOTALS and process.cold.build_s is not None and not process.evaluations:
        return f"not validated{_ending(process)}"
    if name in ("total_low_s", "total_high_s"):
        return f"a band needs {FEWEST_VISITS} visits or more"
    if name == "skipped_files" and result.data.train_files is not None:
        return f"the worker ended before it could tell{_ending(process)}"
    if name == "fit_s" and is_fitted(result.work):
        return f"the classifier was not fitted{_ending(process)}"
    if name in ("validation_s", "test_accuracy", "test_samples"):
        return f"not validated{_ending(process)}"
    return _PARTS.get(name, f"not measured{_ending(process)}")


def _wait_unknown(_: Result, process: Process) -> str:
    if process.epochs or any(block.phase == "measured" for block in process.blocks):
        return "the engine takes the images on its own terms, partly beside the training"
    return f"nothing was measured{_ending(process)}"


def _ending(process: Process) -> str:
    """What cut the run short; empty where nothing did."""
    return "" if process.outcome == "ok" else f": {process.message or process.outcome}"


def _no_band(result: Result, process: Process) -> str:
    done, all_of_them = len(process.epochs), result.work.epochs or 0
    if done >= all_of_them:
        return "measured once, not estimated"
    return f"a band needs {FEWEST_VISITS + 1} epochs or more; {done} of {all_of_them} were run"


def _not_judged(result: Result, process: Process) -> str:
    looks = process.looks or process.evaluations[-1:]
    if not looks:
        return f"not validated{_ending(process)}"
    first = first_to_tell(result.bands, classes=result.work.classes or 0)
    if result.targets:
        first = min(each.after_steps for each in result.targets)
    if first is None:
        return _no_learning_band(result)
    return f"judged after {first:,} steps; this run took {looks[-1].after_steps:,}"


def _no_learning_band(result: Result) -> str:
    used = result.data
    if used.name == "photos":
        return "no band: nothing is known of what own photos should reach"
    if result.work.deviations:
        return "no band: the reference runs had the published batch"
    parts = [f"{used.kind} data", result.setup.precision]
    parts += [f"{used.weights} weights"] if used.weights else []
    return f"no band: no reference runs with {', '.join(parts)} tell learning from guessing"


def _no_limit(result: Result, process: Process) -> str:
    if result.profile != "standard":
        return "only the standard profile looks for it"
    reason = process.roof.reason if process.roof else None
    return (
        f"the device's own speed is not known: {reason or 'it was not measured'}{_ending(process)}"
    )


_ASKED = {"limit": _no_limit, "learned": _not_judged, "data_wait_share": _wait_unknown}
