"""Encoding speed of `laptime video` against a bare PyAV loop, in turns, and the system's ffmpeg.

python benchmarks/video.py                         both codecs, 1080p, slices of 5 s of the clip
python benchmarks/video.py --encoder libx264 --size 320x180 --rounds 3

Each slice is a whole export to a file, in a process that lives through all rounds and holds the same
pictures. laptime's side is the worker of the product, told by its parent what to do as in a real run.
The bare side is the shortest loop that does the same: it knows no blocks, no sensors and no parent.
Both are timed from outside, from the command to the closed file. Ratios are of neighbours in time.

An export that is not counted goes before each: on a virtual machine, pages that a process gave back
seconds ago are slow to have again (0.8 s of the kernel's time), and which of both gives back is chance.

The ffmpeg program is for orientation: it may be another version of FFmpeg and x264, and it reads the
pictures from a raw file on disk.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from laptime.runner.child import Child
from laptime.runner.messages import Stop
from laptime.runner.sampling import Sampler
from laptime.video.clips import REEL_FRAMES, Clip, clip_of
from laptime.video.encoders import Encoder, encoder
from laptime.video.encoding import picture_frame
from laptime.video.export import BLOCK_S, SENSORS_HZ
from laptime.video.messages import BlockDone, Draw, Encode, FromVideo, Open
from laptime.video.source import Source, planes

Slice = Callable[[], float]
"""Encodes so and so many frames, and tells the seconds that it took."""


def product(
    chosen: Encoder, clip: Clip, frames: int, folder: Path
) -> tuple[Slice, Callable[[], None]]:
    """The worker of `laptime video`, with the sensors beside it."""
    child = Child(
        environment={}, on_phase=lambda _: None, module="laptime.video", answers=FromVideo
    )
    child.send(Open(encoder=chosen, clip=clip, file=str(folder / "product")))
    child.receive()
    child.send(Draw())
    child.receive()
    sampler = Sampler(rate_hz=SENSORS_HZ)
    command = Encode(
        least_frames=frames, most_frames=frames, least_s=0, most_s=None, block_s=BLOCK_S
    )

    def run() -> float:
        sampler.start(child.pid)
        began = time.perf_counter()
        child.send(command)
        while isinstance(child.receive(), BlockDone):
            pass
        took = time.perf_counter() - began
        sampler.stop()
        return took

    def close() -> None:
        sampler.close()
        child.send(Stop())
        child.close()

    return run, close


def serve_bare(name: str, size: str, frames: int, file: str) -> None:
    """The bare loop, in a process of its own: a line on stdin is a slice."""
    chosen, clip = encoder(name), clip_at(size)
    source = Source(clip.width, clip.height)
    reel = [picture_frame(source, k, chosen.pixel_format) for k in range(REEL_FRAMES)]
    print("ready", flush=True)
    for _ in sys.stdin:
        with av.open(file, "w", format=chosen.container) as container:
            stream = container.add_stream(name, rate=clip.frame_rate, options=dict(chosen.options))
            stream.width, stream.height = clip.width, clip.height
            stream.pix_fmt = chosen.pixel_format
            stream.gop_size = REEL_FRAMES
            stream.thread_type = "AUTO"
            stream.codec_context.time_base = Fraction(1, clip.frame_rate)
            if chosen.bits_per_s(clip):
                stream.bit_rate = chosen.bits_per_s(clip)
            for number in range(frames):
                frame = reel[number % REEL_FRAMES]
                frame.pts, frame.time_base = number, Fraction(1, clip.frame_rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        print("done", flush=True)


def bare(name: str, size: str, frames: int, folder: Path) -> tuple[Slice, Callable[[], None]]:
    """The bare loop, timed from outside."""
    command = [sys.executable, __file__, "--serve", name, size, str(frames), str(folder / "bare")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline() == "ready\n"

    def run() -> float:
        assert process.stdin
        assert process.stdout
        began = time.perf_counter()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        return time.perf_counter() - began

    def close() -> None:
        assert process.stdin
        process.stdin.close()
        process.wait()

    return run, close


def program(chosen: Encoder, clip: Clip, frames: int, folder: Path) -> Slice | None:
    """The system's ffmpeg on the same pictures; None where it is not there or lacks the encoder."""
    found = shutil.which("ffmpeg")
    if found is None:
        return None
    source, raw = Source(clip.width, clip.height), folder / "raw"
    with raw.open("wb") as file:
        for number in range(REEL_FRAMES):
            for plane in planes(source.picture(number), chosen.pixel_format):
                file.write(plane.tobytes())
    command = [found, "-y", "-loglevel", "error", "-stream_loop", "-1", "-f", "rawvideo"]
    command += ["-pix_fmt", chosen.pixel_format, "-s", f"{clip.width}x{clip.height}"]
    command += ["-r", str(clip.frame_rate), "-i", str(raw), "-frames:v", str(frames)]
    command += ["-c:v", chosen.name, "-g", str(REEL_FRAMES)]
    if rate := chosen.bits_per_s(clip):
        command += ["-b:v", str(rate)]
    command += [part for name, value in chosen.options.items() for part in (f"-{name}", value)]
    command += ["-f", chosen.container, str(folder / "program")]

    def run() -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return time.perf_counter() - began

    return run


def clip_at(size: str) -> Clip:
    width, height = map(int, size.split("x"))
    return clip_of("small", width=width, height=height)


def race(name: str, size: str, *, rounds: int, seconds: float) -> None:
    """All of them in turns, in an order that rotates, and the ratios to the bare loop."""
    chosen, clip = encoder(name), clip_at(size)
    frames = clip.frames_in(seconds)
    with tempfile.TemporaryDirectory(prefix="laptime-race-") as place:
        folder = Path(place)
        ours, close_ours = product(chosen, clip, frames, folder)
        theirs, close_theirs = bare(name, size, frames, folder)
        contestants: dict[str, Slice] = {"bare PyAV loop": theirs, "laptime video": ours}
        if (third := program(chosen, clip, frames, folder)) is not None:
            contestants["ffmpeg program"] = third
        took: dict[str, list[float]] = {each: [] for each in contestants}
        for run in contestants.values():
            run()
        for turn in range(rounds):
            names = list(contestants)
            for each in names[turn % len(names) :] + names[: turn % len(names)]:
                contestants[each]()  # after a rest its memory may have to be had from the host anew
                took[each].append(contestants[each]())
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
        close_ours()
        close_theirs()
    print(f"{name} at {size}: {rounds} rounds of {frames} frames; bytes {sizes}")
    for each, times in took.items():
        ratios = sorted(b / a for a, b in zip(times, took["bare PyAV loop"], strict=True))
        low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
        speed = frames / statistics.median(times)
        print(
            f"  {each:16s} {speed:8.2f} frames/s   speed to the bare loop "
            f"{statistics.median(ratios):.3f}  (quartiles {low:.3f} to {high:.3f})"
        )
    if "ffmpeg program" not in took:
        print("  no ffmpeg program on this system")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve_bare(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
        raise SystemExit
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", action="append", help="FFmpeg's name; libx264 and prores_ks")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=5.0, help="of the clip, in a slice")
    asked = parser.parse_args()
    for name in asked.encoder or ["libx264", "prores_ks"]:
        race(name, asked.size, rounds=asked.rounds, seconds=asked.seconds)
