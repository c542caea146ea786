"""The published schemas are those of the code, and every record that laptime writes fits them.

After a change of a record: python -m laptime.schema docs/schema
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

from laptime import schema
from laptime.exchange.envelope import encode as encode_export
from laptime.exchange.envelope import export_of
from laptime.record import FORMAT, encode
from tests.probes import samples as probes
from tests.runs import failed, full, quick, repeated
from tests.samples import make_result
from tests.strategies import results
from tests.video import cases as videos

RECORDS = sorted((Path(__file__).parent / "records").glob("*.json"))
PUBLISHED = Path(__file__).parents[1] / "docs" / "schema"
AGAIN = "write them again: python -m laptime.schema docs/schema"
RECORD, EXPORT = (
    jsonschema.Draft202012Validator(schema.schema(which)) for which in ("record", "export")
)


def test_what_is_published_is_that_of_the_code(tmp_path):
    fresh = {path.name: path.read_text("utf-8") for path in schema.write(tmp_path)}
    published = {path.name: path.read_text("utf-8") for path in PUBLISHED.glob("*.json")}
    assert set(published) == set(fresh), AGAIN
    assert published == fresh, AGAIN
    assert f"laptime-record-{FORMAT}.json" in published


@pytest.mark.parametrize("which", ["record", "export"])
def test_they_are_schemas_with_names_and_words(which):
    found = schema.schema(which)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"].endswith(".json")
    block = found["$defs"]["Block"]
    assert block["description"].startswith("A whole number of training steps")
    assert block["properties"]["loss"]["description"] == "Of the last step."
    assert "energy_j" in found["$defs"]["MeasuredEnergy"]["properties"]
    energy = found["$defs"]["MeasuredEnergy"]["properties"]["energy_j"]
    assert energy["description"].startswith("Gross")


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_records_of_every_format_fit(path):
    assert list(RECORD.iter_errors(json.loads(path.read_bytes()))) == []


@settings(max_examples=40)
@given(results())
def test_every_record_fits(result):
    assert list(RECORD.iter_errors(json.loads(encode(result)))) == []


def test_an_export_of_every_kind_fits():
    records = [quick(), full(), failed(), repeated(), probes.probe([probes.row()]), videos.RESULT]
    assert list(EXPORT.iter_errors(json.loads(encode_export(export_of(records))))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"machine": None},
        {"processes": []},
        {"format": FORMAT + 1},
        {"format": "1"},
        {"profile": "fast"},
    ],
)
def test_a_broken_record_does_not_fit(change):
    assert list(RECORD.iter_errors(json.loads(encode(make_result())) | change))


@pytest.mark.parametrize("name", ["bands", "run", "work", "id"])
def test_what_is_missing_is_seen(name):
    found = json.loads(encode(make_result()))
    del found[name]
    assert list(RECORD.iter_errors(found))
