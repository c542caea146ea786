"""What is said before a run: evidence, and a fix to paste."""

import pytest

from laptime.cli._preflight import warn


def test_a_variable_that_touches_the_figures_is_told_with_its_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    warn(["torch"], device="cpu", say=said.append)
    [line] = [each for each in said if "OPENBLAS_CORETYPE" in each]
    assert line.startswith("! environment (OPENBLAS_CORETYPE): OPENBLAS_CORETYPE=Prescott: ")
    assert line.endswith("Where that is not meant: unset OPENBLAS_CORETYPE")


def test_what_is_as_it_should_be_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    warn(["torch"], device="cpu", say=said.append)
    assert not any("OPENBLAS_CORETYPE" in each for each in said)
