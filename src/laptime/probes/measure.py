"""A probe: worker after worker, each visited twice, one kernel at a time.

Nothing runs beside a kernel that is timed. The two rounds lie as far apart as the probe is long, so
that a machine that drifts shows it. No framework is imported here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import psutil

import laptime
from laptime.errors import DeviceUnavailableError
from laptime.probes.cells import Cell, Place, Station, places
from laptime.probes.record import FORMAT, LibraryUsed, Probe, Threads
from laptime.probes.table import BATCHES
from laptime.probes.variables import ONE_THREAD, overrides
from laptime.record import Machine
from laptime.redact import clean
from laptime.runner import plan, setups
from laptime.runner.bench import BURSTS
from laptime.runner.child import Child, ChildFailedError
from laptime.runner.clock import SystemClock
from laptime.runner.host import HOST
from laptime.runner.messages import Kernel, Library, Opened, OpenEngine, TimeKernel, Told
from laptime.store import new_id

BUDGET_S = 60.0
"""About so long a probe takes: the more kernels, the shorter each burst."""
BURSTS_SHARE = 0.5
"""Of it in bursts; the rest starts workers, compiles and fills memory."""
SHORTEST_S = 0.03
LONGEST_S = 0.2
"""Of a burst."""
LATE_S = 180.0
"""A second round that would begin later is left out."""
OPEN_LIMIT_S = 120.0
KERNEL_LIMIT_S = 60.0
"""An answer that takes longer is taken to hang."""
MOST_FAILURES = 3
"""Of a worker; then its other kernels are not tried."""
HELD_BYTES = 1_500_000_000
"""Memory that a waiting worker may take; where there is less for all, each ends after its visit."""
QUIET_S = 0.05
"""Threads of linear algebra spin for some 30 ms after a product; the next worker must not meet them."""
ROUNDS = 2
AUTO = "auto"
PROCESSOR = "cpu"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be probed."""

    engines: tuple[str, ...]
    """Installed ones."""
    device: str
    """'auto' for the best device of each engine, and the processor."""


def choose(engines: Sequence[str], *, device: str) -> Asked:
    """From the command line: without names one engine of each framework that has such a device.

    Raises:
        UnknownNameError: no such engine, or one that was named has no such device.
        EngineUnavailableError: a framework is missing.
        UsageError: no engine that is installed has such a device.
    """
    chosen = plan.choose_able(
        engines or (plan.ALL,), device=device, precision="float32", tell=lambda _: None
    )
    if engines:
        return Asked(engines=tuple(chosen), device=device)
    # Engines on the same framework have the same kernels.
    firsts: dict[str, str] = {}
    for name in chosen:
        firsts.setdefault(plan.engine_facts(name)["MODULES"][0], name)
    return Asked(engines=tuple(firsts.values()), device=device)


def measure(
    asked: Asked, *, machine: Machine, tell: Callable[[str], None] = lambda _: None
) -> Probe:
    """Probe: about a minute for each device.

    Ctrl-C ends it with what was measured; the record then says 'interrupted'.

    Args:
        asked: by `choose`.
        machine: for the record.
        tell: told what is measured.

    Raises:
        DeviceUnavailableError: no engine can use the device.
        EnvironmentUnfitError: no process can be started.
    """
    return _Measuring(asked, machine=machine, tell=tell).probe()


class _Measuring:
    def __init__(self, asked: Asked, *, machine: Machine, tell: Callable[[str], None]) -> None:
        self._asked, self._machine, self._tell = asked, machine, tell
        self._clock = SystemClock()
        self._began_ns = self._clock.now_ns()
        self._stations = _stations(asked)
        self._cells: dict[Place, Cell] = {}
        self._children: dict[Station, Child] = {}
        self._failures: dict[Station, int] = {}
        self._libraries: dict[Station, tuple[Library, ...]] = {}
        self._opened: dict[str, Opened] = {}
        self._builds: dict[str, Mapping[str, str]] = {}
        self._burst_s = _burst_s(self._stations)
        room = psutil.virtual_memory().available
        self._holds = room > HELD_BYTES * len(self._stations)

    def probe(self) -> Probe:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        is_interrupted = False
        try:
            for number in range(1, ROUNDS + 1):
                self._round(number)
        except KeyboardInterrupt:
            is_interrupted = True
        finally:
            for station in list(self._children):
                self._end(station)
        rows = tuple(row for cell in self._cells.values() if (row := cell.row()) is not None)
        if not rows and not is_interrupted:
            raise self._no_device()
        names = {d.key: d.name for each in self._opened.values() for d in each.devices if d.name}
        return Probe(
            format=FORMAT,
            id=new_id(
                created,
                workload="probe",
                engine="-".join(self._asked.engines),
                device=self._asked.device,
                setup="",
            ),
            created=created,
            laptime=laptime.__version__,
            outcome="interrupted" if is_interrupted else "ok",
            wall_s=self._elapsed_s(),
            machine=self._machine,
            rows=rows,
            libraries=tuple(
                _used(station, each) for station, found in self._libraries.items() for each in found
            ),
            device_names=names,
            versions={name: dict(each.versions) for name, each in self._opened.items()},
            builds={name: dict(each) for name, each in self._builds.items() if each},
            environment=overrides(os.environ),
        )

    def _elapsed_s(self) -> float:
        return (self._clock.now_ns() - self._began_ns) / 1e9

    def _round(self, number: int) -> None:
        """The second one the other way round: then the first worker is met again last."""
        if number > 1 and self._elapsed_s() > LATE_S:
            return
        for station in self._stations if number % 2 else reversed(self._stations):
            if self._failures.get(station, 0) < MOST_FAILURES:
                self._visit(station, number)
                time.sleep(QUIET_S)

    def _visit(self, station: Station, number: int) -> None:
        cells = [cell for cell in self._cells.values() if cell.place.station == station]
        try:
            if number == 1:
                cells = self._found_cells(station)
            for cell in cells:
                self._measure(cell, number)
        finally:
            if not self._holds:
                self._end(station)

    def _found_cells(self, station: Station) -> list[Cell]:
        """Start the worker, and see what it can be asked."""
        if station.threads == "one" and not self._has_processor(station):
            return []
        precisions = _precisions(station)
        try:
            self._child(station)
        except ChildFailedError as failure:
            device = PROCESSOR if self._asked.device == AUTO else self._asked.device
            for cell in self._new_cells(station, device, precisions):
                cell.fail(failure.outcome, clean(failure.message))
            self._failures[station] = MOST_FAILURES
            return []
        devices = [PROCESSOR] if station.threads == "one" else self._devices(station)
        return [cell for device in devices for cell in self._new_cells(station, device, precisions)]

    def _has_processor(self, station: Station) -> bool:
        """Whether its worker with all cores has found it. One that did not start is not tried again."""
        return station.engine in self._opened and PROCESSOR in self._devices(station)

    def _devices(self, station: Station) -> list[str]:
        """Those of what it can use that are meant."""
        found = [device.key for device in self._opened[station.engine].devices]
        if self._asked.device == AUTO:
            return [key for key in found if key in (found[0], PROCESSOR)]
        return [key for key in found if key == self._asked.device]

    def _new_cells(self, station: Station, device: str, precisions: Sequence[str]) -> list[Cell]:
        threads = 1 if station.threads == "one" else max(1, round(self._machine.cores_usable))
        cells = [
            Cell(place, threads=threads)
            for place in places(station, device=device, precisions=precisions)
        ]
        self._cells |= {cell.place: cell for cell in cells}
        return cells

    def _measure(self, cell: Cell, number: int) -> None:
        station = cell.place.station
        if self._failures.get(station, 0) >= MOST_FAILURES:
            if not cell.is_measured:
                cell.fail("error", f"not tried: {MOST_FAILURES} others failed before")
            return
        try:
            if number > 1:
                if cell.is_measured and cell.best_size is not None:
                    self._time(cell, cell.best_size, number)
                return
            while (size := cell.next_size()) is not None:
                self._time(cell, size, number)
        except ChildFailedError as failure:
            cell.fail(failure.outcome, clean(failure.message))
            self._failures[station] = self._failures.get(station, 0) + 1
            self._end(station)

    def _time(self, cell: Cell, size: int, number: int) -> None:
        station, kind, device, precision = cell.place
        child = self._child(station)
        kernel = Kernel(kind=kind.name, device=device, precision=precision, size=size)
        child.send(TimeKernel(kernel=kernel, seconds=self._burst_s))
        answer = child.receive(within_s=KERNEL_LIMIT_S)
        if not isinstance(answer, Told):
            raise _unasked(answer)
        if not answer.bursts:
            cell.fail("unsupported", answer.reason or "no reason was told")
            return
        cell.take(answer.bursts, size=size, round_number=number)
        self._libraries[station] = answer.libraries
        self._builds[station.engine] = answer.builds

    def _child(self, station: Station) -> Child:
        """Its worker, started where there is none; one that cannot open its engine leaves none."""
        if station in self._children:
            return self._children[station]
        cores = "one core" if station.threads == "one" else "all cores"
        environment = {} if station.is_host else environment_of(station.engine)
        if station.threads == "one":
            environment |= ONE_THREAD
        child = Child(
            environment=environment,
            on_phase=lambda phase: self._tell(f"{station.engine}, {cores}: {phase.name}"),
        )
        self._children[station] = child
        child.send(OpenEngine(engine=station.engine, cores=1 if station.threads == "one" else None))
        try:
            answer = child.receive(within_s=OPEN_LIMIT_S)
            if not isinstance(answer, Opened):
                raise _unasked(answer)
        except ChildFailedError:
            self._end(station)
            raise
        if station.threads == "all":
            self._opened[station.engine] = answer
        return child

    def _end(self, station: Station) -> None:
        child = self._children.pop(station, None)
        if child is not None:
            child.kill()
            child.close()

    def _no_device(self) -> DeviceUnavailableError:
        usable = {d.key for each in self._opened.values() for d in each.devices}
        return DeviceUnavailableError(
            f"no engine can use the device '{self._asked.device}' here; usable: "
            f"{', '.join(sorted(usable)) or 'none'}; choose one of these with --device"
        )


def _stations(asked: Asked) -> list[Station]:
    """All cores first: what an engine finds there is known when it is pinned to one."""
    threads: tuple[Threads, ...] = ("all", "one")
    if asked.device not in (AUTO, PROCESSOR):
        return [Station(name, "all") for name in asked.engines]
    return [Station(name, each) for name in (*HOST, *asked.engines) for each in threads]


def _precisions(station: Station) -> Sequence[str]:
    if station.is_host:
        return ("float32",)
    found: Sequence[str] = plan.engine_facts(station.engine)["PRECISIONS"]
    return found


def _burst_s(stations: Sequence[Station]) -> float:
    """Seconds of a burst, so that a processor's probe takes about as long as it may."""
    cells = [
        place
        for station in stations
        for place in places(station, device=PROCESSOR, precisions=_precisions(station))
    ]
    # In the first round sizes are tried, about half as many again.
    sizes = sum(2 if place.kind.sizes == BATCHES else 1 for place in cells)
    each_s = BURSTS_SHARE * BUDGET_S / max(1, (sizes + len(cells)) * (BURSTS + 1))
    return min(LONGEST_S, max(SHORTEST_S, each_s))


def environment_of(engine: str) -> dict[str, str]:
    """That of its fastest setup, as training has it; every core."""
    known = plan.engine_facts(engine)
    fastest = "tuned" if "tuned" in known["SETUPS"] else setups.choose_setup(engine, None)
    return dict(setups.environment(engine, setups.resolve(engine, fastest)))


def _used(station: Station, library: Library) -> LibraryUsed:
    return LibraryUsed(
        engine=station.engine,
        threads=station.threads,
        api=library.api,
        name=library.name,
        file=library.file,
        version=library.version,
        architecture=library.architecture,
        threading=library.threading,
        thread_count=library.threads,
    )


def _unasked(answer: object) -> ChildFailedError:
    return ChildFailedError(
        outcome="error",
        phase="probe",
        message=f"it answered with {type(answer).__name__}, which nobody asked for",
        steps=0,
    )
