"""Windows, from one PowerShell call; not run on a Windows machine by us."""

from __future__ import annotations

import json
from typing import Any

import psutil

from laptime.machine._facts import Facts, hypervisor, run, tidy

# One call, one JSON object: starting PowerShell costs more than all the questions.
_SCRIPT = """
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
@{
  processor = @(Get-CimInstance Win32_Processor | Select-Object Name, NumberOfCores)
  graphics = @(Get-CimInstance Win32_VideoController | Select-Object Name, DriverVersion)
  computer = @(Get-CimInstance Win32_ComputerSystem | Select-Object Manufacturer, Model)
  system = @(Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version)
} | ConvertTo-Json -Compress -Depth 3
"""


def parse(text: str | None) -> dict[str, list[dict[str, Any]]]:
    """The answer by question, each a list: PowerShell writes a list of one as the one."""
    try:
        found: Any = json.loads((text or "").removeprefix("\ufeff"))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: _rows(value) for name, value in found.items()}


def _rows(value: object) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, dict)]


def facts(answers: dict[str, list[dict[str, Any]]]) -> Facts:
    """What the answers say; anything missing stays None."""
    processors = answers.get("processor", [])
    computer = next(iter(answers.get("computer", [])), {})
    system = next(iter(answers.get("system", [])), {})
    cores = [row["NumberOfCores"] for row in processors if _is_count(row.get("NumberOfCores"))]
    cards = [(tidy(row.get("Name")), row) for row in answers.get("graphics", [])]
    # 'Microsoft Basic Display Adapter', 'Microsoft Remote Display Adapter': no processors
    real = {name: row for name, row in cards if name and not name.startswith("Microsoft ")}
    versions = {name: tidy(row.get("DriverVersion")) for name, row in real.items()}
    maker, model = tidy(computer.get("Manufacturer")), tidy(computer.get("Model"))
    version = [tidy(system.get("Caption")), tidy(system.get("Version"))]
    return Facts(
        system_version=" ".join(part for part in version if part) or None,
        model=model,
        chip=next((name for row in processors if (name := tidy(row.get("Name")))), None),
        cores_physical=sum(cores) or None,
        graphics=tuple(name for name, _ in cards if name in real),
        drivers=tuple(f"{name} {version}" for name, version in versions.items() if version),
        virtual=hypervisor(maker, model),
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def usable(affinity: int | None, logical: int | None) -> float | None:
    """Cores in the process's affinity; above 64 it shows one group of several, so it is ignored."""
    if not affinity or (logical or 0) > 64:
        return None
    return float(affinity)


def collect() -> Facts:
    """Everything about a Windows machine."""
    command = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _SCRIPT)
    found = facts(parse(run(*command, timeout_s=20.0)))
    try:
        affinity = len(psutil.Process().cpu_affinity() or [])
    except (psutil.Error, AttributeError):
        affinity = 0
    return Facts(
        system_version=found.system_version,
        model=found.model,
        chip=found.chip,
        cores_physical=found.cores_physical,
        cores_usable=usable(affinity, psutil.cpu_count()),
        graphics=found.graphics,
        drivers=found.drivers,
        virtual=found.virtual,
    )
