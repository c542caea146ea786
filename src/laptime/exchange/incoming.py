"""What somebody else wrote: read strictly, held against what can be true, and never trusted.

A file is read as a whole; in an export every record is judged alone, so that a bad one costs no other.
Nothing is unpacked, downloaded or run. Whatever of a file is shown is cut short and printable first.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from laptime import plain, plausible
from laptime.checks import summarized
from laptime.errors import RecordError, StoreError, UsageError
from laptime.exchange.envelope import MARK, VERSION, Record
from laptime.probes import record as probe_record
from laptime.probes.scores import reference, scores
from laptime.record import decode as decode_result
from laptime.record import encode as encode_result
from laptime.redact import LONGEST_FACT
from laptime.store import ENDINGS, PROBES, TRAININGS, VIDEOS, Store, is_id, read
from laptime.video import record as video_record
from laptime.video.summary import summarize as summarize_video

LARGEST_BYTES = 64_000_000
"""Of a file; a result of the standard profile takes about 30,000."""
MOST_RECORDS = 10_000
LONGEST_NAME = 200
"""Characters of a name; laptime's own have a few dozen."""
LONGEST_TEXT = LONGEST_FACT
"""Characters of a sentence, or of what a framework tells of its build."""
MOST_ITEMS = 200_000
"""Values in one record, all lists together."""
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=2)
"""By which another clock may be wrong."""
LONGEST_S = 1e8
"""Three years: nothing here takes longer."""
LARGEST = 1e19
FASTEST = 1e12
"""Images or frames a second, and points of a score."""
_SHOWN = 160
# What may be below zero: differences, bins before the start, and what an engine calls its options.
_SIGNED = {"clock_drift_s", "swap_growth_bytes", "first_bin", "ssim", "seed", "options", "facts"}
_PROSE = {
    "message",
    "reason",
    "reasons",
    "refused",
    "missing",
    "ended",
    "basis",
    "builds",
    "deviations",
}
_SERIES = {"means", "least", "most"}
_KINDS: dict[str, Callable[[bytes], Record]] = {
    "results": decode_result,
    "probes": probe_record.decode,
    "videos": video_record.decode,
}


class _Parts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An export whose records are not read yet."""

    laptime_export: int
    laptime: str = ""
    results: list[msgspec.Raw] = []
    probes: list[msgspec.Raw] = []
    videos: list[msgspec.Raw] = []


class Found(NamedTuple):
    """A record of a file, or why it is none."""

    place: str
    """'results[3]'; empty for a file of one record."""
    record: Record | None
    problem: str | None


def shown(text: str) -> str:
    """A text of somebody else on one line, cut short, nothing in it but what can be seen."""
    return plain.cut(plain.one_line(plain.cut(text, 4 * _SHOWN)), _SHOWN)


def read_file(name: str) -> list[Found]:
    """Every record of a file that somebody else wrote.

    Args:
        name: of an export, or of a single record of any kind.

    Raises:
        UsageError: it is an address, not a file.
        RecordError: nothing can be read from it; the message says what it seems to be.
    """
    if "://" in name:
        raise UsageError(
            f"'{shown(name)}' is an address; laptime downloads nothing here: save the file, look at "
            "it, and name it"
        )
    return list(_records(_content(Path(name).expanduser())))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
    except IsADirectoryError as error:
        raise RecordError("a folder; name the files in it") from error
    except OSError as error:
        raise RecordError(f"cannot be read ({error.strerror}); check its name") from error
    if len(text) > LARGEST_BYTES:
        raise RecordError(
            f"larger than {LARGEST_BYTES / 1e6:.0f} MB; ask for an export of fewer results"
        )
    if text.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise RecordError("compressed; unpack it, look at it, and name what was in it")
    if text.startswith(b"PAR1"):
        raise RecordError("a Parquet table, which holds no records; ask for the .json")
    if not text.lstrip().startswith(b"{"):
        raise RecordError(
            "no JSON document of laptime; tables (.csv, .md) hold no records: ask for what "
            "'laptime export -o results.json' writes"
        )
    return text


def _records(text: bytes) -> Iterator[Found]:
    if (version := _version(text)) is not None:
        yield from _of_export(text, version)
        return
    yield _judged("", _kind_of(text), text)


def _version(text: bytes) -> object:
    """Of the envelope; None for a file that is none.

    Raises:
        RecordError: it is no JSON, cut short, or nested beyond reason.
    """
    try:
        outer = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        mark = outer.get(MARK)
        return None if mark is None else msgspec.json.decode(mark)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(
            f"no whole JSON document ({shown(str(error))}); ask for it again"
        ) from error


def _of_export(text: bytes, version: object) -> Iterator[Found]:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecordError(f"its {MARK} is no version; ask for it again")
    if version > VERSION:
        raise RecordError(
            f"written by a newer laptime (export {version}, this one reads up to {VERSION}); "
            "upgrade laptime to read it"
        )
    try:
        parts = msgspec.json.decode(text, type=_Parts)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"a damaged export ({shown(str(error))}); ask for it again") from error
    count = len(parts.results) + len(parts.probes) + len(parts.videos)
    if count > MOST_RECORDS:
        raise RecordError(f"holds {count:,} records, more than {MOST_RECORDS:,}; ask for fewer")
    for kind in _KINDS:
        for index, raw in enumerate(getattr(parts, kind)):
            yield _judged(f"{kind}[{index}]", kind, bytes(raw))


def _kind_of(text: bytes) -> str:
    """By the fields that only one kind has; a training where none is known."""
    outer = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    if "rows" in outer and "work" not in outer:
        return "probes"
    return "videos" if "clip" in outer and "work" not in outer else "results"


def _judged(place: str, kind: str, text: bytes) -> Found:
    """One record, or why it is not taken."""
    try:
        _refuse_twins(text)
        record = _KINDS[kind](text)
        check(record)
    except RecordError as error:
        problem = str(error).replace("; delete it or restore a copy", "; ask for it again")
        return Found(place, None, shown(problem))
    return Found(place, record, None)


def _refuse_twins(text: bytes) -> None:
    """A name that stands twice in one object means one thing to us and another to somebody else.

    Raises:
        RecordError: there is one, or the text is no JSON.
    """
    twins: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in found}) < len(found):
            names = [name for name, _ in found]
            twins.append(next(name for name in names if names.count(name) > 1))

    try:
        json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"no whole JSON document ({error})") from error
    if twins:
        raise RecordError(f"the name '{twins[0][:40]}' stands twice in one object")


def check(record: Record) -> None:
    """Hold a record against what can be true.

    Raises:
        RecordError: something in it cannot.
    """
    if not is_id(record.id):
        raise RecordError(f"'{record.id[:60]}' is no id of a result")
    try:
        created = datetime.fromisoformat(record.created)
    except ValueError as error:
        raise RecordError(f"created is no date: '{record.created[:40]}'") from error
    if created.tzinfo is None:
        raise RecordError(f"created names no time zone: {record.created[:40]}")
    if not EARLIEST <= created <= datetime.now(UTC) + AHEAD:
        raise RecordError(f"created cannot be true: {record.created[:40]}")
    count = 0
    for place, name, value in _values(msgspec.to_builtins(record), "", ""):
        count += 1
        if problem := _wrong(name, value):
            raise RecordError(f"{place}: {problem}")
    if count > MOST_ITEMS:
        raise RecordError(f"holds {count:,} values, more than {MOST_ITEMS:,}")
    _try_out(record)


def _try_out(record: Record) -> None:
    """Compute its figures once: one of which nothing follows would stop every list that it is in.

    Raises:
        RecordError: they cannot be computed, or cannot be true.
    """
    try:
        match record:
            case probe_record.Probe():
                speeds = [score.score for score in scores(record, frozen=reference())]
            case video_record.VideoResult():
                speeds = [summarize_video(record).frames_per_s]
            case _:
                speeds = [summarized(record).samples_per_s]
    except Exception as error:
        raise RecordError(f"no figures follow from it ({type(error).__name__}: {error})") from error
    if any(speed is not None and not 0 <= speed < FASTEST for speed in speeds):
        raise RecordError("a speed that no machine has follows from it")


def _values(value: Any, place: str, name: str) -> Iterator[tuple[str, str, Any]]:
    """Every text and figure of a record: where it stands, the field it belongs to, and itself.

    A series is told by the name of its quantity, which says its unit.
    """
    if isinstance(value, dict):
        quantity = value.get("quantity")
        of = quantity.get("name", "") if isinstance(quantity, dict) else ""
        for key, inside in value.items():
            yield place, "", key
            own = name if name in _SIGNED | _PROSE else f"{key} {of}" if key in _SERIES else key
            yield from _values(inside, f"{place}.{key[:40]}".lstrip("."), own)
    elif isinstance(value, list | tuple):
        for index, inside in enumerate(value):
            yield from _values(inside, f"{place}[{index}]", name)
    elif value is not None:
        yield place, name, value


def _wrong(name: str, value: Any) -> str | None:
    """Why a value cannot be true; None where it can."""
    if isinstance(value, str):
        return _wrong_text(value, longest=LONGEST_TEXT if name in _PROSE else LONGEST_NAME)
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no number"
    if abs(value) > LARGEST:
        return "a figure that no machine has"
    field, _, quantity = name.partition(" ")
    if quantity:
        return _wrong_sample(quantity, value)
    if field not in _SIGNED and value < 0:
        return f"{value:g} is below zero"
    if field == "accuracy" and value > 1:
        return f"{value:g} is more than all"
    if field.endswith("_s") and not field.endswith("_per_s") and abs(value) > LONGEST_S:
        return f"{value:g} s is years"
    return None


def _wrong_text(text: str, *, longest: int) -> str | None:
    if len(text) > longest:
        return f"a text of {len(text):,} characters, more than {longest:,}"
    if any(unicodedata.category(c) == "Cc" for c in text):
        return "a text with control characters"
    return None


def _wrong_sample(quantity: str, value: float) -> str | None:
    """By the bounds of what any sensor may tell; those of a plug-in may have units of their own."""
    try:
        least, most = plausible.bounds(quantity)
    except ValueError:
        return None
    if not least <= value <= most:
        return f"{value:g} is outside of {least:g} to {most:g}"
    return None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    file: str
    taken: tuple[str, ...] = ()
    """Ids that are new here."""
    here: tuple[str, ...] = ()
    """Ids that were here before, with the same content."""
    refused: tuple[str, ...] = ()
    """A line for each record that was not taken, or for the whole file."""


def take(found: Sequence[Found], *, store: Store, file: str) -> Tally:
    """Write records into the store, marked as imported; none that is there is ever replaced.

    Args:
        found: of `read_file`.
        store: where they are kept.
        file: what it is called where it is shown.

    Raises:
        StoreError: the store cannot be written.
    """
    taken: list[str] = []
    here: list[str] = []
    refused: list[str] = []
    # Some systems take 'A.json' and 'a.json' for one file.
    kept = {n.casefold() for ending in ENDINGS for n in store.ids(ending)}
    for place, record, problem in found:
        if record is None:
            refused.append(f"{place}: {problem}" if place else str(problem))
            continue
        ending, content = _encoded(record)
        if record.id.casefold() not in kept:
            store.take(record.id, ending, content)
            kept.add(record.id.casefold())
            taken.append(record.id)
        elif _is_same(store.folder / f"{record.id}{ending}", record):
            here.append(record.id)
        else:
            refused.append(
                f"{record.id}: another result of that id is here already, and is kept; "
                "to take this one, move that one out of the store first"
            )
    return Tally(file=file, taken=tuple(taken), here=tuple(here), refused=tuple(refused))


def _encoded(record: Record) -> tuple[str, bytes]:
    """Ending of its file, and what stands in it."""
    match record:
        case probe_record.Probe():
            return PROBES, probe_record.encode(record)
        case video_record.VideoResult():
            return VIDEOS, video_record.encode(record)
        case _:
            return TRAININGS, encode_result(record)


def _is_same(path: Path, record: Record) -> bool:
    """Whether a file of the store holds this very record."""
    kinds = {TRAININGS: "results", PROBES: "probes", VIDEOS: "videos"}
    try:
        return read(path, _KINDS[kinds[path.suffix]]) == record
    except StoreError:  # of another kind, or damaged: not the same
        return False
