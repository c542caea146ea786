"""What `laptime list` lists of the store: trainings, probes and video exports."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec

from laptime.cli._listings import Listing
from laptime.layout import Row

SHOWN = 500
"""Results on a screen; for programs there are all."""


def results(*, most: int = SHOWN) -> Listing:
    """Stored results, newest first; those that cannot be read are named below.

    Args:
        most: only so many, the newest; -1 for all.
    """
    from laptime import words
    from laptime.index import opened
    from laptime.store import open_store

    store = open_store()
    imported = store.imported()
    with opened(store) as index:
        summaries = [entry.summary for entry in index.entries(most)][::-1]
        names = index.names()[::-1]
        problems = index.problems()
    shortened = words.short(names)[: len(summaries)]
    rows = [
        Row(
            [
                [words.cut(beginning, 160)],
                [words.cut(summary.workload)],
                [words.cut(words.way(summary))],
                [words.speed(summary)],
                [str(len(summary.flags) or "")],
                [summary.outcome, *_origin(summary.id, imported)],
            ]
        )
        for beginning, summary in zip(shortened, summaries, strict=True)
    ]
    notes = [f"! {problem}" for problem in problems]
    if older := len(names) - len(summaries):
        notes.append(f"{older:,} older: laptime list results --json")
    if not rows:
        notes.append("No results yet; make one with: laptime run")
    return Listing(
        title="" if rows else "Results",
        headings=("id", "workload", "setup", "images/s", "flags", "outcome"),
        rows=rows,
        items=[
            msgspec.to_builtins(summary) | {"imported": summary.id in imported}
            for summary in summaries
        ],
        right=(3, 4),
        notes=notes,
    )


def _origin(name: str, imported: AbstractSet[str]) -> list[str]:
    """Beside an outcome: whose it is, where it is not one's own."""
    return ["(imported)"] if name in imported else []


def probes() -> Listing:
    """Every stored probe with its scores, newest first."""
    from laptime import words
    from laptime.probes.saved import load_all
    from laptime.probes.scores import NAMES, reference, scores
    from laptime.store import open_store

    store = open_store()
    found, problems = load_all(store)
    imported = store.imported()
    found.reverse()
    frozen = reference()
    reached = [scores(probe, frozen=frozen) if probe.outcome == "ok" else () for probe in found]
    shortened = words.short([probe.id for probe in found])
    rows = []
    for beginning, probe, known in zip(shortened, found, reached, strict=True):
        told = {each.name: each.score for each in known}
        figures = [words.number(score) if (score := told.get(name)) else "-" for name in NAMES]
        cells = [beginning, ", ".join(probe.versions), *figures]
        outcome = [probe.outcome, *_origin(probe.id, imported)]
        rows.append(Row([*([cell] for cell in cells), outcome]))
    notes = [f"! {problem}" for problem in problems]
    if not rows:
        notes.append("No probes yet; make one with: laptime probe")
    return Listing(
        title="" if rows else "Probes",
        headings=("id", "engines", "single core", "multi core", "accelerator", "outcome"),
        rows=rows,
        items=[
            {
                "kind": "probe",
                "id": probe.id,
                "created": probe.created,
                "outcome": probe.outcome,
                "engines": list(probe.versions),
                "scores": known,
                "imported": probe.id in imported,
            }
            for probe, known in zip(found, reached, strict=True)
        ],
        right=(2, 3, 4),
        notes=notes,
    )


def videos() -> Listing:
    """Every stored export, newest first."""
    from laptime import words
    from laptime.store import open_store
    from laptime.video.record import load_all
    from laptime.video.summary import summarize

    store = open_store()
    found, problems = load_all(store)
    imported = store.imported()
    summaries = [summarize(result) for result in reversed(found)]
    shortened = words.short([summary.id for summary in summaries])
    rows = [
        Row(
            [
                [beginning],
                [f"{each.clip} {each.codec}"],
                [each.encoder],
                [words.number(each.frames_per_s) if each.frames_per_s else "-"],
                [each.outcome, *_origin(each.id, imported)],
            ]
        )
        for beginning, each in zip(shortened, summaries, strict=True)
    ]
    notes = [f"! {problem}" for problem in problems]
    if not rows:
        notes.append("No video exports yet; make some with: laptime video")
    return Listing(
        title="" if rows else "Video exports",
        headings=("id", "clip", "encoder", "frames/s", "outcome"),
        rows=rows,
        items=[msgspec.to_builtins(each) | {"imported": each.id in imported} for each in summaries],
        right=(3,),
        notes=notes,
    )
