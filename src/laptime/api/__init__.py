"""laptime from Python: run, load and compare, in a notebook or in a program.

    import laptime

    results = laptime.run("mnist-mlp")
    laptime.load("latest")
    laptime.compare(results[0], "20261122")

What they give shows itself as a table in Jupyter, Colab and VS Code, and as text elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from laptime.api._chart import Chart
from laptime.api._compared import Compared
from laptime.api._results import Results
from laptime.api._running import Asked, RunInterrupted, Value, execute
from laptime.checks import summarized
from laptime.errors import StoreError, UsageError
from laptime.record import Result
from laptime.store import Store, open_store
from laptime.summary import Summary

__all__ = ["Chart", "Compared", "Results", "RunInterrupted", "compare", "load", "run"]

Names = str | Sequence[str]
Place = str | Path


def run(
    *workloads: str,
    engine: Names | None = None,
    device: str = "auto",
    precision: str = "float32",
    setup: Names | None = None,
    options: Mapping[str, Value] | None = None,
    profile: Literal["quick", "standard", "full"] = "quick",
    data: Literal["auto", "real", "synthetic"] = "auto",
    data_dir: Place | None = None,
    suite: str | None = None,
    weights: Literal["auto", "pretrained", "random"] = "auto",
    fallback: bool = True,
    budget: str | None = None,
    soak: str | None = None,
    resume: bool = False,
    store: Place | None = None,
    progress: bool = True,
) -> Results:
    """Train real networks here and time them: `laptime run`, in a process of its own.

    What this notebook holds in memory does not take part: nothing of it is measured or changed. Its
    own frameworks may hold the memory of a graphics processor, though; restart the kernel before.

    Args:
        workloads: names or globs ('cifar10-*'); none for the whole suite.
        engine: a framework, or several; 'all' for all that are installed. The first one by default.
        device: 'cuda', 'rocm', 'xpu', 'mps', 'gpu', 'cpu' or 'auto'.
        precision: 'float32', 'bfloat16' or 'float16'.
        setup: 'plain', 'published' or 'tuned', or several, measured in turns.
        options: single options of the setup and their values.
        profile: 'quick' takes seconds; 'standard' gives figures to rely on; 'full' every epoch.
        data: 'auto' is real where it is on disk; 'real' is fetched where it is not.
        data_dir: folder that holds datasets.
        suite: all workloads of a suite.
        weights: of frozen networks.
        fallback: whether a smaller batch is tried where memory is too short.
        budget: with 'standard', all that it may take: '10m'.
        soak: train each workload without a rest for so long: '15m'.
        resume: go on with the run that was stopped last; with no other argument but these below.
        store: folder for the results; by default the user's own.
        progress: whether the stages are written to stderr as they come.

    Returns:
        What was measured. A workload that failed is among it and says why; see `Results.exit_code`.

    Raises:
        UsageError: an argument means nothing here.
        EnvironmentUnfitError: nothing could start on this machine; the message holds the remedy.
        RunInterrupted: it was stopped; it holds what was saved. It is a KeyboardInterrupt.
    """
    asked = Asked(
        workloads=workloads,
        one={
            "device": device,
            "precision": precision,
            "profile": profile,
            "data": data,
            "data-dir": None if data_dir is None else str(data_dir),
            "suite": suite,
            "weights": weights,
            "budget": budget,
            "soak": soak,
        },
        many={"engine": _several(engine), "setup": _several(setup)},
        options=options or {},
        fallback=fallback,
        resume=resume,
    )
    return execute(asked, store=_opened(store), progress=progress)


def load(
    *names: Place,
    workload: str | None = None,
    engine: str | None = None,
    store: Place | None = None,
) -> Results:
    """Results that were saved, oldest first.

    Args:
        names: ids, beginnings of ids, 'latest', or paths of record files; none for all of them.
        workload: only those of this name or glob.
        engine: only those of this name or glob.
        store: folder of the results; by default the user's own.

    Raises:
        UnknownNameError: nothing is called so.
        UsageError: several start so, or there is none yet.
        StoreError: one that was named cannot be read; of all, such are told in `Results.problems`.
    """
    place = _opened(store)
    problems: Sequence[StoreError] = ()
    if names:
        found = [place.load(str(name)) for name in names]
    else:
        found, problems = place.load_all()
    kept = [
        result
        for result in found
        if fnmatchcase(result.work.workload, workload or "*")
        and fnmatchcase(result.setup.engine, engine or "*")
    ]
    return Results(kept, store=place, problems=[str(problem) for problem in problems])


def compare(
    baseline: Comparable,
    *others: Comparable,
    store: Place | None = None,
) -> Compared:
    """Which of two or more results is faster, by how much, and whether they may be compared.

    Args:
        baseline: an id, the beginning of one, 'latest', a path, or a result.
        others: the same; with none the baseline holds several, and its first is compared with.
        store: folder in which names are looked for; by default the user's own.

    Raises:
        UsageError: there is nothing to compare with, or a name means several.
        UnknownNameError: nothing is called so.
        StoreError: one cannot be read.
    """
    place = _opened(store)
    first, *rest = [_summaries(each, place) for each in (baseline, *others)]
    if others and len(first) != 1:
        raise UsageError(f"the baseline holds {len(first)} results; give one of them: results[0]")
    base, *same = first or (None,)
    summaries = [*same, *(summary for found in rest for summary in found)]
    if base is None or not summaries:
        raise UsageError("give a baseline and at least one other result")
    return Compared(base, summaries)


Comparable = str | Path | Summary | Result | Iterable[Summary]
"""What names results: an id, the beginning of one, 'latest', a path, or the results themselves."""


def _summaries(given: Comparable, store: Store) -> list[Summary]:
    if isinstance(given, Summary):
        return [given]
    if isinstance(given, Result):
        return [summarized(given)]
    if isinstance(given, str | Path):
        return [summarized(store.load(str(given)))]
    return list(given)


def _opened(store: Place | None) -> Store:
    return open_store() if store is None else Store(Path(store).expanduser())


def _several(names: Names | None) -> tuple[str, ...]:
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)
