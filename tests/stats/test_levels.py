"""Levels of a series, held to a search through all segmentations and to the library `ruptures`."""

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.stats import changes

small = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=9)


def cost(values, found, penalty):
    ends = [0, *found, len(values)]
    parts = [values[a:b] for a, b in itertools.pairwise(ends)]
    return sum(sum((v - sum(p) / len(p)) ** 2 for v in p) for p in parts) + penalty * len(found)


@given(small, st.floats(0, 50), st.integers(1, 3))
def test_no_segmentation_is_better(values, penalty, shortest):
    found = changes(values, penalty=penalty, shortest=shortest)
    lengths = [b - a for a, b in itertools.pairwise([0, *found, len(values)])]
    assert min(lengths) >= shortest or not found
    for count in range(len(values)):
        for other in itertools.combinations(range(1, len(values)), count):
            parts = [b - a for a, b in itertools.pairwise([0, *other, len(values)])]
            if min(parts) >= shortest:
                assert cost(values, found, penalty) <= cost(values, other, penalty) + 1e-9


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="ruptures has no release for it")
@pytest.mark.parametrize("seed", range(20))
def test_it_finds_what_ruptures_finds(seed):
    import ruptures

    draw = np.random.default_rng(seed)
    levels = draw.normal(0, 3, 5).repeat(draw.integers(5, 30, 5))
    series = levels + draw.normal(0, 1, len(levels))
    for penalty in (1.0, 8.0, 40.0):
        found = changes(series.tolist(), penalty=penalty, shortest=5)
        theirs = ruptures.KernelCPD(kernel="linear", min_size=5).fit(series[:, None])
        *expected, _ = theirs.predict(pen=penalty)
        # PELT with a shortest length may prune the best answer away; it never finds a better one.
        ours, best = (cost(series.tolist(), each, penalty) for each in (found, expected))
        assert ours <= best + 1e-9
        assert found == expected or ours < best


def test_a_step_is_found_where_it_is():
    assert changes([0.0] * 7 + [1.0] * 9, penalty=0.5) == [7]
    assert changes([0.0] * 7 + [1.0] * 9, penalty=50.0) == []


def test_a_large_offset_costs_no_digits():
    series = [1e6 + value for value in [0.0] * 7 + [0.01] * 9]
    assert changes(series, penalty=1e-5) == [7]


def test_an_empty_series_has_no_change():
    assert changes([], penalty=1.0) == []


@pytest.mark.parametrize("given", [{"penalty": -1.0}, {"penalty": 1.0, "shortest": 0}])
def test_senseless_demands_are_refused(given):
    with pytest.raises(ValueError, match="at least"):
        changes([1.0, 2.0], **given)
