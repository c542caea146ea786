"""NVIDIA's driver: texts captured by others; not run on such a machine by us."""

import pytest

from laptime.doctor import _nvidia
from laptime.doctor._nvidia import Card, Driver, parse
from laptime.doctor._wheels import Build
from laptime.machine import nvidia_driver
from laptime.registry import load
from tests.doctor.cases import LINUX, captured, case

MIB = 2**20
CU126 = Build("torch", "2.7.0+cu126", "cuda", (12, 6))
driver = load("doctor", "driver")


def judged(text, *, builds=(CU126,), device="auto", **changes):
    """What the check says of what `nvidia-smi` printed."""
    given = {"has_card": True, "builds": [("torch", build) for build in builds]} | changes
    told = parse(captured(text)) if text else None
    [finding] = driver.judged(case(device=device), told, **given)
    return finding


@pytest.mark.parametrize(
    ("name", "version", "cuda"),
    [
        ("nvidia-smi-470", "470.57.02", (11, 4)),
        ("nvidia-smi-535", "535.183.01", (12, 2)),
        ("nvidia-smi-610", "610.57.04", (13, 3)),
    ],
)
def test_the_driver_tells_its_version_and_its_cuda(name, version, cuda):
    found = parse(captured(name))
    assert (found.version, found.cuda, found.problem) == (version, cuda, None)


def test_cards_tell_how_busy_they_are():
    assert parse(captured("nvidia-smi-535")).cards == (
        Card(2528 * MIB, 4096 * MIB, 0.93),
        Card(5226 * MIB, 6144 * MIB, 1.0),
    )


@pytest.mark.parametrize("text", ["", "nvidia-smi: command not found", "+---+\n| GPU |"])
def test_no_driver_is_no_error(text):
    assert parse(text) == Driver(None, None)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("nvidia-version-open", "555.42.06"),
        ("nvidia-version-closed", "515.65.01"),
        ("pmset-g", None),
    ],
)
def test_the_kernel_tells_the_driver(name, version):
    assert nvidia_driver(captured(name)) == version


def test_where_nvidia_smi_is_silent_the_kernel_speaks(monkeypatch):
    monkeypatch.setattr(_nvidia.shutil, "which", lambda _: "nvidia-smi")
    monkeypatch.setattr(_nvidia, "run", lambda *_, **__: None)
    monkeypatch.setattr(_nvidia.sys, "platform", "linux")
    monkeypatch.setattr(_nvidia, "read", lambda _: captured("nvidia-version-open"))
    assert _nvidia.look.__wrapped__() == Driver("555.42.06", None)


def test_nothing_of_nvidia_is_none(monkeypatch):
    monkeypatch.setattr(_nvidia.shutil, "which", lambda _: None)
    monkeypatch.setattr(_nvidia, "WSL", "/no/such/file")
    monkeypatch.setattr(_nvidia, "read", lambda _: None)
    assert _nvidia.look.__wrapped__() is None


# The check


def test_a_driver_that_is_new_enough_is_ok():
    assert judged("nvidia-smi-610").outcome == "ok"


def test_a_driver_of_an_older_minor_version_runs_what_is_compiled_already():
    found = judged("nvidia-smi-535")
    assert found.outcome == "warn"
    assert "12.2" in found.evidence
    assert "12.6" in found.evidence


@pytest.mark.parametrize(("device", "outcome"), [("auto", "warn"), ("cuda", "fail")])
def test_a_driver_that_is_too_old_fails_where_the_card_was_asked_for(device, outcome):
    found = judged("nvidia-smi-470", device=device)
    assert found.outcome == outcome
    assert "525 or newer" in found.fix
    assert "--torch-backend=auto" in found.command


@pytest.mark.parametrize(
    ("version", "outcome"), [("450.80.02", "warn"), ("524.9", "warn"), ("525.60.13", "ok")]
)
def test_without_cuda_the_drivers_branch_decides(version, outcome):
    [found] = driver.judged(case(), Driver(version, None), has_card=True, builds=[("torch", CU126)])
    assert found.outcome == outcome


def test_a_driver_that_was_updated_while_it_ran_wants_a_restart():
    found = judged("nvidia-smi-mismatch", device="cuda")
    assert found.outcome == "fail"
    assert found.fix.startswith("Restart")
    assert "Driver/library version mismatch" in found.evidence


def test_a_driver_that_does_not_answer_wants_repair():
    found = judged("nvidia-smi-failed")
    assert found.outcome == "warn"
    assert "repair" in found.fix


def test_a_card_without_a_driver():
    assert judged(None).outcome == "warn"
    assert "--gpus all" in judged(None, device="cuda").fix
    assert judged(None, has_card=False, builds=()).outcome == "skipped"


def test_a_driver_for_nothing_is_ok():
    assert judged("nvidia-smi-610", builds=()).outcome == "ok"


def test_macos_has_none():
    from msgspec.structs import replace

    [found] = driver.check(case(replace(LINUX, system="Darwin")))
    assert found.outcome == "skipped"
