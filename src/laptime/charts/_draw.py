"""From a specification to a picture, by vl-convert: no browser, no Node, no network."""

from __future__ import annotations

import hashlib
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

from laptime.charts._style import DARK, LIGHT, Spec, cut
from laptime.errors import EnvironmentUnfitError

VEGA_LITE = "5.21"
_LONGEST = 300
_SVG = "http://www.w3.org/2000/svg"
_NAMES = {colour: name for name, colour in LIGHT.items()}
_IDLE = ("class", "role", "pointer-events", "stroke-miterlimit", "font-family")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def svg(spec: Spec, *, title: str, description: str, name: str | None = None) -> str:
    """A picture to stand inside a page, that follows the page's colours.

    Its colours are CSS variables (`--ours` ... of `laptime.charts.LIGHT` and `DARK`) with the light
    ones behind them; its letters are text in the page's font.

    Args:
        spec: one of ours; nothing it names is loaded from anywhere.
        title: what it is, for those who do not see it.
        description: what it shows, in a sentence.
        name: what the ids in it begin with; by default from what it shows, so that two that are alike
            must be named apart.

    Raises:
        EnvironmentUnfitError: vl-convert is not installed, or cannot draw it.
    """
    drawn = ET.fromstring(_converted("vegalite_to_svg", _unspoken(spec)))  # noqa: S314 - vl-convert's own text
    drawn.tag = "svg"
    for each in list(drawn.iter()):
        _slim(each)
    _prune(drawn)
    name = (
        name
        or "c" + hashlib.sha256(f"{title}{description}{json.dumps(spec)}".encode()).hexdigest()[:10]
    )
    box = drawn.get("viewBox", "")
    drawn.attrib.clear()
    width = box.split()[2]
    drawn.attrib |= {"viewBox": box, "width": width, "role": "img", "class": "chart"}
    drawn.attrib |= {"aria-labelledby": f"{name}-t {name}-d"}
    for tag, text in (("desc", description), ("title", title)):
        told = ET.Element(tag, {"id": f"{name}-{tag[0]}"})
        told.text = cut(text, _LONGEST)
        drawn.insert(0, told)
    return ET.tostring(drawn, encoding="unicode")


def png(
    spec: Spec, *, scale: float = 2.0, width: int | None = None, is_dark: bool = False
) -> bytes:
    """The same as an image with a background.

    Args:
        spec: one of ours; nothing it names is loaded from anywhere.
        scale: pixels of the image for one of the specification.
        width: pixels of the image, in place of a scale.
        is_dark: whether its background is dark.

    Raises:
        EnvironmentUnfitError: vl-convert is not installed, or cannot draw it.
    """
    text = json.dumps({**spec, "background": LIGHT["paper"]})
    if is_dark:
        for name, colour in LIGHT.items():
            text = text.replace(f'"{colour}"', f'"{DARK[name]}"')
    whole = json.loads(text)
    if width is not None:
        box = ET.fromstring(_converted("vegalite_to_svg", whole)).get("viewBox", "")  # noqa: S314
        scale = width / float(box.split()[2])
    return bytes(_converted("vegalite_to_png", whole, scale=scale))


def _converted(way: str, spec: Spec, **options: Any) -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise EnvironmentUnfitError(
            "charts need vl-convert; install it with: pip install 'laptime[report]'"
        ) from error
    try:
        return getattr(vl_convert, way)(spec, vl_version=VEGA_LITE, allowed_base_urls=[], **options)
    except ValueError as error:
        raise EnvironmentUnfitError(f"a chart cannot be drawn: {error}") from error


def _unspoken(spec: Spec) -> Spec:
    """Without descriptions of every part: title and description stand for all, and it is faster."""
    config = spec["config"]
    return {**spec, "config": {**config, "aria": False, "axis": {**config["axis"], "aria": False}}}


def _slim(each: ET.Element) -> None:
    """Away with what only scripts and editors of a chart need; colours become variables."""
    each.tag = each.tag.removeprefix(f"{{{_SVG}}}")
    for key, value in list(each.attrib.items()):
        if key in _IDLE or key.startswith("aria-") or (key, value) == ("opacity", "1"):
            del each.attrib[key]
        elif value in _NAMES:
            each.attrib[key] = f"var(--{_NAMES[value]},{value})"
        else:
            each.attrib[key] = _NUMBER.sub(lambda found: f"{float(found[0]):.2f}", value)


def _prune(parent: ET.Element) -> None:
    """Away with what is not seen: empty paths and groups."""
    for child in list(parent):
        _prune(child)
        is_empty = child.tag == "g" and not len(child)
        hidden = child.tag == "path" and (
            child.get("display") == "none" or not (child.get("fill") or child.get("stroke"))
        )
        if is_empty or hidden:
            parent.remove(child)
