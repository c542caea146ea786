"""What the reference runs reached, and the limits that follow from it."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laptime import registry
from laptime.bands import (
    Curves,
    Reference,
    Rung,
    band,
    first_to_tell,
    gate,
    judge,
    neighbours,
    read,
    rungs,
    tells,
)
from laptime.errors import DataError
from laptime.record import Band, Evaluation, Score
from laptime.runner.description import place


def stored() -> dict[str, Reference]:
    found = {name: read(place(name)) for name in registry.names("workloads")}
    return {name: reference for name, reference in found.items() if reference}


def look(after_steps: int, loss: float, accuracy: float) -> Evaluation:
    return Evaluation(
        after_steps=after_steps, samples=256, wall_s=0.1, loss=loss, accuracy=accuracy
    )


def step(after_steps: int, *, loss: tuple[float, float], accuracy: tuple[float, float]) -> Band:
    """From the worst to the best."""
    worst, best = (Score(loss=loss[side], accuracy=accuracy[side]) for side in (0, 1))
    return Band(after_steps=after_steps, samples=256, worst=worst, best=best)


BANDS = (
    step(8, loss=(2.0, 1.5), accuracy=(0.3, 0.6)),
    step(16, loss=(1.0, 0.5), accuracy=(0.7, 0.9)),
)


@pytest.mark.parametrize(
    ("given", "missed", "hasty"),
    [
        (look(8, 1.6, 0.5), None, None),
        (look(8, 2.1, 0.5), "loss 2.1", None),
        (look(8, 1.6, 0.2), "20.0% of", None),
        (look(8, 1.4, 0.5), None, "loss 1.4"),
        (look(8, 1.6, 0.7), None, "70.0% of"),
        (look(12, 0.6, 0.85), None, None),  # between two rungs: as one of them
        (look(12, 2.1, 0.85), "at most 2", None),
        (look(12, 0.4, 0.85), None, "no less than 0.5"),
        (look(17, 9.0, 0.99), None, None),  # beyond the last one
        (look(17, 0.0, 0.65), "at least 70.0%", None),
    ],
)
def test_a_look_is_held_against_the_rungs_next_to_it(given, missed, hasty) -> None:
    verdict = judge(given, BANDS)
    assert verdict
    for told, wanted in ((verdict.missed, missed), (verdict.hasty, hasty)):
        assert (wanted in told) if wanted and told else told is wanted


def test_before_the_first_rung_nothing_is_judged() -> None:
    assert judge(look(7, 9.0, 0.0), BANDS) is None
    assert judge(look(7, 9.0, 0.0), ()) is None


@given(st.integers(1, 40))
def test_the_rungs_next_to_a_look_judge_it_as_all_of_them_do(after_steps) -> None:
    bands = tuple(replace(BANDS[0], after_steps=each) for each in rungs(24))
    seen = look(after_steps, 1.7, 0.4)
    assert judge(seen, neighbours(bands, after_steps=after_steps)) == judge(seen, bands)


def test_rungs_are_a_third_or_a_half_apart() -> None:
    assert rungs(25) == (1, 2, 3, 4, 6, 8, 12, 16, 24)


SHARES = st.lists(st.integers(0, 256).map(lambda n: n / 256), min_size=20, max_size=25)
LOSSES = st.lists(st.floats(0.0, 100.0), min_size=25, max_size=25)


@given(LOSSES, SHARES)
def test_a_band_holds_the_middle_of_its_seeds(losses, accuracies) -> None:
    made = band(Rung(after_steps=1, loss=tuple(losses), accuracy=tuple(accuracies)), samples=256)
    assert 0 <= made.worst.accuracy <= fmean(accuracies) <= made.best.accuracy <= 1
    assert made.worst.loss / made.best.loss >= 1.05**2 * 0.999
    verdict = judge(look(1, math.sqrt(made.worst.loss * made.best.loss), fmean(accuracies)), [made])
    assert verdict == (None, None)


def held_out(curves: Curves, *, samples: int) -> list[tuple[int, bool]]:
    """For each seed and rung: its number of steps, and whether the band of the others leaves it out."""
    found = []
    for place_of, _ in enumerate(curves.seeds):
        for rung in curves.rungs:
            others = replace(
                rung,
                loss=rung.loss[:place_of] + rung.loss[place_of + 1 :],
                accuracy=rung.accuracy[:place_of] + rung.accuracy[place_of + 1 :],
            )
            seen = look(rung.after_steps, rung.loss[place_of], rung.accuracy[place_of])
            verdict = judge(seen, [band(others, samples=samples)])
            found.append((rung.after_steps, verdict != (None, None)))
    return found


def test_an_honest_seed_is_refused_once_in_two_hundred_at_most() -> None:
    """Each of the stored seeds, held against bands of the others."""
    alarms = [
        is_out
        for reference in stored().values()
        for curves in reference.curves
        for _, is_out in held_out(curves, samples=reference.samples)
    ]
    assert len(alarms) > 1_000
    assert sum(alarms) / len(alarms) <= 1 / 200


def bands_of(reference: Reference, curves: Curves, *, classes: int = 10) -> tuple[Band, ...]:
    return reference.bands(
        data=curves.data, precision=curves.precision, weights=curves.weights, classes=classes
    )


def at_the_gate(reference: Reference, curves: Curves) -> tuple[Band, Rung, Rung]:
    """The band where a long warm-up is looked at, and what seeds had reached by the first rung and
    by half of its steps."""
    bands = bands_of(reference, curves)
    looked = gate(bands)
    assert looked
    by_steps = {rung.after_steps: rung for rung in curves.rungs}
    (made,) = (each for each in bands if each.after_steps == looked.rungs[-1])
    return made, curves.rungs[0], by_steps[made.after_steps // 2]


def caught(rung: Rung, made: Band) -> float:
    """Share of seeds that would be refused if they had come so far and no further."""
    looks = [look(made.after_steps, *each) for each in zip(rung.loss, rung.accuracy, strict=True)]
    verdicts = [judge(each, [made]) for each in looks]
    return sum(verdict is not None and verdict.missed is not None for verdict in verdicts) / len(
        looks
    )


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("mnist-mlp", 0.95),
        ("fashion-mnist-mlp", 0.95),
        # With convolutions seeds take off at very different steps.
        ("mnist-lenet", 0.5),
        ("cifar10-tinyvgg", 0.5),
        ("cifar10-cnn", 0.5),
    ],
)
def test_nothing_learned_is_caught_and_half_the_steps_mostly(name: str, least: float) -> None:
    reference = stored()[name]
    for curves in reference.curves:
        made, first, half = at_the_gate(reference, curves)
        assert caught(first, made) == 1.0
        assert caught(half, made) >= least


@pytest.mark.parametrize(
    ("loss", "accuracy", "is_band"),
    [
        ((2.3, 2.2), (0.1, 0.1), False),
        ((1.5, 1.4), (0.1, 0.1), True),
        ((2.3, 2.2), (0.9, 0.8), True),
    ],
)
def test_a_band_that_lets_a_guess_pass_is_none(loss, accuracy, is_band) -> None:
    rung = Rung(after_steps=8, loss=loss * 10, accuracy=accuracy * 10)
    curves = Curves(
        data="real", precision="float32", weights=None, seeds=tuple(range(20)), rungs=(rung,)
    )
    reference = Reference(work="x", samples=256, made="2026-11-22", versions={}, curves=(curves,))
    assert bool(bands_of(reference, curves)) is is_band


@pytest.mark.parametrize(
    ("seen", "is_told"),
    [
        (look(4, 2.2, 0.2), False),  # before the first rung
        (look(8, 1.6, 0.5), True),
        (look(12, 1.6, 0.5), True),
        (look(17, 9.0, 0.9), True),
        (replace(look(12, 1.6, 0.5), samples=255), False),
    ],
)
def test_a_look_that_a_guess_would_not_pass_tells(seen: Evaluation, is_told: bool) -> None:
    assert tells(seen, BANDS, classes=10) is is_told
    easy = step(8, loss=(2.5, 1.5), accuracy=(0.1, 0.6))
    assert tells(look(8, 1.6, 0.5), [easy], classes=10) is False
    assert tells(look(12, 1.6, 0.5), [easy, BANDS[1]], classes=10) is False
    assert first_to_tell([easy, BANDS[1]], classes=10) == 16
    assert first_to_tell([easy], classes=10) is None


def test_a_gate_ends_where_half_the_steps_are_told_best() -> None:
    late = step(32, loss=(0.9, 0.01), accuracy=(0.7, 1.0))  # seeds far apart
    looked = gate((step(4, loss=(2.2, 2.0), accuracy=(0, 0.3)), *BANDS, late))
    assert looked
    assert (looked.samples, looked.rungs) == (256, (4, 8, 16))
    assert gate(()) is None


def test_a_damaged_file_is_refused_and_a_missing_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert read(path) is None
    path.write_text('{"work": 1}')
    with pytest.raises(DataError, match="install again"):
        read(path)
