"""What the systems share: the facts they collect, and reading without ever failing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec

# What makers leave in a field that they did not fill.
_UNFILLED = re.compile(
    r"(?i)^(to be filled by o\.?e\.?m\.?|default string|system product name"
    r"|not (specified|applicable)|none|unknown|o\.e\.m\.|n/a|0+|undefined|invalid"
    r"|system manufacturer|product name)?$"
)

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
    virtual: str | None = None


def tidy(text: object) -> str | None:
    """A maker's text on one line with single spaces; None where the maker left it unfilled."""
    if not isinstance(text, str):
        return None
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return None if _UNFILLED.match(clean) else clean


def hypervisor(maker: str | None, model: str | None) -> str | None:
    """The hypervisor that gives a computer this maker and model; None for real ones."""
    words = f"{maker or ''} {model or ''}".lower()
    if ".metal" in words:  # a rented machine without a hypervisor: 'Amazon EC2 c6g.metal'
        return None
    return next((name for word, name in _HYPERVISORS if word in words), None)


def read(path: Path) -> str | None:
    """A small system file's text; None where it is absent or may not be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def run(*command: str, timeout_s: float = 10.0) -> str | None:
    """What a command prints, or None: absent, too slow, or silent. Its exit code is ignored.

    (`sysctl` ends with 1 when a single name of many is unknown, and prints all the others.)
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace").strip() or None
