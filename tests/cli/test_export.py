"""`laptime export`: what leaves is shown, asked for, and written whole or not at all."""

from __future__ import annotations

import json

import pytest

from laptime.cli import _leaving, root
from laptime.errors import RecordError, UsageError
from laptime.exchange import sending
from laptime.probes.saved import save as save_probe
from laptime.video.record import save as save_video
from tests.plugs import plug_in
from tests.probes import samples as probes
from tests.runs import quick
from tests.samples import make_result
from tests.video import cases as videos

__all__ = ["plug_in"]
FAILING = """
TITLE = "fails"
MODULES = ()
EXTRA = None
ENDING = ".x"
PLACE = None
ENVIRONMENT = {}
KINDS = ("results",)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, store):
    store.save(make_result())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def export(capsys):
    """Exit code, stdout and stderr."""

    def call(*arguments):
        code = root.main(["export", *arguments], standalone_mode=False)
        return (code, *capsys.readouterr())

    return call


def test_what_leaves_is_shown_and_written(export, folder):
    code, out, err = export("-o", "x.json", "--yes")
    assert (code, out) == (0, "")
    assert "What leaves: 1 result" in err
    assert "chip Apple M1 Pro" in err
    assert "never in a record: host name" in err
    assert json.loads((folder / "x.json").read_bytes())["results"][0]["id"] == make_result().id


def test_without_a_terminal_yes_is_needed(export, folder, capsys):
    with pytest.raises(UsageError, match="--yes"):
        export("-o", "x.json")
    assert "What leaves" in capsys.readouterr().err
    assert not (folder / "x.json").exists()


@pytest.mark.parametrize(("answer", "is_written"), [(True, True), (False, False)])
def test_on_a_terminal_it_is_asked(answer, is_written, export, folder, monkeypatch):
    monkeypatch.setattr(_leaving.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(_leaving.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(_leaving.click, "confirm", lambda *_, **__: answer)
    assert export("-o", "x.json")[0] == 0
    assert (folder / "x.json").exists() == is_written


def test_a_dry_run_writes_nothing(export, folder):
    before = sorted(folder.rglob("*"))
    assert "What leaves" in export("--dry-run", "-o", "x.csv")[2]
    assert sorted(folder.rglob("*")) == before


def test_everything_goes_into_one_document(export, folder, store):
    store.save(quick(id="20261122-001906-b"))
    store.take("20261122-001907-c", ".json", b"{}")
    save_probe(probes.probe([probes.row()]), store=store)
    save_video(store, videos.RESULT)
    _, _, err = export("--all", "-o", "x.json", "--yes")
    assert "2 results, 1 probe, 1 video export" in err
    found = json.loads((folder / "x.json").read_bytes())
    assert [len(found[kind]) for kind in ("results", "probes", "videos")] == [2, 1, 1]


def test_of_everything_what_cannot_be_read_is_a_line(export, folder, store):
    store.write_beside("20261122-001900-torn.json", b'{"format": 4,')
    _, _, err = export("--all", "-o", "x.json", "--yes")
    assert "20261122-001900-torn.json: not a laptime record" in err
    assert len(json.loads((folder / "x.json").read_bytes())["results"]) == 1
    with pytest.raises(RecordError):
        export("20261122-001900", "-o", "y.json", "--yes")


def test_stdout_takes_a_file_too(capfdbinary):
    root.main(["export", "-o", "-", "--format", "csv", "--yes"], standalone_mode=False)
    out = capfdbinary.readouterr().out.decode()
    assert out.startswith("id,created,workload")
    assert len(out.splitlines()) == 2


def test_a_table_of_blocks(export, folder):
    export("-o", "x.csv", "--rows", "blocks", "--yes")
    assert len((folder / "x.csv").read_text("utf-8").splitlines()) == 14


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nowhere to write"),
        (["-o", "x.pdf"], "no exporter writes 'x.pdf'"),
        (["-o", "-"], "say --format"),
        (["--format", "csv"], "how, not where"),
        (["-o", "x.json", "--rows", "blocks"], "for tables"),
        (["--all", "latest", "-o", "x.json"], "drop it"),
        (["--to", "nope"], "no exporter is called 'nope'"),
        (["--to", "csv="], "names no place"),
        (["20270101", "-o", "x.json"], "no result is called"),
    ],
)
def test_what_it_cannot_mean_is_refused(arguments, says, export):
    with pytest.raises(UsageError, match=says):
        export(*arguments, "--yes")


def test_a_table_of_probes_alone_is_refused(export, store, folder):
    save_probe(probes.probe([probes.row()]), store=store)
    with pytest.raises(UsageError, match="csv takes nothing of this"):
        export(probes.probe([]).id, "-o", "x.csv", "--yes")
    assert not (folder / "x.csv").exists()


def test_the_schema_is_printed(export):
    _, out, _ = export("--schema", "record")
    assert json.loads(out)["$defs"]["Result"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("def export(outgoing, *, place):\n    raise ValueError('it /home/anna/x broke')", "broke"),
        ("import no_such_library", "no_such_library"),
        ("import os\nos._exit(7)", "exit code 7"),
        (
            "def export(outgoing, *, place):\n    print('x' * 100_000)\n    return 'ok'",
            "cannot write",
        ),
        ("import time\ntime.sleep(60)", "no answer"),
    ],
)
def test_a_bad_exporter_is_one_line_and_no_file(body, says, plug_in, export, folder, monkeypatch):
    monkeypatch.setattr(sending, "LIMIT_S", 3.0)
    plug_in("bad", FAILING + body, room="exporters")
    (folder / "y.x").write_text("before")
    code, _, err = export("--to", "bad=y.x", "--to", "csv=z.csv", "--yes")
    [line] = [line for line in err.splitlines() if line.startswith("laptime: bad: ")]
    assert code == 3
    assert says in line
    assert "anna" not in line
    assert "wrote z.csv: 1 row" in err
    assert (folder / "y.x").read_text() == "before"
    assert not list(folder.glob(".*tmp"))


def test_a_run_stays_as_it_was_when_an_exporter_fails(plug_in, store, capsys, folder):
    plug_in("bad", FAILING + "import os\nos._exit(7)", room="exporters")
    run = ["run", "mnist-mlp", "--engine", "fake", "--data", "synthetic", "--json"]
    code = root.main([*run, "--export", "bad", "--export", "csv=out.csv"], standalone_mode=False)
    out, err = capsys.readouterr()
    assert code == 0
    assert json.loads(out)["results"][0]["outcome"] == "ok"
    assert "--export bad: ended with exit code 7" in err
    assert "the results are saved" in err
    assert "--export csv: wrote out.csv: 1 row" in err
    assert len(store.ids()) == 2


def test_ctrl_c_in_an_exporter_leaves_the_results(store, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "send", stop)
    run = ["run", "mnist-mlp", "--engine", "fake", "--data", "synthetic", "--export", "csv"]
    assert root.main(run, standalone_mode=False) == 130
    assert "--export csv: interrupted; the results are saved" in capsys.readouterr().err
    assert len(store.ids()) == 2


def test_an_unknown_exporter_stops_a_run_before_it_begins(store):
    with pytest.raises(UsageError, match="no exporter is called 'cvs'; did you mean 'csv'"):
        root.main(
            ["run", "mnist-mlp", "--engine", "fake", "--export", "cvs"], standalone_mode=False
        )
    assert len(store.ids()) == 1
