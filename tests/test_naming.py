"""No two machines are called the same, and each is found by its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime.errors import UnknownNameError, UsageError
from laptime.naming import key_of, names_of
from laptime.record import Machine
from laptime.summary import machine_key
from laptime.words import LONGEST
from tests.samples import MACHINE
from tests.strategies import records

MEMORY = replace(MACHINE, memory_bytes=34_359_738_368)
CARD = replace(MACHINE, graphics=("NVIDIA L4",))


def test_a_chip_is_name_enough() -> None:
    assert names_of({"aa": MACHINE}) == {"aa": "Apple M1 Pro"}
    assert names_of({"aa": replace(MACHINE, chip=None)}) == {"aa": "MacBookPro18,3"}


def test_what_tells_them_apart_is_added() -> None:
    assert names_of({"aa": MACHINE, "bb": MEMORY}) == {
        "aa": "Apple M1 Pro, 16 GiB",
        "bb": "Apple M1 Pro, 32 GiB",
    }
    assert names_of({"aa": MACHINE, "bb": CARD})["bb"] == "Apple M1 Pro, NVIDIA L4"


def test_the_key_tells_the_rest_apart() -> None:
    names = names_of({"abcd1": MACHINE, "ef015": MACHINE, "abcd2": MACHINE})
    assert names["ef015"] == "Apple M1 Pro (ef015)"
    assert len(set(names.values())) == 3


MACHINES = st.lists(records(Machine), max_size=4).map(
    lambda found: {machine_key(each): each for each in found}
)


@given(machines=MACHINES)
def test_names_differ_and_lead_back(machines) -> None:
    names = names_of(machines)
    assert len(set(names.values())) == len(machines)
    assert names_of(dict(reversed(machines.items()))) == names


def test_a_million_characters_are_cut() -> None:
    [name] = names_of({"aa": replace(MACHINE, chip="x\n" * 1_000_000)}).values()
    assert len(name) <= LONGEST
    assert name.isprintable()


def test_a_machine_is_found_by_the_start_of_its_name_or_key() -> None:
    names = {"aa1": "Apple M1", "bb2": "Apple M1 Pro", "cc3": "AMD EPYC"}
    assert key_of("apple m1", names) == "aa1"
    assert key_of("amd", names) == "cc3"
    assert key_of("bb", names) == "bb2"
    with pytest.raises(UsageError, match="3 machines"):
        key_of("a", names)
    with pytest.raises(UnknownNameError, match="AMD EPYC"):
        key_of("AMD EPIC", names)
    with pytest.raises(UnknownNameError):
        key_of("", names)
