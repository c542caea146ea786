"""Packages whose versions do not fit each other, or that lie over each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from laptime import registry
from laptime.doctor import Case, Finding

TITLE = "versions that fit each other"
ORDER = 60
FAST = True

RIVALS = (
    ("tensorflow", "tensorflow-cpu", "tensorflow-rocm", "tf-nightly"),
    ("keras", "keras-nightly"),
    ("torch", "torch-nightly"),
    (
        "opencv-python-headless",
        "opencv-python",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
)
"""Distributions that install the same files: whichever came last wins, and removing one breaks both."""
METAL_LIMIT = (2, 20)
"""tensorflow-metal 1.2 does not load beside TensorFlow from here on."""
LIKE = r"{name}|{name}-(cpu|cuda|rocm|metal).*|{name}lib|{name}-.*-(plugin|pjrt)"
"""Distributions that belong to a framework by their names: jaxlib, jax-cuda13-plugin, mlx-cpu."""


def check(case: Case) -> Iterator[Finding]:
    """What frameworks and laptime itself require, against what is installed."""
    here: dict[str, Distribution] = {}
    for each in distributions():  # the first on the path is the one that is imported
        here.setdefault(canonicalize_name(each.name or ""), each)
    frameworks = {
        module.partition(".")[0]
        for engine in case.installed
        for module in registry.peek("engines", engine)["MODULES"]
    }
    patterns = [LIKE.format(name=re.escape(name)) for name in sorted(frameworks)]
    looked_at = [name for name in sorted(here) if name == "laptime" or _is_like(name, patterns)]
    found: dict[str, str] = {name: each.version for name, each in here.items()}
    problems = [
        *unmet({name: _requirements(here[name]) for name in looked_at}, found),
        *rivals(found),
        *metal(found),
    ]
    yield from problems
    if not problems:
        yield Finding(outcome="ok", evidence=f"{len(looked_at)} packages have what they ask for")


def _is_like(name: str, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def _requirements(distribution: Distribution) -> list[str]:
    return distribution.requires or []


def unmet(required: Mapping[str, Sequence[str]], found: Mapping[str, str]) -> Iterator[Finding]:
    """Requirements that are not met.

    Args:
        required: package -> lines of its metadata ('h5py<3.15.0,>=3.11.0').
        found: package -> version installed; names in the form of `canonicalize_name`.
    """
    for package, lines in required.items():
        for line in lines:
            try:
                wanted = Requirement(line)
            except InvalidRequirement:
                continue  # pip would have refused it; nothing can be said
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            has = found.get(canonicalize_name(wanted.name))
            if has is None or not wanted.specifier.contains(has, prereleases=True):
                yield Finding(
                    outcome="warn",
                    about=package,
                    evidence=f"{package} {found.get(package, '')} wants {wanted.name}"
                    f"{wanted.specifier}; "
                    + (f"{has} is installed" if has else "it is not installed"),
                    fix="It may fail, or compute something else, without saying so.",
                    command=f"pip install '{wanted.name}{wanted.specifier}'",
                )


def rivals(found: Mapping[str, str]) -> Iterator[Finding]:
    """Distributions that lie over each other."""
    for names in RIVALS:
        both = [name for name in names if name in found]
        if len(both) > 1:
            yield Finding(
                outcome="warn",
                about=both[0],
                evidence=f"{' and '.join(both)} install the same files over each other",
                fix="Remove all of them, and install the one that you mean again.",
                command=f"pip uninstall -y {' '.join(both)} && pip install {both[0]}",
            )


def metal(found: Mapping[str, str]) -> Iterator[Finding]:
    """tensorflow-metal beside a TensorFlow that is too new for it; not run on a Mac by us."""
    if "tensorflow-metal" not in found or "tensorflow" not in found:
        return
    numbers = tuple(int(part) for part in re.findall(r"\d+", found["tensorflow"])[:2])
    if numbers >= METAL_LIMIT:
        yield Finding(
            outcome="warn",
            about="tensorflow-metal",
            evidence=f"tensorflow-metal {found['tensorflow-metal']} does not load beside "
            f"tensorflow {found['tensorflow']}",
            fix="Remove it; Keras reaches a Mac's GPU with the engine keras-torch.",
            command="pip uninstall -y tensorflow-metal",
        )
