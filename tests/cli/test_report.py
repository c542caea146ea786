from __future__ import annotations

import json
import os

import pytest
from msgspec.structs import replace

from laptime import machine
from laptime.errors import EnvironmentUnfitError, UnknownNameError, UsageError
from laptime.record import encode
from laptime.store import TRAININGS
from tests.runs import full, quick, repeated
from tests.samples import MACHINE, WORK

EARLY, LATE, OTHER = "20261122-001905-a-1", "20261123-001905-a-2", "20261124-001905-b-3"
HERE = machine.describe()


@pytest.fixture(autouse=True)
def filled(store):
    store.save(quick(id=EARLY, machine=HERE))
    store.save(full(id=LATE, machine=HERE))
    store.save(repeated(id=OTHER, machine=MACHINE))
    return store


def test_by_default_the_newest_of_this_machine(laptime, tmp_path) -> None:
    laptime("report", "-o", str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert f"laptime show --raw {LATE}" in text
    assert EARLY not in text
    assert f"laptime show --raw {OTHER}" not in text
    assert "laptime run cifar10-tinyvgg --engine torch --device cpu" in text


def test_what_somebody_else_measured_is_not_this_machines(laptime, filled, tmp_path) -> None:
    theirs = "20261125-001905-a-9"
    content = encode(quick(id=theirs, machine=HERE))
    filled.take(theirs, TRAININGS, content)
    laptime("report", "-o", str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert f"laptime show --raw {LATE}" in text
    assert theirs not in text
    assert "imported, torch cpu plain float32" in text


def test_the_users_other_machines_stand_in_the_ranking(laptime, tmp_path) -> None:
    laptime("report", "-o", str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "your other machines" in text
    assert "Apple M1 Pro, torch cpu plain float32" in text


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.html", "<!doctype html>"),
        ("r.HTM", "<!doctype html>"),
        ("r.md", "**In plain words**"),
        ("r.txt", "In plain words"),
        ("r.json", "{"),
    ],
)
def test_the_ending_chooses(laptime, tmp_path, name, start) -> None:
    (tmp_path / name).write_text("what was there before" * 10_000)
    assert laptime("report", OTHER, "-o", str(tmp_path / name))[1] == ""
    assert (tmp_path / name).read_text("utf-8").startswith(start)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [name]


def test_the_screen_and_formats(laptime) -> None:
    assert "How to reproduce" in laptime("report", OTHER)[1]
    assert laptime("report", OTHER, "-o", "-", "--format", "html")[1].startswith("<!doctype html>")
    assert json.loads(laptime("report", OTHER, "--format", "json")[1])["results"][0]["id"] == OTHER


def test_json_is_the_document_of_show(laptime) -> None:
    shown = json.loads(laptime("show", OTHER, "--json")[1])
    assert json.loads(laptime("report", OTHER, "--format", "json")[1]) == shown


def test_pictures(laptime, tmp_path) -> None:
    laptime("report", OTHER, "-o", str(tmp_path / "card.png"))
    assert (tmp_path / "card.png").read_bytes().startswith(b"\x89PNG")
    laptime("report", OTHER, "--png", str(tmp_path / "new" / "folder"))
    names = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert {"card.png", "01-cifar10-tinyvgg-published.png"} <= set(names)
    assert len(names) >= 4


def test_a_damaged_result_is_told_and_the_rest_is_shown(laptime, filled, tmp_path) -> None:
    path = filled.folder / f"{OTHER}.json"
    path.write_bytes(path.read_bytes()[:900])
    laptime("report", "-o", str(tmp_path / "r.html"))
    assert f"{OTHER}.json: not a laptime record" in (tmp_path / "r.html").read_text("utf-8")
    laptime("report", EARLY, OTHER, "-o", str(tmp_path / "two.html"))
    two = (tmp_path / "two.html").read_text("utf-8")
    assert f"laptime show --raw {EARLY}" in two
    assert "not a laptime record" in two
    with pytest.raises(UsageError, match="not a laptime record"):
        laptime("report", OTHER)


def test_problems_go_to_stderr(filled, capsys) -> None:
    from laptime.cli import root

    (filled.folder / "20261125-000000-broken.json").write_text("{")
    root.main(["report", EARLY], standalone_mode=False)
    assert "20261125-000000-broken.json: not a laptime record" in capsys.readouterr().err


def test_two_machines_of_one_name_are_told_apart(laptime, filled, tmp_path) -> None:
    twin = replace(MACHINE, cores_usable=8.0)
    filled.save(repeated(id="20261124-002005-b-4", machine=twin))
    laptime("report", OTHER, "20261124-002005-b-4", "-o", str(tmp_path / "r.md"))
    text = (tmp_path / "r.md").read_text("utf-8")
    assert "Apple M1 Pro, 10 cores, torch" in text
    assert "Apple M1 Pro, 8 cores, torch" in text


def test_markup_in_an_imported_record_is_shown_as_text(laptime, filled, tmp_path) -> None:
    work = replace(WORK, workload="<img src=x onerror=alert(1)>" + "y" * 1_000_000)
    filled.save(quick(id="20261125-001905-c-5", machine=MACHINE, work=work))
    laptime("report", "20261125", "-o", str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "<img" not in text
    assert len(text) < 200_000


def test_bad_choices_are_refused(laptime, tmp_path) -> None:
    with pytest.raises(UsageError, match="ends in none of"):
        laptime("report", "-o", str(tmp_path / "r.docx"))
    with pytest.raises(UsageError, match="is a folder"):
        laptime("report", OTHER, "-o", str(tmp_path), "--format", "html")
    with pytest.raises(UsageError, match="there is no folder"):
        laptime("report", OTHER, "-o", str(tmp_path / "none" / "r.html"))
    with pytest.raises(UnknownNameError):
        laptime("report", "nothing")
    with pytest.raises(UnknownNameError):
        laptime("report", OTHER, "--format", "htm")


def test_no_results_of_this_machine(laptime, filled) -> None:
    for name in (EARLY, LATE):
        (filled.folder / f"{name}.json").unlink()
    with pytest.raises(UsageError, match="no result is of this machine"):
        laptime("report")
    (filled.folder / f"{OTHER}.json").unlink()
    with pytest.raises(UsageError, match="make a result with 'laptime run'"):
        laptime("report")


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(laptime, tmp_path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EnvironmentUnfitError, match="permission denied"):
        laptime("report", OTHER, "-o", str(tmp_path / "r.html"))
