"""The worker of an export. It alone imports PyAV: whatever a driver does there ends no other."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path
from typing import TYPE_CHECKING

from laptime.record import Outcome
from laptime.runner.channel import Channel, ParentGoneError
from laptime.runner.clock import SystemClock
from laptime.runner.ending import outcome_of, peak_memory_bytes
from laptime.runner.messages import Failed, Goodbye, Phase, Stop
from laptime.video.messages import (
    BlockDone,
    Draw,
    Drawn,
    Encode,
    Encoded,
    Judge,
    Judged,
    Open,
    Opened,
    ToVideo,
)

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

SIGN_OF_LIFE_S = 1.0
"""How often it says how far it is."""
_FULL = "free some space, or name another folder with --folder"
_UNWRITABLE = {
    errno.ENOSPC: f"the disk is full while encoding; {_FULL}",
    errno.EDQUOT: f"the quota of the disk is used up while encoding; {_FULL}",
    errno.EFBIG: "the file system takes no larger file; name another folder with --folder",
    errno.EROFS: "the file system is read-only; name another folder with --folder",
    errno.EACCES: "the file may not be written; name another folder with --folder",
}


class Worker:
    """Obeys the parent's commands, one after the other.

    Args:
        channel: to the parent.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._clock = SystemClock()
        self._born_ns = self._clock.now_ns(), self._clock.wall_ns()
        self._phase = "import"
        self._said_ns = 0
        self._opened: Open | None = None
        self._reel: list[VideoFrame] = []
        self._frames = 0
        """In the file."""

    def serve(self) -> None:
        """Obey until told to stop, until the parent is gone, or until something fails."""
        try:
            while (command := self._channel.receive()) is not None:
                self._obey(command)
                if isinstance(command, Stop):
                    return
        except ParentGoneError:
            return
        except Exception as error:  # noqa: BLE001 - every failure becomes a recorded outcome
            self._confess(error)
        finally:
            if self._opened is not None:  # the parent removes the folder, if it is still there
                with contextlib.suppress(OSError):
                    Path(self._opened.file).unlink(missing_ok=True)

    def _confess(self, error: Exception) -> None:
        outcome, message = _meaning(error, phase=self._phase)
        with contextlib.suppress(ParentGoneError):
            self._channel.send(
                Failed(
                    outcome=outcome,
                    phase=self._phase,
                    message=message,
                    steps=0,
                    peak_memory_bytes=peak_memory_bytes(),
                )
            )

    def _obey(self, command: ToVideo) -> None:
        match command:
            case Open():
                self._open(command)
            case Draw():
                self._draw()
            case Encode():
                self._encode(command)
            case Judge():
                self._judge(command)
            case Stop():
                self._say_goodbye()

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._channel.send(Phase(name=phase))

    def _is_at(self, share: float) -> None:
        """Say how far it is, about once a second."""
        now_ns = self._clock.now_ns()
        if now_ns - self._said_ns >= SIGN_OF_LIFE_S * 1e9:
            self._said_ns = now_ns
            self._channel.send(Phase(name=self._phase, share=share))

    def _open(self, command: Open) -> None:
        self._enter("import")
        from laptime.video.encoding import attempt, check_listed

        self._enter("list")
        check_listed(command.encoder)
        self._enter("open")
        versions, used = attempt(command.encoder, command.clip)
        self._opened = command
        self._channel.send(Opened(versions=versions, used=used, born_ns=self._born_ns[0]))

    def _draw(self) -> None:
        from laptime.video.encoding import reel

        self._enter("draw")
        opened = self._of()
        began_ns = self._clock.now_ns()
        self._reel = reel(opened.encoder, opened.clip, on_share=self._is_at)
        self._channel.send(Drawn(draw_s=(self._clock.now_ns() - began_ns) / 1e9))

    def _encode(self, command: Encode) -> None:
        from laptime.video.encoding import Export

        self._enter("encode")
        opened = self._of()
        export = Export(
            opened.encoder,
            opened.clip,
            Path(opened.file),
            clock=self._clock,
            born_ns=self._born_ns[0],
            on_block=lambda block: self._channel.send(BlockDone(block=block)),
        )
        self._frames = export.run(
            self._reel,
            least_frames=command.least_frames,
            most_frames=command.most_frames,
            least_s=command.least_s,
            most_s=command.most_s,
            block_s=command.block_s,
            on_share=self._is_at,
        )
        self._channel.send(
            Encoded(
                frames=self._frames,
                bytes=Path(opened.file).stat().st_size,
                open_s=export.open_s,
                export_s=export.export_s,
            )
        )

    def _judge(self, command: Judge) -> None:
        from laptime.video.quality import judge

        self._enter("judge")
        opened = self._of()
        self._reel = []  # what is compared is drawn again
        found = judge(
            Path(opened.file),
            opened.clip,
            pixel_format=opened.encoder.decoded_format,
            written=self._frames,
            frames=command.frames,
            on_share=self._is_at,
        )
        self._channel.send(Judged(quality=found))

    def _say_goodbye(self) -> None:
        monotonic_ns, wall_ns = self._born_ns
        passed_ns = self._clock.now_ns() - monotonic_ns
        drift_s = (self._clock.wall_ns() - wall_ns - passed_ns) / 1e9
        told = Goodbye(peak_memory_bytes=peak_memory_bytes(), clock_drift_s=drift_s)
        self._channel.send(told)

    def _of(self) -> Open:
        if self._opened is None:
            raise RuntimeError("the worker was told to go on before it was told to open")
        return self._opened


def _meaning(error: Exception, *, phase: str) -> tuple[Outcome, str]:
    """Outcome and message of what went wrong."""
    said = " ".join(str(error).split()) or type(error).__name__
    if phase in ("list", "open"):
        return ("oom" if isinstance(error, MemoryError) else "unsupported"), said
    if phase == "import":
        return "environment", f"PyAV does not import: {said}; pip install 'laptime[video]'"
    number = error.errno if isinstance(error, OSError) else None
    if number is not None and number in _UNWRITABLE:
        return "environment", _UNWRITABLE[number]
    return outcome_of(error), said
