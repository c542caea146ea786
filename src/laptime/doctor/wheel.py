"""A framework built for processors alone beside a graphics card that it could train on."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.doctor import Case, Finding, Verdict
from laptime.doctor._graphics import DEVICES, NEEDS, cards
from laptime.doctor._nvidia import NEEDED, Driver, look, number
from laptime.doctor._wheels import Build, build_of, line

TITLE = "wheels and graphics cards"
ORDER = 40
FAST = True

OLDEST_CUDA = 12
"""Frameworks of today have no builds for an older one."""


def check(case: Case) -> Iterator[Finding]:
    """Each framework's build against the cards that the system lists."""
    is_mac = case.machine.system == "Darwin"  # whose cards Metal alone computes on
    found = {} if is_mac else cards(case.machine.graphics)
    driver = None if is_mac else look()
    if driver is not None and driver.version:  # inside WSL no card is listed
        found.setdefault("NVIDIA", "NVIDIA card")
    builds = {name: build for name in case.installed if (build := build_of(name))}
    if not builds:
        yield Finding(outcome="skipped", evidence="no framework whose build is known is installed")
    # Torch serves two engines; of those the first one is spoken of.
    of_each = {build.framework: (engine, build) for engine, build in reversed(builds.items())}
    rows = [
        judged(case, engine, build, found, driver=driver)
        for engine, build in reversed(of_each.values())
    ]
    sound = [row.evidence for row in rows if row.outcome == "ok"]
    yield from (row for row in rows if row.outcome != "ok")
    if sound:
        names = ", ".join(found.values()) or "no graphics card that they could train on"
        yield Finding(outcome="ok", evidence=f"{'; '.join(sound)}. Here: {names}")


def judged(
    case: Case, engine: str, build: Build, found: dict[str, str], *, driver: Driver | None
) -> Finding:
    """What is to be said of one framework.

    Args:
        case: which device is asked for, and which engine must work.
        engine: one that uses it.
        build: what it was built for.
        found: maker -> name of a card.
        driver: NVIDIA's, where there is one.
    """
    told = f"{build.framework} {build.version or ''}".strip() + f" for {_kind(build)}"
    if build.kind == "cuda" and "NVIDIA" in found and build.lacks:
        return Finding(
            outcome="warn",
            about=build.framework,
            evidence=f"{told}, without NVIDIA's libraries beside it ({build.lacks}); "
            f"{found['NVIDIA']}",
            fix="It finds the card only where these are installed. This brings them along:",
            command=line(build.framework, "cuda", cuda=_runnable(driver)),
        )
    lines = {
        maker: text
        for maker in found
        if build.kind != NEEDS[maker] and _has_wheels(case, build, maker)
        if (text := line(build.framework, NEEDS[maker], cuda=_runnable(driver)))
    }
    wanted = DEVICES.get(case.device.partition(":")[0], ())
    is_asked_for = build.kind in ("cpu", "metal") and bool(wanted)
    if build.kind == "cpu" and lines and case.device != "cpu":
        maker = next((each for each in wanted if each in lines), next(iter(lines)))
        bad: Verdict = "fail" if is_asked_for and case.is_needed(engine) else "warn"
        return Finding(
            outcome=bad,
            about=build.framework,
            evidence=f"{told}, beside {found[maker]}: it will train on the processor",
            fix=_first(maker, driver) + f"install the build for {maker} cards:",
            command=lines[maker],
        )
    if is_asked_for:
        return Finding(
            outcome="fail" if case.is_needed(engine) else "warn",
            about=build.framework,
            evidence=f"{told}; '{case.device}' was asked for, and the system lists no card for it",
            fix="Install the card's driver, or choose another --device.",
        )
    return Finding(outcome="ok", about=build.framework, evidence=told)


def _kind(build: Build) -> str:
    version = ".".join(map(str, build.cuda or ()))
    names = {"cpu": "processors alone", "cuda": f"CUDA {version}".strip(), "rocm": "ROCm"}
    return (names | {"xpu": "Intel's cards", "metal": "Metal"})[build.kind]


def _first(maker: str, driver: Driver | None) -> str:
    """What must be done before another build is of use."""
    if maker == "NVIDIA" and _runnable(driver) < OLDEST_CUDA:
        return "First update NVIDIA's driver, which is too old for today's builds. Then "
    return "To use it, "


def _has_wheels(case: Case, build: Build, maker: str) -> bool:
    """Away from Linux only PyTorch has builds for cards, and none for AMD's that pip can install."""
    is_linux = case.machine.system == "Linux"
    return is_linux or (build.framework == "torch" and maker != "AMD")


def _runnable(driver: Driver | None) -> int:
    """CUDA's newest major version that the driver runs; the newest where it is not told."""
    if driver is None or (driver.cuda is None and driver.version is None):
        return max(NEEDED)
    if driver.cuda is not None:
        return driver.cuda[0]
    return max(
        (cuda for cuda, oldest in NEEDED.items() if number(driver.version or "0") >= oldest),
        default=OLDEST_CUDA - 1,
    )
