"""The child: one engine, one network, one process.

It obeys one command at a time, says what it does, and turns whatever happens into a last message.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import cast

from laptime import datasets, registry
from laptime.datasets import Arrays, DatasetModule
from laptime.engines import EngineModule, Job, Session, Unsupported
from laptime.errors import BrokenLeafError, DataError
from laptime.initial import initial_weights
from laptime.pipeline import Batches
from laptime.record import ColdStart, Outcome
from laptime.runner.channel import Channel, ParentGoneError
from laptime.runner.clock import Clock, SystemClock
from laptime.runner.lap import Lap, NanLossError
from laptime.runner.messages import (
    EpochDone,
    Evaluate,
    Evaluated,
    Failed,
    Goodbye,
    Measured,
    Phase,
    Ready,
    RunEpoch,
    Start,
    Stop,
    ToWorker,
    Visit,
)
from laptime.workloads import Workload

OUT_OF_MEMORY = re.compile(
    r"out of memory|can't allocate memory|cannot allocate memory", re.IGNORECASE
)


class DeviceMissingError(Exception):
    """The device asked for is not there, or cannot compute."""


class EngineBrokenError(Exception):
    """The framework does not import."""


class DifferentWorkError(Exception):
    """The engine built something else than the workload describes."""


class Worker:
    """What lives between two commands."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._phase = "start"
        self._clock: Clock = SystemClock()
        self._born_ns = self._clock.now_ns(), self._clock.wall_ns()
        self._lap: Lap | None = None

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
            self._channel.send(
                Failed(
                    outcome=outcome_of(error),
                    phase=self._phase,
                    message=" ".join(str(error).split()) or type(error).__name__,
                    steps=self._lap.steps if self._lap else 0,
                )
            )

    def _obey(self, command: ToWorker) -> None:
        match command:
            case Start():
                self._start(command)
            case Visit():
                self._say("train")
                blocks = self._running.visit(command.number, command.seconds)
                self._channel.send(Measured(blocks=tuple(blocks)))
            case RunEpoch():
                self._say("train")
                self._channel.send(EpochDone(epoch=self._running.epoch(command.index)))
            case Evaluate():
                self._say("evaluate")
                evaluation = self._running.evaluate(command.seconds)
                self._channel.send(Evaluated(evaluation=evaluation))
            case Stop():
                self._say("stop")
                self._channel.send(self._goodbye())

    @property
    def _running(self) -> Lap:
        if self._lap is None:
            raise RuntimeError("a worker must be started before it can train")
        return self._lap

    def _say(self, phase: str, share: float | None = None) -> None:
        self._phase = phase
        self._channel.send(Phase(name=phase, share=share))

    def _since(self, began_ns: int) -> float:
        return (self._clock.now_ns() - began_ns) / 1e9

    def _start(self, order: Start) -> None:
        self._say("import")
        began = self._clock.now_ns()
        engine, module = _import_engine(order.engine)
        import_s = self._since(began)
        if hasattr(module, "make_clock"):  # the fake engine scripts its time
            self._clock = module.make_clock()

        self._say("data")
        began = self._clock.now_ns()
        workload: Workload = registry.load("workloads", order.workload).WORKLOAD
        arrays = _read(workload, order)
        data_s = self._since(began)

        self._say("device")
        device = _pick_device(engine, order.device)

        self._say("build")
        began = self._clock.now_ns()
        batches = Batches(
            arrays.train_x,
            arrays.train_y,
            batch_size=workload.recipe.batch_size,
            shuffle=workload.recipe.shuffle,
            seed=order.seed,
            now_ns=self._clock.now_ns,
        )
        session = _build(engine, workload, order, device=device, batches=batches)
        session.sync()
        build_s = self._since(began)

        self._lap = Lap(
            session,
            batches,
            test_x=arrays.test_x,
            test_y=arrays.test_y,
            clock=self._clock,
            beat=lambda share: self._say("train", share),
        )
        first_step_s = None
        if order.warmup_s:
            self._say("first step")
            first_step_s = self._lap.first_step()
            self._say("warm-up")
            blocks = self._lap.warm_up(order.warmup_s)
            self._channel.send(Measured(blocks=tuple(blocks)))
        self._channel.send(
            Ready(
                device=device,
                facts=session.facts,
                cold=ColdStart(
                    import_s=import_s, data_s=data_s, build_s=build_s, first_step_s=first_step_s
                ),
            )
        )

    def _goodbye(self) -> Goodbye:
        system = SystemClock()
        monotonic_ns, wall_ns = self._born_ns
        drift_ns = (system.wall_ns() - wall_ns) - (system.now_ns() - monotonic_ns)
        return Goodbye(peak_memory_bytes=peak_memory_bytes(), clock_drift_s=drift_ns / 1e9)


def _import_engine(name: str) -> tuple[EngineModule, ModuleType]:
    try:
        module = registry.load("engines", name)
    except BrokenLeafError as error:
        raise EngineBrokenError(f"{type(error.__cause__).__name__}: {error.__cause__}") from error
    return cast("EngineModule", module), module


def _read(workload: Workload, order: Start) -> Arrays:
    leaf = cast("DatasetModule", registry.load("datasets", workload.dataset))
    return datasets.read(leaf, order.found)


def _pick_device(engine: EngineModule, wanted: str) -> str:
    present = [device.key for device in engine.devices()]
    if wanted == "auto" and present:
        return present[0]
    if wanted not in present:
        raise DeviceMissingError(
            f"the device '{wanted}' cannot be used here; usable: {', '.join(present) or 'none'}"
        )
    return wanted


def _build(
    engine: EngineModule, workload: Workload, order: Start, *, device: str, batches: Batches
) -> Session:
    job = Job(
        network=workload.network,
        recipe=workload.recipe,
        device=device,
        precision=order.precision,
        setup=order.setup,
        seed=order.seed,
    )
    weights = initial_weights(workload.network, seed=order.seed)
    session = engine.start(job, weights=weights, batches=batches)
    built, described = session.facts.parameters, workload.network.parameters
    if built != described:
        raise DifferentWorkError(
            f"the engine built {built:,} parameters where the workload describes {described:,}"
        )
    return session


def outcome_of(error: BaseException) -> Outcome:
    """What an exception means for the record."""
    home = type(error).__module__
    name = type(error).__name__
    if isinstance(error, MemoryError) or "OutOfMemory" in name or OUT_OF_MEMORY.search(str(error)):
        return "oom"
    if home.startswith(("torch._dynamo", "torch._inductor")):
        return "compile_error"
    match error:
        case NanLossError():
            return "nan_loss"
        case Unsupported() | NotImplementedError():
            return "unsupported"
        case EngineBrokenError() | BrokenLeafError() | DeviceMissingError() | DataError():
            return "environment"
        case _:
            return "error"


def peak_memory_bytes() -> int | None:
    """Most memory that this process ever had resident; None where the system does not tell."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes everywhere but on macOS
