"""What can be tried, and what it is called."""

from __future__ import annotations

from msgspec.structs import replace

from laptime.tune.space import Space, space_of
from tests.tune.scripted import space

OPTIONS: dict[str, tuple[str | int | bool, ...]] = {
    "lean": (False, True),
    "threads": ("all", "auto", "one"),
    "pipeline_workers": (0, 2),
}
SPACE: Space = space("e", OPTIONS, lean=True)


def names(found) -> list[str]:
    return [candidate.name for candidate in found]


def test_a_candidate_is_called_after_the_nearest_setup() -> None:
    tuned = SPACE.setups["tuned"]
    assert SPACE.candidate(tuned, "float32").name == "tuned"
    assert SPACE.candidate({**tuned, "threads": "one"}, "float32").name == "tuned + threads=one"
    assert SPACE.candidate({**tuned, "lean": False}, "float32").name == "plain"


def test_values_of_no_setup_are_tried_first_and_the_pipeline_last() -> None:
    found = SPACE.neighbours(SPACE.named("tuned", "float32"), {})
    assert names(found) == [
        "tuned + threads=auto",
        "tuned + threads=one",
        "plain",
        "tuned + pipeline_workers=2",
    ]


def test_an_option_without_effect_is_not_tried() -> None:
    silent = replace(SPACE, by_environment=frozenset())
    found = silent.neighbours(silent.named("tuned", "float32"), {"lean": True})
    assert names(found) == ["plain"]


def test_a_value_that_is_used_already_is_not_tried() -> None:
    used = {"pipeline_workers": 2, "threads": 2, "lean": True}
    found = SPACE.neighbours(SPACE.named("tuned", "float32"), used)
    assert "tuned + pipeline_workers=2" not in names(found)


def test_the_space_of_an_engine_is_read_from_its_literals() -> None:
    fake = space_of("fake")
    assert fake.first == "plain"
    assert "haste" in fake.by_environment
    assert fake.setups["tuned"]["haste"] is True
