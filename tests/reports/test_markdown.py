from __future__ import annotations

from msgspec.structs import replace

from laptime.cli._answer import answer_of
from laptime.reports import Screen, markdown
from tests.runs import every_answer, quick
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
