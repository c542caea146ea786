"""Photos from files, decoded and augmented by threads, batch after batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from laptime.errors import DataError
from laptime.pipeline import Holding
from laptime.pipeline.augmenting import Draws, add_noise, draw, matrices, recolour, warp
from laptime.pipeline.decoding import UnreadableError, read
from laptime.pipeline.order import order
from laptime.pipeline.resizing import resize
from laptime.preparation import Preparation

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TASKS_PER_WORKER = 4
"""Of a batch: few enough to cost nothing, enough that no worker is idle for long at its end."""


class _Pass(NamedTuple):
    """One time through all images."""

    number: int
    order: NDArray[np.int64]
    draws: Draws | None
    matrices: NDArray[np.float64] | None


class _Batch(NamedTuple):
    """Under way, or ready."""

    number: int
    """Of its pass."""
    is_last: bool
    """Of its pass."""
    positions: NDArray[np.int64]
    """In the dataset."""
    x: NDArray[np.uint8]
    tasks: list[Future[list[int]]]
    """Each gives the rows that it could not fill."""


class PhotoFeed(Holding):
    """Image files as batches, pass after pass; a `Feed`.

    An image's pixels depend on the seed, the pass and its place in `files`, and on nothing else: not on
    the batch size, the workers, or how far they work ahead. A file that cannot be read is left out of
    its batch. A batch of none but such files is passed over: the pass has fewer takes by that many.
    A batch is a new array, so it may be kept. With the one in use there are never more than `ahead` + 2
    of them, and one decoded image per worker.

    Args:
        files: the image files.
        y: class numbers (count,), uint8.
        size: (height, width) in pixels.
        preparation: how the images are decoded, resized and augmented.
        batch_size: the last batch of a pass may be smaller, as in Keras' `fit`.
        shuffle: whether each pass has a new order; without it the order is that of `files`.
        shuffle_buffer: None to shuffle all; else images that the next one is drawn from, as in tf.data.
        seed: of orders and augmentation.
        now_ns: the run's clock.
        workers: threads that prepare images.
        ahead: batches prepared before they are asked for. With 0 the workers rest until a batch is
            taken: right where training uses the same cores.

    Raises:
        DataError: there is no file.
    """

    def __init__(
        self,
        files: Sequence[str],
        y: NDArray[np.uint8],
        *,
        size: tuple[int, int],
        preparation: Preparation,
        batch_size: int,
        shuffle: bool,
        shuffle_buffer: int | None,
        seed: int,
        now_ns: Callable[[], int],
        workers: int,
        ahead: int,
    ) -> None:
        if not files:
            raise DataError("there are no image files; name a folder that holds some")
        if len(files) != len(y):
            raise ValueError(f"{len(files)} files and {len(y)} labels")
        self.batch_size = batch_size
        self.samples = 0
        """Given so far."""
        self.waited_ns = 0
        """Spent in `take` so far."""
        self.pass_number = 0
        """Of the batch given last."""
        self._files = files
        self._y = y
        self._size = size
        self._preparation = preparation
        self._shuffle = shuffle
        self._buffer = shuffle_buffer
        self._seed = seed
        self._now_ns = now_ns
        self._workers = workers
        self.ahead = ahead
        self._unreadable: set[str] = set()
        self._given = 0  # in this pass
        self._next_pass = 0  # that a restart begins
        self._underway: deque[_Batch] = deque()
        self._batches = self._begin(0)
        # OpenCV's own threads would fight the workers for the cores.
        self._pool = ThreadPoolExecutor(
            workers, "photos", initializer=cv2.setNumThreads, initargs=(1,)
        )

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the images."""
        return -(-len(self._files) // self.batch_size)

    @property
    def skipped(self) -> int:
        """Distinct files that could not be read, among those whose turn has come."""
        return len(self._unreadable)

    def _next_batch(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The next images (count, height, width, 3) and labels (count,).

        Raises:
            DataError: not one image of a whole pass can be read.
        """
        began = self._now_ns()
        x, y = self._take()
        while not len(y):
            x, y = self._take()
        self.samples += len(y)
        self.waited_ns += self._now_ns() - began
        return x, y

    def restart(self) -> None:
        """Begin a new pass with the next `take`; nothing to do where the last one has just ended."""
        if self._underway and self._underway[0].number == self._next_pass:
            return  # the new pass is what lies ready
        self._drop()
        self._given = 0
        self._batches = self._begin(self._next_pass)

    def close(self) -> None:
        """Stop the workers; what they had ready is lost."""
        self._drop()
        self._pool.shutdown(cancel_futures=True)

    def _take(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The readable images of the next batch, maybe none."""
        batch = self._underway.popleft() if self._underway else next(self._batches)
        self._next_pass = batch.number + 1
        self.pass_number = batch.number
        while len(self._underway) < self.ahead:
            self._underway.append(next(self._batches))
        unreadable = [row for task in batch.tasks for row in task.result()]
        self._unreadable.update(self._files[batch.positions[row]] for row in unreadable)
        self._given += len(batch.x) - len(unreadable)
        if batch.is_last:
            if not self._given:
                raise DataError(
                    f"not one of the {len(self._files)} image files can be read "
                    f"(the first is {self._files[0]}); check the folder and its permissions"
                )
            self._given = 0
        x, y = batch.x, self._y[batch.positions]
        if unreadable:
            x, y = np.delete(x, unreadable, axis=0), np.delete(y, unreadable)
        return x, y

    def _drop(self) -> None:
        """Forget what is under way; an image that a worker has begun is still finished."""
        for batch in self._underway:
            for task in batch.tasks:
                task.cancel()
        self._underway.clear()

    def _begin(self, number: int) -> Iterator[_Batch]:
        """Batches without end from the start of a pass, each handed to the workers when asked for."""
        while True:
            this = self._plan(number)
            for start in range(0, len(this.order), self.batch_size):
                yield self._submit(this, start)
            number += 1

    def _plan(self, number: int) -> _Pass:
        drawn = _generator(self._seed, number, "order")
        positions = order(
            len(self._files), shuffle=self._shuffle, buffer=self._buffer, generator=drawn
        )
        wanted = self._preparation.augmentation
        if wanted is None:
            return _Pass(number, positions, None, None)
        draws = draw(wanted, len(positions), _generator(self._seed, number, "draws"))
        return _Pass(number, positions, draws, matrices(draws, self._size))

    def _submit(self, this: _Pass, start: int) -> _Batch:
        positions = this.order[start : start + self.batch_size]
        x = np.empty((len(positions), *self._size, 3), np.uint8)
        share = max(1, len(positions) // (_TASKS_PER_WORKER * self._workers))
        tasks = [
            self._pool.submit(self._fill, this, positions, x, range(row, min(row + share, len(x))))
            for row in range(0, len(x), share)
        ]
        return _Batch(this.number, start + len(x) == len(this.order), positions, x, tasks)

    def _fill(
        self, this: _Pass, positions: NDArray[np.int64], x: NDArray[np.uint8], rows: range
    ) -> list[int]:
        """In a worker: write images into rows of `x`; the rows whose files cannot be read."""
        unreadable = []
        for row in rows:
            try:
                self._prepare(this, int(positions[row]), x[row])
            except UnreadableError:
                unreadable.append(row)
        return unreadable

    def _prepare(self, this: _Pass, position: int, out: NDArray[np.uint8]) -> None:
        decoded = read(self._files[position], dct=self._preparation.dct)
        method = self._preparation.resize
        if this.draws is None or this.matrices is None:
            resize(decoded, self._size, method=method, out=out)
            return
        warp(resize(decoded, self._size, method=method), this.matrices[position], out=out)
        recolour(
            out,
            exposure_stops=float(this.draws.exposure_stops[position]),
            blur_pixels=float(this.draws.blur_pixels[position]),
        )
        if noise := float(this.draws.noise[position]):
            generator = _generator(self._seed, this.number, "noise", position)
            add_noise(out, levels=noise, generator=generator)


_STREAMS = ("order", "draws", "noise")


def _generator(seed: int, number: int, stream: str, *image: int) -> np.random.Generator:
    """One of its own for each pass, use and image."""
    key = (number, _STREAMS.index(stream), *image)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
