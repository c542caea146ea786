"""Pages of what the registry finds: workloads, engines, datasets, reports, sensors, checks ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docs.site import marks

from laptime import registry
from laptime.workloads import Workload

TITLES = {"doctor": "All checks of the doctor"}

# Room -> literal of its leaves -> what it is called on the page. A literal that is not named here is
# the leaf's own business.
FACTS = {
    "engines": {
        "DEVICES": "devices",
        "PRECISIONS": "precisions",
        "SETUPS": "setups",
        "OPTIONS": "options",
        "EXTRA": "extra to install",
        "UNAVAILABLE": "not there where",
    },
    "datasets": {
        "SHAPE": "shape of an image",
        "CLASSES": "classes",
        "TRAIN_COUNT": "training images",
        "TEST_COUNT": "test images",
        "DOWNLOAD_BYTES": "bytes to download",
        "HOMEPAGE": "home page",
    },
    "sensors": {
        "PERIOD_S": "seconds between readings",
        "EXTRA": "extra to install",
        "UNAVAILABLE": "not there where",
    },
    "doctor": {"FAST": "part of `doctor --fast`"},
    "exporters": {
        "KINDS": "takes",
        "ENDING": "ending of its file",
        "PLACE": "place by itself",
        "EXTRA": "extra to install",
    },
}


def render(room: str) -> str:
    """Every leaf of a room: its title, its docstring, and its facts."""
    title = TITLES.get(room, f"All {room}")
    names = registry.names(room)
    first = [_title(registry.peek(room, name)) for name in names]
    links = [f"[{marks.code(name)}](#{name})" for name in names]
    return marks.page(
        f"# {title}",
        f"All that this version has: {len(names)}. How to add one: [Adding to it](../adding.md).",
        marks.table(("name", "what it is"), zip(links, first, strict=True)),
        *(_leaf(room, name) for name in names),
    )


def _title(facts: dict[str, Any]) -> str:
    return marks.plain(facts.get("TITLE") or facts["DOC"].partition("\n")[0])


def _leaf(room: str, name: str) -> str:
    facts = registry.peek(room, name)
    if room == "workloads":
        rows = _work(registry.load(room, name).WORKLOAD)
    else:
        rows = [
            (label, _value(key, facts[key]))
            for key, label in FACTS.get(room, {}).items()
            if facts.get(key) not in (None, (), {})
        ]
    shown = marks.table(("", ""), rows) if rows else ""
    return marks.page(f"## {name}", marks.prose(facts["DOC"]), shown).strip()


def _work(work: Workload) -> list[tuple[str, str]]:
    network, recipe = work.network, work.recipe
    timed = [name for name in ("startup", "validation") if getattr(work.timed, name)]
    return [
        ("dataset", f"[{marks.code(work.dataset)}](datasets.md#{work.dataset})"),
        ("input", _shape(network.input_shape)),
        ("parameters", f"{network.parameters:,}"),
        ("of them trained", f"{network.trainable_parameters:,}"),
        ("batch size", f"{recipe.batch_size:,}"),
        ("epochs", f"{recipe.epochs:,}"),
        (
            "network starts from",
            marks.code(work.pretrained) if work.pretrained else "random weights",
        ),
        ("figure of its author", work.timed.quantity.replace("_", " ")),
        ("which holds", " and ".join(timed).replace("startup", "start-up") or "training alone"),
        ("source", marks.plain(work.source)),
        ("the network is", work.status),
        ("suites", ", ".join(map(marks.code, work.suites)) or "none"),
    ]


def _shape(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))


def _names(value: Any) -> str:
    return ", ".join(map(marks.code, value))


def _options(value: dict[str, tuple[Any, ...]]) -> str:
    return "; ".join(f"{marks.code(name)}: {_names(map(_told, of))}" for name, of in value.items())


def _setups(value: dict[str, dict[str, Any]]) -> str:
    return "; ".join(
        f"{marks.code(name)}: {_names(f'{key}={_told(each)}' for key, each in changes.items())}"
        if changes
        else f"{marks.code(name)}: no option changed"
        for name, changes in value.items()
    )


def _told(value: Any) -> str:
    return (
        {True: "true", False: "false"}.get(value, str(value))
        if value in (True, False)
        else str(value)
    )


def _value(key: str, value: Any) -> str:
    special: dict[str, Callable[[Any], str]] = {
        "SHAPE": _shape,
        "OPTIONS": _options,
        "SETUPS": _setups,
        "EXTRA": lambda extra: marks.code(f"laptime[{extra}]"),
        "HOMEPAGE": lambda link: f"<{link}>",
        "UNAVAILABLE": lambda why: "; ".join(
            f"{marks.code(marker)}: {marks.plain(reason)}" for marker, reason in why.items()
        ),
    }
    if key in special:
        return special[key](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return _names(value) if isinstance(value, tuple) else marks.plain(str(value))
