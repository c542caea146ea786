from __future__ import annotations

import pytest

from laptime.errors import UnknownNameError, UsageError
from laptime.record import decode
from tests.runs import full, quick

EARLY, LATE = "20261122-001905-a-1", "20261123-001905-a-2"


@pytest.fixture(autouse=True)
def filled(store):
    store.save(quick(id=EARLY))
    store.save(full(id=LATE))
    return store


def test_latest_is_the_default(document) -> None:
    assert [r["id"] for r in document("show")["results"]] == [LATE]
    assert [r["id"] for r in document("show", "latest")["results"]] == [LATE]


def test_ids_beginnings_and_paths(document, filled, tmp_path) -> None:
    path = tmp_path / "sent-by-a-friend.json"
    path.write_bytes((filled.folder / f"{EARLY}.json").read_bytes())
    for name in (EARLY, "20261122", str(path)):
        assert [r["id"] for r in document("show", name)["results"]] == [EARLY]


def test_several_at_once(laptime) -> None:
    text = laptime("show", EARLY, LATE)[1]
    assert "est." in text
    assert "measured" in text


def test_the_same_result_twice_is_shown_twice(document) -> None:
    assert len(document("show", EARLY, EARLY)["results"]) == 2


def test_raw_is_the_record(laptime) -> None:
    assert decode(laptime("show", EARLY, "--raw")[1].encode()) == quick(id=EARLY)


def test_other_reports_by_name(laptime) -> None:
    assert laptime("show", "--report", "markdown")[1].startswith("**MacBookPro18,3")
    with pytest.raises(UnknownNameError, match="did you mean 'markdown'"):
        laptime("show", "--report", "markdwn")


def test_bad_choices_are_refused(laptime) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        laptime("show", "--raw", "--json")
    with pytest.raises(UnknownNameError, match="no result"):
        laptime("show", "nothing")
