"""A full run is announced with its length, where this machine has told it before."""

from __future__ import annotations

from laptime.cli._expect import known_total_s
from laptime.cli._progress import announcement
from laptime.runner.plan import Item, Plan
from laptime.store import Store
from laptime.summary import summarize
from tests.runs import quick


def item(**changed: str) -> Item:
    chosen = {"workload": "cifar10-tinyvgg", "engine": "torch", "device": "auto"}
    chosen |= {"precision": "float32", "setup": "plain"} | changed
    return Item(found=None, options={}, **chosen)


def test_the_newest_run_of_the_same_setup_tells(tmp_path) -> None:
    store = Store(tmp_path)
    result = quick()
    store.save(result)
    told = known_total_s((item(),), store=store)
    assert told == summarize(result).total_s
    assert known_total_s((item(), item()), store=store) == 2 * told
    for other in ({"setup": "tuned"}, {"precision": "bfloat16"}, {"device": "cuda"}):
        assert known_total_s((item(**other),), store=store) is None


def test_a_damaged_record_tells_nothing(tmp_path) -> None:
    (tmp_path / "20261122-001905-cifar10-tinyvgg-torch-cpu-plain-3f2a.json").write_text("{")
    assert known_total_s((item(),), store=Store(tmp_path)) is None


def test_the_announcement_says_so() -> None:
    known = Plan(profile="full", items=(item(),), known_s=296.0)
    assert "about 5 min, going by the last run here" in announcement(known)
    unknown = Plan(profile="full", items=(item(),))
    assert "a first quick run would tell" in announcement(unknown)
