"""From a dataset to batches: what stands between the images and the device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Feed(Protocol):
    """Batch after batch, epoch after epoch; counts what it gave and what the taking cost."""

    batch_size: int
    """The last batch of an epoch may be smaller, as in Keras' `fit`."""
    ahead: int
    """Batches that are made before they are asked for."""
    samples: int
    """Images given so far."""
    waited_ns: int
    """Spent in `take` so far."""

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the images."""

    def take(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The next images (count, height, width, channels) and labels (count,)."""

    def hold(self, is_held: bool) -> None:
        """Give one batch again and again from now on, as if input cost nothing; or go on as before."""

    def close(self) -> None:
        """End what works ahead; harmless where nothing does."""


class Holding(ABC):
    """A feed that can be held, so that what the input costs can be seen."""

    batch_size: int
    samples: int
    _held: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None

    @abstractmethod
    def _next_batch(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The next images and labels."""

    @property
    @abstractmethod
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the images."""

    def take(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The next images (count, height, width, channels) and labels (count,); a view at times."""
        if self._held is None:
            return self._next_batch()
        self.samples += len(self._held[1])
        return self._held

    def hold(self, is_held: bool) -> None:
        """Give one whole batch again and again from now on; or go on as before."""
        self._held = None
        if is_held:
            x, y = self._next_batch()
            if len(y) < self.batch_size and self.steps_per_epoch > 1:
                x, y = self._next_batch()
            self._held = x.copy(), y.copy()


class Batches(Holding):
    """Images in memory, batch after batch, epoch after epoch; counts what it gave and what it cost.

    Args:
        x: images (count, height, width, channels), uint8.
        y: class numbers (count,), uint8.
        batch_size: the last batch of an epoch may be smaller, as in Keras' `fit`.
        shuffle: whether each epoch has a new order; without it the order is the file's.
        seed: of the orders.
        now_ns: the run's clock.
    """

    def __init__(
        self,
        x: NDArray[np.uint8],
        y: NDArray[np.uint8],
        *,
        batch_size: int,
        shuffle: bool,
        seed: int,
        now_ns: Callable[[], int],
    ) -> None:
        self.x = x
        self.y = y
        self.batch_size = batch_size
        self.ahead = 0
        self.samples = 0
        """Given so far."""
        self.waited_ns = 0
        """Spent in `take` so far."""
        self._count = len(x)
        self._next = self._count  # the first take begins an epoch
        self._generator = np.random.default_rng(seed) if shuffle else None
        self._order: NDArray[np.int64] | None = None
        self._now_ns = now_ns

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the images."""
        return -(-self._count // self.batch_size)

    def _next_batch(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """As they lie in memory: a view without shuffling."""
        began = self._now_ns()
        if self._next >= self._count:
            self._next = 0
            if self._generator is not None:
                self._order = self._generator.permutation(self._count)
        start, stop = self._next, min(self._next + self.batch_size, self._count)
        rows = slice(start, stop) if self._order is None else self._order[start:stop]
        batch = self.x[rows], self.y[rows]
        self._next = stop
        self.samples += stop - start
        self.waited_ns += self._now_ns() - began
        return batch

    def close(self) -> None:
        """Nothing works ahead."""
