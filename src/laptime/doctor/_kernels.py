"""Every engine asked what it can compute on, and made to train a little on each; in processes apart.

That a device is listed, and multiplies two small matrices, says little: convolutions and gradients
come from other libraries (cuDNN, MIOpen), which are missing or too old on their own.
"""

from __future__ import annotations

import queue
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import psutil

from laptime import layers
from laptime.errors import EnvironmentUnfitError
from laptime.layers import Network
from laptime.redact import clean
from laptime.runner import setups
from laptime.runner.child import Child, ChildFailedError
from laptime.runner.clock import SystemClock
from laptime.runner.messages import FromWorker, Probe, Probed, ToWorker, Tried, Try
from laptime.runner.probing import LIMIT_S
from laptime.runner.trial import Trial

REFERENCE = "reference"
"""The engine that computes in float64 with NumPy alone."""
WAIT_S = 0.2
"""Short: Ctrl-C must come through on Windows."""
MEMORY_BYTES = 1_000_000_000
"""What each engine is taken to need; where there is less, they take turns."""
STEPS = 2
"""The second loss is right only if the first step's gradients and update were."""
TRIAL = Trial(
    network=Network(
        input_shape=(16, 16, 3),
        body=layers.Sequence(
            layers=(
                layers.Rescale(),
                layers.Conv(filters=8),
                layers.Activation(function="relu"),
                layers.MaxPool(),
                layers.Flatten(),
                layers.Dense(units=10),
            )
        ),
    ),
    batch_size=8,
    steps=(1, STEPS),
    forward=False,
)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an engine on one device."""

    engine: str
    device: str | None = None
    """None where it did not get so far as to name one."""
    usable: tuple[str, ...] = ()
    """All that it names."""
    device_name: str | None = None
    loss: float | None = None
    """After the last step; None where it was not trained."""
    failure: str | None = None
    is_unsupported: bool = False
    """It failed because it knows no such layer: nothing is wrong with the device."""
    wall_s: float = 0.0


def hear(engines: Sequence[str], *, device: str) -> Iterator[Heard]:
    """What each engine does on each device that is meant, as soon as it is known.

    Args:
        engines: keys of installed engines; `REFERENCE` among them like any other.
        device: as asked for; 'auto' for all that are found.

    Raises:
        EnvironmentUnfitError: no process can be started.
    """
    bench = _Bench(device, at_once=_at_once(len(engines)))
    try:
        yield from bench.hear(engines)
    finally:  # also on Ctrl-C
        bench.stop()


def _at_once(engines: int) -> int:
    return max(1, min(engines, psutil.virtual_memory().available // MEMORY_BYTES))


class _Bench:
    """Children at work, one for each engine, each with a thread that listens to it."""

    def __init__(self, device: str, *, at_once: int) -> None:
        self._device = device
        self._turns = threading.Semaphore(at_once)
        self._answers: queue.SimpleQueue[Heard | Exception | None] = queue.SimpleQueue()
        self._children: list[Child] = []
        self._is_stopped = threading.Event()

    def hear(self, engines: Sequence[str]) -> Iterator[Heard]:
        for engine in engines:
            threading.Thread(target=self._listen, args=(engine,), daemon=True).start()
        left = len(engines)
        while left:
            try:
                answer = self._answers.get(timeout=WAIT_S)
            except queue.Empty:
                continue
            if answer is None:
                left -= 1
            elif isinstance(answer, Exception):
                raise answer
            else:
                yield answer

    def stop(self) -> None:
        self._is_stopped.set()
        for child in self._children:
            child.kill()
            child.close()

    def _listen(self, engine: str) -> None:
        try:
            with self._turns:
                if not self._is_stopped.is_set():
                    self._ask(engine)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            self._answers.put(error)
        self._answers.put(None)

    def _ask(self, engine: str) -> None:
        clock = SystemClock()
        began = clock.now_ns()
        with tempfile.TemporaryDirectory(prefix="laptime-") as folder:
            child = self._start(engine)
            try:
                answer = _answer(child, Probe(engine=engine))
            except ChildFailedError as failure:
                self._answers.put(Heard(engine=engine, failure=clean(failure.message)))
                return
            found = answer.devices if isinstance(answer, Probed) else ()
            usable = tuple(each.key for each in found)
            meant = [each for each in found if self._device.partition(":")[0] in ("auto", each.key)]
            if engine == REFERENCE:  # the truth, wherever the others compute
                meant = list(found)
            if not meant:
                self._answers.put(Heard(engine=engine, usable=usable))
            for each in meant:
                heard = Heard(engine=engine, device=each.key, usable=usable, device_name=each.name)
                loss, failure_, is_unsupported = None, None, False
                try:
                    loss = _loss(_answer(child, _order(engine, each.key, Path(folder))))
                except ChildFailedError as failure:
                    failure_ = f"{failure.phase}: {clean(failure.message)}"
                    is_unsupported = failure.outcome == "unsupported"
                    child = self._start(engine)  # the other devices may be sound
                self._answers.put(
                    msgspec.structs.replace(
                        heard,
                        loss=loss,
                        failure=failure_,
                        is_unsupported=is_unsupported,
                        wall_s=(clock.now_ns() - began) / 1e9,
                    )
                )
            child.close()

    def _start(self, engine: str) -> Child:
        if self._is_stopped.is_set():
            raise EnvironmentUnfitError("stopped; run laptime doctor again")
        child = Child(
            environment=setups.environment(engine, _options(engine)), on_phase=lambda _: None
        )
        self._children.append(child)
        return child


def _answer(child: Child, order: ToWorker) -> FromWorker:
    child.send(order)
    answer: FromWorker = child.receive(within_s=LIMIT_S)
    return answer


def _order(engine: str, device: str, folder: Path) -> Try:
    return Try(
        engine=engine,
        device=device,
        precision="float32",
        options=_options(engine),
        trial=TRIAL,
        file=str(folder / "trial.npz"),
    )


def _options(engine: str) -> setups.Options:
    """Those of its first setup: what a user writes first."""
    return setups.resolve(engine, setups.choose_setup(engine, None))


def _loss(answer: FromWorker) -> float | None:
    return answer.evidence.losses.get(STEPS) if isinstance(answer, Tried) else None
