"""Windows' answers, as other projects know them; not run on a Windows machine by us."""

from pathlib import Path

import pytest

from laptime.machine import windows

CAPTURED = Path(__file__).parent / "captured"


def test_a_laptop_is_described():
    facts = windows.facts(windows.parse((CAPTURED / "cim-laptop.json").read_text()))
    assert facts.model == "ROG Zephyrus G14"
    assert facts.chip == "AMD Ryzen 9 8945HS w/ Radeon 780M Graphics"
    assert facts.cores_physical == 8
    assert facts.graphics == ("AMD Radeon(TM) 780M", "NVIDIA GeForce RTX 4060 Laptop GPU")
    assert facts.system_version == "Microsoft Windows 11 Pro 10.0.26100"
    assert facts.virtual is None


def test_drivers_stand_with_their_cards():
    cards = [
        {"Name": "NVIDIA GeForce RTX 4060 Laptop GPU", "DriverVersion": "32.0.15.6094"},
        {"Name": "Microsoft Basic Display Adapter", "DriverVersion": "10.0.26100.1"},
        {"Name": "AMD Radeon(TM) 780M"},
    ]
    facts = windows.facts({"graphics": cards})
    assert facts.drivers == ("NVIDIA GeForce RTX 4060 Laptop GPU 32.0.15.6094",)


def test_two_sockets_are_added():
    rows = {"processor": [{"Name": "Xeon", "NumberOfCores": 8}, {"NumberOfCores": 8}]}
    assert windows.facts(rows).cores_physical == 16


@pytest.mark.parametrize(
    ("maker", "model", "virtual"),
    [
        ("Microsoft Corporation", "Virtual Machine", "Hyper-V"),
        ("Microsoft Corporation", "Surface Laptop 5", None),
        ("VMware, Inc.", "VMware7,1", "VMware"),
        ("innotek GmbH", "VirtualBox", "VirtualBox"),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", "QEMU"),
        ("Amazon EC2", "c6g.metal", None),
    ],
)
def test_virtual_machines_are_told_by_maker_and_model(maker, model, virtual):
    rows = {"computer": [{"Manufacturer": maker, "Model": model}]}
    assert windows.facts(rows).virtual == virtual


def test_what_the_maker_left_unfilled_is_none():
    rows = {"computer": [{"Manufacturer": "MSI", "Model": "To be filled by O.E.M."}]}
    assert windows.facts(rows).model is None


@pytest.mark.parametrize("text", [None, "", "error", "[]", "1", '{"processor": null}'])
def test_no_answer_is_no_error(text):
    facts = windows.facts(windows.parse(text))
    assert (facts.chip, facts.cores_physical, facts.graphics) == (None, None, ())


def test_a_byte_order_mark_is_skipped():
    assert windows.parse('\ufeff{"computer": {"Model": "X"}}') == {"computer": [{"Model": "X"}]}


def test_affinity_counts_up_to_one_group():
    assert windows.usable(4, 16) == 4.0
    assert windows.usable(64, 128) is None
    assert windows.usable(0, 8) is None
