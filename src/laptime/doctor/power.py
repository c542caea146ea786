"""Battery and low-power mode: a laptop that saves power trains at half its speed."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.doctor import Case, Finding
from laptime.doctor._power import GOVERNOR, Power, look

TITLE = "power"
ORDER = 80
FAST = True

_HOW = {
    "Darwin": ("Switch off low-power mode.", "sudo pmset -a lowpowermode 0"),
    "Windows": (
        "Turn battery saver off in the settings, and choose the balanced power plan.",
        "powercfg /setactive SCHEME_BALANCED",
    ),
}
_HOW_LINUX = (
    "Choose a profile that does not save power.",
    "powerprofilesctl set balanced",  # every system has it; not every one has 'performance'
)
_HOW_GOVERNOR = (
    "Choose a governor that does not save power; until the next start:",
    "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
)


def check(case: Case) -> Iterator[Finding]:
    """Where the power comes from, and whether any is saved."""
    system = case.machine.system
    yield judged(look(system), system=system)


def judged(power: Power, *, system: str) -> Finding:
    """What is to be said of it."""
    charge = f" at {power.charge:.0%}" if power.charge is not None else ""
    if power.saves:
        source = f" on its battery{charge}" if power.on_battery else ""
        how = _HOW_GOVERNOR if power.saves == GOVERNOR else _HOW.get(system, _HOW_LINUX)
        fix, command = how
        return Finding(
            outcome="warn",
            evidence=f"it saves power{source}: {power.saves}",
            fix=("Plug it in. " if power.on_battery else "") + fix,
            command=command,
        )
    if power.on_battery:
        return Finding(
            outcome="warn",
            evidence=f"on its battery{charge}",
            fix="Plug it in: on battery it is slower, and slower still as that empties.",
        )
    if power.charge is None:
        return Finding(outcome="ok", evidence="no battery seen; nothing saves power")
    source = "plugged in, " if power.on_battery is False else ""
    return Finding(outcome="ok", evidence=f"{source}battery{charge}; nothing saves power")
