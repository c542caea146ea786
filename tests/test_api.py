"""laptime from Python: run, load, compare, and how they show themselves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

import laptime
from laptime.api import Chart, Results
from laptime.api._chart import VEGA_LITE
from laptime.api._running import Asked
from laptime.errors import EnvironmentUnfitError, StoreError, UnknownNameError, UsageError
from laptime.store import Store
from tests import prose
from tests.runs import failed, quick, race, repeated
from tests.samples import SETUP, make_result

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">\x1b[2J' + "x" * 10_000


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


@pytest.fixture
def raced(store):
    return Results(race(), store=store)


def hostile():
    return quick(setup=replace(SETUP, device_name=HOSTILE, name=HOSTILE), id="20261122-0-h")


# Run


def test_a_run_is_measured_saved_and_shown(store, capsys):
    results = laptime.run("mnist-mlp", engine="fake", data="synthetic")
    assert [s.workload for s in results] == ["mnist-mlp"]
    assert results.exit_code == 0
    assert results.records[0].processes[0].blocks
    assert store.ids() == [results[0].id]
    assert "mnist-mlp" in repr(results)
    assert "visit 1 of 5" in capsys.readouterr().err


def test_progress_can_be_silent_and_the_store_another_one(tmp_path, store, capsys):
    place = tmp_path / "other"
    results = laptime.run("mnist-mlp", engine="fake", data="synthetic", store=place, progress=False)
    assert Store(place).ids() == [results[0].id]
    assert store.ids() == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"engine": "nope"}, "no engine is called 'nope'"),
        ({"profile": "--help"}, "is not one of"),
        ({"soak": "soon"}, "soon"),
        ({"options": {"nope": True}}, "no option of fake is called 'nope'"),
    ],
)
def test_what_means_nothing_is_a_usage_error(store, given, told):
    with pytest.raises(UsageError, match=re.escape(told)):
        laptime.run("mnist-mlp", **({"engine": "fake", "progress": False} | given))


def test_no_name_is_taken_for_an_option(store):
    with pytest.raises(UsageError, match="'--resume'"):
        laptime.run("--resume", progress=False)
    with pytest.raises(UsageError, match="zero byte"):
        laptime.run("mnist\0mlp")


def test_a_store_that_cannot_be_written_is_an_unfit_environment(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentUnfitError, match="not a folder"):
        laptime.run("mnist-mlp", engine="fake", store=tmp_path / "file", progress=False)


def test_a_run_taken_up_again_is_given_nothing_else(store):
    with pytest.raises(UsageError, match="no run"):
        laptime.run(resume=True, progress=False)
    with pytest.raises(UsageError, match="drop everything else"):
        laptime.run(resume=True, device="cpu", progress=False)


def test_options_are_spelled_as_the_command_line_takes_them():
    asked = Asked(
        workloads=("a",), one={"budget": None}, many={"engine": ("x", "y")},
        options={"fused": True, "threads": 2}, fallback=False, resume=False,
    )  # fmt: skip
    told = ["--engine=x", "--engine=y", "--set=fused=true", "--set=threads=2", "--no-fallback"]
    assert asked.arguments() == [*told, "--json", "--", "a"]


STOPPED = """
import laptime
try:
    laptime.run("mnist-mlp", engine="reference", data="synthetic", profile="full")
except laptime.api.RunInterrupted as stopped:
    assert isinstance(stopped, KeyboardInterrupt)
    print("stopped:", stopped, [s.outcome for s in stopped.results])
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupted_run_says_what_is_saved(store):
    running = subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    for line in running.stderr:
        if " 0 %" not in line and "%" in line:
            break
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: all of them
    out, _ = running.communicate(timeout=60)
    assert "stopped: interrupted; " in out
    assert "laptime.run(resume=True) goes on" in out


# Load and compare


def test_saved_results_are_found_by_name_workload_and_engine(store):
    for result in race():
        store.save(result)
    assert len(laptime.load()) == 3
    assert [s.engine for s in laptime.load(engine="keras-*")] == ["keras-jax"]
    assert laptime.load(workload="mnist-*").records == ()
    assert laptime.load("latest")[0].id == store.ids()[-1]
    path = store.find("20261122-001906")
    assert laptime.load(path)[0].id == "20261122-001906-b"
    with pytest.raises(UnknownNameError):
        laptime.load("nope")


def test_a_damaged_result_is_told_and_the_others_are_there(store):
    store.save(quick())
    (store.folder / "20261122-0.json").write_text('{"half')
    results = laptime.load()
    assert len(results) == 1
    assert "20261122-0.json" in results.problems[0]
    assert "20261122-0.json" in results._repr_html_()
    with pytest.raises(StoreError):
        laptime.load("20261122-0.json".removesuffix(".json"))


def test_results_are_compared_by_name_item_or_record(store, raced):
    store.save(quick())
    slower, faster, _ = raced
    for other in (faster, raced[1:2], raced.records[1], faster.id):
        compared = laptime.compare(slower, other)
        assert compared[0].verdict == "faster"
        assert compared.to_dicts()[0]["speed_ratio"] == pytest.approx(2.0)
    assert [v.comparable for v in laptime.compare(raced)] == [True, False]
    with pytest.raises(UsageError, match="holds 3 results"):
        laptime.compare(raced, slower)
    with pytest.raises(UsageError, match="at least one other"):
        laptime.compare(slower)


# How they show themselves


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, tuple(name for name, _ in attributes)))


def test_nothing_hostile_is_markup(store):
    results = Results([hostile(), quick()], store=store, problems=[HOSTILE])
    compared = laptime.compare(results)
    for shown in (results._repr_html_(), compared._repr_html_()):
        tags = {tag for tag, _ in Tags(shown).found}
        assert tags <= {"table", "caption", "tr", "th", "td", "p"}
        assert {name for _, names in Tags(shown).found for name in names} <= {"style"}
        assert "\x1b" not in shown
        assert len(shown) < 20_000
    for chart in (compared.chart(), results.chart()):
        assert "<script" not in chart.svg()
    assert not re.search(r"(?<!\\)<", results._repr_markdown_())


def test_a_table_tells_interval_and_flags(store):
    shown = Results([repeated(), quick(), failed()], store=store)._repr_html_()
    assert re.search(r"<td[^>]*>\d+ to \d+</td>", shown)
    assert "none: 1 process(es)" in shown
    assert "oom: out of memory" in shown


def test_no_results_show_themselves_too(store):
    empty = laptime.load()
    assert "No results." in repr(empty)
    assert "No results." in empty._repr_html_()
    assert (len(empty), empty.charts) == (0, ())


@pytest.mark.parametrize("which", ["results", "compared"])
def test_a_chart_is_what_notebooks_draw(which, raced):
    chart = raced.chart() if which == "results" else laptime.compare(raced).chart()
    bundle = chart._repr_mimebundle_()
    assert set(bundle) == {VEGA_LITE, "image/svg+xml", "text/plain"}
    assert bundle[VEGA_LITE]["$schema"].endswith("/vega-lite/v5.json")
    json.dumps(bundle)
    picture = ET.fromstring(bundle["image/svg+xml"])  # noqa: S314 - our own
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in bundle["image/svg+xml"]


def test_without_vl_convert_the_specification_and_words_are_left(raced, monkeypatch):
    chart = raced.chart()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    bundle = chart._repr_mimebundle_()
    assert set(bundle) == {VEGA_LITE, "text/plain"}
    assert "laptime[report]" in bundle["text/plain"]
    with pytest.raises(EnvironmentUnfitError, match="vl-convert"):
        chart.save("never.png")


def test_a_chart_is_saved_by_its_ending(raced, tmp_path):
    chart = raced.chart("learning")
    starts = {"png": b"\x89PNG", "svg": b"<svg xmlns", "html": b"<!doctype html>", "json": b"{"}
    for ending, start in starts.items():
        assert chart.save(tmp_path / f"x.{ending}").read_bytes().startswith(start)
    with pytest.raises(UsageError, match=r"\.png"):
        chart.save(tmp_path / "x.exe")
    with pytest.raises(EnvironmentUnfitError, match="cannot write"):
        chart.save(tmp_path / "gone" / "x.json")
    with pytest.raises(UsageError, match="over time"):
        raced.chart("nope")


def test_a_specification_given_away_is_a_copy():
    chart = Chart("x", {"a": [1]})
    chart.spec["a"].append(2)
    assert chart.spec == {"a": [1]}


def test_figures_are_plain_values_and_pandas_is_asked_for(raced, monkeypatch):
    rows = raced.to_dicts()
    assert json.loads(json.dumps(rows))[1]["samples_per_s"] == pytest.approx(200.0)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(EnvironmentUnfitError, match="pip install pandas"):
        raced.to_pandas()


def test_nothing_comparable_has_no_chart(store):
    with pytest.raises(UsageError, match="nothing of these is comparable"):
        laptime.compare(quick(), make_result()).chart()


# The public names


def test_importing_laptime_is_light():
    script = textwrap.dedent(
        """
        import sys, laptime
        assert not {name for name in sys.modules if name.startswith("laptime.")}, sys.modules
        assert {"msgspec", "numpy", "click"}.isdisjoint(sys.modules)
        assert {"run", "load", "compare"} <= set(dir(laptime))
        import laptime.api
        heavy = {"torch", "tensorflow", "keras", "jax", "vl_convert", "jinja2", "IPython", "pandas"}
        assert heavy.isdisjoint(sys.modules)
        """
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_public_names_are_all_there():
    assert all(getattr(laptime, name) for name in laptime.__all__)
    assert set(laptime._LAZY) == set(laptime.__all__) - {"__version__"}
    with pytest.raises(AttributeError, match="nope"):
        laptime.nope  # noqa: B018


@pytest.mark.long
def test_the_example_of_the_docs_runs(store, capsys):
    text = (Path(__file__).parents[1] / "docs" / "notebooks.md").read_text("utf-8")
    (example,) = [fence.text for fence in prose.fences(text) if fence.language == "python"]
    exec(compile(example, "notebooks.md", "exec"), {})  # noqa: S102 - our own page
    assert "the baseline itself" in capsys.readouterr().out
