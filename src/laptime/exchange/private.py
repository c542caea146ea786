"""What leaves: records without anything that tells where they come from, and a look at the rest.

A record is written without names on purpose. This is the second look, at the moment of leaving: a
plug-in may have written what it should not have, and so may a laptime of another version.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from laptime import registry
from laptime.errors import ExportError
from laptime.exchange.envelope import Export, Record
from laptime.probes.record import Threads
from laptime.record import DataKind, Outcome, Phase, Profile, Start
from laptime.redact import hiding
from laptime.series import Origin, Scope
from laptime.video.encoders import Codec, Kind
from laptime.video.record import Part

# Words of everybody's records that are names of people and computers somewhere, too.
_WORDS = {
    "adam",
    "apple",
    "arm64",
    "intel",
    "nvidia",
    "radeon",
    "geforce",
    "debian",
    "ubuntu",
    "fedora",
}
_WORDS |= {"linux", "darwin", "windows", "macos", "macbook", "python", "numpy", "torch", "keras"}
_WORDS |= {
    "tensorflow",
    "mlx",
    "jax",
    "cpu",
    "gpu",
    "mps",
    "cuda",
    "rocm",
    "plain",
    "tuned",
    "published",
}
_WORDS |= {
    "folder",
    "laptime",
    "float32",
    "bfloat16",
    "float16",
    "cross",
    "entropy",
    "threads",
    "done",
}
_NO_ID = re.compile(r"[^0-9A-Za-z._-]+")


class Change(NamedTuple):
    """Something private that was replaced."""

    place: str
    """'results[0].processes[0].message'."""
    now: str
    """What stands there now."""


def cleaned(export: Export) -> tuple[Export, list[Change]]:
    """The same without anything private, and what had to be replaced for it.

    Raises:
        ExportError: what is left is no record: a user or a computer is called as one of its words.
    """
    hide = hiding(_public())
    changes: list[Change] = []
    found = _walked(msgspec.to_builtins(export), hide, "", changes)
    try:
        return msgspec.convert(found, Export), changes
    except msgspec.ValidationError as error:
        raise ExportError(f"cannot be made fit to leave ({error}); nothing was written") from error


def _public() -> set[str]:
    """Names of ours, whole and in words: no person is told by them."""
    names = {name for room in ("workloads", "engines", "datasets") for name in registry.names(room)}
    for told in (
        Outcome,
        DataKind,
        Phase,
        Profile,
        Start,
        Threads,
        Origin,
        Scope,
        Codec,
        Kind,
        Part,
    ):
        names |= set(typing.get_args(told))
    return _WORDS | names | {word for name in names for word in re.split(r"[-_ ]", name)}


def _walked(value: Any, hide: Callable[[str], str], place: str, changes: list[Change]) -> Any:
    """The same builtins, every text hidden that tells somebody."""
    if isinstance(value, str):
        return _hidden(value, hide, place, changes)
    if isinstance(value, dict):
        found = {}
        for key, inside in value.items():
            name = _hidden(key, hide, f"{place} (a name in it)", changes)
            found[name] = _walked(inside, hide, f"{place}.{name}".lstrip("."), changes)
        return found
    if isinstance(value, list | tuple):
        return [_walked(v, hide, f"{place}[{k}]", changes) for k, v in enumerate(value)]
    return value


def _hidden(text: str, hide: Callable[[str], str], place: str, changes: list[Change]) -> str:
    hidden = hide(text)
    if hidden != text:
        if place.endswith((".id", ".run")):  # becomes a file name
            hidden = _NO_ID.sub("-", hidden).strip("-.") or "private"
        changes.append(Change(place, hidden))
    return hidden


def facts(export: Export) -> dict[str, dict[str, str]]:
    """What it tells of machine and setup: heading -> field -> its values, each once."""
    records: tuple[Record, ...] = export.records
    told = {"machine": _told(record.machine for record in records)}
    setups: list[msgspec.Struct] = [result.setup for result in export.results]
    setups += [video.setup for video in export.videos]
    if setups:
        told["setup"] = _told(setups)
    if export.results:
        told["data"] = _told(result.data for result in export.results)
        told["work"] = {
            "workload": _joined(result.work.workload for result in export.results),
            "deviations": _joined(d for r in export.results for d in r.work.deviations),
        }
    for probe in export.probes:
        told["probe"] = {
            "versions": _joined(_texts(probe.versions)),
            "environment": _joined(_texts(probe.environment)),
        }
    messages = [p.message for r in export.results for p in r.processes if p.message]
    if messages:
        told["messages"] = {"message": _joined(messages)}
    return {
        heading: {name: value for name, value in fields.items() if value}
        for heading, fields in told.items()
    }


def _told(structs: Iterable[msgspec.Struct]) -> dict[str, str]:
    """Field -> its values over all of them."""
    found: dict[str, list[str]] = {}
    for struct in structs:
        for name in struct.__struct_fields__:
            found.setdefault(name, []).extend(_texts(getattr(struct, name)))
    return {name: _joined(values) for name, values in found.items()}


def _texts(value: Any) -> Iterator[str]:
    if value is None or value == "":
        return
    if isinstance(value, dict):
        for name, inside in value.items():
            for text in _texts(inside):
                yield f"{name}={text}"
    elif isinstance(value, tuple | list):
        for inside in value:
            yield from _texts(inside)
    else:
        yield str(value)


def _joined(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))
