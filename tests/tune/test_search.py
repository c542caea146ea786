"""The search on machines on paper: it finds the fastest, and survives what candidates do."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from laptime.engines import Option
from laptime.tune.space import Space
from laptime.tune.worker import Standing
from tests.tune.scripted import Paper, Speed, search, space

OPTIONS: dict[str, tuple[Option, ...]] = {"a": (0, 1), "b": (0, 1), "c": (0, 1)}


def simple(options: Mapping[str, Option]) -> float:
    """a and b gain, c costs."""
    gain = (1, 1.5)[int(options["a"])] * (1, 1.2)[int(options["b"])] * (1, 0.7)[int(options["c"])]
    return 100 * gain


def maze(seed: int) -> tuple[Space, Speed]:
    """Seven options that help each other or stand in each other's way, and a guess at the best."""
    chance = random.Random(seed)  # noqa: S311 - a scene, no secret
    options: dict[str, tuple[Option, ...]] = {}
    gains: dict[str, list[float]] = {}
    tuned: dict[str, Option] = {}
    for name in "abcdefg":
        count = chance.choice([2, 2, 3])
        options[name] = tuple(range(count))
        gains[name] = [0.0, *(chance.gauss(0.06, 0.12) for _ in range(count - 1))]
        best = max(range(count), key=gains[name].__getitem__)
        tuned[name] = chance.randrange(count) if chance.random() < 0.25 else best
    pairs = {pair: chance.gauss(0, 0.03) for pair in itertools.combinations("abcdefg", 2)}

    def speed(chosen: Mapping[str, Option]) -> float:
        alone = sum(gains[name][int(value)] for name, value in chosen.items())
        met = sum(gain for (a, b), gain in pairs.items() if chosen[a] and chosen[b])
        return 1000 * math.exp(alone + met)

    return space("e", options, **tuned), speed


def test_the_best_is_found_within_5_percent_despite_noise() -> None:
    found = 0
    for seed in range(100):
        where, speed = maze(seed)
        done = search(Paper({"e": speed}, noise=0.04, drift=0.1, seed=seed), where)
        won = done.field.candidates[done.finals[0].key]
        every = (
            dict(zip(where.options, v, strict=True))
            for v in itertools.product(*where.options.values())
        )
        found += speed(won.options) >= 0.95 * max(map(speed, every))
    assert found >= 95


def test_the_fastest_engine_wins_and_a_far_one_is_not_searched() -> None:
    paper = Paper({"slow": lambda o: simple(o) / 5, "fast": simple})
    done = search(paper, space("slow", OPTIONS, a=1), space("fast", OPTIONS, a=1))
    assert done.finals[0].key == ("fast", "float32", "tuned + b=1")
    assert [key for key in paper.opened if key[0] == "slow"] == [("slow", "float32", "tuned")]
    assert done.field.standings["slow", "float32", "plain"].outcome == "not tried"


def test_the_ladder_goes_up_in_order_of_gain() -> None:
    done = search(Paper({"e": simple}), space("e", OPTIONS, a=1, b=1, c=1))
    assert [list(rung.changes) for rung in done.ladder] == [[], ["a"], ["b"]]
    gains = [rung.gain.median for rung in done.ladder if rung.gain]
    assert gains == pytest.approx([1.5, 1.2])
    assert done.ladder[-1].to_plain
    assert done.ladder[-1].to_plain.median == pytest.approx(1.8)
    assert done.ladder[-1].to_plain.rounds >= 3


def test_a_drift_that_halves_the_speed_changes_no_ratio() -> None:
    done = search(Paper({"e": simple}, drift=0.35), space("e", OPTIONS, a=1))
    assert done.finals[0].key[2] == "tuned + b=1"
    assert done.finals[0].to_plain
    assert done.finals[0].to_plain.median == pytest.approx(1.8, rel=0.05)


def test_plain_may_win() -> None:
    done = search(Paper({"e": lambda _: 100.0}, noise=0.0), space("e", {"a": (0, 1)}))
    assert done.finals[0].key == done.finals[0].plain
    assert [rung.changes for rung in done.ladder] == [{}]


@pytest.mark.parametrize("outcome", ["killed", "timeout", "oom", "unsupported"])
def test_a_candidate_that_fails_is_a_row_and_ends_nothing(outcome) -> None:
    paper = Paper({"e": simple})
    paper.broken["b=1"] = Standing(outcome=outcome, reason="as planted")
    done = search(paper, space("e", OPTIONS, a=1))
    assert done.finals[0].key == ("e", "float32", "tuned")
    assert done.field.standings["e", "float32", "tuned + b=1"].outcome == outcome
    assert paper.alive == 0


def test_what_does_not_learn_cannot_win() -> None:
    paper = Paper({"e": simple})
    paper.dull.add("b=1")
    done = search(paper, space("e", OPTIONS, a=1))
    assert done.finals[0].key == ("e", "float32", "tuned")
    assert done.field.standings["e", "float32", "tuned + b=1"].learned is False


def test_nothing_that_learns_is_no_winner() -> None:
    paper = Paper({"e": simple})
    paper.dull.update(("plain", "tuned"))
    assert not search(paper, space("e", OPTIONS, a=1)).finals
    assert paper.alive == 0


@pytest.mark.parametrize("budget_s", [30.0, 60.0, 120.0, 300.0])
@pytest.mark.parametrize("start_s", [2.0, 20.0])
def test_the_budget_is_kept_to_about_a_start(budget_s, start_s) -> None:
    paper = Paper({"e": maze(3)[1]}, noise=0.04, start_s=start_s)
    done = search(paper, maze(3)[0], budget_s=budget_s, precisions=("float32", "bfloat16"))
    assert paper.now_s <= budget_s + max(20.0, 1.5 * start_s)
    assert done.finals


@pytest.mark.parametrize("capacity", [2, 3, 8])
def test_no_more_are_held_than_memory_holds(capacity) -> None:
    where, speed = maze(5)
    paper = Paper({"e": speed}, noise=0.02)
    assert search(paper, where, capacity=capacity).finals
    assert paper.most_alive <= capacity


def test_memory_that_is_shorter_than_it_seems_costs_nobody_the_race() -> None:
    options: dict[str, tuple[Option, ...]] = dict.fromkeys("abcdef", (0, 1))
    paper = Paper({"e": lambda chosen: 100 + 20 * sum(map(int, chosen.values()))})
    paper.room = 3
    done = search(paper, space("e", options), capacity=8, budget_s=600)
    assert {standing.outcome for standing in done.field.standings.values()} == {"ok"}
    assert paper.most_alive == 4  # the one that showed it
    assert done.field.candidates[done.finals[0].key].options == dict.fromkeys("abcdef", 1)


def test_the_budget_ends_also_where_nothing_learns() -> None:
    paper = Paper({"e": simple}, start_s=6.0)
    paper.dull = {""}
    done = search(paper, space("e", OPTIONS, a=1), budget_s=120)
    assert done.finals == []
    assert paper.now_s <= 120 + 30


def test_an_engine_that_does_not_work_here_is_started_once() -> None:
    paper = Paper({"e": simple, "f": simple})
    unfit = Standing(outcome="environment", reason="no such instruction")
    done = search(paper, space("e", OPTIONS, a=1), space("f", OPTIONS, a=1))
    assert sum(key[0] == "f" for key in paper.opened) > 1
    paper = Paper({"e": simple, "f": simple})
    paper.unfit = {"f": unfit}
    done = search(paper, space("e", OPTIONS, a=1), space("f", OPTIONS, a=1))
    assert [key for key in paper.opened if key[0] == "f"] == [("f", "float32", "tuned")]
    assert done.field.standings["f", "float32", "plain"].reason == "this engine does not work here"


@pytest.mark.parametrize("at_s", [1.0, 9.0, 30.0, 60.0, 100.0])
def test_ctrl_c_keeps_what_is_known(at_s) -> None:
    paper = Paper({"e": maze(1)[1]}, noise=0.02)
    paper.interrupt_at_s = at_s
    done = search(paper, maze(1)[0])
    assert done.interrupted
    assert paper.alive <= (at_s < 5)  # one that is just being started ends itself
    assert bool(done.field.speeds()) == (at_s > 5)  # after the first start and visit
    assert done.field.candidates.keys() <= done.field.standings.keys()  # each can be told of


def test_another_precision_is_ranked_apart_and_measured_beside_the_first() -> None:
    done = search(
        Paper({"e": simple}), space("e", OPTIONS, a=1), precisions=("float32", "bfloat16")
    )
    first, second = done.finals
    assert (first.key[1], second.key[1]) == ("float32", "bfloat16")
    assert second.before == first.key
    assert second.to_before
    assert second.to_before.median == pytest.approx(2)
    assert second.to_plain
    assert second.to_plain.median == pytest.approx(3.6)
    assert {rung.key[1] for rung in done.ladder} == {"float32"}


def test_two_that_use_the_same_are_one() -> None:
    class Alike(Paper):
        def open(self, candidate):
            opened = super().open(candidate)
            opened.blind = {"c"}
            return opened

    paper = Alike({"e": lambda options: simple({**options, "c": 0})})
    done = search(paper, space("e", OPTIONS, a=1, b=1))
    same = done.field.standings["e", "float32", "tuned + c=1"]
    assert same.reason == "the same here as 'tuned'"
    assert done.field.speed(("e", "float32", "tuned + c=1")) == done.field.speed(done.finals[0].key)


def test_a_ladder_without_room_is_one_step_of_what_has_an_effect() -> None:
    where = replace(space("e", {**OPTIONS, "idle": (0, 1)}, a=1, b=1, idle=1),
                    by_environment=frozenset(OPTIONS))  # fmt: skip
    done = search(Paper({"e": simple}), where, capacity=2)
    assert [rung.changes for rung in done.ladder] == [{}, {"a": 1, "b": 1}]


def test_the_other_finalists_are_told_with_their_ratio() -> None:
    paper = Paper({"e": lambda _: 100.0, "f": lambda _: 97.0})
    done = search(paper, space("e", {"a": (0, 1)}, a=1), space("f", {"a": (0, 1)}, a=1))
    rivals = {key[0]: ratio.median for key, ratio in done.finals[0].rivals if key[0] == "f"}
    assert rivals == {"f": pytest.approx(0.97)}
