from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from laptime.cli._answer import answer_of
from laptime.comparison import judge
from laptime.reports import Comparison, Screen, terminal
from laptime.summary import summarize
from tests.runs import SMALL, every_answer, failed, full, quick, quick_process, race
from tests.samples import MACHINE, SETUP

ANSWERS = every_answer()


def shown(results, *, width: int = 100, **answer) -> str:
    return terminal.render(answer_of(results, **answer), screen=Screen(width=width))


def test_machine_engine_and_figures_are_told() -> None:
    text = shown([quick()])
    assert "Apple M1 Pro, 10 cores, 16.0 GiB, macOS 15.1" in text
    assert "torch 2.9.1 on cpu (Apple M1 Pro), plain, float32" in text
    assert "200.0 ± 0 %" in text
    assert "17.90 s est." in text
    assert "yes, 50 % (real)" in text


def test_failed_workloads_are_rows() -> None:
    text = shown([quick(), failed(id="20261122-001906-b")])
    assert "1 of 2 ok" in text
    assert "oom: out of memory" in text


def test_a_flag_is_told_once_with_the_workloads_it_touches() -> None:
    process = quick_process(clock_drift_s=5.0)
    other = quick(process, work=replace(SMALL, workload="mnist-mlp"))
    text = shown([quick(process), other])
    assert text.count("the machine slept") == 1
    assert "cifar10-tinyvgg (+5.0 s), mnist-mlp (+5.0 s)" in text


def test_ours_is_marked_among_the_published() -> None:
    text = shown([quick()], is_fresh=True)
    assert re.search(r"▶  58\.50?  est\.  this machine, torch cpu plain float32", text)
    assert "seconds for 10 epochs, start-up and validation included" in text
    assert "A: the same work" in text


def test_a_stored_result_is_not_called_this_machine() -> None:
    text = shown([quick()])
    assert "this machine" not in text
    assert "Apple M1 Pro, torch cpu plain float32" in text


def test_no_published_time_is_said_in_a_sentence() -> None:
    text = shown([quick(work=replace(SMALL, workload="mnist-mlp"))])
    assert "mnist-mlp: nobody published an absolute time of exactly this work" in text
    assert "laptime list published" in text


def test_what_to_do_next() -> None:
    text = shown([quick()], is_fresh=True)
    assert "Saved: 20261122-001905\n" in text
    assert "laptime show 20261122-001905 · laptime run --profile standard" in text
    assert "--profile full" not in shown([full()])
    assert "--setup tuned" not in shown([full(setup=replace(SETUP, name="tuned"))])


def test_results_of_two_machines_each_have_their_head() -> None:
    text = shown([quick(), quick(machine=replace(MACHINE, chip="Another chip"), id="2026-b-c")])
    assert "Another chip" in text
    assert text.count("published run  learned") == 2


def test_mixed_setups_are_told_in_the_rows() -> None:
    text = shown([quick(), quick(setup=replace(SETUP, name="tuned"), id="2026-b-c")], width=120)
    assert "cifar10-tinyvgg torch cpu tuned" in text
    assert "--setup tuned" not in text


def test_several_engines_are_one_table_fastest_first() -> None:
    text = shown(race(), width=140, is_fresh=True)
    first, second = [line.split() for line in text.splitlines() if " ± 0 % " in line]
    assert first[:4] == ["cifar10-tinyvgg", "torch", "cpu", "plain"]
    assert first[8] == "1"
    assert second[:5] == ["cifar10-tinyvgg", "keras-jax", "cpu", "published", "bfloat16"]
    assert "0.5000x (0.5000-0.5000)" in text
    assert "same recipe, other precision" in text
    apart = text.partition("Apart, since they cannot be compared:")[2]
    assert "mlx cpu plain" in apart
    assert "it ended with 'oom': out of memory" in apart
    assert "laptime compare --by engine" in text


def test_a_flag_names_the_way_where_there_are_several() -> None:
    late = quick_process(clock_drift_s=5.0)
    setup = replace(SETUP, engine="mlx")
    text = shown([quick(), quick(late, setup=setup, id="20261122-001906-b")])
    assert "cifar10-tinyvgg mlx cpu plain (+5.0 s)" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_is_wider_than_the_screen_or_cut_short(name, width) -> None:
    text = terminal.render(ANSWERS[name], screen=Screen(width=width))
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert "..." not in text


def test_comparison_shows_ratio_verdict_and_reason() -> None:
    baseline, faster = summarize(quick()), summarize(quick(quick_process(walls_s=(0.25,) * 5)))
    others = (faster, summarize(failed()))
    comparison = Comparison(
        baseline=baseline,
        others=others,
        verdicts=tuple(judge(baseline, other) for other in others),
        crossed=(faster.id,),
    )
    text = terminal.render_comparison(comparison, screen=Screen(width=100))
    assert "2.000x" in text
    assert "faster" in text
    assert "it ended with 'oom'" in text
    assert "beyond the threshold" in text
