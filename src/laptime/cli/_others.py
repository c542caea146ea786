"""`laptime compare` and `laptime show` for probes and video exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from laptime.cli._screen import screen
from laptime.document import document
from laptime.errors import EXIT_OK, EXIT_THRESHOLD, EXIT_USAGE, UsageError
from laptime.store import PROBES

if TYPE_CHECKING:
    from pathlib import Path

    from laptime.comparison import Banded, Threshold

REPORTS = ("terminal", "json")


def compare(kind: str, paths: Sequence[Path], *, threshold: Threshold | None, report: str) -> int:
    """Print how records compare with the first of them; the exit code, as of trainings.

    Args:
        kind: of all of them.
        paths: of the baseline and the others.
        threshold: that is not to be crossed.
        report: 'terminal' or 'json'.

    Raises:
        LaptimeError: a record cannot be read, or there is no such report.
    """
    _check(report)
    return (_probes if kind == PROBES else _exports)(paths, threshold, report)


def show(kind: str, paths: Sequence[Path], *, report: str) -> None:
    """Print records again, as they were printed when they were made.

    Args:
        kind: of all of them.
        paths: where they lie.
        report: 'terminal' or 'json'.

    Raises:
        LaptimeError: a record cannot be read, or there is no such report.
    """
    _check(report)
    (_show_probes if kind == PROBES else _show_exports)(paths, as_json=report == "json")


def raw(kind: str, path: Path) -> str:
    """The record itself, as it would be written today.

    Raises:
        LaptimeError: it cannot be read.
    """
    if kind == PROBES:
        from laptime.probes.record import encode
        from laptime.probes.saved import load

        return encode(load(path)).decode()
    from laptime.video.record import encode as encode_video
    from laptime.video.record import load as load_video

    return encode_video(load_video(path)).decode()


def _check(report: str) -> None:
    if report not in REPORTS:
        raise UsageError(
            f"probes and video exports have no report '{report}'; use {' or '.join(REPORTS)}"
        )


def _show_probes(paths: Sequence[Path], *, as_json: bool) -> None:
    from laptime.cli import _probing
    from laptime.probes.saved import load
    from laptime.store import open_store

    if as_json and len(paths) > 1:
        raise UsageError("a document holds one probe; name one")
    for path in paths:
        _probing.show(_probing.judged(load(path), store=open_store()), as_json=as_json)


def _show_exports(paths: Sequence[Path], *, as_json: bool) -> None:
    from laptime.cli._exporting import Exported
    from laptime.cli._exporting import show as show_exported
    from laptime.video.record import load

    results = [load(path) for path in paths]
    if as_json:
        show_exported(Exported(tuple(results), is_named=True), as_json=True)
        return
    for result in results:
        show_exported(Exported((result,), is_named=True), as_json=False)


def _probes(paths: Sequence[Path], threshold: Threshold | None, report: str) -> int:
    from laptime.probes.comparing import compare as compare_probes
    from laptime.probes.saved import load
    from laptime.probes.scores import reference
    from laptime.probes.text import render_comparison

    base, *others = map(load, paths)
    found = [compare_probes(base, other, frozen=reference()) for other in others]
    crossed = [each.id for each in found if _is_crossed(threshold, each.scores)]
    if report == "json":
        _tell({"results": found, "baseline": base.id, "crossed": crossed})
    else:
        print(render_comparison(found, baseline=base.id, screen=screen()), end="")
    return _code([each.comparable for each in found], crossed, threshold)


def _exports(paths: Sequence[Path], threshold: Threshold | None, report: str) -> int:
    from laptime.video.comparing import compare as compare_exports
    from laptime.video.record import load
    from laptime.video.text import render_comparison

    base, *others = map(load, paths)
    found = [compare_exports(base, other) for other in others]
    crossed = [each.id for each in found if _is_crossed(threshold, [each])]
    if report == "json":
        _tell({"results": found, "baseline": base.id, "crossed": crossed})
    else:
        print(render_comparison(found, screen=screen()), end="")
    return _code([each.comparable for each in found], crossed, threshold)


def _is_crossed(threshold: Threshold | None, found: Sequence[Banded]) -> bool:
    return threshold is not None and any(threshold.is_crossed(each) for each in found)


def _code(comparable: Sequence[bool], crossed: Sequence[str], threshold: Threshold | None) -> int:
    if crossed:
        return EXIT_THRESHOLD
    needed = all if threshold else any
    return EXIT_OK if needed(comparable) else EXIT_USAGE


def _tell(content: dict[str, Any]) -> None:
    print(document(content), end="")
