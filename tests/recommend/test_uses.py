"""Uses and mixes: every workload is known, every part has a reason, wrong mixes are refused."""

from __future__ import annotations

import pytest

from laptime import registry
from laptime.errors import UnknownNameError, UsageError
from laptime.recommend.uses import MOST_PARTS, USES, Use, exports, names, read_mix, use_of
from tests.recommend.machines import KNOWN, TINY

WORKLOADS = registry.names("workloads")


@pytest.mark.parametrize("use", USES, ids=lambda use: use.name)
def test_every_part_of_a_use_is_known_and_has_a_reason(use: Use) -> None:
    for part in use.parts:
        assert part.workload in (*WORKLOADS, *exports())
        assert part.weight > 0
        assert len(part.reason) > 10


def test_a_use_by_its_name() -> None:
    assert [use_of(name).name for name in names()] == ["beginner", "daily", "vision", "video"]
    with pytest.raises(UnknownNameError, match="did you mean 'video'"):
        use_of("vidoe")


def test_a_mix_is_read() -> None:
    mix = read_mix(f" {TINY}=2.5 , mnist-mlp,", known=WORKLOADS)
    assert [(part.workload, part.weight) for part in mix.parts] == [(TINY, 2.5), ("mnist-mlp", 1)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the mix is empty"),
        (" , ", "the mix is empty"),
        ("cifar10-tinyvg", "did you mean 'cifar10-tinyvgg'"),
        (f"{TINY},{TINY}=2", "twice"),
        (f"{TINY}=0", "no weight"),
        (f"{TINY}=-1", "no weight"),
        (f"{TINY}=nan", "no weight"),
        (f"{TINY}=inf", "no weight"),
        (f"{TINY}=two", "no weight"),
        ("=2", "no workload"),
    ],
)
def test_a_wrong_mix_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        read_mix(text, known=KNOWN)


def test_a_mix_has_an_end() -> None:
    many = [f"w{number}" for number in range(MOST_PARTS + 1)]
    with pytest.raises(UsageError, match="at most"):
        read_mix(",".join(many), known=many)
