"""Training on each device: what is said of what came of it, and real engines that do not work."""

import pytest

from laptime.doctor import _kernels
from laptime.doctor._kernels import STEPS, Heard
from laptime.registry import load
from laptime.runner import child
from tests.doctor.cases import case
from tests.plugs import DIES, FAKE, HANGS, plug_in

__all__ = ["plug_in"]

LIMIT_S = 6.0
TRUTH = 2.302
compute = load("doctor", "compute")


def judged(*, truth=TRUTH, is_named=False, **told):
    heard = Heard(**{"engine": "torch", "usable": ("cpu",)} | told)
    return compute.judged(case(is_named=is_named), heard, truth=truth)


def test_the_same_loss_as_in_float64_is_ok():
    found = judged(device="cpu", loss=TRUTH * (1 + 1e-6), wall_s=3.2)
    assert (found.outcome, found.about) == ("ok", "torch on cpu")
    assert "2.30200" in found.evidence


@pytest.mark.parametrize("loss", [TRUTH * 1.01, 0.0, float("nan"), float("inf")])
def test_another_loss_fails(loss):
    found = judged(device="cpu", loss=loss)
    assert found.outcome == "fail"
    assert "computes wrong" in found.evidence


def test_without_a_loss_to_compare_with_nothing_is_proved():
    assert judged(device="cpu", loss=TRUTH, truth=None).outcome == "warn"
    assert judged(device="cpu", loss=None).outcome == "warn"


def test_an_engine_that_nobody_needs_only_warns():
    assert judged(engine="mlx", device="cpu", loss=1.0).outcome == "warn"
    assert judged(engine="mlx", device="cpu", loss=1.0, is_named=True).outcome == "fail"


@pytest.mark.parametrize(
    ("message", "says"),
    [
        # as PyTorch says it (Motphys/phys-bench issue 14, astral-sh/uv issue 14742)
        (
            "RuntimeError: The NVIDIA driver on your system is too old (found version 12040).",
            "NVIDIA's driver",
        ),
        (
            "RuntimeError: CUDA error: no kernel image is available for execution on the device",
            "no code for a card",
        ),
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
            "Another program",
        ),
        ("ImportError: libcudnn.so.9: cannot open shared object file", "library of the card"),
        ("no sign of life for 60 s; stopped", "hangs"),
        ("ImportError: something else", "Install it again"),
    ],
)
def test_each_failure_has_its_remedy(message, says):
    found = judged(failure=message)
    assert (found.outcome, found.evidence) == ("fail", message)
    assert says in found.fix


def test_a_device_that_is_not_there_fails_with_those_that_are():
    heard = Heard(engine="torch", usable=("cpu",))
    found = compute.judged(case(device="cuda"), heard, truth=TRUTH)
    assert (found.outcome, found.about) == ("fail", "torch on cuda")
    assert "usable: cpu" in found.evidence


def test_no_device_at_all_fails():
    assert judged(usable=()).outcome == "fail"


def test_layers_that_an_engine_lacks_are_not_its_devices_fault():
    assert judged(device="cpu", failure="no Conv", is_unsupported=True).outcome == "ok"


def test_engines_that_compute_nothing_are_left_out():
    [found] = compute.check(case(installed=("fake",)))
    assert found.outcome == "skipped"


def test_the_reference_trains_like_itself():
    """Whole, in real workers; NumPy alone."""
    first, second = _kernels.hear(["reference", "reference"], device="auto")
    assert first.loss == second.loss
    assert first.loss is not None
    assert 1.0 < first.loss < 5.0


def test_the_trial_would_show_a_step_that_changed_nothing():
    """Its second loss is another than it would be from the same weights: else it proved nothing."""
    from laptime.runner.setups import resolve
    from laptime.runner.trial import attempt

    reference = load("engines", "reference")
    given = {"device": "cpu", "precision": "float32", "options": resolve("reference", "plain")}
    evidence, arrays = attempt(reference, _kernels.TRIAL, **given)
    assert abs(evidence.losses[1] / evidence.losses[STEPS] - 1) > 10 * compute.TOLERANCE
    assert any(name.startswith(f"{STEPS}:") for name in arrays)


def test_bad_engines_are_rows_within_their_limit(plug_in, monkeypatch):
    """Real processes: one that dies, one that hangs, one that fails; the sound one is heard."""
    monkeypatch.setattr(_kernels, "LIMIT_S", LIMIT_S)
    monkeypatch.setattr(child, "IMPORT_LIMIT_S", LIMIT_S)
    beginnings = {"dying": DIES, "hanging": HANGS, "failing": "import no_such_framework\n"}
    for name, beginning in beginnings.items():
        plug_in(name, beginning + FAKE.replace("COMPUTES = False", ""))
    asked = case(installed=tuple(beginnings), engines=tuple(beginnings), is_named=True)
    found = {each.about: each for each in compute.check(asked)}
    assert {each.outcome for each in found.values()} == {"fail"}
    assert "ended with exit code 9" in found["dying"].evidence
    assert "no sign of life" in found["hanging"].evidence
    assert "No module named 'no_such_framework'" in found["failing"].evidence


def test_leaving_early_ends_every_process(plug_in):
    """As Ctrl-C does: the generator is closed while an engine hangs."""
    import psutil

    plug_in("hanging", HANGS + FAKE)
    before = set(psutil.Process().children())
    heard = _kernels.hear(["hanging", "reference"], device="auto")
    next(heard)
    heard.close()
    assert set(psutil.Process().children()) <= before
