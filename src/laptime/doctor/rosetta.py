"""Whether Python itself is translated from another kind of processor: x86-64 on Apple silicon."""

from __future__ import annotations

from collections.abc import Iterator

from laptime.doctor import Case, Finding

TITLE = "translation"
ORDER = 30
FAST = True


def check(case: Case) -> Iterator[Finding]:
    """`sysctl.proc_translated`, as the machine's record holds it; not run on a Mac by us."""
    machine = case.machine
    if machine.system != "Darwin":
        yield Finding(outcome="skipped", evidence="Rosetta is macOS' alone")
    elif "Rosetta 2" in (machine.virtual or ""):
        yield Finding(
            outcome="fail" if case.device in ("mps", "gpu") else "warn",
            evidence=f"this Python is for {machine.architecture} and runs through Rosetta 2 on "
            f"{machine.chip or 'Apple silicon'}: slow, and without the GPU",
            fix="Install a Python for arm64 and make a new environment with it.",
            command="uv venv --python cpython-3.13-macos-aarch64",
        )
    else:
        yield Finding(outcome="ok", evidence=f"Python for {machine.architecture}, not translated")
