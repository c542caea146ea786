"""What was heard from a worker, and about it: all that the record of a process is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from laptime.bands import verdicts
from laptime.energy import Energy, Place, energies
from laptime.figures import MEASURED
from laptime.joules import Window
from laptime.record import (
    Band,
    Block,
    ColdStart,
    Doubled,
    Epoch,
    Evaluation,
    Fit,
    Outcome,
    Process,
    Reference,
    Roof,
)
from laptime.redact import clean
from laptime.runner.child import ChildFailedError
from laptime.runner.messages import (
    EpochDone,
    Evaluated,
    Fitted,
    FromWorker,
    Goodbye,
    Looked,
    Measured,
    Ready,
    RoofFound,
    TakeTurns,
    Visit,
)
from laptime.runner.sampling import Sampled, together
from laptime.series import Log


class Heard:
    """Grows with every message.

    Args:
        bands: what sound runs of the work reach.
        swap_bytes: used by the system before it started.
    """

    def __init__(self, bands: Sequence[Band], *, swap_bytes: int) -> None:
        self.ready: Ready | None = None
        self.goodbye: Goodbye | None = None
        self.blocks: list[Block] = []
        self.epochs: list[Epoch] = []
        self.evaluations: list[Evaluation] = []
        self.looks: list[Evaluation] = []
        self.references: list[Reference] = []
        self.bands = bands
        self.failure: ChildFailedError | None = None
        self.fit: Fit | None = None
        self.roof: Roof | None = None
        self.stopped: str | None = None
        """Why it is measured no longer."""
        self.sampled: list[Sampled] = []
        """What the sensors told beside it."""
        self.doubled: Doubled | None = None
        """What a batch twice as large takes, where somebody has tried."""
        self.swap_bytes = swap_bytes
        self.swap_growth_bytes: int | None = None
        self.interrupted = False

    def take(self, message: FromWorker, command: object) -> bool:
        """Keep what was said; whether it was the command's answer."""
        match message:
            case Measured():
                self.blocks += message.blocks
                return isinstance(command, Visit | TakeTurns)
            case EpochDone():
                self.epochs.append(message.epoch)
                self.fit = message.fit
                self.evaluations.append(message.epoch.evaluation)
            case Evaluated():
                self.evaluations.append(message.evaluation)
            case Looked():
                self.looks.append(message.evaluation)
                return False
            case RoofFound():
                self.roof = message.roof
            case Fitted():
                self.fit = message.fit
            case Ready():
                self.ready = message
            case Goodbye():
                self.goodbye = message
        return True

    def process(
        self,
        *,
        seed: int,
        began_ns: int,
        idle_power_w: Mapping[Place, float] | None,
        bare_roof: Roof,
        seen_memory_bytes: int | None,
    ) -> Process:
        """The record of it, as far as it went.

        Args:
            seed: of weights, order and dropout.
            began_ns: when the run began.
            idle_power_w: of each place before anything was trained.
            bare_roof: where none was measured.
            seen_memory_bytes: the most that was seen of a worker that could tell no more.
        """
        outcome, phase, message, steps = self._ending()
        goodbye = self.goodbye
        logs, energy = self._told(idle_power_w)
        return Process(
            seed=seed,
            outcome=outcome,
            phase=phase,
            message=message,
            steps=steps,
            cold=self.ready.cold if self.ready else ColdStart(),
            born_s=(self.ready.born_ns - began_ns) / 1e9 if self.ready else None,
            blocks=tuple(self.blocks),
            epochs=tuple(self.epochs),
            evaluations=tuple(self.evaluations),
            looks=tuple(self.looks),
            references=tuple(self.references),
            peak_memory_bytes=self._peak_memory_bytes(seen_memory_bytes),
            fit=self.fit,
            roof=self.roof or bare_roof,
            doubled=self.doubled,
            stopped=self.stopped,
            logs=logs,
            energy=energy,
            swap_growth_bytes=self.swap_growth_bytes,
            clock_drift_s=goodbye.clock_drift_s if goodbye else None,
        )

    def _told(
        self, idle_power_w: Mapping[Place, float] | None
    ) -> tuple[tuple[Log, ...], tuple[Energy, ...]]:
        """Series and joules of the sensors, on the clock of the blocks."""
        if not self.sampled or self.ready is None:
            return (), ()
        told, zero_ns = together(self.sampled), self.ready.born_ns
        windows = windows_of(self.blocks, self.epochs)
        joules = (
            energies(told.sensors, windows, zero_ns=zero_ns, idle_power_w=idle_power_w)
            if windows
            else ()
        )
        return told.logs(zero_ns=zero_ns), joules

    @property
    def skipped_files(self) -> int | None:
        """Files that could not be read, as it said itself; None where it could not."""
        if self.failure:
            return self.failure.skipped_files
        return self.goodbye.skipped_files if self.goodbye else None

    def _peak_memory_bytes(self, seen: int | None) -> int | None:
        """What the worker told last, or the most that was seen of it."""
        told = self.goodbye.peak_memory_bytes if self.goodbye else None
        if told is None and self.failure:
            told = self.failure.peak_memory_bytes
        return told or seen

    def _ending(self) -> tuple[Outcome, str, str | None, int]:
        """Outcome, phase, message and completed steps."""
        known = sum(b.steps for b in self.blocks) + sum(e.steps for e in self.epochs)
        known += 1 if self.ready and self.ready.cold.first_step_s is not None else 0
        if self.failure:
            failure = self.failure
            return failure.outcome, failure.phase, clean(failure.message), max(failure.steps, known)
        if self.interrupted:
            return "interrupted", "train", "stopped by Ctrl-C", known
        missed = [each.missed for each in verdicts(self.looks, self.bands) if each.missed]
        if missed:
            return "did_not_learn", "done", missed[0], known
        return "ok", "done", None, known


def windows_of(blocks: Sequence[Block], epochs: Sequence[Epoch]) -> list[Window]:
    """Of each visit from its first block that counts or is a stretch to its last; of each epoch."""
    visits: dict[int, Window] = {}
    for block in blocks:
        if block.phase in MEASURED:
            start_s, _, samples = visits.get(block.visit, (block.started_s, 0.0, 0))
            end_s = block.started_s + block.wall_s
            visits[block.visit] = Window(start_s, end_s, samples + block.samples)
    trained = [
        Window(epoch.started_s, epoch.started_s + epoch.train_s, epoch.samples)
        for epoch in epochs
        if epoch.started_s is not None
    ]
    return [*visits.values(), *trained]
