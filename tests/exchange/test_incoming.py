"""What somebody else wrote is held against what can be true, and breaks nothing."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import store as stores
from laptime.errors import RecordError, UsageError
from laptime.exchange import incoming
from laptime.exchange.envelope import encode, export_of
from laptime.exchange.incoming import Tally, read_file, shown, take
from laptime.record import encode as encode_result
from tests.probes import samples as probes
from tests.runs import full, quick, repeated
from tests.samples import make_result
from tests.video import cases as videos

ID = make_result().id
NAME = "20261122-000000-b"


def all_blocks(**changes):
    """A record without epochs, whose blocks are all changed."""
    record = one(id=NAME)
    record["processes"][0]["epochs"] = []
    process = record["processes"][0]
    process["blocks"] = [block | changes for block in process["blocks"]]
    return record


@pytest.fixture
def store(tmp_path):
    return stores.Store(tmp_path / "store")


@pytest.fixture
def bring(tmp_path, store):
    """Imports a text as a file."""

    def call(text: bytes | dict) -> Tally:
        path = tmp_path / "theirs.json"
        path.write_bytes(text if isinstance(text, bytes) else json.dumps(text).encode())
        return take(read_file(str(path)), store=store, file="theirs.json")

    return call


def one(**changes):
    """A record as JSON, with some of its fields replaced."""
    return json.loads(encode_result(make_result())) | changes


def deep(**changes):
    """The same, changed in its first block."""
    record = one(id=NAME)
    record["processes"][0]["blocks"][0] |= changes
    return record


def test_an_export_of_every_kind_comes_in_whole(bring, store):
    results = [make_result(), quick(id="20261122-001906-b"), full(id="20261122-001907-c")]
    others = [repeated(id="20261122-001908-d"), probes.probe([probes.row()]), videos.RESULT]
    tally = bring(encode(export_of([*results, *others])))
    assert (len(tally.taken), tally.refused) == (6, ())
    assert store.load_all()[0] == [*results, others[0]]
    assert store.imported() == set(tally.taken)
    again = bring(encode(export_of([*results, *others])))
    assert (again.taken, len(again.here), again.refused) == ((), 6, ())


def test_records_of_all_formats_come_in(bring, tmp_path):
    from tests.test_record import RECORDS

    for path in sorted(RECORDS.glob("*.json")):
        assert bring(path.read_bytes()).refused == (), path.name


def test_ones_own_result_is_never_replaced(bring, store):
    own = store.save(make_result())
    before = own.read_bytes()
    assert bring(one()).here == (ID,)
    assert "another result of that id" in bring(one(laptime="9")).refused[0]
    assert own.read_bytes() == before
    assert store.imported() == frozenset()


def test_names_that_some_disks_take_for_one_are_one(bring, store):
    own = store.save(make_result(id="20261122-own"))
    assert "another result" in bring(one(id="20261122-OWN")).refused[0]
    assert [path.name for path in store.folder.iterdir()] == [own.name]


def test_one_bad_record_costs_no_other(bring):
    export = json.loads(encode(export_of([make_result()])))
    machine = one()["machine"]
    bad = [
        one(id="../../evil"),
        one(id=NAME, machine=machine | {"chip": "x" * 1_000_000}),
        one(format=99),
        7,
        None,
        {},
    ]
    tally = bring(export | {"results": [*bad, *export["results"]]})
    assert tally.taken == (ID,)
    assert len(tally.refused) == len(bad)
    assert all(len(line) < 200 and line.isprintable() for line in tally.refused)
    assert "1,000,000 characters" in tally.refused[1]
    assert "upgrade" in tally.refused[2]


def test_markup_is_taken_and_shown_as_it_is(bring, store):
    from laptime import registry
    from laptime.cli._answer import answer_of
    from laptime.layout import Screen

    chip = "<script>alert(1)</script> **b** [x](y) |"
    assert bring(one(machine=one()["machine"] | {"chip": chip})).refused == ()
    answer = answer_of([store.load(ID)])
    text = registry.load("reports", "markdown").render(answer, screen=Screen())
    assert "<script>" not in text.replace("\\<", "")
    assert "\\<script\\>" in text


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (deep(started_s=-1.0), "below zero"),
        (deep(wall_s=-1.0), "damaged"),
        (deep(wall_s=1e9), "years"),
        (deep(cpu_s=1e300), "no machine has"),
        (deep(readback_s=10**400), "out of range"),
        (deep(visit=10**400), "no machine has"),
        (all_blocks(wall_s=1e-300), "a speed that no machine has"),
        (one(created="2026-11-22T00:19:05"), "no time zone"),
        (one(created="yesterday"), "no date"),
        (one(created="2126-01-01T00:00:00Z"), "cannot be true"),
        (one(created="1999-01-01T00:00:00Z"), "cannot be true"),
        (one(laptime="a\x1b[31m"), "control characters"),
        (one(surprise=1), "surprise"),
        (one(id="a/b"), "no id"),
        (one(id="x" * 200), "no id"),
    ],
)
def test_what_cannot_be_true_is_refused(record, says, bring, store):
    (line,) = bring(record).refused
    assert says in line
    assert store.ids() == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "no JSON document"),
        (b"id,created\n1,2\n", "tables"),
        (b"[1]", "no JSON document"),
        (b"PAR1....", "Parquet"),
        (gzip.compress(b"0" * 1_000_000), "compressed"),
        (b"PK\x03\x04", "compressed"),
        (encode_result(make_result())[:900], "no whole JSON"),
        (b'{"a":' * 100_000, "no whole JSON"),
        (b'{"laptime_export": 1, "results": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", "JSON"),
        (b'{"laptime_export": 2}', "upgrade"),
        (b'{"laptime_export": "1"}', "no version"),
        (b'{"laptime_export": 0}', "no version"),
        (b'{"laptime_export": 1, "more": 1}', "damaged export"),
    ],
)
def test_a_file_that_is_none_of_ours_is_told_for_what_it_is(text, says, bring):
    with pytest.raises(RecordError, match=says):
        bring(text)


@pytest.mark.parametrize(
    "text", ['"x": NaN', '"x": Infinity', '"x": 1e999', '"laptime": "9"', '"x": "\\ud800"']
)
def test_json_that_others_read_otherwise_is_refused(text, tmp_path):
    whole = encode_result(make_result()).decode().replace("{", "{" + text + ",", 1)
    path = tmp_path / "x.json"
    path.write_text(whole, "utf-8")
    try:
        found = read_file(str(path))
    except RecordError as error:
        assert "JSON" in str(error)  # noqa: PT017 - some are no JSON at all
    else:
        assert found[0].record is None


def test_no_file_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(incoming, "LARGEST_BYTES", 1_000)
    (tmp_path / "x.json").write_bytes(b"{" + b" " * 2_000)
    with pytest.raises(RecordError, match="larger than"):
        read_file(str(tmp_path / "x.json"))


def test_there_are_not_too_many_records(bring, monkeypatch):
    monkeypatch.setattr(incoming, "MOST_RECORDS", 2)
    with pytest.raises(RecordError, match="ask for fewer"):
        bring({"laptime_export": 1, "results": [1, 2, 3]})


def test_an_address_is_not_asked(tmp_path):
    with pytest.raises(UsageError, match="downloads nothing"):
        read_file("https://example.org/results.json")
    with pytest.raises(RecordError, match="cannot be read"):
        read_file(str(tmp_path / "none.json"))
    with pytest.raises(RecordError, match="folder"):
        read_file(str(tmp_path))


@given(st.binary(max_size=200))
def test_no_bytes_break_it(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("x") / "x.json"
    path.write_bytes(text)
    try:
        found = read_file(str(path))
    except RecordError as error:
        assert str(error)  # noqa: PT017 - either of the two is well
    else:
        assert all(each.record is None and each.problem for each in found)


@given(st.text(max_size=400))
def test_what_is_shown_is_one_line(text):
    line = shown(text)
    assert len(line) <= 160
    assert line == "" or line.isprintable()
