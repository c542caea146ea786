"""The energy counters of processors, as Linux shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime.sensors import UnavailableError, rapl
from tests.sensors import captured


@pytest.fixture
def root(tmp_path):
    return captured.tree("powercap.json", tmp_path)


def rewrite(root, microjoules):
    (root / "sys/class/powercap/intel-rapl:0/energy_uj").write_text(f"{microjoules}\n")


def test_packages_are_found_and_their_parts_are_not(root):
    found = {zone.name: (zone.scope, zone.range_j) for zone in rapl.zones(root)}
    whole = ("cpu_package", 262143.32885)
    assert found == {"package-0": whole, "package-10": whole}


def test_joules_are_read(root):
    sensor = rapl.open_sensor(root)
    assert [q.key for q in sensor.opened.quantities] == [
        "energy_j of package-0",
        "energy_j of package-10",
    ]
    assert sensor.read(0) == [240422.366267, 240422.366267]


def test_a_counter_that_starts_again_goes_on(root):
    sensor = rapl.open_sensor(root)
    before = sensor.read(0)[0]
    rewrite(root, 1_000_000)
    after = sensor.read(1)[0]
    assert after - before == pytest.approx(262143.32885 - 240422.366267 + 1)


@given(st.lists(st.floats(0, 90), min_size=2, max_size=50))
def test_a_wrapping_counter_loses_no_joule(rises):
    counter, total, told = rapl.Unwrapped(100.0), 0.0, []
    for rise in rises:
        total += rise
        told.append(counter.take(total % 100.0))
    assert told[-1] - told[0] == pytest.approx(total - rises[0], abs=1e-6)


def test_intel_measures_and_amd_estimates(root):
    assert rapl.open_sensor(root).opened.quantities[0].origin == "measured"
    (root / "proc").mkdir()
    (root / "proc/cpuinfo").write_text("vendor_id\t: AuthenticAMD\n")
    quantity = rapl.open_sensor(root).opened.quantities[0]
    assert (quantity.origin, "model" in quantity.basis) == ("estimated", True)


def test_memory_is_a_scope_of_its_own(root):
    zone = root / "sys/class/powercap/intel-rapl:0:2"
    zone.mkdir()
    for name, content in {
        "name": "dram",
        "energy_uj": "5",
        "max_energy_range_uj": "65532610987",
    }.items():
        (zone / name).write_text(content)
    found = [zone for zone in rapl.zones(root) if zone.scope == "dram"]
    assert len(found) == 1


def test_closed_counters_are_a_reason(root, monkeypatch):
    real = rapl.read
    monkeypatch.setattr(rapl, "read", lambda p: None if p.name == "energy_uj" else real(p))
    with pytest.raises(UnavailableError, match=r"root only .*CVE-2020-8694"):
        rapl.open_sensor(root)


def test_a_closed_counter_beside_an_open_one_is_missing(root, monkeypatch):
    real = rapl.read
    closed = root / "sys/class/powercap/intel-rapl:a/energy_uj"
    monkeypatch.setattr(rapl, "read", lambda p: None if p == closed else real(p))
    opened = rapl.open_sensor(root).opened
    assert [q.part for q in opened.quantities] == ["package-0"]
    assert list(opened.missing) == ["energy_j of package-10"]


def test_no_counters_are_a_reason(tmp_path):
    with pytest.raises(UnavailableError, match="virtual machines"):
        rapl.open_sensor(tmp_path)
