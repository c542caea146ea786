"""Each framework, made to train a little on each device, in a process of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from laptime import registry
from laptime.doctor import Case, Finding, Verdict
from laptime.doctor._kernels import REFERENCE, Heard, hear
from laptime.runner.plan import install_line
from laptime.runner.probing import LIMIT_S

TITLE = "training on each device"
ORDER = 120
FAST = False

TOLERANCE = 1e-3
"""Share by which a loss may differ from that in float64; sound devices differ by a millionth."""

REMEDIES = (
    ("driver on your system is too old", "Update NVIDIA's driver: see the check 'driver'."),
    (
        "no kernel image is available|not compatible with the current PyTorch",
        "This build has no code for a card so old or so new; take another: docs/engines.md.",
    ),
    (
        "cudnn|cublas|cusolver|miopen|DNN library|cannot open shared object",
        "A library of the card is missing or does not fit; take its own build: docs/engines.md.",
    ),
    (
        "out of memory|CUDA_ERROR_OUT_OF_MEMORY",
        "Another program holds the card's memory; see which (nvidia-smi, rocm-smi) and end it.",
    ),
    ("permission|/dev/kfd|/dev/dri", "Your user may not open the card: join the group 'render'."),
    ("no sign of life", f"It hangs for more than {LIMIT_S:.0f} s; try its import by itself."),
)
"""What a message says -> what to do; the first that is met."""


def check(case: Case) -> Iterator[Finding]:
    """Import it, ask for its devices, and compare what each computes with float64."""
    computing = [name for name in case.installed if _computes(name)]
    if not computing:
        yield Finding(
            outcome="skipped",
            evidence="no framework that computes is installed, or was asked about",
        )
        return
    case.tell(f"Starting {', '.join(computing)}, each in a process of its own")
    truth: list[Heard] = []
    waiting: list[Heard] = []
    for heard in hear([REFERENCE, *computing], device=case.device):
        if heard.engine == REFERENCE:
            truth.append(heard)
        else:
            waiting.append(heard)
        if truth:
            yield from (judged(case, each, truth=truth[0].loss) for each in waiting)
            waiting.clear()


def judged(case: Case, heard: Heard, *, truth: float | None) -> Finding:
    """What is to be said of one engine on one device.

    Args:
        case: who must work.
        heard: what came of it.
        truth: the loss in float64; None where even that could not be computed.
    """
    bad: Verdict = "fail" if case.is_needed(heard.engine) else "warn"
    about = f"{heard.engine} on {heard.device}" if heard.device else heard.engine
    if heard.device is None:
        return _no_device(case, heard, bad)
    if heard.is_unsupported:
        return Finding(
            outcome="ok",
            about=about,
            evidence="a small product came out right; it knows no layers like those of our trial",
        )
    if heard.failure is not None:
        return Finding(outcome=bad, about=about, evidence=heard.failure, **_remedy(heard))
    if heard.loss is None or truth is None:
        return Finding(
            outcome="warn",
            about=about,
            evidence="it trained, and there was no loss to compare with float64",
            fix="Prove it with: laptime verify mnist-mlp",
        )
    named = f"{heard.device_name}, " if heard.device_name else ""
    told = f"{named}loss after two steps {heard.loss:.5f}, in float64 {truth:.5f}"
    if not math.isclose(heard.loss, truth, rel_tol=TOLERANCE):
        return Finding(
            outcome=bad,
            about=about,
            evidence=f"it computes wrong: {told}",
            fix="Trust no figure of this device; update its driver and the framework.",
        )
    return Finding(outcome="ok", about=about, evidence=f"{told}; {heard.wall_s:.1f} s in all")


def _no_device(case: Case, heard: Heard, bad: Verdict) -> Finding:
    if heard.failure is not None:
        return Finding(outcome=bad, about=heard.engine, evidence=heard.failure, **_remedy(heard))
    if not heard.usable:
        return Finding(
            outcome=bad,
            about=heard.engine,
            evidence="it imports, and a small product comes out right on no device",
            **_remedy(heard),
        )
    return Finding(
        outcome=bad,
        about=f"{heard.engine} on {case.device}",
        evidence=f"no device '{case.device}' on which a small product comes out right; usable: "
        f"{', '.join(heard.usable)}",
        fix="The checks 'wheel' and 'driver' say why where they can; or choose another --device.",
    )


def _remedy(heard: Heard) -> dict[str, str]:
    for pattern, remedy in REMEDIES:
        if re.search(pattern, heard.failure or "", re.IGNORECASE):
            return {"fix": remedy}
    if not registry.peek("engines", heard.engine)["MODULES"]:
        return {"fix": "Mend the engine's file."}
    return {"fix": "Install it again.", "command": install_line(heard.engine)}


def _computes(engine: str) -> bool:
    return bool(registry.peek("engines", engine).get("COMPUTES", True))
