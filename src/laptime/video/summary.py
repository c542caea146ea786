"""What the record of an export says: figures with their spread, and the reason where one is missing."""

from __future__ import annotations

from collections.abc import Sequence

from laptime.frozen import Frozen
from laptime.record import Outcome
from laptime.stats import log_standard_deviation
from laptime.video.clips import CLIPS
from laptime.video.encoders import Codec, Kind
from laptime.video.record import VideoBlock, VideoResult

FEWEST_BLOCKS = 3
"""A spread needs so many steady blocks."""


class VideoSummary(Frozen, frozen=True):
    """One row: a clip by one encoder."""

    id: str
    clip: str
    codec: Codec
    encoder: str
    kind: Kind
    versions: dict[str, str]
    options: dict[str, str]
    setup_key: str
    outcome: Outcome
    phase: str
    message: str | None
    width: int
    height: int
    frame_rate: int
    source: str
    frames: int | None
    """In the file that was made."""
    frames_per_s: float | None
    """Over the steady blocks; of the whole export where it is too short to have one."""
    steady_blocks: int
    spread: float | None
    """Of the steady blocks' speeds: the standard deviation of their logarithms."""
    times_realtime: float | None
    export_s: float | None
    """Measured: from opening the encoder to the closed file."""
    open_s: float | None
    clip_s: float | None
    """Of the whole clip, as the article exported it."""
    clip_is_estimate: bool | None
    """Whether less than the clip was encoded."""
    bytes: int | None
    """Of the file that was made."""
    clip_bytes: int | None
    """Of the whole clip's file; an estimate where `clip_is_estimate`."""
    bits_per_s: float | None
    """Of the file, container included."""
    asked_bits_per_s: int | None
    psnr_db: float | None
    """Of the luma, over the first frames of the file."""
    ssim: float | None
    judged_frames: int | None
    cores_used: float | None
    """Processor seconds of the worker a second, in the steady blocks."""
    idle_share: float | None
    """Of all cores of the computer, while it encoded."""
    encoder_busy_share: float | None
    """Of a hardware encoder, where a sensor tells."""
    peak_memory_bytes: int | None
    reasons: dict[str, str]
    """Field -> why it is null."""


def summarize(result: VideoResult) -> VideoSummary:
    """Every figure that a record holds."""
    clip, setup, quality = result.clip, result.setup, result.quality
    blocks = [block for block in result.blocks if block.part == "steady"]
    speed = _speed(result, blocks)
    frames, size = result.frames, result.bytes
    is_estimate = None if frames is None else frames < clip.frames
    figures: dict[str, float | int | None] = {
        "frames": frames,
        "frames_per_s": speed,
        "spread": _spread(blocks),
        "times_realtime": speed / clip.frame_rate if speed else None,
        "export_s": result.export_s,
        "open_s": result.open_s,
        "clip_s": _clip_s(result, speed),
        "bytes": size,
        "clip_bytes": round(size * clip.frames / frames) if size and frames else None,
        "bits_per_s": 8 * size * clip.frame_rate / frames if size and frames else None,
        "asked_bits_per_s": setup.asked_bits_per_s,
        "psnr_db": quality.psnr_db if quality else None,
        "ssim": quality.ssim if quality else None,
        "judged_frames": quality.frames if quality else None,
        "cores_used": _cores(blocks or list(result.blocks)),
        "idle_share": _idle(result),
        "encoder_busy_share": _encoder_busy(result),
        "peak_memory_bytes": result.peak_memory_bytes,
    }
    reasons = {name: _reason(result, name) for name, value in figures.items() if value is None}
    if is_estimate is None:
        reasons["clip_is_estimate"] = _ended(result)
    return VideoSummary(
        id=result.id,
        clip=clip.name,
        codec=setup.codec,
        encoder=setup.encoder,
        kind=setup.kind,
        versions=setup.versions,
        options=setup.options,
        setup_key=setup.key,
        outcome=result.outcome,
        phase=result.phase,
        message=result.message,
        width=clip.width,
        height=clip.height,
        frame_rate=clip.frame_rate,
        source=clip.source,
        steady_blocks=len(blocks),
        clip_is_estimate=is_estimate,
        reasons=reasons,
        **figures,  # type: ignore[arg-type]  # each is of the type of its field
    )


def _speed(result: VideoResult, steady: Sequence[VideoBlock]) -> float | None:
    """A ratio of sums: what stalls, counts."""
    if steady:
        return sum(block.frames for block in steady) / sum(block.wall_s for block in steady)
    if result.frames and result.export_s:
        return result.frames / result.export_s
    return None


def _spread(steady: Sequence[VideoBlock]) -> float | None:
    if len(steady) < FEWEST_BLOCKS:
        return None
    return log_standard_deviation([block.frames / block.wall_s for block in steady])


def _clip_s(result: VideoResult, speed: float | None) -> float | None:
    """What was measured, and the rest of the clip at the steady speed."""
    if result.export_s is None or result.frames is None or not speed:
        return None
    return result.export_s + (result.clip.frames - result.frames) / speed


def _cores(blocks: Sequence[VideoBlock]) -> float | None:
    known = [(block.cpu_s, block.wall_s) for block in blocks if block.cpu_s is not None]
    if not known:
        return None
    return sum(cpu_s for cpu_s, _ in known) / sum(wall_s for _, wall_s in known)


def _idle(result: VideoResult) -> float | None:
    """What neither the worker nor anybody else took of the cores."""
    taken = [_mean(result, name) for name in ("tree_cores", "others_cores", "steal_cores")]
    if taken[0] is None:
        return None
    busy = sum(cores for cores in taken if cores is not None) / result.machine.cores_logical
    return max(0.0, 1.0 - busy)


def _encoder_busy(result: VideoResult) -> float | None:
    if result.setup.encoder != "h264_nvenc":
        return None
    return _mean(result, "encoder_busy_share")


def _mean(result: VideoResult, name: str) -> float | None:
    """Of a quantity over the bins of its first series; None where no sensor told it."""
    for log in result.logs:
        for series in log.series:
            told = [mean for mean in series.means if mean is not None]
            if told and series.quantity.name == name:
                return sum(told) / len(told)
    return None


def _ended(result: VideoResult) -> str:
    return f"ended with {result.outcome}: {result.message or 'nothing more is known'}"


def _reason(result: VideoResult, name: str) -> str:
    if name == "asked_bits_per_s":
        return "the profile of ProRes decides over it"
    if name == "encoder_busy_share" and result.setup.kind == "software":
        return "the processor encodes: cores_used tells it"
    if result.frames is None:
        return _ended(result)
    if name == "spread":
        return f"a spread needs {FEWEST_BLOCKS} steady blocks; give more --seconds"
    if name == "psnr_db" and result.quality is not None:
        return "nothing differs"
    if name in ("psnr_db", "ssim", "judged_frames"):
        return _ended(result)
    return "no sensor tells it here" if name.endswith("share") else "this system does not tell it"


def clips_told() -> str:
    """'small (10 min), large (4 h)'."""
    return ", ".join(f"{name} ({length(seconds)})" for name, seconds in CLIPS.items())


def length(seconds: float) -> str:
    """'10 min', '4 h'."""
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds / 60:g} min"
