"""Winners are remembered: one file for each machine, in the folder of results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from laptime import whole
from laptime.engines import Option
from laptime.errors import RecordError, StoreError

FORMAT = 1
FOLDER = "tuned"


class Winner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fastest setup that was found for a workload on an engine, in a precision."""

    workload: str
    batch_size: int | None
    """None for the published one."""
    engine: str
    asked: str
    """The device as it was asked for, 'auto' perhaps."""
    device: str
    """What it then ran on."""
    precision: str
    setup: str
    """'tuned + threads=one'."""
    options: dict[str, Option]
    samples_per_s: float
    versions: dict[str, str]
    """Of the frameworks."""
    found: str
    """ISO date."""

    @property
    def of(self) -> tuple[str, int | None, str, str, str]:
        """What it is the winner of; a new one takes its place."""
        return self.workload, self.batch_size, self.engine, self.asked, self.precision


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    winners: tuple[Winner, ...]


class Winners:
    """What `tune` found on a machine.

    Args:
        folder: of the results.
        machine_key: of a summary.
    """

    def __init__(self, folder: Path, *, machine_key: str) -> None:
        self.path = folder / FOLDER / f"{machine_key}.json"

    def read(self) -> tuple[Winner, ...]:
        """All of them; none where nothing was tuned yet.

        Raises:
            RecordError: the file is damaged.
            StoreError: it cannot be read, or is from a newer laptime.
        """
        again = "delete it, and tune again"
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror}; {again}") from error
        try:
            version = msgspec.json.decode(text, type=dict[str, object]).get("format")
            if isinstance(version, int) and version > FORMAT:
                raise StoreError(f"{self.path} was written by a newer laptime; upgrade, or {again}")
            return msgspec.json.decode(text, type=_File).winners
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordError(f"{self.path} is damaged ({error}); {again}") from error

    def remember(self, found: Sequence[Winner]) -> None:
        """Add winners, in place of older ones of the same, and of a damaged file.

        Raises:
            StoreError: they cannot be written, or what is there is from a newer laptime.
        """
        try:
            before = self.read()
        except RecordError:  # nothing in it can be used any more; `read` has told so
            before = ()
        kept = {winner.of: winner for winner in (*before, *found)}
        self._write(_File(format=FORMAT, winners=tuple(kept.values())))

    def _write(self, content: _File) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            whole.write(
                self.path, msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
            )
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(
            f"cannot write {self.path}: {error.strerror}; free some space, or set LAPTIME_STORE to a "
            "folder that you may write to"
        )


def fastest(
    winners: Sequence[Winner], *, workload: str, device: str, precision: str, engines: Sequence[str]
) -> Winner | None:
    """The fastest that is remembered of the published work; None where nothing is.

    Args:
        winners: all.
        workload: its key.
        device: as asked for now; 'auto' finds only what was tuned so.
        precision: its name.
        engines: those that may be taken.
    """
    fitting = [
        winner
        for winner in winners
        if (winner.workload, winner.precision, winner.batch_size) == (workload, precision, None)
        and winner.engine in engines
        and device in ((winner.asked, winner.device) if device != "auto" else (winner.asked,))
    ]
    return max(fitting, key=lambda winner: winner.samples_per_s, default=None)
