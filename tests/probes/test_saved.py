"""Probes lie beside results, and neither is taken for the other."""

import pytest

from laptime.errors import RecordError, StoreError
from laptime.probes.saved import load, load_all, save
from laptime.store import Store
from tests.probes.samples import probe, row
from tests.runs import quick


def test_results_and_probes_do_not_meet(tmp_path) -> None:
    store = Store(tmp_path)
    store.save(quick())
    written = probe([row()])
    path = save(written, store=store)
    assert path.suffix == ".probe"
    results, problems = store.load_all()
    assert (len(results), problems) == (1, [])
    assert load(path) == written
    assert load_all(store) == ([written], [])


def test_a_damaged_one_does_not_hide_the_others(tmp_path) -> None:
    store = Store(tmp_path)
    save(probe([row()]), store=store)
    (tmp_path / "bad.probe").write_text("{")
    probes, problems = load_all(store)
    assert len(probes) == len(problems) == 1
    assert "bad.probe" in str(problems[0])


def test_no_folder_holds_none(tmp_path) -> None:
    assert load_all(Store(tmp_path / "none")) == ([], [])


def test_a_file_that_is_not_there_is_said(tmp_path) -> None:
    with pytest.raises(StoreError, match="cannot read") as told:
        load(tmp_path / "no.probe")
    assert not isinstance(told.value, RecordError)
