"""macOS' texts, as captured by other projects; not run on a Mac by us."""

from pathlib import Path

import pytest

from laptime.machine import darwin

CAPTURED = Path(__file__).parent / "captured"


def captured(name):
    return (CAPTURED / name).read_text()


@pytest.mark.parametrize(
    ("name", "cards"),
    [
        ("m1", ("Apple M1 (7-core GPU)",)),
        ("m1-max", ("Apple M1 Max (32-core GPU)",)),
        ("intel", ("Intel UHD Graphics 630", "Radeon RX 580")),
    ],
)
def test_graphics_are_named(name, cards):
    assert darwin.graphics(captured(f"system-profiler-{name}.json")) == cards


@pytest.mark.parametrize("text", [None, "", "no json", "[]", '{"SPDisplaysDataType": [1, {}]}'])
def test_no_graphics_are_no_error(text):
    assert darwin.graphics(text) == ()


def test_sysctl_is_read_by_name():
    values = darwin.sysctl(captured("sysctl-m1-pro"))
    assert darwin.chip(values["machdep.cpu.brand_string"], ()) == "Apple M1 Pro"
    assert darwin.count(values["hw.physicalcpu"]) == 10
    assert darwin.count(values["hw.perflevel0.physicalcpu"]) == 8
    assert darwin.count(values.get("hw.none")) is None


def test_a_translated_python_still_names_the_chip():
    assert darwin.chip("VirtualApple @ 2.50GHz", ("Apple M1 (7-core GPU)",)) == "Apple M1"
    assert darwin.virtual({"sysctl.proc_translated": "1"}) == "Rosetta 2"


def test_a_virtual_mac_is_seen():
    assert darwin.virtual({"kern.hv_vmm_present": "1"}) == "a hypervisor"
    assert darwin.virtual({"kern.hv_vmm_present": "0"}) is None


def test_collecting_asks_each_tool_once(monkeypatch):
    answers = {
        "sysctl": captured("sysctl-m1-pro") + "hw.model: MacBookPro18,3",
        "system_profiler": captured("system-profiler-m1.json"),
        "sw_vers": "15.1",
    }
    monkeypatch.setattr(darwin, "run", lambda *command: answers.pop(Path(command[0]).name))
    facts = darwin.collect()
    assert (facts.model, facts.system_version) == ("MacBookPro18,3", "macOS 15.1")
    assert (facts.cores_physical, facts.virtual) == (10, None)
    assert not answers


def test_a_mac_without_tools_is_described(monkeypatch):
    monkeypatch.setattr(darwin, "run", lambda *_: None)
    facts = darwin.collect()
    assert (facts.model, facts.chip, facts.cores_physical, facts.graphics) == (None, None, None, ())
