"""What is written down comes back as it was; what is damaged is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.errors import RecordError
from laptime.probes.record import FORMAT, decode, encode, row_of
from tests.probes.samples import all_rows, probe, row


def test_it_comes_back_as_it_was() -> None:
    written = probe(all_rows(), environment={"OPENBLAS_CORETYPE": "Haswell"})
    assert decode(encode(written)) == written


def test_the_figure_is_that_of_the_fastest_trial() -> None:
    found = row("matmul", call_s=(0.012, 0.010, 0.011), size=1000)
    assert found.gflop_per_s == pytest.approx(200)
    assert found.spread == pytest.approx(0.1)
    assert found.gb_per_s is found.latency_us is found.images_per_s is None
    assert found.value == found.gflop_per_s


@given(calls_s=st.lists(st.floats(1e-6, 10), min_size=1, max_size=9))
def test_a_spread_is_never_negative_and_none_for_one(calls_s) -> None:
    found = row(call_s=calls_s)
    assert (found.spread is None) == (len(calls_s) == 1)
    assert found.spread is None or found.spread >= 0


def test_cores_are_those_that_were_busy() -> None:
    assert row(cores=1.9).cores == pytest.approx(1.9)


def test_no_trials_are_no_row() -> None:
    with pytest.raises(ValueError, match="empty"):
        row_of(
            kind="copy",
            engine="numpy",
            device="cpu",
            precision="float32",
            threads="all",
            size=8,
            trials=[],
        )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{", "not a record of a probe"),
        (b"\xff", "not a record of a probe"),
        (b"[]", "names no format"),
        (b'{"format": 99}', "newer laptime"),
        (b'{"format": 1}', "damaged"),
    ],
)
def test_what_is_damaged_or_newer_is_refused(text, told) -> None:
    with pytest.raises(RecordError, match=told):
        decode(text)


def test_an_unknown_field_is_refused() -> None:
    found = json.loads(encode(probe([row()])))
    found["extra"] = 1
    with pytest.raises(RecordError, match="extra"):
        decode(json.dumps(found).encode())


def test_every_format_is_still_read() -> None:
    """A new format needs a file of the old one in tests/records, and a line in the history."""
    assert FORMAT == 1
