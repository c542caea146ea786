"""When a probe is not to be believed."""

import pytest
from msgspec.structs import replace

from laptime.probes.earlier import earlier_scores
from laptime.probes.flags import flags_of
from laptime.probes.record import missing_row
from laptime.probes.scores import scores
from laptime.probes.variables import overrides
from tests.probes.samples import all_rows, probe, row
from tests.samples import MACHINE

FROZEN = probe(all_rows())


def names(found, **earlier) -> list[str]:
    return [
        flag.name for flag in flags_of(found, scores=scores(found, frozen=FROZEN), earlier=earlier)
    ]


def test_a_quiet_machine_has_none() -> None:
    assert names(probe(all_rows(second=1.01))) == []


def test_rounds_that_differ_are_noise() -> None:
    assert names(probe(all_rows(second=1.1))) == ["noisy"]


@pytest.mark.parametrize(("before", "told"), [(985.0, []), (950.0, ["unlike_before"])])
def test_a_score_unlike_those_before_is_told(before, told) -> None:
    assert names(probe(all_rows()), multi_core=before) == told


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, {"single_core": 1000, "multi_core": 1000}),
        ({"created": "2026-11-20T00:19:05+00:00"}, {}),
        ({"versions": {}}, {}),
        ({"outcome": "interrupted"}, {}),
        ({"machine": replace(MACHINE, chip="another")}, {}),
    ],
)
def test_recent_probes_of_this_machine_alone_are_compared(changes, found) -> None:
    kept = [probe(all_rows(), id="before", **changes), probe(all_rows(faster=9))]
    earlier = earlier_scores(probe(all_rows()), kept, frozen=FROZEN)
    assert earlier == pytest.approx(found)


def test_a_variable_of_the_users_is_told() -> None:
    found = probe(all_rows(), environment={"OPENBLAS_CORETYPE": "Haswell"})
    (flag,) = flags_of(found, scores=(), earlier={})
    assert flag.name == "environment_override"
    assert "OPENBLAS_CORETYPE=Haswell" in (flag.measured or "")


def test_more_than_one_core_is_told() -> None:
    assert names(probe([row(threads="one", cores=1.9)])) == ["not_one_core"]
    assert names(probe([row(threads="all", cores=1.9)])) == []


@pytest.mark.parametrize(("outcome", "told"), [("oom", ["kernels_failed"]), ("unsupported", [])])
def test_a_failure_is_told_and_what_is_unsupported_is_not(outcome, told) -> None:
    failed = missing_row(
        kind="copy",
        engine="mlx",
        device="cpu",
        precision="float32",
        threads="all",
        outcome=outcome,
        message="x",
    )
    assert names(probe([failed])) == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OPENBLAS_CORETYPE", "Haswell", "Haswell"),
        ("OMP_NUM_THREADS", "4,2", "4,2"),
        ("XLA_FLAGS", "--xla_dump_to=/home/anna/dump", "..."),
        ("MKL_CBWR", "", ""),
    ],
)
def test_values_of_variables_name_no_folder(name, value, told) -> None:
    assert overrides({name: value, "PATH": "/bin", "CUDA_VERSION": "13", "TF_VAR_x": "1"}) == {
        name: told
    }
