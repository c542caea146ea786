"""What exports came to, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from laptime import words
from laptime.layout import Row as Line
from laptime.layout import Screen, Writer
from laptime.record import Machine
from laptime.video.comparing import ExportCompared
from laptime.video.summary import VideoSummary, length

if TYPE_CHECKING:
    from laptime.published import Published

HEADINGS = (
    "encoder",
    "frames/s",
    "x real time",
    "the clip",
    "its file",
    "Mbit/s",
    "PSNR dB",
    "SSIM",
    "cores",
    "idle",
)


PUBLISHED_HEADINGS = ("export", "seconds", "grade", "machine")


def render(
    summaries: Sequence[VideoSummary],
    *,
    machine: Machine,
    clip_seconds: float,
    published: Sequence[Published] = (),
    screen: Screen,
) -> str:
    """The machine, a table of the encoders that ended well, and why the others did not.

    Args:
        summaries: of one clip.
        machine: that they ran on.
        clip_seconds: of that clip.
        published: exports of the articles, to stand below.
        screen: of any width.
    """
    out = Writer(screen)
    out.say(words.machine(machine), hang=2)
    shown = [each for each in summaries if each.frames_per_s is not None]
    if shown:
        first = shown[0]
        out.blank()
        out.say(
            f"{first.clip} clip: {length(clip_seconds)} of {first.width}x{first.height} at "
            f"{first.frame_rate} frames/s, drawn from a seed",
            hang=2,
        )
        out.table(HEADINGS, [_line(each) for each in shown], right=range(1, len(HEADINGS)))
        _legend(out, shown)
    _failures(out, [each for each in summaries if each.outcome != "ok"])
    _published(out, published)
    return out.text()


def _line(each: VideoSummary) -> Line:
    about = "~" if each.clip_is_estimate else ""
    return Line(
        [
            [each.encoder],
            [_speed(each)],
            [_digits(each.times_realtime, 3)],
            ["-" if each.clip_s is None else about + words.duration(each.clip_s)],
            ["-" if each.clip_bytes is None else about + _size(each.clip_bytes)],
            ["-" if each.bits_per_s is None else f"{each.bits_per_s / 1e6:,.1f}"],
            ["-" if each.psnr_db is None else f"{each.psnr_db:.1f}"],
            ["-" if each.ssim is None else f"{each.ssim:.3f}"],
            ["-" if each.cores_used is None else f"{each.cores_used:.1f}"],
            ["-" if each.idle_share is None else words.percent(each.idle_share)],
        ]
    )


def _speed(each: VideoSummary) -> str:
    if each.frames_per_s is None:
        return "-"
    if each.spread is None:
        return words.number(each.frames_per_s)
    uncertainty = each.spread * each.frames_per_s
    shown = words.number(each.frames_per_s, uncertainty=uncertainty)
    return f"{shown} ± {words.percent(each.spread)}"


def _digits(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}g}"


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def _legend(out: Writer, shown: Sequence[VideoSummary]) -> None:
    out.blank()
    told = "±: spread of the steady blocks"
    if any(each.clip_is_estimate for each in shown):
        told += ". ~: estimated from a sample; --full encodes all of it"
    out.say(f"{told}. PSNR and SSIM: luma against what was drawn.", style="dim")
    versions = dict.fromkeys(
        f"{name} {number}" for each in shown for name, number in each.versions.items()
    )
    out.flow("", [*versions], style="dim")


def _published(out: Writer, published: Sequence[Published]) -> None:
    """The articles' own exports, apart from ours: another program with other videos."""
    times = [row for row in published if row.kind == "time" and row.value is not None]
    if not times:
        return
    out.blank()
    out.say("Final Cut Pro, a video of that length: for orientation only", style="bold", hang=2)
    rows = [
        Line([[row.workload], [f"{row.value or 0:,.0f}"], [row.grade], [_whose(row)]])
        for row in times
    ]
    out.table(PUBLISHED_HEADINGS, rows, right=(1,))
    for row in published:
        if row.kind == "idle_share":
            out.say(f"{row.workload}: {row.printed}, {_whose(row)}", style="dim", hang=2)
    for note in dict.fromkeys(row.note for row in published if row.note):
        out.say(f"{note}.", style="dim", hang=2)
    for source in dict.fromkeys(row.source for row in published):
        out.say(source, style="dim", hang=2)


def _whose(row: Published) -> str:
    return f"{row.machine}, {row.chip}" if row.chip else row.machine


def _failures(out: Writer, failed: Sequence[VideoSummary]) -> None:
    for each in failed:
        out.blank()
        where = f" ({each.phase})" if each.phase != "open" else ""
        style = "" if each.phase in ("open", "list") else "red"
        out.say(f"{each.encoder}: {each.outcome}{where}: {each.message}", style=style, hang=2)


COMPARED_HEADINGS = (
    "export",
    "encoder",
    "frames/s",
    "speed",
    "indicative",
    "PSNR dB",
    "Mbit/s",
    "verdict",
)


def render_comparison(compared: Sequence[ExportCompared], *, screen: Screen) -> str:
    """A baseline, and a row for each other export.

    Args:
        compared: all with the same baseline.
        screen: of any width.
    """
    out = Writer(screen)
    base = compared[0].baseline
    out.say(f"{base.clip} clip as {base.codec}, baseline {base.id}", style="bold", hang=2)
    told = "no speed" if base.frames_per_s is None else f"{_speed(base)} frames/s"
    out.say(f"{base.encoder}: {told}", style="dim", hang=2)
    out.blank()
    rows = []
    for each in compared:
        shown, band = words.ratio(each.speed_ratio, each.ratio_low, each.ratio_high)
        line: list[list[str]] = [
            [each.id],
            [each.export.encoder],
            ["-" if each.export.frames_per_s is None else _speed(each.export)],
            [shown],
            [band],
            ["-" if each.export.psnr_db is None else f"{each.export.psnr_db:.1f}"],
            ["-" if each.export.bits_per_s is None else f"{each.export.bits_per_s / 1e6:,.1f}"],
            [each.verdict or "not comparable"],
        ]
        rows.append(Line(line, each.reason or "; ".join(each.notes) or None))
    out.table(COMPARED_HEADINGS, rows, right=(2, 3, 5, 6))
    return out.text()
