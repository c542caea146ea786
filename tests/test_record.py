"""What is written down can be read back, today and by every later laptime."""

import json
import re
import typing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laptime.checks import summarized
from laptime.errors import RecordError
from laptime.record import FORMAT, Result, Setup, Work, decode, encode
from tests.kinds import kinds
from tests.samples import make_result
from tests.strategies import of_type, records, results

RECORDS = Path(__file__).parent / "records"
UNITS = ("_s", "_per_s", "_bytes", "_bytes_per_s", "_j", "_w", "_hz", "_c")
# Numbers without a unit: ratios, and counts whose noun is their unit.
UNITLESS = {"loss", "accuracy", "agreement"}
# Their unit is the end of a name that stands beside them.
UNITLESS |= {"facts", "means", "least", "most"}
COUNTS = {"cores_usable"}
QUANTITIES = re.compile(r"time|duration|memory|wait|wall|energy|power|latency|speed")


@given(results())
def test_a_result_survives_writing_and_reading(result):
    assert decode(encode(result)) == result


@settings(max_examples=30)
@given(results())
def test_the_text_is_stable(result):
    assert encode(decode(encode(result))) == encode(result)


def test_the_text_ends_with_a_newline_and_is_utf_8():
    text = encode(make_result())
    assert text.endswith(b"}\n")
    assert json.loads(text.decode("utf-8"))["format"] == FORMAT


def test_a_newer_format_asks_for_an_upgrade():
    newer = json.loads(encode(make_result())) | {"format": FORMAT + 1, "something": "new"}
    with pytest.raises(RecordError, match="upgrade laptime"):
        decode(json.dumps(newer).encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b"{}", b'{"format": "1"}', b'{"format": 1}', b'{"format": true}',
     b'{"format": 1e999}', b"\x00" * 64, b'\xef\xbb\xbf{"format": 1}', b'{"format": 0}',
     b'{"format": "\xff"}', b"[" * 100_000],
)  # fmt: skip
def test_damage_is_named(text):
    with pytest.raises(RecordError, match="delete it or restore a copy"):
        decode(text)


@given(st.data())
def test_a_record_cut_short_anywhere_is_damaged(data):
    text = encode(make_result()).rstrip()
    with pytest.raises(RecordError):
        decode(text[: data.draw(st.integers(0, len(text) - 1))])


@pytest.mark.parametrize("name", sorted(Result.__struct_fields__))
def test_every_field_is_needed_and_typed(name):
    fields = json.loads(encode(make_result()))
    missing = {key: value for key, value in fields.items() if key != name}
    wrong = fields | {name: [{"no": "such"}]}
    for damaged in (missing, wrong):
        with pytest.raises(RecordError):
            decode(json.dumps(damaged).encode())


def test_an_unknown_field_is_damage():
    with pytest.raises(RecordError, match="surprise"):
        decode(json.dumps(json.loads(encode(make_result())) | {"surprise": 1}).encode())


@pytest.mark.parametrize("path", sorted(RECORDS.glob("format-*.json")), ids=lambda path: path.stem)
def test_records_of_every_format_still_load(path):
    result = decode(path.read_bytes())
    assert result.format == int(path.stem.removeprefix("format-"))
    assert result.processes[0].blocks
    assert summarized(result).samples_per_s


def test_what_format_1_did_not_know_is_absent():
    result = decode((RECORDS / "format-1.json").read_bytes())
    work, used, process = result.work, result.data, result.processes[0]
    assert (work.resize, work.shuffle_buffer, work.deviations) == (None, None, ())
    assert (used.train_files, used.test_files, used.skipped_files, used.weights) == (None,) * 4
    assert (process.fit, process.swap_growth_bytes) == (None, None)


def test_a_record_of_format_2_tells_of_photos():
    result = decode((RECORDS / "format-2.json").read_bytes())
    assert (result.work.resize, result.work.trainable_parameters) == ("bilinear", 0)
    assert result.data.train_files
    assert result.data.skipped_files == 0
    assert result.processes[0].fit
    summary = summarized(result)
    assert summary.fit_s
    assert "subset" in {flag.name for flag in summary.flags}


def test_every_format_has_its_record():
    found = {int(path.stem.removeprefix("format-")) for path in RECORDS.glob("format-*.json")}
    assert found == set(range(1, FORMAT + 1))


@given(st.data())
@pytest.mark.parametrize("kind", [Work, Setup])
def test_a_key_changes_with_any_field(kind, data):
    one = data.draw(records(kind))
    name = data.draw(st.sampled_from(sorted(kind.__struct_fields__)))
    value = data.draw(of_type(typing.get_type_hints(kind)[name]))
    other = msgspec.structs.replace(one, **{name: value})
    assert (one.key == other.key) == (one == other) or encoded(one) != encoded(other)
    if one != other:
        assert one.key != other.key


def encoded(value):
    return msgspec.json.encode(value, order="deterministic")


def test_a_key_ignores_the_order_of_options():
    setup = make_result().setup
    turned = msgspec.structs.replace(setup, options=dict(reversed(setup.options.items())))
    assert setup.key == turned.key
    assert re.fullmatch("[0-9a-f]{12}", setup.key)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_quantities_have_their_unit_in_the_name(kind):
    for name, hint in typing.get_type_hints(kind).items():
        inside = set(typing.get_args(hint) or (hint,))
        unit = name.endswith(UNITS) or name in COUNTS
        if float in inside:
            assert unit or name in UNITLESS, f"{kind.__name__}.{name} needs a unit"
        if int in inside and QUANTITIES.search(name):
            assert unit, f"{kind.__name__}.{name} needs a unit"


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_records_cannot_be_changed(kind):
    assert kind.__struct_config__.frozen
    assert kind.__struct_config__.forbid_unknown_fields


def test_laptimes_own_work_has_the_key_that_older_formats_gave_it() -> None:
    """Bands of learning are found by it, and what was tuned."""
    work = decode((RECORDS / "format-4.json").read_bytes()).work
    assert work.script is None
    assert work.key == "2c5ecbd761e0"
