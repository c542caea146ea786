"""One workload in one worker, as the parent sees it: what was heard so far, and the result of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import psutil

import laptime
from laptime import registry
from laptime.bands import first_to_tell, gate, neighbours
from laptime.energy import Place
from laptime.errors import (
    DataError,
    DeviceUnavailableError,
    EngineUnavailableError,
    EnvironmentUnfitError,
)
from laptime.record import (
    FORMAT,
    Band,
    Block,
    Machine,
    Profile,
    Result,
    Roof,
    Setup,
)
from laptime.record import Phase as BlockPhase
from laptime.redact import clean
from laptime.runner import description
from laptime.runner.child import Child, ChildFailedError
from laptime.runner.clock import SystemClock
from laptime.runner.heard import Heard
from laptime.runner.messages import (
    Evaluate,
    FindRoof,
    FitClassifier,
    Phase,
    Ready,
    RunEpoch,
    Start,
    Stop,
    TakeTurns,
    ToWorker,
    Visit,
)
from laptime.runner.plan import Item, install_line
from laptime.runner.roof import NUMBER_BYTES
from laptime.runner.setups import environment
from laptime.store import new_id
from laptime.workloads import Workload

ENVIRONMENT_ERRORS: dict[str, type[EnvironmentUnfitError]] = {
    "import": EngineUnavailableError,
    "data": DataError,
    "device": DeviceUnavailableError,
    "build": DataError,  # pretrained weights are read then
    "weights": DataError,
}
"""Phase in which the environment failed -> what is raised instead of a result."""
NOT_LOOKED_FOR = "only the standard profile measures it"


class Ticket:
    """Drives one worker and keeps what it says.

    Args:
        item: what it trains.
        profile: for the record.
        seed: of weights, order and dropout.
        machine: for the record.
        on_phase: told what the worker does.
        run: name of the run that it is a part of.
        began_ns: when that run began; None for now.
        idle_power_w: of each place before anything was trained; None where nobody looked.
    """

    def __init__(
        self,
        item: Item,
        *,
        profile: Profile,
        seed: int,
        machine: Machine,
        on_phase: Callable[[Phase], None],
        run: str | None = None,
        began_ns: int | None = None,
        idle_power_w: Mapping[Place, float] | None = None,
    ) -> None:
        self.item = item
        self.workload: Workload = registry.load("workloads", item.workload).WORKLOAD
        self.ended = False
        self._profile = profile
        self._seed = seed
        self._machine = machine
        self._run = run
        self._idle_power_w = idle_power_w
        self._began_ns = SystemClock().now_ns() if began_ns is None else began_ns
        self._created = datetime.now(UTC).isoformat(timespec="seconds")
        self._environment = environment(item.engine, item.options)
        self._child = Child(environment=self._environment, on_phase=on_phase)
        self._bands = description.bands(item, self.workload)
        self.heard = Heard(self._bands, swap_bytes=psutil.swap_memory().used)
        self._id: str | None = None
        self._is_measured = False
        """Whether all that counts is there: what fails from then on costs no figure."""

    def start(self, *, warmup_s: float) -> None:
        """Import, read, build and, with a warm-up, train the first steps.

        Raises:
            EnvironmentUnfitError: the framework, the device or the data is not usable here.
        """
        item = self.item
        self._ask(
            Start(
                engine=item.engine,
                workload=item.workload,
                device=item.device,
                precision=item.precision,
                options=item.options,
                seed=self._seed,
                found=item.found,
                workers=max(1, round(self._machine.cores_usable)),
                subset=item.subset,
                batch_size=item.batch_size,
                weights=item.weights,
                warmup_s=warmup_s,
                gate=gate(self._bands),
            )
        )
        failure = self.heard.failure
        if failure and failure.outcome == "environment":
            kind = ENVIRONMENT_ERRORS.get(failure.phase, EnvironmentUnfitError)
            if kind is DeviceUnavailableError:
                raise kind(f"{failure.message}; choose one of these with --device")
            if kind is EngineUnavailableError:
                again = f"install it again ({install_line(item.engine)}) or choose another --engine"
                raise kind(f"the engine '{item.engine}' does not start: {failure.message}; {again}")
            raise kind(f"{item.workload}: {failure.message}")

    @property
    def pid(self) -> int:
        """Of its worker."""
        return self._child.pid

    @property
    def failed(self) -> bool:
        """Whether its worker has ended before it was told to."""
        return self.heard.failure is not None

    @property
    def is_out_of_memory(self) -> bool:
        """Whether that is what ended it."""
        return self.heard.failure is not None and self.heard.failure.outcome == "oom"

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Those that were measured so far."""
        return tuple(block for block in self.heard.blocks if block.phase == "measured")

    @property
    def epochs_s(self) -> float:
        """Seconds of the epochs so far, validation included."""
        return sum(epoch.train_s + epoch.evaluation.wall_s for epoch in self.heard.epochs)

    @property
    def step_s(self) -> float | None:
        """Seconds of the latest step; None before any was trained."""
        if self.heard.blocks:
            return self.heard.blocks[-1].wall_s / self.heard.blocks[-1].steps
        return self.heard.ready.cold.first_step_s if self.heard.ready else None

    def visit(self, number: int, seconds: float, *, phase: BlockPhase = "measured") -> None:
        """Blocks for about `seconds`."""
        self._ask(Visit(number=number, seconds=seconds, phase=phase))

    def steps_s(self, phase: BlockPhase) -> list[float]:
        """Seconds of a step in each block of a phase."""
        return [b.wall_s / b.steps for b in self.heard.blocks if b.phase == phase]

    def take_turns(self, rounds: int, seconds: float) -> None:
        """Blocks with batches as they come and with one held batch; nothing is learned after them.

        Only where the engine takes each batch from us, so that it can be held.
        """
        self._is_measured = True
        if self.heard.ready and self.heard.ready.facts.is_wait_known:
            self._ask(TakeTurns(rounds=rounds, seconds=seconds))

    def find_roof(self) -> None:
        """What the device can do at best."""
        self._is_measured = True
        self._ask(FindRoof())

    def epoch(self, index: int) -> None:
        """One whole epoch with its validation."""
        self._ask(RunEpoch(index=index))

    def evaluate(self, seconds: float) -> None:
        """Validation images for about `seconds` at most."""
        self._ask(Evaluate(seconds=seconds))

    def fit(self) -> None:
        """Fit the classifier, where the workload has one."""
        if self.workload.recipe.classifier is not None:
            self._ask(FitClassifier())

    def finish(self) -> Result:
        """Say goodbye, and the result."""
        self._ask(Stop())
        swap_bytes = psutil.swap_memory().used
        self.heard.swap_growth_bytes = max(0, swap_bytes - self.heard.swap_bytes)
        self._child.close()
        self.ended = True
        return self.result()

    def interrupt(self) -> Result | None:
        """Stop at once; what was measured so far, None where nothing was."""
        if not self.ended:
            self.heard.interrupted = True
            self.abandon()
        return self.result() if self.heard.blocks or self.heard.epochs or self.failed else None

    def abandon(self) -> None:
        """End the worker without asking."""
        self._child.kill()
        self._child.close()
        self.ended = True

    def _ask(self, command: ToWorker) -> None:
        """Send a command and hear everything up to its answer; nothing once the worker failed."""
        if self.heard.failure or self.ended:
            return
        self._child.send(command)
        try:
            while not self.heard.take(self._child.receive(), command):
                pass
        except ChildFailedError as failure:
            if self._is_measured:
                self.heard.roof = self._bare_roof(f"{failure.outcome}: {clean(failure.message)}")
                self.abandon()
            else:
                self.heard.failure = failure

    def _bare_roof(self, reason: str) -> Roof:
        """What is known of it without measuring."""
        recipe, precision = self.workload.recipe, self.item.precision
        batch_size = self.item.batch_size or recipe.batch_size
        return Roof(
            matmul_gflop_per_s=None,
            copy_gb_per_s=None,
            step_bytes=self.workload.network.training_bytes(
                batch_size, NUMBER_BYTES.get(precision, 4)
            ),
            reason=reason,
        )

    def result(self) -> Result:
        """The record, as far as it is known."""
        item, ready = self.item, self.heard.ready
        device = ready.device if ready else item.device
        if self._id is None:
            self._id = new_id(
                self._created,
                workload=item.workload,
                engine=item.engine,
                device=device,
                setup=item.setup,
            )
        return Result(
            format=FORMAT,
            id=self._id,
            created=self._created,
            laptime=laptime.__version__,
            profile=self._profile,
            machine=self._machine,
            work=description.work(item, self.workload, ready.seen if ready else None),
            setup=self._setup(device, ready),
            data=description.data(
                item,
                self.workload,
                seen=ready.seen if ready else None,
                skipped_files=self.heard.skipped_files,
            ),
            timed=self.workload.timed,
            targets=(),
            bands=self._bands_used(),
            processes=(
                self.heard.process(
                    seed=self._seed,
                    began_ns=self._began_ns,
                    idle_power_w=self._idle_power_w,
                    bare_roof=self._bare_roof(NOT_LOOKED_FOR),
                    seen_memory_bytes=self._child.peak_memory_bytes,
                ),
            ),
            run=self._run,
        )

    def _setup(self, device: str, ready: Ready | None) -> Setup:
        facts = ready.facts if ready else None
        return Setup(
            engine=self.item.engine,
            device=device,
            device_name=facts.device_name if facts else None,
            precision=self.item.precision,
            name=self.item.setup,
            versions=facts.versions if facts else {},
            options=facts.options if facts else {},
            environment=self._environment,
            modules=ready.modules if ready else (),
        )

    def _bands_used(self) -> tuple[Band, ...]:
        """Those that a look was held against, and the first that a guess would not pass.

        Enough to judge a look again from the record, and to say from when on it could be judged.
        """
        used = {
            each.after_steps: each
            for look in self.heard.looks
            for each in neighbours(self._bands, after_steps=look.after_steps)
        }
        classes = registry.peek("datasets", self.workload.dataset)["CLASSES"]
        first = first_to_tell(self._bands, classes=classes)
        used |= {each.after_steps: each for each in self._bands if each.after_steps == first}
        return tuple(used[steps] for steps in sorted(used))
