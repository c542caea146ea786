"""NVIDIA's driver: whether it answers, and whether it is new enough for what was installed."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.doctor import Case, Finding
from laptime.doctor._graphics import cards
from laptime.doctor._nvidia import NEEDED, Driver, look, number
from laptime.doctor._wheels import Build, build_of, line

TITLE = "NVIDIA's driver"
ORDER = 50
FAST = True

DOWNLOAD = "https://www.nvidia.com/drivers"


def check(case: Case) -> Iterator[Finding]:
    """The driver against each framework that was built for CUDA."""
    if case.machine.system == "Darwin":
        yield Finding(outcome="skipped", evidence="NVIDIA has no driver for macOS")
        return
    found = {name: build for name in case.installed if (build := build_of(name))}
    builds = {build.framework: (engine, build) for engine, build in reversed(found.items())}
    yield from judged(
        case,
        look(),
        has_card="NVIDIA" in cards(case.machine.graphics),
        builds=[pair for pair in builds.values() if pair[1].kind == "cuda"],
    )


def judged(
    case: Case, driver: Driver | None, *, has_card: bool, builds: list[tuple[str, Build]]
) -> Iterator[Finding]:
    """What is to be said of the driver.

    Args:
        case: which device is asked for, and which engine must work.
        driver: what it says; None where there is none.
        has_card: whether the system lists a card of NVIDIA's.
        builds: engine and framework of all that was built for CUDA.
    """
    is_asked_for = _is_asked_for(case) and bool(builds)
    if driver is None or driver.version is None or driver.problem is not None:
        yield _absent(driver, has_card=has_card, is_asked_for=is_asked_for)
        return
    cuda = ".".join(map(str, driver.cuda)) if driver.cuda else None
    told = f"driver {driver.version}" + (f", good for CUDA {cuda}" if cuda else "")
    if not builds:
        yield Finding(outcome="ok", evidence=f"{told}; nothing here was built for CUDA")
    for engine, build in builds:
        yield _fits(case, engine, build, driver, told)


def _is_asked_for(case: Case) -> bool:
    return case.device.partition(":")[0] in ("cuda", "gpu")


def _absent(driver: Driver | None, *, has_card: bool, is_asked_for: bool) -> Finding:
    if driver is not None and driver.problem and not driver.problem.startswith("No devices"):
        mismatch = "mismatch" in driver.problem
        return Finding(
            outcome="fail" if is_asked_for else "warn",
            evidence=f"nvidia-smi: {driver.problem}",
            fix="Restart the computer: the driver was updated while it ran."
            if mismatch
            else f"Install or repair the driver, and restart: {DOWNLOAD}",
        )
    if has_card or is_asked_for:
        seen = "a card of NVIDIA's is listed" if has_card else "a card was asked for"
        return Finding(
            outcome="fail" if is_asked_for else "warn",
            evidence=f"{seen}, and no driver of NVIDIA's answers",
            fix=f"Install it: {DOWNLOAD}. In a container, start that with --gpus all.",
        )
    return Finding(outcome="skipped", evidence="no card and no driver of NVIDIA's")


def _fits(case: Case, engine: str, build: Build, driver: Driver, told: str) -> Finding:
    wanted = ".".join(map(str, build.cuda or ()))
    told = f"{told}; {build.framework} {build.version or ''} wants CUDA {wanted or 'unknown'}"
    if not build.cuda:
        return Finding(outcome="ok", about=build.framework, evidence=told)
    oldest = NEEDED.get(build.cuda[0])
    if _is_too_old(driver, build.cuda[0]):
        newest = f"{oldest} or newer" if oldest else "the newest"
        return Finding(
            outcome="fail" if _is_asked_for(case) and case.is_needed(engine) else "warn",
            about=build.framework,
            evidence=f"{told}: too old, it will not use the card",
            fix=f"Update the driver to {newest} ({DOWNLOAD}), or install a build for this one:",
            command=line(build.framework, "cuda", cuda=driver.cuda[0] if driver.cuda else 12),
        )
    if driver.cuda and len(build.cuda) > 1 and driver.cuda < build.cuda:
        return Finding(
            outcome="warn",
            about=build.framework,
            evidence=f"{told}: it runs, but code that is compiled on the spot may not",
            fix=f"Update the driver where torch.compile or XLA fails: {DOWNLOAD}",
        )
    return Finding(outcome="ok", about=build.framework, evidence=told)


def _is_too_old(driver: Driver, major: int) -> bool:
    if driver.cuda is not None:
        return driver.cuda[0] < major
    oldest = NEEDED.get(major)
    return oldest is not None and number(driver.version or "0") < oldest
