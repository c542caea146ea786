from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET

import pytest

from laptime import charts
from laptime.errors import LaptimeError

HOSTILE = "<script>alert(1)</script>\x1b[31m" + "x" * 1_000_000
PNG = b"\x89PNG\r\n\x1a\n"


def line(label="all cores", count=20, **kind):
    points = tuple((float(k), None if k == 7 else 50.0 + k) for k in range(count))
    return charts.Line(label=label, points=points, **kind)


def every_spec(label="a machine"):
    panel = charts.Panel(title=f"{label} (W)", lines=(line(label), line(label)))
    bar = charts.Bar(label=label, value=76, shown="76 s", low=72, high=80, kind="ours")
    ratio = charts.Ratio(label=label, value=1.2, shown="1.20x", low=1.1, high=1.3, kind="faster")
    spot = charts.Spot(label=label, flop_per_byte=3, gflop_per_s=20)
    card = charts.Card(
        title=label, headline=label, figures=(charts.Figure(label, "9 s"),), bars=(bar,), foot=label
    )
    return {
        "bars": charts.bars([bar, bar], axis="seconds"),
        "ratios": charts.ratios([ratio], axis="images/s"),
        "roofs": charts.roofs([spot, spot], peak_gflop_per_s=100, gb_per_s=20),
        "curves": charts.curves([panel], axis="steps"),
        "tracks": charts.tracks([panel, panel], spans=[charts.Span(start=2, end=5)]),
        "card": charts.card(card),
    }


KINDS = sorted(every_spec())


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - our own


def drawn(spec, **names):
    return charts.svg(spec, title=names.pop("title", "t"), description="d", **names)


@pytest.mark.parametrize("kind", KINDS)
def test_a_specification_is_whole_json_that_names_no_place(kind) -> None:
    spec = every_spec()[kind]
    text = json.dumps(spec, allow_nan=False)
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v5")
    assert '"values"' in text
    assert '"url"' not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_valid_named_and_follows_the_page(kind) -> None:
    text = drawn(every_spec()[kind], title="speed of a < b")
    root = parsed(text)
    assert root.get("role") == "img"
    assert root.find("title").text == "speed of a < b"
    assert root.get("aria-labelledby").split() == [
        root.find(n).get("id") for n in ("title", "desc")
    ]
    assert "var(--" in text
    assert not re.search(r'(fill|stroke)="#', text), "a colour that no page can change"
    assert not re.search(r"<(script|image|foreignObject|a)\b|href=|url\(", text)


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_others_are_escaped_and_cut(kind) -> None:
    text = drawn(every_spec(HOSTILE)[kind])
    assert len(text) < 100_000
    assert "<script" not in text
    assert "\x1b" not in text


def test_charts_of_equal_content_can_be_told_apart() -> None:
    spec = every_spec()["bars"]
    assert drawn(spec) == drawn(spec)
    assert 'id="a-t"' in drawn(spec, name="a")


def test_many_pictures_are_those_that_are_drawn_alone() -> None:
    spec = every_spec()["bars"]
    many = [
        charts.Drawing(name=f"n{k}", spec=spec, title="a < b", description="d") for k in range(9)
    ]
    found = charts.svgs(many)
    assert found == {each.name: drawn(spec, title="a < b", name=each.name) for each in many}
    assert charts.svgs([]) == {}
    with charts.expecting():
        assert charts.svgs(many) == found


def test_many_pictures_of_which_one_cannot_be_drawn_are_an_error() -> None:
    bad = every_spec()["bars"] | {"data": {"url": "https://example.org/data.json"}}
    many = [charts.Drawing(name=f"n{k}", spec=bad, title="t", description="d") for k in range(9)]
    with pytest.raises(LaptimeError, match="cannot be drawn"):
        charts.svgs(many)
    good = every_spec()["bars"]
    many = [
        *(charts.Drawing(name=f"g{k}", spec=good, title="t", description="d") for k in range(9))
    ]
    large = [{"a": "b" * 20_000}]
    odd = charts.Drawing(name="z", spec=bad | {"usermeta": large}, title="t", description="d")
    with pytest.raises(LaptimeError, match="cannot be drawn"):
        charts.svgs([*many, odd])


def test_every_name_and_figure_is_text() -> None:
    root = parsed(drawn(every_spec()["bars"]))
    assert {"a machine", "76 s", "seconds"} <= {each.text for each in root.iter("text")}


def test_data_elsewhere_is_never_loaded() -> None:
    spec = every_spec()["bars"] | {"data": {"url": "https://example.org/data.json"}}
    with pytest.raises(LaptimeError, match="cannot be drawn"):
        drawn(spec)


def test_a_png_is_as_wide_as_asked() -> None:
    for kind in ("card", "bars"):
        found = charts.png(every_spec()[kind], width=1200)
        assert found.startswith(PNG)
        assert abs(int.from_bytes(found[16:20], "big") - 1200) <= 2
    assert charts.png(every_spec()["card"], is_dark=True) != charts.png(every_spec()["card"])


def test_without_the_renderer_the_remedy_is_told(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(LaptimeError, match=r"pip install 'laptime\[report\]'"):
        drawn(every_spec()["bars"])


def test_an_interval_far_beyond_does_not_squeeze_the_bars() -> None:
    rows = [charts.Bar(label="a", value=10, shown="10", low=1, high=1_000_000)]
    x = charts.bars(rows, axis="s")["layer"][0]["encoding"]["x"]
    assert x["scale"]["domain"][1] == pytest.approx(13)


def test_letters_of_neighbours_do_not_lie_upon_each_other() -> None:
    spots = [charts.Spot(label="a", flop_per_byte=3, gflop_per_s=20) for _ in range(4)]
    spec = charts.roofs(spots, peak_gflop_per_s=100, gb_per_s=20)
    places = [(m["dx"], m["dy"]) for m in (layer["mark"] for layer in spec["layer"]) if "dy" in m]
    assert len(set(places)) == 4
    apart = [max(abs(a - c), abs(b - d)) for a, b in places for c, d in places if (a, b) != (c, d)]
    assert min(apart) >= 10


def test_a_line_breaks_where_nothing_was_measured() -> None:
    panel = charts.Panel(title="t", lines=(line(),))
    root = parsed(drawn(charts.curves([panel], axis="steps")))
    strokes = [e.get("d") for e in root.iter("path") if "--ours" in (e.get("stroke") or "")]
    assert any(path.count("M") == 2 for path in strokes)


def test_both_palettes_name_the_same_colours() -> None:
    assert charts.LIGHT.keys() == charts.DARK.keys()
    assert len(set(charts.LIGHT.values())) == len(charts.LIGHT)
