"""What the systems share: the facts they collect, and how makers leave a field unfilled."""

from __future__ import annotations

import re

import msgspec

from laptime.outside import read, run
from laptime.plain import one_line

__all__ = ["Facts", "hypervisor", "nvidia_driver", "read", "run", "tidy"]

# What makers leave in a field that they did not fill.
_UNFILLED = re.compile(
    r"(?i)^(to be filled by o\.?e\.?m\.?|default string|system product name"
    r"|not (specified|applicable)|none|unknown|o\.e\.m\.|n/a|0+|undefined|invalid"
    r"|system manufacturer|product name)?$"
)

_NVIDIA = re.compile(r"^NVRM version:.*?\s(\d{3}\.\d+(?:\.\d+)?)\s", re.MULTILINE)

# Words in a maker's or model's name -> the hypervisor that puts them there.
_HYPERVISORS = (
    ("vmware", "VMware"),
    ("virtualbox", "VirtualBox"),
    ("innotek", "VirtualBox"),
    ("parallels", "Parallels"),
    ("apple virtualization", "Apple Virtualization"),
    ("microsoft corporation virtual machine", "Hyper-V"),
    ("amazon ec2", "Amazon EC2"),
    ("google compute engine", "Google Compute Engine"),
    ("digitalocean", "DigitalOcean"),
    ("alibaba", "Alibaba Cloud"),
    ("openstack", "OpenStack"),
    ("xen", "Xen"),
    ("bhyve", "bhyve"),
    ("bochs", "QEMU"),
    ("kvm", "KVM"),
    ("qemu", "QEMU"),
    ("standard pc (", "QEMU"),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a system's file found out; None and empty where it is silent."""

    system_version: str | None = None
    model: str | None = None
    chip: str | None = None
    cores_physical: int | None = None
    cores_usable: float | None = None
    """Affinity and container limits; None where the system has neither."""
    memory_limit_bytes: int | None = None
    graphics: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    virtual: str | None = None


def tidy(text: object) -> str | None:
    """A maker's text on one line with single spaces; None where the maker left it unfilled."""
    if not isinstance(text, str):
        return None
    clean = one_line(text)
    return None if _UNFILLED.match(clean) else clean


def nvidia_driver(text: str) -> str | None:
    """The driver's version in /proc/driver/nvidia/version."""
    match = _NVIDIA.search(text)
    return match[1] if match else None


def hypervisor(maker: str | None, model: str | None) -> str | None:
    """The hypervisor that gives a computer this maker and model; None for real ones."""
    words = f"{maker or ''} {model or ''}".lower()
    if ".metal" in words:  # a rented machine without a hypervisor: 'Amazon EC2 c6g.metal'
        return None
    return next((name for word, name in _HYPERVISORS if word in words), None)
