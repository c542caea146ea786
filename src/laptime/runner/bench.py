"""The worker's part of `laptime probe`: an engine is opened, and its kernels are timed one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from laptime.engines import Device, EngineModule, Unsupported
from laptime.redact import clean
from laptime.runner.bursts import bursts
from laptime.runner.clock import Clock, SystemClock
from laptime.runner.host import HOST, host_kernel
from laptime.runner.isolation import hide_others, import_engine, imported_frameworks, versions
from laptime.runner.messages import Kernel, Library, Opened, OpenEngine, TimeKernel, Told

BURSTS = 3
MOST_BURSTS = 12
"""Times a burst's length that all bursts of a kernel may take where one call is longer than one."""


class Bench:
    """What is kept between two orders.

    Args:
        say: told each phase.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._name = ""
        self._engine: EngineModule | None = None
        self._clock: Clock = SystemClock()

    def obey(self, order: OpenEngine | TimeKernel) -> Opened | Told:
        """The answer to an order."""
        return self._open(order) if isinstance(order, OpenEngine) else self._time(order)

    def _open(self, order: OpenEngine) -> Opened:
        self._say("import")
        if order.cores is not None:
            _keep_to(order.cores)
        self._name = order.engine
        if order.engine in HOST:
            found = (Device(key="cpu", name=None),)
            return Opened(devices=found, versions=versions((order.engine,)), modules=())
        hide_others(order.engine)
        self._engine = import_engine(order.engine)
        if make_clock := getattr(self._engine, "make_clock", None):  # the fake one scripts its time
            self._clock = make_clock()
        self._say("device")
        return Opened(
            devices=tuple(self._engine.devices()),
            versions=versions(self._engine.MODULES),
            modules=imported_frameworks(),
        )

    def _time(self, order: TimeKernel) -> Told:
        kernel = order.kernel
        self._say(f"{kernel.kind} {kernel.precision}")
        try:
            run = self._kernel(kernel)
            found = bursts(
                run,
                clock=self._clock,
                seconds=order.seconds,
                count=BURSTS,
                most_s=MOST_BURSTS * order.seconds,
            )
        except Unsupported as missing:
            return Told(bursts=(), reason=clean(str(missing)))
        return Told(bursts=tuple(found), libraries=_libraries(), builds=self._builds())

    def _kernel(self, kernel: Kernel) -> Callable[[int], object]:
        if self._name in HOST:
            return host_kernel(
                self._name, kernel.kind, precision=kernel.precision, size=kernel.size
            )
        if self._engine is None:
            raise RuntimeError("an engine must be opened before its kernels can be timed")
        make = getattr(self._engine, "kernel", None)
        if make is None:
            raise Unsupported("the engine has no kernels to measure")
        run: Callable[[int], object] = make(
            kernel.kind, device=kernel.device, precision=kernel.precision, size=kernel.size
        )
        return run

    def _builds(self) -> Mapping[str, str]:
        """What the engine itself says of the libraries below it; nothing where it does not."""
        tell: Callable[[], Mapping[str, str]] | None = getattr(self._engine, "builds", None)
        return {} if tell is None else dict(tell())


def _keep_to(cores: int) -> None:
    """Run on the last so many cores that are allowed, threads that nobody told to be fewer included.

    The first core serves most interrupts. macOS knows no such thing: there variables alone must do.
    """
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        process.cpu_affinity(sorted(process.cpu_affinity())[-cores:])


def _libraries() -> tuple[Library, ...]:
    """Those for linear algebra and threads that this process has loaded, as they tell of themselves.

    Only files of their own are seen, and not what was linked into a framework.
    """
    from threadpoolctl import threadpool_info

    told: list[dict[str, Any]] = threadpool_info()
    found = {
        Library(
            api=str(each["user_api"]),
            name=str(each["internal_api"]),
            file=Path(str(each["filepath"])).name,
            version=each.get("version"),
            architecture=each.get("architecture"),
            threading=each.get("threading_layer"),
            threads=int(each["num_threads"]),
        )
        for each in told
    }
    return tuple(sorted(found, key=lambda library: (library.api, library.file)))
