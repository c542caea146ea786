"""A callback for Keras 3, any backend: `model.fit(..., callbacks=[LaptimeCallback(batch_size=32)])`."""

from __future__ import annotations

from typing import Any

import keras

from laptime.watching.tally import Tally


class LaptimeCallback(keras.callbacks.Callback):
    """Tells laptime of epochs, steps, samples and validations.

    Keras reads every metric from the device for a callback that wants the end of each batch, which
    makes it wait for the device. This one takes the beginnings only; so how long Keras waits for its
    batches is not known.

    Args:
        name: of the training; None for the script's file name.
        batch_size: samples of a step; Keras does not tell it, and without it there are no samples/s.
    """

    def __init__(self, name: str | None = None, *, batch_size: int | None = None) -> None:
        super().__init__()
        self._tally = Tally("keras", name=name, batch_size=batch_size)
        self._batch_size = batch_size
        self._batch = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """The training begins."""
        self._tally.begin(parameters=self._parameters())

    def _parameters(self) -> int | None:
        return int(self.model.count_params()) if self.model.built else None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """An epoch begins."""
        self._batch = 0
        self._tally.ask()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """A step begins, and so the one before it is over; or several, by `steps_per_execution`."""
        self._tally.step(steps=batch - self._batch)
        self._tally.take(
            None if self._batch_size is None else self._batch_size, is_wait_known=False
        )
        self._batch = batch

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """A validation begins, as a rule after the last step of the epoch."""
        self._tally.step(steps=self._left())
        self._tally.begin_validation()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """It is over."""
        self._tally.end_validation()

    def _left(self) -> int:
        """Steps that began and were not counted."""
        whole = (self.params or {}).get("steps")
        return max(1, whole - self._batch) if whole else 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """The epoch is over, its validation too."""
        self._tally.step((logs or {}).get("loss"), steps=self._left())
        self._tally.end_epoch()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """The training is over."""
        self._tally.finish()
