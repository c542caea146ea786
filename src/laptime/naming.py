"""Names for machines: a record holds none, so they are made of what tells machines apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from laptime import words
from laptime.errors import UnknownNameError, UsageError
from laptime.record import Machine
from laptime.summary import machine_key

HERE = "here"
"""Means the machine that laptime runs on."""
IMPORTED = "imported-"
"""Begins the key of a machine that is somebody else's."""
_KEY_DIGITS = 4


def owner_key(machine: Machine, *, is_imported: bool) -> str:
    """The key of a machine; somebody else's is never ours, however equal it may be."""
    return f"{IMPORTED}{machine_key(machine)}" if is_imported else machine_key(machine)


def names_of(machines: Mapping[str, Machine]) -> dict[str, str]:
    """A name for each machine, no two alike, whatever the order in which they come.

    'Apple M1 Pro'; where two are called so, what tells them apart is added: the graphics processor,
    memory, cores, system, model. Where nothing does, the first digits of their keys.

    Args:
        machines: by their keys (`summary.machine_key`).
    """
    names = {
        key: f"{_plain(machine)}, imported" if key.startswith(IMPORTED) else _plain(machine)
        for key, machine in machines.items()
    }
    for more in _TELLING:
        counts = Counter(names.values())
        alike = {key for key, name in names.items() if counts[name] > 1}
        groups = {names[key] for key in alike}
        for group in groups:
            members = [key for key in alike if names[key] == group]
            told = {key: more(machines[key]) for key in members}
            if len(set(told.values())) > 1:
                names |= {key: f"{group}, {text}" for key, text in told.items()}
    counts = Counter(names.values())
    for digits in range(_KEY_DIGITS, max(map(len, names), default=0) + 1):
        starts = Counter((name, _start(key, digits)) for key, name in names.items())
        if all(count == 1 for count in starts.values()):
            break
    return {
        key: name if counts[name] == 1 else f"{name} ({_start(key, digits)})"
        for key, name in names.items()
    }


def key_of(asked: str, names: Mapping[str, str]) -> str:
    """The key of the machine that somebody means by its name, the start of one, or its key.

    Args:
        asked: without regard to capitals.
        names: as `names_of` gives them.

    Raises:
        UnknownNameError: none is called so.
        UsageError: several are.
    """
    wanted = asked.casefold()
    for found in (
        [key for key, name in names.items() if name.casefold() == wanted],
        [
            key
            for key, name in names.items()
            if wanted and (name.casefold().startswith(wanted) or key.startswith(wanted))
        ],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            several = "; ".join(sorted(names[key] for key in found))
            raise UsageError(f"{len(found)} machines are called '{asked}' ({several}); give more")
    raise UnknownNameError("machine", words.cut(asked), names.values())


def _start(key: str, digits: int) -> str:
    return key.removeprefix(IMPORTED)[:digits]


def _plain(machine: Machine) -> str:
    return words.cut(machine.chip or machine.model or machine.architecture)


def _graphics(machine: Machine) -> str:
    return words.cut(" + ".join(machine.graphics) or "no graphics processor")


def _memory(machine: Machine) -> str:
    return f"{round(machine.memory_bytes / 2**30):,} GiB"


def _cores(machine: Machine) -> str:
    return f"{machine.cores_usable:g} cores"


def _system(machine: Machine) -> str:
    return words.cut(machine.system)


def _model(machine: Machine) -> str:
    return words.cut(machine.model or "no model")


_TELLING: tuple[Callable[[Machine], str], ...] = (_graphics, _memory, _cores, _system, _model)
