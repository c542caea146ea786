"""Battery and low-power mode: a laptop that saves power trains at half its speed."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.doctor import Case, Finding
from laptime.doctor._power import Power, look

TITLE = "power"
ORDER = 80
FAST = True

_HOW = {
    "Darwin": ("Switch off low-power mode.", "sudo pmset -a lowpowermode 0"),
    "Windows": ("Choose the balanced power plan.", "powercfg /setactive SCHEME_BALANCED"),
}
_HOW_LINUX = (
    "Choose a profile that does not save power.",
    "powerprofilesctl set performance",
)


def check(case: Case) -> Iterator[Finding]:
    """Where the power comes from, and whether any is saved."""
    yield judged(look(), system=case.machine.system)


def judged(power: Power, *, system: str) -> Finding:
    """What is to be said of it."""
    charge = f" at {power.charge:.0%}" if power.charge is not None else ""
    if power.saves:
        source = f" on its battery{charge}" if power.on_battery else ""
        fix, command = _HOW.get(system, _HOW_LINUX)
        return Finding(
            outcome="warn",
            evidence=f"it saves power{source}: {power.saves}",
            fix=fix + (" Plug it in, too." if power.on_battery else ""),
            command=command,
        )
    if power.on_battery:
        return Finding(
            outcome="warn",
            evidence=f"on its battery{charge}",
            fix="Plug it in: on battery it is slower, and slower still as that empties.",
        )
    if power.on_battery is None:
        return Finding(outcome="ok", evidence="no battery seen; nothing saves power")
    return Finding(outcome="ok", evidence=f"plugged in, battery{charge}; nothing saves power")
