"""`laptime verify`: the proof, on the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from laptime.cli import _ways, root, verify
from laptime.proof import Check, Proof
from laptime.runner.setups import resolve
from laptime.tune.winners import Winner

DIFFERENT = Check(name="first loss", value=7.0, limit=1e-6)
KNOWN = Check(name="layer max_pool ties: weights", value=0.5, limit=3e-4, known="It shares.")
EQUAL = Check(name="parameters", value=0.0, limit=0.0)


def proof(*checks: Check, setup: str = "plain", **changed: Any) -> Proof:
    given = {"equal": True, "reason": None, "precision": "float32", "proof": "full"} | changed
    given = {"engine": "torch"} | given
    return Proof(
        workload="mnist-mlp",
        setup=setup,
        device="cpu",
        checks=checks,
        **given,
    )


def test_an_engine_is_verified_from_the_command_line() -> None:
    """Whole, in real workers: the two setups of PyTorch on the smallest network."""
    answer = CliRunner().invoke(root, ["verify", "mnist-mlp", "--engine", "torch", "--json"])
    assert answer.exit_code == 0, answer.output
    (row,) = json.loads(answer.stdout)["results"]
    assert (row["engine"], row["workload"], row["proof"]) == ("torch", "mnist-mlp", "full")
    assert row["equal"] is True
    assert [each["setup"] for each in row["setups"]] == ["plain", "tuned"]
    assert all(check["met"] for each in row["setups"] for check in each["checks"])
    recipes = [(each["setup"], each["precision"], each["is_same"]) for each in row["same_recipe"]]
    assert recipes == [("plain", "bfloat16", True), ("tuned", "bfloat16", True)]
    # A graph that quietly stayed in float32 would differ by a millionth.
    assert all(each["checks"][0]["value"] > 1e-5 for each in row["same_recipe"])


def test_one_unequal_setup_makes_the_row_unequal() -> None:
    rows = verify._rows(
        [
            proof(EQUAL),
            proof(DIFFERENT, setup="tuned", equal=False, reason="first loss differs by 7.0e+00"),
            proof(setup="other", equal=None, reason="it crashed"),
        ]
    )
    (row,) = rows
    assert row["equal"] is False
    assert row["reason"] == "tuned: first loss differs by 7.0e+00"
    assert verify._exit_code(rows) == 4


def test_another_precision_is_the_same_recipe_and_never_equal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    near = Check(name="first loss", value=2e-3, limit=1e-2)
    far = Check(name="first loss", value=0.02, limit=1e-2)
    other = {"proof": "recipe", "precision": "bfloat16"}
    rows = verify._rows([proof(EQUAL), proof(near, **other)])
    assert verify._exit_code(rows) == 0
    verify._print(rows, details=False)
    assert "same recipe, other precision. 1 of 1 first losses" in capsys.readouterr().out
    rows = verify._rows(
        [proof(EQUAL), proof(near, **other), proof(far, equal=False, reason="by 2 %", **other)]
    )
    assert rows[0]["equal"] is True
    assert verify._exit_code(rows) == 4
    verify._print(rows, details=False)
    printed = " ".join(capsys.readouterr().out.split())
    assert "In bfloat16, torch plain, mnist-mlp: NOT THE SAME RECIPE, by 2 %" in printed


def test_a_precision_that_nobody_has_is_refused() -> None:
    from laptime.errors import UsageError

    answer = CliRunner().invoke(root, ["verify", "--engine", "torch", "--precision", "int8"])
    assert isinstance(answer.exception, UsageError)


def test_nothing_that_could_be_tried_is_no_success() -> None:
    rows = verify._rows([proof(equal=None, reason="import: it crashed")])
    assert verify._exit_code(rows) == 3


def test_an_engine_that_was_named_must_have_been_tried() -> None:
    rows = verify._rows([proof(EQUAL), proof(EQUAL, engine="mlx", equal=None, reason="it crashed")])
    assert verify._exit_code(rows) == 0
    assert verify._exit_code(rows, named=["torch"]) == 0
    assert verify._exit_code(rows, named=["torch", "mlx"]) == 3


@pytest.mark.parametrize(
    ("chosen", "device", "precisions"),
    [
        ([], "auto", ["float32", "bfloat16"]),
        (["tuned"], "auto", ["float32", "bfloat16"]),
        (["plain"], "auto", []),
        ([], "cpu", []),
    ],
)
def test_what_tune_found_is_proved_too(monkeypatch, chosen, device, precisions) -> None:
    def winner(**changes: object) -> Winner:
        given = {
            "workload": "mnist-mlp",
            "batch_size": None,
            "engine": "torch",
            "asked": "auto",
            "device": "cpu",
            "precision": "bfloat16",
            "setup": "tuned + threads=one",
            "options": resolve("torch", "tuned", {"threads": "one"}),
            "samples_per_s": 1.0,
            "versions": {},
            "found": "2026-11-22",
        }
        return Winner(**given | changes)

    of_a_name = winner(options=resolve("torch", "tuned"))
    others = [winner(batch_size=8), winner(workload="mnist-lenet"), of_a_name]
    monkeypatch.setattr(_ways, "remembered", lambda _: [winner(), *others])
    found = verify._found_here(["mnist-mlp"], ["torch"], chosen, device)
    assert [way.precision for way in found] == precisions
    assert {way.options["threads"] for way in found} <= {"one"}
    assert {way.workloads for way in found} <= {("mnist-mlp",)}


def test_a_known_difference_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    verify._print(verify._rows([proof(EQUAL, KNOWN)]), details=True)
    printed = capsys.readouterr().out
    assert "Known and let pass: It shares." in printed
    assert "5.0e-01" in printed


@pytest.mark.parametrize(
    "arguments",
    [["verify", "mnist-mpl"], ["verify", "--engine", "torhc"], ["verify", "--setup", "fast"]],
)
def test_a_wrong_name_is_refused_with_the_nearest(arguments: list[str]) -> None:
    from laptime.errors import UnknownNameError

    answer = CliRunner().invoke(root, arguments)
    assert isinstance(answer.exception, UnknownNameError)
