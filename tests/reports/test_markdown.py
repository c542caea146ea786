from __future__ import annotations

from msgspec.structs import replace

from laptime.cli._answer import answer_of
from laptime.reports import Screen, markdown
from tests.runs import every_answer, quick, race
from tests.samples import MACHINE


def test_every_row_has_as_many_cells_as_its_head() -> None:
    for answer in every_answer().values():
        tables = markdown.render(answer, screen=Screen()).split("\n\n")
        for table in (part.splitlines() for part in tables if part.startswith("|")):
            assert len({line.replace("\\|", "").count("|") for line in table}) == 1


def test_text_of_a_record_cannot_break_the_table() -> None:
    machine = replace(MACHINE, chip="a|b\n# <script>")
    text = markdown.render(answer_of([quick(machine=machine)]), screen=Screen())
    assert "a\\|b \\# \\<script\\>" in text


def test_several_engines_are_one_table_fastest_first() -> None:
    text = markdown.render(answer_of(race()), screen=Screen())
    rows = [line for line in text.splitlines() if line.startswith("| cifar10-tinyvgg | ")]
    assert [row.split(" | ")[1] for row in rows] == [
        "torch cpu plain",
        "keras-jax cpu published bfloat16 (same recipe, other precision)",
        "mlx cpu plain",
    ]
    assert [row.split(" | ")[3] for row in rows[:2]] == ["1", "0.5000x (0.5000-0.5000)"]
    assert "it ended with 'oom': out of memory" in rows[2]
