"""The child: one engine, one network, one process.

It obeys one command at a time, says what it does, and turns whatever happens into a last message.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from laptime import networks, registry, weights
from laptime.bands import Gate
from laptime.datasets import Arrays, Photos
from laptime.engines import EngineModule, Facts, Job, Session
from laptime.initial import initial_weights
from laptime.pipeline import Feed
from laptime.record import Block, ColdStart, Fit, Roof
from laptime.runner.bench import Bench
from laptime.runner.channel import Channel, ParentGoneError
from laptime.runner.clock import Clock, SystemClock
from laptime.runner.ending import (
    DeviceMissingError,
    DifferentWorkError,
    outcome_of,
    peak_memory_bytes,
)
from laptime.runner.features import FeatureSession
from laptime.runner.isolation import hide_others, import_engine, imported_frameworks, versions
from laptime.runner.lap import Lap
from laptime.runner.messages import (
    EpochDone,
    Evaluate,
    Evaluated,
    Failed,
    FindRoof,
    FitClassifier,
    Fitted,
    Goodbye,
    Looked,
    Measured,
    Opened,
    OpenEngine,
    Phase,
    Probe,
    Probed,
    Ready,
    RoofFound,
    RunEpoch,
    Start,
    Stop,
    TakeTurns,
    TimeKernel,
    Told,
    ToWorker,
    Tried,
    Try,
    Visit,
)
from laptime.runner.roof import NUMBER_BYTES, roof
from laptime.runner.setups import AHEAD, WORKERS
from laptime.runner.supply import Supply, digest, read, supply
from laptime.runner.trial import attempt
from laptime.runner.variant import adapted
from laptime.workloads import Workload


class Worker:
    """What lives between two commands."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._phase = "start"
        self._clock: Clock = SystemClock()
        self._born_ns = self._clock.now_ns(), self._clock.wall_ns()
        self._engine: EngineModule | None = None
        self._job: Job | None = None
        self._lap: Lap | None = None
        self._supply: Supply | None = None
        self._classifier: FeatureSession | None = None
        self._session: Session | None = None
        self._bench = Bench(self._say)

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
                    peak_memory_bytes=peak_memory_bytes(),
                    skipped_files=self._supply.skipped() if self._supply else None,
                )
            )
        finally:
            for left in (self._session, self._supply):
                if left is not None:
                    left.close()

    def _obey(self, command: ToWorker) -> None:
        match command:
            case Start():
                self._start(command)
            case Visit() | TakeTurns():
                self._say("train")
                self._channel.send(Measured(blocks=tuple(self._blocks(command))))
            case FindRoof():
                self._channel.send(RoofFound(roof=self._roof()))
            case RunEpoch():
                self._say("train")
                self._epoch(command.index)
            case FitClassifier():
                self._channel.send(Fitted(fit=self._fit()))
            case Evaluate():
                self._say("evaluate")
                evaluation = self._running.evaluate(command.seconds)
                self._channel.send(Evaluated(evaluation=evaluation))
            case Probe() | Try() | OpenEngine() | TimeKernel():
                self._channel.send(self._answer(command))
            case Stop():
                self._say("stop")
                self._channel.send(self._goodbye())

    def _answer(
        self, command: Probe | Try | OpenEngine | TimeKernel
    ) -> Probed | Tried | Opened | Told:
        """To what is asked of an engine without training a workload."""
        match command:
            case Probe():
                return self._probed(command.engine)
            case Try():
                return self._try(command)
            case _:
                return self._bench.obey(command)

    def _blocks(self, command: Visit | TakeTurns) -> list[Block]:
        if isinstance(command, Visit):
            return self._running.visit(command.number, command.seconds, phase=command.phase)
        return self._running.turns(command.rounds, command.seconds)

    @property
    def _running(self) -> Lap:
        if self._lap is None:
            raise RuntimeError("a worker must be started before it can train")
        return self._lap

    def _roof(self) -> Roof:
        if self._engine is None or self._job is None:
            raise RuntimeError("a worker must be started before its device can be measured")
        self._say("roof")
        job = self._job
        return roof(
            self._engine,
            device=job.device,
            precision=job.precision,
            step_bytes=job.network.training_bytes(
                job.recipe.batch_size, NUMBER_BYTES.get(job.precision, 4)
            ),
            clock=SystemClock(),
        )

    def _epoch(self, index: int) -> None:
        fits: list[Fit] = []

        def fit_first() -> None:
            if self._classifier is not None:
                fits.append(self._fit())
            self._say("evaluate")

        epoch = self._running.epoch(index, before_validation=fit_first)
        self._channel.send(EpochDone(epoch=epoch, fit=fits[0] if fits else None))

    def _fit(self) -> Fit:
        if self._classifier is None:
            raise RuntimeError("this workload fits no classifier")
        self._say("fit")
        return self._classifier.fit()

    def _say(self, phase: str, share: float | None = None) -> None:
        self._phase = phase
        self._channel.send(Phase(name=phase, share=share))

    def _since(self, began_ns: int) -> float:
        return (self._clock.now_ns() - began_ns) / 1e9

    def _probed(self, name: str) -> Probed:
        self._say("import")
        hide_others(name)
        engine = import_engine(name)
        self._say("device")
        return Probed(
            devices=tuple(engine.devices()),
            versions=versions(engine.MODULES),
            modules=imported_frameworks(),
        )

    def _start(self, order: Start) -> None:
        self._say("import")
        hide_others(order.engine)
        began = self._clock.now_ns()
        engine = import_engine(order.engine)
        import_s = self._since(began)
        if make_clock := getattr(engine, "make_clock", None):  # the fake engine scripts its time
            self._clock = make_clock()

        self._say("device")
        device = _pick_device(engine, order.device)

        self._say("data")
        began = self._clock.now_ns()
        data, workload, own = _read(order)
        given = supply(
            data,
            workload,
            own=own,
            device=device,
            seed=order.seed,
            now_ns=self._clock.now_ns,
            workers=int(order.options[WORKERS]) or order.workers,
            ahead=int(order.options[AHEAD]),
        )
        self._supply = given
        data_s = self._since(began)

        self._say("build")
        began = self._clock.now_ns()
        job = Job(
            network=workload.network,
            recipe=workload.recipe,
            device=device,
            precision=order.precision,
            options=order.options,
            seed=order.seed,
        )
        self._engine, self._job = engine, job
        session = _build(engine, workload, job, file=order.weights, feed=given.train)
        self._session = session
        session.sync()
        build_s = self._since(began)
        if order.weights is not None:
            self._say("weights")
            _verify(engine, workload, session, job, given.train)

        self._lap = self._prepared(session, workload, given, gate=order.gate)
        born_ns = SystemClock().now_ns()
        first_step_s = self._warmed_up(self._lap, order.warmup_s) if order.warmup_s else None
        self._channel.send(
            Ready(
                device=device,
                facts=_with_options(session.facts, given.options),
                modules=imported_frameworks(),
                seen=given.seen,
                born_ns=born_ns,
                cold=ColdStart(
                    import_s=import_s, data_s=data_s, build_s=build_s, first_step_s=first_step_s
                ),
            )
        )

    def _try(self, order: Try) -> Tried:
        self._say("import")
        if self._engine is None:
            hide_others(order.engine)
            self._engine = import_engine(order.engine)
        self._say("device")
        device = _pick_device(self._engine, order.device)
        self._say("trial")
        evidence, arrays = attempt(
            self._engine,
            order.trial,
            device=device,
            precision=order.precision,
            options=order.options,
        )
        np.savez(order.file, **arrays)  # type: ignore[arg-type]  # its stub knows no keywords
        return Tried(evidence=evidence, device=device)

    def _prepared(
        self, session: Session, workload: Workload, given: Supply, *, gate: Gate | None
    ) -> Lap:
        if workload.recipe.classifier is not None:
            self._classifier = FeatureSession(
                session,
                given.train,
                workload.recipe.classifier,
                count=_whole_count(workload, given),
            )
        return Lap(
            self._classifier or session,
            given.train,
            validation=given.validation,
            is_wait_known=session.facts.is_wait_known,
            evaluation_speedup=workload.network.training_flops / workload.network.forward_flops,
            clock=self._clock,
            beat=lambda share: self._say(self._phase, share),
            gate=gate,
            tell=lambda look: self._channel.send(Looked(evaluation=look)),
        )

    def _warmed_up(self, lap: Lap, seconds: float) -> float:
        """Train the first steps; seconds of the very first."""
        self._say("first step")
        first_step_s = lap.first_step()
        self._say("warm-up")
        self._channel.send(Measured(blocks=tuple(lap.warm_up(seconds))))
        return first_step_s

    def _goodbye(self) -> Goodbye:
        system = SystemClock()
        monotonic_ns, wall_ns = self._born_ns
        drift_ns = (system.wall_ns() - wall_ns) - (system.now_ns() - monotonic_ns)
        return Goodbye(
            peak_memory_bytes=peak_memory_bytes(),
            clock_drift_s=drift_ns / 1e9,
            skipped_files=self._supply.skipped() if self._supply else None,
        )


def _whole_count(workload: Workload, given: Supply) -> int:
    """Training images of the published run; of the user's own photos as many as there are."""
    published: int = registry.peek("datasets", workload.dataset)["TRAIN_COUNT"]
    return (given.seen.train_files or published) if given.seen.own else published


def _with_options(facts: Facts, options: Mapping[str, str | int | float | bool]) -> Facts:
    return msgspec.structs.replace(facts, options={**facts.options, **options})


def _pick_device(engine: EngineModule, wanted: str) -> str:
    present = [device.key for device in engine.devices()]
    if wanted == "auto" and present:
        return present[0]
    if wanted not in present:
        raise DeviceMissingError(
            f"the device '{wanted}' cannot be used here; usable: {', '.join(present) or 'none'}"
        )
    return wanted


def _read(order: Start) -> tuple[Arrays | Photos, Workload, str | None]:
    """The data, the workload as it is really run on it, and digits that tell the user's own photos."""
    workload: Workload = registry.load("workloads", order.workload).WORKLOAD
    data = read(workload, order.found, subset=order.subset)
    own = classes = None
    if isinstance(data, Photos) and order.found is not None and order.found.layout == "classes":
        own, classes = digest(data), len(data.classes)
    return data, adapted(workload, batch_size=order.batch_size, classes=classes), own


def _build(
    engine: EngineModule, workload: Workload, job: Job, *, file: str | None, feed: Feed
) -> Session:
    start = initial_weights(workload.network, seed=job.seed)
    if file is not None and workload.pretrained is not None:
        start |= weights.load(workload.pretrained, Path(file), network=workload.network)
    session = engine.start(job, weights=start, batches=feed)
    built, described = session.facts.parameters, workload.network.parameters
    if built != described:
        raise DifferentWorkError(
            f"the engine built {built:,} parameters where the workload describes {described:,}"
        )
    return session


def _verify(
    engine: EngineModule, workload: Workload, session: Session, job: Job, feed: Feed
) -> None:
    """Ask the frozen part alone for its answer to two known images.

    Raises:
        DataError: it is not what the published weights give.
    """
    if workload.pretrained is None:
        return
    part = networks.backbone(workload.network)
    own = {path: weight for path, weight in session.weights().items() if path in part.weights()}
    alone = engine.start(msgspec.structs.replace(job, network=part), weights=own, batches=feed)
    weights.verify(workload.pretrained, alone.forward, precision=job.precision)
