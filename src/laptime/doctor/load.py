"""What other programs take of the processor and of NVIDIA's cards while nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil

from laptime.doctor import Case, Finding
from laptime.doctor._nvidia import Card, look
from laptime.doctor._units import gib

TITLE = "load of other programs"
ORDER = 90
FAST = True

LOAD_LIMIT = 0.10
"""Others that take more than this of all cores are in the way."""
STEAL_LIMIT = 0.02
"""Of the time, taken by other machines on the same host."""
CARD_LIMIT = 0.10
SAMPLE_S = 0.2


def check(case: Case) -> Iterator[Finding]:
    """A look of a fifth of a second."""
    before, own = psutil.cpu_times(), _own_s()
    time.sleep(SAMPLE_S)
    after, own = psutil.cpu_times(), _own_s() - own
    yield judged(before._asdict(), after._asdict(), own_s=own)
    driver = look() if case.machine.system != "Darwin" else None
    for index, card in enumerate(driver.cards if driver else ()):
        yield busy(index, card)


def _own_s() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def judged(before: dict[str, float], after: dict[str, float], *, own_s: float) -> Finding:
    """What is to be said of the processor.

    Args:
        before: seconds of all cores by what they did (`psutil.cpu_times`).
        after: the same some time later.
        own_s: processor time of this process between them.
    """
    # Time of guests is counted in that of user, so it is left out here.
    spent = {
        name: after[name] - before[name] for name in after if name not in ("guest", "guest_nice")
    }
    total = sum(spent.values())
    if total <= 0:
        return Finding(outcome="skipped", evidence="this system does not tell what its cores do")
    idle = spent.get("idle", 0.0) + spent.get("iowait", 0.0)
    steal = spent.get("steal", 0.0) / total
    others = max(0.0, total - idle - own_s) / total - steal
    told = f"{max(0.0, others):.0%} of all cores busy with other programs"
    if steal > 0:
        told += f", {steal:.0%} taken by other machines on this host (steal)"
    if others > LOAD_LIMIT:
        return Finding(
            outcome="warn",
            evidence=told,
            fix="Close them, or wait until they are done; this shows them:",
            command="tasklist /v" if psutil.WINDOWS else "top",
        )
    if steal > STEAL_LIMIT:
        return Finding(
            outcome="warn",
            evidence=told,
            fix="Rented machines share their processors: run at another hour, or rent a whole one.",
        )
    return Finding(outcome="ok", evidence=told)


def busy(index: int, card: Card) -> Finding:
    """What is to be said of a card."""
    about = f"NVIDIA card {index}"
    told = f"{card.utilisation:.0%} busy, {gib(card.used_bytes)} of {gib(card.memory_bytes)} taken"
    if card.utilisation > CARD_LIMIT:
        return Finding(
            outcome="warn",
            about=about,
            evidence=told,
            fix="Another program computes on it; this shows which:",
            command="nvidia-smi",
        )
    return Finding(outcome="ok", about=about, evidence=told)
