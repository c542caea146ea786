"""Linux, from /proc and /sys alone: no root, no vendor's tool, no subprocess."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import psutil

from laptime.machine import cgroup
from laptime.machine._arm import arm_core
from laptime.machine._facts import Facts, hypervisor, nvidia_driver, read, tidy

_VENDORS = {
    "0x1002": "AMD",
    "0x10de": "NVIDIA",
    "0x8086": "Intel",
    "0x1a03": "ASPEED",
    "0x102b": "Matrox",
    "0x1234": "QEMU",
    "0x1af4": "virtio",
    "0x15ad": "VMware",
    "0x1414": "Hyper-V",
}
# The kernel takes its time from the hypervisor, and names it.
_CLOCKS = (("kvm-clock", "KVM"), ("hyperv_clocksource", "Hyper-V"), ("xen", "Xen"))
_CONTAINERS = (
    ("kubepods", "Kubernetes"),
    ("docker", "Docker"),
    ("libpod", "Podman"),
    ("containerd", "containerd"),
    ("lxc", "LXC"),
)
_PCI_IDS = ("usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids")


def fields(cpuinfo: str) -> dict[str, list[str]]:
    """Every field of /proc/cpuinfo with its values, one per processor."""
    found: dict[str, list[str]] = {}
    for line in cpuinfo.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), []).append(value.strip())
    return found


def chip(cpuinfo: str) -> str | None:
    """The processor's name: the maker's on x86, the kinds of core on Arm, best effort elsewhere."""
    found = fields(cpuinfo)
    if "CPU part" in found:  # Arm; its 'model name' is only 'ARMv7 Processor rev 4 (v7l)'
        pairs = zip(found.get("CPU implementer", []), found["CPU part"], strict=False)
        return " + ".join(dict.fromkeys(arm_core(*pair) for pair in pairs)) or None
    for name in ("model name", "cpu model", "Model Name", "cpu", "uarch"):
        for value in found.get(name, []):
            if tidy(value):
                return tidy(value)
    return None


def virtual_flag(cpuinfo: str) -> bool:
    """Whether an x86 processor says that a hypervisor runs it."""
    return any("hypervisor" in flags.split() for flags in fields(cpuinfo).get("flags", [])[:1])


def system_version(os_release: str | None, kernel: str | None) -> str | None:
    """'Debian GNU/Linux 12 (bookworm), kernel 6.1.0'; the kernel's local suffix is left out."""
    match = re.search(r'^PRETTY_NAME=["\']?([^"\'\n]+)', os_release or "", re.MULTILINE)
    number = re.match(r"\d+(\.\d+)*", kernel or "")
    parts = [tidy(match[1]) if match else None, f"kernel {number[0]}" if number else None]
    return ", ".join(part for part in parts if part) or None


def container(
    cgroup_text: str, files: frozenset[str], environment: Mapping[str, str]
) -> str | None:
    """The container that leaves these signs; None where there is none to see."""
    if "KUBERNETES_SERVICE_HOST" in environment:
        return "Kubernetes"
    if "run/.containerenv" in files:
        return "Podman"
    if ".dockerenv" in files:
        return "Docker"
    named = next((name for word, name in _CONTAINERS if word in cgroup_text), None)
    return named or tidy(environment.get("container"))


def wsl(kernel: str | None) -> str | None:
    """'WSL2' or 'WSL1' from the kernel's release; None for a Linux of its own."""
    text = (kernel or "").lower()
    if "microsoft" not in text:
        return None
    return "WSL2" if "wsl2" in text or "microsoft-standard" in text else "WSL1"


def nvidia_name(information: str) -> str | None:
    """The model in /proc/driver/nvidia/gpus/*/information."""
    match = re.search(r"^Model:\s*(.+)$", information, re.MULTILINE)
    return tidy(match[1]) if match else None


def pci_name(ids: str, vendor: str, device: str) -> str | None:
    """A device's name in the text of pci.ids; vendor and device as in /sys ('0x1002')."""
    start = f"\n{ids}".find(f"\n{vendor.removeprefix('0x')}  ")
    if start < 0:
        return None
    lines = ids[start:].splitlines()[1:]
    for line in lines:
        if line and not line.startswith(("\t", "#")):
            return None
        if line.startswith(f"\t{device.removeprefix('0x')}  "):
            return tidy(line.split("  ", 1)[1])
    return None


def graphics(root: Path) -> tuple[str, ...]:
    """Names of the graphics processors; vendor and number where no name is at hand."""
    found = [
        name
        for path in sorted(root.glob("proc/driver/nvidia/gpus/*/information"))
        if (name := nvidia_name(read(path) or ""))
    ]
    named_nvidia = bool(found)
    for path in sorted(root.glob("sys/class/drm/card*/device/vendor")):
        if "-" in path.parent.parent.name:  # 'card0-HDMI-A-1' is a socket
            continue
        vendor = (read(path) or "").strip()
        if vendor and not (named_nvidia and vendor == "0x10de"):
            found.append(_card(root, path.parent, vendor))
    return tuple(found)


def drivers(root: Path) -> tuple[str, ...]:
    """Those that have a version of their own; one of the kernel is told by the system's."""
    nvidia = nvidia_driver(read(root / "proc/driver/nvidia/version") or "")
    amd = tidy(read(root / "sys/module/amdgpu/version"))
    named = (("NVIDIA", nvidia), ("amdgpu", amd))
    return tuple(f"{name} {version}" for name, version in named if version)


def _card(root: Path, folder: Path, vendor: str) -> str:
    device = (read(folder / "device") or "").strip()
    maker = _VENDORS.get(vendor, vendor)
    for place in _PCI_IDS:
        name = pci_name(read(root / place) or "", vendor, device)
        if name:
            return f"{maker} {name}"
    return f"{maker} {device}".strip()


def virtual(root: Path, *, cpuinfo: str, environment: Mapping[str, str]) -> str | None:
    """What stands between: 'Docker on KVM', 'WSL2' ...; None where nothing is seen."""
    signs = ("run/.containerenv", ".dockerenv")
    files = frozenset(sign for sign in signs if (root / sign).exists())
    inner = container(read(root / "proc/self/cgroup") or "", files, environment)
    outer = wsl(read(root / "proc/sys/kernel/osrelease")) or _hypervisor(root, cpuinfo)
    return " on ".join(part for part in (inner, outer) if part) or None


def _hypervisor(root: Path, cpuinfo: str) -> str | None:
    flagged = virtual_flag(cpuinfo)
    if "flags" in fields(cpuinfo) and not flagged:
        return None  # an x86 processor that sees no hypervisor: rented, perhaps, but real
    dmi = root / "sys/class/dmi/id"
    named = hypervisor(read(dmi / "sys_vendor"), read(dmi / "product_name"))
    if named is None and (kind := tidy(read(root / "sys/hypervisor/type"))):
        named = kind.capitalize()
    clocks = root / "sys/devices/system/clocksource/clocksource0/available_clocksource"
    text = read(clocks) or ""
    named = named or next((name for word, name in _CLOCKS if word in text), None)
    return named or ("a hypervisor" if flagged else None)


def collect(root: Path = Path("/"), environment: Mapping[str, str] | None = None) -> Facts:
    """Everything about a Linux machine, read under `root`."""
    cpuinfo = read(root / "proc/cpuinfo") or ""
    limits = cgroup.limits(root, total_bytes=psutil.virtual_memory().total)
    affinity = float(len(os.sched_getaffinity(0)))
    device_tree = read(root / "proc/device-tree/model")
    return Facts(
        system_version=system_version(
            read(root / "etc/os-release") or read(root / "usr/lib/os-release"),
            read(root / "proc/sys/kernel/osrelease"),
        ),
        model=tidy(read(root / "sys/class/dmi/id/product_name")) or tidy(device_tree),
        chip=chip(cpuinfo),
        cores_usable=min(affinity, limits.cores or affinity),
        memory_limit_bytes=limits.memory_bytes,
        graphics=graphics(root),
        drivers=drivers(root),
        virtual=virtual(
            root, cpuinfo=cpuinfo, environment=os.environ if environment is None else environment
        ),
    )
