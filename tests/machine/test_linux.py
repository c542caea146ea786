"""Linux's texts, as real machines print them, and whole planted trees."""

from pathlib import Path

import pytest

from laptime.machine import cgroup, linux

CAPTURED = Path(__file__).parent / "captured"


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    """Also where Python knows no affinity: these tests are about texts, on any system."""
    monkeypatch.setattr(linux.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


def captured(name):
    return (CAPTURED / name).read_text()


@pytest.mark.parametrize(
    ("name", "chip"),
    [
        ("cpuinfo-amd-epyc-kvm", "AMD EPYC"),
        ("cpuinfo-intel-xeon", "Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz"),
        ("cpuinfo-raspberry-pi", "Arm Cortex-A53"),
        ("cpuinfo-ampere-altra", "Arm Neoverse-N1"),
    ],
)
def test_the_chip_is_named(name, chip):
    assert linux.chip(captured(name)) == chip


def test_a_chip_of_two_kinds_names_both():
    text = "".join(f"CPU implementer: 0x41\nCPU part: {part}\n" for part in ("0xd05", "0xd0b"))
    assert linux.chip(text * 4) == "Arm Cortex-A55 + Arm Cortex-A76"


def test_an_unknown_core_keeps_its_number():
    assert linux.chip("CPU implementer: 0x99\nCPU part: 0x123\n") == "maker 0x99 core 0x123"
    assert linux.chip("CPU implementer: odd\nCPU part: 0x1\n") == "Arm odd 0x1"


@pytest.mark.parametrize("text", ["", "model name\t: \n", "\x00\x00", "processor: 0"])
def test_a_silent_cpuinfo_has_no_chip(text):
    assert linux.chip(text) is None


def test_the_hypervisor_flag_is_seen():
    assert linux.virtual_flag(captured("cpuinfo-amd-epyc-kvm"))
    assert not linux.virtual_flag(captured("cpuinfo-intel-xeon"))


def test_the_version_leaves_out_the_kernels_local_name():
    text = 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
    kernel = "6.1.0-annas-laptop+"
    assert linux.system_version(text, kernel) == "Debian GNU/Linux 12 (bookworm), kernel 6.1.0"
    assert linux.system_version(None, None) is None


def test_wsl_is_told_from_linux():
    assert linux.wsl("5.15.90.1-microsoft-standard-WSL2") == "WSL2"
    assert linux.wsl("4.4.0-19041-Microsoft") == "WSL1"
    assert linux.wsl("6.1.0-13-amd64") is None


@pytest.mark.parametrize(
    ("text", "files", "environment", "name"),
    [
        ("0::/", {".dockerenv"}, {}, "Docker"),
        ("0::/", {"run/.containerenv"}, {}, "Podman"),
        ("12:cpu:/kubepods/besteffort/pod1/2", set(), {}, "Kubernetes"),
        ("12:cpu:/docker/0a1b", set(), {}, "Docker"),
        ("0::/lxc.payload.web", set(), {}, "LXC"),
        ("0::/", set(), {"container": "systemd-nspawn"}, "systemd-nspawn"),
        ("0::/user.slice", set(), {}, None),
    ],
)
def test_containers_leave_signs(text, files, environment, name):
    assert linux.container(text, frozenset(files), environment) == name


def test_groups_and_mounts_are_read():
    assert cgroup.groups("4:memory:/a\n3:cpu,cpuacct:/b\n0::/c\nodd\n") == {
        "memory": "/a",
        "cpu": "/b",
        "cpuacct": "/b",
        "": "/c",
    }
    (v2,) = cgroup.mounts(captured("mountinfo-v2"))
    assert v2 == cgroup.Mount("/", "/sys/fs/cgroup", frozenset())
    points = [mount.point for mount in cgroup.mounts(captured("mountinfo-v1"))]
    assert points == [f"/sys/fs/cgroup/{name}" for name in ("cpuset", "cpu,cpuacct", "memory")]


@pytest.mark.parametrize(
    ("text", "cores"),
    [("150000 100000\n", 1.5), ("50000", 0.5), ("max 100000", None), ("1 0", None), (None, None)],
)
def test_processor_quota_of_version_2(text, cores):
    assert cgroup.cores_v2(text) == cores


def test_processor_quota_of_version_1():
    assert cgroup.cores_v1("250000\n", "100000\n") == 2.5
    assert cgroup.cores_v1("-1\n", "100000\n") is None


def test_no_memory_limit_is_none():
    assert cgroup.memory("max", 10**9) is None
    assert cgroup.memory("9223372036854771712", 10**9) is None
    assert cgroup.memory("536870912\n", 10**9) == 536_870_912
    assert cgroup.memory("0", 10**9) is None


def test_the_strictest_group_above_us_counts(tmp_path):
    plant(tmp_path, "proc/self/cgroup", "0::/outer/inner\n")
    plant(tmp_path, "proc/self/mountinfo", captured("mountinfo-v2"))
    plant(tmp_path, "sys/fs/cgroup/outer/cpu.max", "100000 100000")
    plant(tmp_path, "sys/fs/cgroup/outer/memory.max", "max")
    plant(tmp_path, "sys/fs/cgroup/outer/inner/cpu.max", "400000 100000")
    plant(tmp_path, "sys/fs/cgroup/outer/inner/memory.max", "4096")
    assert cgroup.limits(tmp_path, total_bytes=10**9) == (1.0, 4096)


def test_a_containers_own_group_is_at_the_mount(tmp_path):
    plant(tmp_path, "proc/self/cgroup", "5:cpu,cpuacct:/docker/0a\n4:memory:/docker\n")
    plant(tmp_path, "proc/self/mountinfo", captured("mountinfo-v1"))
    plant(tmp_path, "sys/fs/cgroup/cpu,cpuacct/0a/cpu.cfs_quota_us", "300000")
    plant(tmp_path, "sys/fs/cgroup/cpu,cpuacct/0a/cpu.cfs_period_us", "100000")
    plant(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", "8192")
    assert cgroup.limits(tmp_path, total_bytes=10**9) == (3.0, 8192)


def test_a_group_outside_our_sight_is_left_alone():
    mount = cgroup.Mount("/", "/sys/fs/cgroup", frozenset())
    assert cgroup.folders("/../../other", mount) == ["/sys/fs/cgroup"]


def plant(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_graphics_are_named_without_a_tool(tmp_path):
    plant(
        tmp_path, "proc/driver/nvidia/gpus/0000:01:00.0/information", captured("nvidia-information")
    )
    plant(tmp_path, "sys/class/drm/card0/device/vendor", "0x10de\n")
    plant(tmp_path, "sys/class/drm/card1/device/vendor", "0x1002\n")
    plant(tmp_path, "sys/class/drm/card1/device/device", "0x744c\n")
    plant(tmp_path, "sys/class/drm/card1-HDMI-A-1/device/vendor", "0x1002\n")
    assert linux.graphics(tmp_path) == ("NVIDIA GeForce RTX 3090", "AMD 0x744c")
    ids = "# list\n1001  Other\n\t744c  Wrong\n1002  AMD\n\t744c  Navi 31 [Radeon RX 7900 XTX]\n"
    plant(tmp_path, "usr/share/misc/pci.ids", ids)
    assert linux.graphics(tmp_path)[1] == "AMD Navi 31 [Radeon RX 7900 XTX]"


def test_drivers_with_a_version_of_their_own_are_told(tmp_path):
    assert linux.drivers(tmp_path) == ()
    nvidia = (CAPTURED.parents[1] / "doctor/captured/nvidia-version-open").read_text()
    plant(tmp_path, "proc/driver/nvidia/version", nvidia)
    plant(tmp_path, "sys/module/amdgpu/version", "6.8.5\n")
    assert linux.drivers(tmp_path) == ("NVIDIA 555.42.06", "amdgpu 6.8.5")


def test_a_device_of_another_vendor_is_not_taken():
    assert (
        linux.pci_name("\n1002  AMD\n\t1  One\n10de  NVIDIA\n\t2  Two\n", "0x1002", "0x2") is None
    )
    assert linux.pci_name("", "0x1002", "0x2") is None


def test_a_whole_rented_machine(tmp_path):
    plant(tmp_path, "proc/cpuinfo", captured("cpuinfo-amd-epyc-kvm"))
    plant(tmp_path, "sys/class/dmi/id/sys_vendor", "Amazon EC2\n")
    plant(tmp_path, "sys/class/dmi/id/product_name", "c7a.xlarge\n")
    plant(tmp_path, "sys/class/dmi/id/product_serial", "ec2-secret\n")
    facts = linux.collect(tmp_path, {})
    assert (facts.chip, facts.model, facts.virtual) == ("AMD EPYC", "c7a.xlarge", "Amazon EC2")
    assert facts.cores_usable == 2.0
    assert "ec2-secret" not in repr(facts)


@pytest.mark.parametrize(
    ("cpuinfo", "clock", "virtual"),
    [
        ("flags: fpu hypervisor", "tsc kvm-clock", "KVM"),
        ("flags: fpu hypervisor", "tsc", "a hypervisor"),
        ("flags: fpu", "tsc kvm-clock", None),
        ("CPU part: 0xd0c", "arch_sys_counter", None),
    ],
)
def test_an_unnamed_hypervisor_is_told_by_its_clock(tmp_path, cpuinfo, clock, virtual):
    folder = "sys/devices/system/clocksource/clocksource0"
    plant(tmp_path, f"{folder}/available_clocksource", clock)
    assert linux.virtual(tmp_path, cpuinfo=cpuinfo, environment={}) == virtual


def test_an_empty_system_has_empty_facts(tmp_path):
    facts = linux.collect(tmp_path, {})
    assert (facts.model, facts.chip, facts.graphics, facts.virtual) == (None, None, (), None)
    assert facts.memory_limit_bytes is None
