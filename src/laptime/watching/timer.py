"""Two lines around a training loop of one's own.

watch = laptime.Timer("my training")
for epoch in range(10):
    for batch in watch.steps(loader):
        ...
"""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Iterator
from typing import Any, Self, TypeVar

from laptime.watching.tally import Tally

Batch = TypeVar("Batch")


class Timer:
    """Counts epochs, steps, samples and the wait for batches of a loop.

    Under `laptime watch` it tells the watcher. Alone it saves a result at the end of the process, or
    at `close`. It never raises: whatever fails in it is one warning line.

    Args:
        name: of the training; results are compared with others of the same name. None for the
            script's file name.
        batch_size: samples of a step, where its batches do not say it themselves.
        parameters: numbers in all weights, for the record.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        batch_size: int | None = None,
        parameters: int | None = None,
    ) -> None:
        self._batch_size = batch_size
        self._tally = Tally("timer", name=name, batch_size=batch_size)
        self._tally.begin(parameters=parameters)
        atexit.register(self.close)

    def steps(self, loader: Iterable[Batch]) -> Iterator[Batch]:
        """One epoch: the loader's batches, one after the other.

        A step lasts from a batch to the asking for the next one. What stands between two of these
        loops (validation, as a rule) is in no epoch.

        Args:
            loader: anything that yields batches. A batch tells its size by its first array, list or
                tensor.
        """
        tally = self._tally
        try:
            tally.ask()
            for batch in loader:
                tally.take(self._batch_size or samples_of(batch))
                yield batch
                tally.step()
                tally.ask()
        finally:
            tally.step()  # the loop was left in its middle
            tally.end_epoch()

    def loss(self, value: Any) -> None:
        """Tell the loss of this step, as the framework has it; it is read at ends of blocks only."""
        self._tally.tell_loss(value)

    def validation(self) -> _Validation:
        """`with watch.validation():` around a validation, to have its time too."""
        return _Validation(self._tally)

    def close(self) -> None:
        """The training is over: alone, its result is saved. Harmless twice."""
        atexit.unregister(self.close)
        self._tally.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Validation:
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def __enter__(self) -> None:
        self._tally.begin_validation()

    def __exit__(self, *_: object) -> None:
        self._tally.end_validation()


def timed(
    loader: Iterable[Batch],
    *,
    epochs: int = 1,
    name: str | None = None,
    batch_size: int | None = None,
) -> Iterator[Batch]:
    """The loader's batches, epoch after epoch, counted: `for batch in laptime.timed(loader):`.

    Args:
        loader: anything that yields batches, anew for each epoch.
        epochs: how often it is gone through.
        name: as of `Timer`.
        batch_size: as of `Timer`.
    """
    with Timer(name, batch_size=batch_size) as watch:
        for _ in range(epochs):
            yield from watch.steps(loader)


def samples_of(batch: object) -> int | None:
    """How many samples are in a batch; None where it does not look like one.

    Of a mapping the first value counts, of a tuple or list of arrays the first one.
    """
    for _ in range(3):  # ({"input_ids": tensor}, label) is as deep as they come
        shape = getattr(batch, "shape", None)
        if shape is not None:
            return int(shape[0]) if len(shape) else None
        if isinstance(batch, dict) or hasattr(batch, "keys"):
            values = list(batch.values()) if hasattr(batch, "values") else []
            batch = values[0] if values else None
        elif isinstance(batch, tuple | list) and batch:
            if not _is_array(batch[0]):
                return len(batch)
            batch = batch[0]
        else:
            return None
    return None


def _is_array(value: object) -> bool:
    return (hasattr(value, "shape") and bool(len(value.shape))) or isinstance(
        value, dict | tuple | list
    )
