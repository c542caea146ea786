from __future__ import annotations

import pytest

from laptime.cli._progress import announcement, seconds_left, watch
from laptime.datasets import Found
from laptime.runner.parent import Event
from laptime.runner.plan import Item, Plan


def item(workload: str = "mnist-mlp", *, engine: str = "fake", real: bool = False) -> Item:
    return Item(
        workload=workload,
        engine=engine,
        device="auto",
        precision="float32",
        setup="plain",
        options={},
        found=Found(path="/data", origin="folder") if real else None,
    )


def plan(*items: Item, profile: str = "quick") -> Plan:
    return Plan(profile=profile, items=items)


def test_what_and_how_long_is_said_first() -> None:
    assert announcement(plan(item())).startswith(
        "Measuring mnist-mlp (fake, plain, float32; synthetic data): about "
    )
    assert "2 workloads (fake, plain, float32; real data for 1 of 2)" in announcement(
        plan(item(), item("mnist-lenet", real=True))
    )
    assert "in full (fake, plain, float32; real data)" in announcement(
        plan(item(real=True), profile="full")
    )


def test_several_engines_are_counted() -> None:
    items = [
        item(workload, engine=engine, real=workload == "a")
        for workload in ("a", "b", "c")
        for engine in ("fake", "torch")
    ]
    told = announcement(plan(*items))
    assert told.startswith("Measuring 3 workloads x 2 engines (fake, torch, plain, float32; ")
    assert "real data for 1 of 3" in told


@pytest.mark.parametrize(
    ("done", "elapsed_s", "expected_s", "left_s"),
    [
        (0.0, 0.0, 60.0, 60.0),  # the plan alone
        (0.0, 90.0, 60.0, 0.0),
        (0.25, 20.0, 60.0, 50.0),  # half its own pace (60), half the plan (40)
        (0.5, 50.0, 60.0, 50.0),  # its own pace alone
        (0.25, 20.0, None, 60.0),
        (0.0, 20.0, None, None),
    ],
)
def test_time_left(done, elapsed_s, expected_s, left_s) -> None:
    assert seconds_left(done, elapsed_s=elapsed_s, expected_s=expected_s) == left_s


def test_without_a_terminal_one_plain_line_for_each_stage(capsys) -> None:
    with watch() as watcher:
        watcher.download(1, 10, "MNIST")
        watcher.download(2, 10, "MNIST")
        watcher.say("Writing 640 synthetic photos into the cache: 33 MB.")
        watcher.writing(1, 10, "the twin")
        watcher.writing(2, 10, "the twin")
        watcher.announce(plan(item()))
        watcher.event(Event(item=item(), stage="visit 1 of 5", done=0.4))
        watcher.event(Event(item=item(), stage="12% of the epoch", done=0.4))
    out, err = capsys.readouterr()
    assert out == ""
    assert [line[:12] for line in err.splitlines()] == [
        "fetching MNI",
        "Writing 640 ",
        "writing the ",
        "Measuring mn",
        " 40 %  mnist",
    ]


def test_on_a_terminal_a_bar_that_goes_away(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    with watch() as watcher:
        watcher.download(1_000_000, None, "MNIST")
        watcher.writing(16, 640, "the twin")
        watcher.say("something [that] must be known")
        watcher.event(Event(item=item(), stage="too early", done=0.0))
        watcher.announce(plan(item()))
        watcher.event(Event(item=item(), stage="epoch 1 of 5", done=0.4))
        watcher.event(Event(item=item(), stage="12% of the epoch", done=0.5))
    out, err = capsys.readouterr()
    assert out == ""
    assert "something [that] must be known" in err
    assert "Measuring mnist-mlp" in err
    assert "epoch 1 of 5, 12%" in err
    assert err.rstrip().endswith("\x1b[2K") or "\x1b[1A" in err
