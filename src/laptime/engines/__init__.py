"""Engines: one file each, able to build the vocabulary of `layers` and to train it.

To add one, write `engines/<name>.py`. It imports its framework plainly at its top: only a worker
process imports it. The literal constants of `EngineModule` are read from the source without importing
it; `devices` and `start` run in the worker. See docs/adding.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from laptime.layers import Network
from laptime.workloads import Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from laptime.pipeline import Feed


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
    setup: str
    seed: int


class Session(Protocol):
    """A network in training on a device. The caller owns the clock and the block edges."""

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


class EngineModule(Protocol):
    """What a leaf of this room holds."""

    TITLE: str
    MODULE: str | None
    """The module without which it cannot run; None for none."""
    EXTRA: str | None
    """The extra of laptime that installs it; None for a plug-in's."""
    DEVICES: tuple[str, ...]
    """Every device key it may have somewhere, best first."""
    PRECISIONS: tuple[str, ...]
    SETUPS: Mapping[str, Mapping[str, str]]
    """Setup -> variables its worker must be started with."""

    def devices(self) -> list[Device]:
        """What it can compute on here, best first; each tried with a real computation."""

    def start(
        self, job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed
    ) -> Session:
        """Build the network with these weights, on the device.

        Raises:
            Unsupported: it cannot do this job.
        """
