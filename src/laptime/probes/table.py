"""What is measured: each kind of kernel with its sizes and with the work of one call.

The work is that of the mathematics, and the same whichever engine does it: FLOPs, two per
multiply-add; bytes, the least that must move. What an engine does beyond it makes it slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from laptime.errors import UnknownNameError
from laptime.kernels import CHANNELS, IMAGE_SIDE

Unit = Literal["gflop_per_s", "gb_per_s", "latency_us", "images_per_s"]

FAST = ("float32", "bfloat16")
PIXELS = IMAGE_SIDE * IMAGE_SIDE
PASSES = 3
"""Forward, and the gradients of input and kernel: each costs a convolution as much."""
BATCHES = (1, 8, 64, 256)
"""Images; more where it makes a device faster."""
STREAM_BYTES = 128_000_000
"""Of each array: more than nearly any cache holds."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of kernel, by the name that engines know it by (`laptime.engines.EngineModule.kernel`)."""

    name: str
    title: str
    """For people."""
    unit: Unit
    work: Callable[[int], float]
    """From the size to FLOPs, bytes, images or calls in one call."""
    sizes: tuple[int, ...]
    """Smallest first: a larger one is tried while that is faster. Empty for as many as the threads."""
    precisions: tuple[str, ...] = ("float32",)
    of: tuple[str, ...] = ()
    """Only for these of the host (`laptime.runner.host`); for every engine where empty."""
    host: tuple[str, ...] = ()
    """Those of the host that have it as engines do."""
    is_device_own: bool = False
    """Only where the device has a memory of its own: no processor has it."""


def _convolved(taps: int, inputs: int) -> Callable[[int], float]:
    return lambda images: PASSES * 2.0 * taps * inputs * CHANNELS * PIXELS * images


def _times(factor: int) -> Callable[[int], float]:
    return lambda size: float(factor * size)


KINDS = (
    Kind(
        name="matmul",
        title="matrix product",
        unit="gflop_per_s",
        work=lambda rows: 2.0 * rows**3,
        sizes=(512, 1024, 2048, 4096, 8192),
        precisions=FAST,
        host=("numpy",),
    ),
    Kind(
        name="conv3x3",
        title="convolution 3x3",
        unit="gflop_per_s",
        work=_convolved(9, CHANNELS),
        sizes=BATCHES,
        precisions=FAST,
    ),
    Kind(
        name="conv1x1",
        title="convolution 1x1",
        unit="gflop_per_s",
        work=_convolved(1, CHANNELS),
        sizes=BATCHES,
    ),
    Kind(
        name="depthwise",
        title="convolution depthwise",
        unit="gflop_per_s",
        work=_convolved(9, 1),
        sizes=BATCHES,
    ),
    Kind(
        name="elementwise",
        title="elementwise",
        unit="gb_per_s",
        work=_times(2),
        sizes=(STREAM_BYTES,),
    ),
    Kind(name="softmax", title="softmax", unit="gb_per_s", work=_times(2), sizes=(STREAM_BYTES,)),
    Kind(
        name="copy",
        title="copy",
        unit="gb_per_s",
        work=_times(2),
        sizes=(STREAM_BYTES,),
        host=("numpy",),
    ),
    Kind(
        name="triad",
        title="triad",
        unit="gb_per_s",
        work=_times(3),
        sizes=(STREAM_BYTES,),
        host=("numpy",),
    ),
    Kind(
        name="h2d",
        title="copy to the device",
        unit="gb_per_s",
        work=_times(1),
        sizes=(STREAM_BYTES,),
        is_device_own=True,
    ),
    Kind(name="launch", title="launch", unit="latency_us", work=_times(1), sizes=(1,)),
    Kind(
        name="jpeg",
        title="JPEG decoding",
        unit="images_per_s",
        work=_times(1),
        sizes=(),
        of=("simplejpeg",),
    ),
)
"""In the order in which they are measured and shown."""


def kind_of(name: str) -> Kind:
    """The kind of a name.

    Raises:
        UnknownNameError: there is none.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise UnknownNameError("probe", name, [kind.name for kind in KINDS])


def kinds_for(engine: str, *, is_host: bool, on_processor: bool) -> tuple[Kind, ...]:
    """The kinds that are asked of an engine, or of something of the host, on a device."""
    if is_host:
        return tuple(kind for kind in KINDS if engine in (*kind.of, *kind.host))
    return tuple(
        kind for kind in KINDS if not kind.of and not (kind.is_device_own and on_processor)
    )


def sizes_of(kind: Kind, *, threads: int) -> tuple[int, ...]:
    """Its sizes, smallest first, where so many threads are used."""
    return kind.sizes or (threads,)


def figure(kind: Kind, *, size: int, call_s: float) -> float:
    """What one call of `call_s` seconds comes to, in the kind's unit."""
    work = kind.work(size)
    match kind.unit:
        case "latency_us":
            return call_s / work * 1e6
        case "images_per_s":
            return work / call_s
        case _:
            return work / call_s / 1e9


def is_smaller_better(unit: Unit) -> bool:
    """Whether less is more."""
    return unit == "latency_us"
