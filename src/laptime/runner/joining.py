"""Several processes of one setup as one result."""

from __future__ import annotations

from msgspec.structs import replace

from laptime.record import DataUsed, Result


def joined(earlier: Result, later: Result) -> Result | None:
    """The earlier result with the later one's processes; None where they are not of one kind.

    A worker that failed before it was ready does not know what its engine would have used: it counts as
    one more process of what the other says.
    """
    if earlier.run != later.run or _way(earlier) != _way(later):
        return None
    known = earlier if _is_known(earlier) else later
    for other in (earlier, later):
        if _is_known(other) and (other.work, other.setup) != (known.work, known.setup):
            return None
    bands = {band.after_steps: band for each in (earlier, later) for band in each.bands}
    return replace(
        earlier,
        work=known.work,
        setup=known.setup,
        data=_data(known.data, (earlier.data, later.data)),
        bands=tuple(bands[steps] for steps in sorted(bands)),
        processes=(*earlier.processes, *later.processes),
    )


def _way(result: Result) -> tuple[object, ...]:
    """What is known before a worker is ready."""
    work, setup = result.work, result.setup
    return work.workload, work.batch_size, setup.engine, setup.precision, setup.name


def _is_known(result: Result) -> bool:
    """Whether a worker of it was ready once: only then are there versions."""
    return bool(result.setup.versions)


def _data(known: DataUsed, each: tuple[DataUsed, ...]) -> DataUsed:
    """With as many unreadable files as any of the processes met."""
    skipped = [data.skipped_files for data in each if data.skipped_files is not None]
    return replace(known, skipped_files=max(skipped, default=None))
