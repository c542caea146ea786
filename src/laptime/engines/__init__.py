"""Engines: one file each, able to build the vocabulary of `layers` and to train it.

To add one, write `engines/<name>.py`. It imports its framework plainly at its top: only a worker
process imports it. The literal constants of `EngineModule` are read from the source without importing
it; `devices` and `start` run in the worker. See docs/adding.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from laptime.layers import Network
from laptime.workloads import Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from laptime.pipeline import Feed


Option = str | int | bool
"""Value of an option: how something is done, not what."""


class Device(msgspec.Struct, frozen=True):
    """Something an engine can compute on here and now."""

    key: str
    """As on the command line: 'cpu', 'cuda', 'mps', 'xpu'."""
    name: str | None
    """What the vendor calls it."""


class Unsupported(Exception):  # noqa: N818 - an outcome, not a mistake
    """Raised by an engine for something it cannot do: a precision, a layer, a setup."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is asked to train."""

    network: Network
    recipe: Recipe
    device: str
    precision: str
    options: dict[str, Option]
    """A value for each name in the engine's `OPTIONS`."""
    seed: int


class Session(Protocol):
    """A network in training on a device. The caller owns the clock and the block edges."""

    samples: int
    """Images trained on so far, by the steps ordered; those that a loader took ahead not counted."""

    def train(self, steps: int) -> None:
        """Take the next batches and train on them; may return before the device is done."""

    def sync(self) -> float | None:
        """Wait until every step is in the parameters; the loss of the last step.

        None where nothing is learned step by step.
        """

    def read_back(self) -> float:
        """One number of one updated parameter, copied to the host: quick only after a true sync."""

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean loss and accuracy (0 to 1) over images in the recipe's batches, as in evaluation."""

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's output (count, ...) for a batch of images, as in evaluation, on the host."""

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Every weight by its path in the network, in Keras' layout."""

    def forward_flops(self) -> int:
        """Forward FLOPs for one image, counted in the engine's own object.

        Two per multiply-add of every layer with a kernel, by the shapes of kernel and output.
        """

    def close(self) -> None:
        """End what it left running; harmless where nothing does."""

    @property
    def facts(self) -> Facts:
        """What really runs, asked from the real objects."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine tells about a session."""

    device_name: str | None
    parameters: int
    """Counted from the engine's own object, moving statistics included."""
    versions: dict[str, str]
    options: dict[str, str | int | float | bool]
    is_wait_known: bool = True
    """Whether training stands still while it takes a batch, so that the feed can tell how long it
    waits. Not where a framework is handed the arrays, or takes batches in a thread of its own."""


class EngineModule(Protocol):
    """What a leaf of this room holds. The constants are literals, read without importing it."""

    TITLE: str
    MODULES: tuple[str, ...]
    """Modules without which it cannot run, the framework first; empty for none. No other engine's may
    be imported beside them: a worker hides those."""
    EXTRA: str | None
    """The extra of laptime that installs it; None for a plug-in's."""
    UNAVAILABLE: Mapping[str, str]
    """Marker (as in a requirement: "python_version >= '3.14'") -> why it cannot work there, and what
    to do. May be left out."""
    DEVICES: tuple[str, ...]
    """Every device key it may have somewhere, best first."""
    PRECISIONS: tuple[str, ...]
    OPTIONS: Mapping[str, tuple[Option, ...]]
    """What may change the speed and never the work: name -> values, that of the first setup first."""
    SETUPS: Mapping[str, Mapping[str, Option]]
    """Names of whole choices: setup -> options that differ from the first values. The first setup is
    what a user writes first; 'tuned' the fastest that we know."""
    ENVIRONMENT: Mapping[str, Mapping[str, str]]
    """'' or 'option=value' -> variables its worker must be started with; True and False in small
    letters. Behind a semicolon a marker may say where: "keep=true; sys_platform == 'linux'". May be
    left out."""
    KNOWN: Mapping[str, str]
    """Comparison of the proof that it cannot meet -> why that is let pass. May be left out."""
    COMPILER: tuple[str, ...]
    """'option=value' for which a C++ compiler must be there. May be left out."""
    LINES: Mapping[str, str]
    """'option=value' -> the lines that do the same in a user's own script. May be left out."""

    def kernel(
        self, kind: str, *, device: str, precision: str, size: int
    ) -> Callable[[int], object]:
        """Something that does one thing so many times and waits until the device is done.

        May be left out: then the roof of the device is not known beside its figures, and
        `laptime probe` has nothing to measure.

        Args:
            kind: one of these. Each call does all of it anew: nothing is left out because its inputs
                are those of the call before. None of them is waited for but the last.
                'matmul': the product of two square matrices with `size` rows.
                'conv3x3', 'conv1x1', 'depthwise': a convolution (depthwise: 3x3) of `size` images of
                `kernels.IMAGE_SIDE` pixels squared, from `kernels.CHANNELS` to as many, without a bias,
                with as many pixels out as in; forward, and the gradients of its input and its kernel.
                'elementwise': relu(2 x + 1) of `size` bytes.
                'softmax': over each `ROW` of `size` bytes.
                'copy': `size` bytes to another place.
                'triad': b + 3 c, where each has `size` bytes.
                'h2d': `size` bytes from the host's memory to the device's; not where they share one.
                'launch': one added to one number, `size` being 1, each call to what the last one gave.
            device: a key of `devices`.
            precision: what the numbers are in.
            size: as said.

        Raises:
            Unsupported: it has no such kernel, or the device no such precision.
        """

    def builds(self) -> Mapping[str, str]:
        """What it says of the libraries that compute below it: name -> version or the like.

        May be left out: libraries that are loaded as files of their own are found without it.
        """

    def devices(self) -> list[Device]:
        """What it can compute on here, best first; each tried with a real computation."""

    def start(
        self, job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed
    ) -> Session:
        """Build the network with these weights, on the device.

        Raises:
            Unsupported: it cannot do this job.
        """
