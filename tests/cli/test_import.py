"""`laptime import`: theirs beside ours, and never taken for ours."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from laptime import machine
from laptime.cli import root
from laptime.errors import UsageError
from laptime.exchange.envelope import encode, export_of
from tests.probes import samples as probes
from tests.runs import quick
from tests.samples import make_result

TWIN = replace(make_result(), machine=machine.describe())
"""Of somebody whose machine is just like this one."""


@pytest.fixture
def theirs(tmp_path, store):
    path = tmp_path / "theirs.json"
    path.write_bytes(encode(export_of([TWIN])))
    return str(path)


def test_they_are_listed_as_imported(laptime, document, theirs):
    code, out = laptime("import", theirs)
    assert (code, out.splitlines()[0]) == (0, f"{theirs}: 1 imported")
    assert "ok (imported)" in laptime("list", "results")[1]
    assert document("list", "results")["results"][0]["imported"] is True
    assert TWIN.work.workload in laptime("show", TWIN.id)[1]


def test_a_twin_of_this_machine_is_still_not_this_machine(laptime, theirs, store):
    laptime("import", theirs)
    with pytest.raises(UsageError, match="no result of this machine"):
        root.main(["compare", "--by", "engine"], standalone_mode=False)
    with pytest.raises(UsageError, match="all results here are imported"):
        root.main(["show"], standalone_mode=False)
    store.save(quick(id="20251122-001905-own", machine=TWIN.machine))
    assert store.load("latest").id == "20251122-001905-own"
    assert "cifar10-tinyvgg" in laptime("compare", "--by", "engine")[1]


def test_roofs_of_ones_own_go_before_imported_ones(store, tmp_path, laptime):
    from laptime.cli._answer import probed_roofs
    from laptime.probes.saved import save

    own = probes.probe(probes.all_rows(), id="20261122-000000-own")
    save(own, store=store)
    before = probed_roofs(store)
    twin = probes.probe(probes.all_rows(faster=2), id="20261122-000001-twin")
    (tmp_path / "x.json").write_bytes(encode(export_of([twin])))
    laptime("import", str(tmp_path / "x.json"))
    assert before
    assert probed_roofs(store) == before


def test_a_bad_file_is_a_line_and_the_others_come_in(laptime, theirs, tmp_path, capsys):
    (tmp_path / "bad.json").write_text("id,created\n")
    code = root.main(
        ["import", str(tmp_path / "bad.json"), "https://example.org/x.json", theirs],
        standalone_mode=False,
    )
    out, err = capsys.readouterr()
    assert code == 3
    assert "1 imported" in out
    assert "tables (.csv, .md) hold no records" in err
    assert "downloads nothing" in err


def test_programs_are_told_too(theirs, tmp_path, capsys):
    code = root.main(
        ["import", theirs, str(tmp_path / "none.json"), "--json"], standalone_mode=False
    )
    first, second = json.loads(capsys.readouterr().out)["results"]
    assert code == 3
    assert first["taken"] == [TWIN.id]
    assert "cannot be read" in second["refused"][0]
