"""Training as the authors wrote it: one `Model.fit`, timed from inside.

`fit` runs in a thread of its own from the first order to the end of the session. Its only callback lets
it go on for the steps that were ordered and no further; whoever ordered them waits meanwhile, so only
one of the two ever computes. It acts where a step begins, and never where one ends: so Keras is as free
as without it to fetch what it logs after the step (it does so in a thread of its own, unless a callback
wants to see them).
"""

from __future__ import annotations

import math
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from laptime.engines import Job, Option
from laptime.engines._keras_build import Built
from laptime.engines._keras_session import one_number
from laptime.pipeline import Batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

LISTEN_S = 1.0
"""How long to wait before looking whether somebody pressed Ctrl-C; Windows cannot be interrupted."""


class FitTrainer:
    """One long `fit`, in pieces; a `Trainer`.

    Args:
        built: a compiled model.
        job: what to train.
        batches: arrays are handed to `fit`, which shuffles and slices them itself; photos come from a
            generator, which it may ask ahead of the training.
        device: as `keras.device` takes it; each thread must be told.
    """

    is_wait_known = False

    def __init__(self, built: Built, job: Job, batches: Feed, *, device: Any) -> None:
        self.samples = 0
        self._model = built.model
        self._device = device
        self._data = _Arrays(batches, job) if isinstance(batches, Batches) else _Stream(batches)
        self._edges = _Edges()
        self._thread = threading.Thread(target=self._fit, name="fit", daemon=True)
        self._failure: BaseException | None = None
        self._loss: float | None = None
        self._is_settled = True

    @property
    def options(self) -> Mapping[str, Option]:
        """As Keras resolved its own defaults."""
        return {
            "loop": "fit",
            "jit": bool(self._model.jit_compile),
            "steps_per_call": int(self._model.steps_per_execution),
        }

    def train(self, steps: int) -> None:
        """Let `fit` go on for so many steps. Whatever it raises comes out here.

        Raises:
            DataError: no image can be read.
        """
        if self._failure is not None:
            raise self._failure
        if self._thread.ident is None:
            self._thread.start()
            self._wait()
        self._is_settled = False
        self._edges.orders.put(steps)
        self._wait()
        self.samples += self._data.trained(steps)

    def sync(self) -> float | None:
        """The loss of the last step, once the weights hold it; None before the first."""
        self.settle()
        return self._loss

    def read_back(self) -> float:
        """One number of the last variable that is trained."""
        self.settle()
        return one_number(self._model.trainable_weights[-1])

    def settle(self) -> None:
        """The weights are in the model's variables; on JAX `fit` keeps them to itself until asked."""
        if self._is_settled:
            return
        to_variables(self._model)
        self._loss = self._edges.loss()
        one_number(self._model.trainable_weights[-1])  # a device is done when it can be read
        self._is_settled = True

    def close(self) -> None:
        """End `fit` where its next step would begin."""
        self._edges.is_closed = True
        self._edges.orders.put(0)
        if self._thread.ident is not None:
            self._thread.join()

    def _wait(self) -> None:
        """Until `fit` is where it was told to stop."""
        answer = None
        while answer is None:
            with suppress(Empty):
                answer = self._edges.answers.get(timeout=LISTEN_S)
        if isinstance(answer, BaseException):
            self._failure = answer
            raise answer

    def _fit(self) -> None:
        """In the thread."""
        try:
            with keras.device(self._device):
                arguments = self._data.arguments(self._model)
                self._model.fit(**arguments, epochs=sys.maxsize, callbacks=[self._edges], verbose=0)
        except _Closed:
            return
        except BaseException as failure:  # noqa: BLE001 - whoever waits raises it
            self._edges.answers.put(self._data.failure or failure)


class _Closed(Exception):  # noqa: N818 - the session is over
    """Ends `fit`."""


class _Edges(keras.callbacks.Callback):
    """Where `fit` stops and goes on. In its thread; all but the hooks is the other thread's."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: SimpleQueue[int] = SimpleQueue()
        self.answers: SimpleQueue[BaseException | Literal["here"]] = SimpleQueue()
        self.is_closed = False
        self._left = 0
        self._epoch_loss = math.nan
        self._is_new_epoch = True

    def loss(self) -> float:
        """Of the last step: the mean since the metrics were reset, which was just before it."""
        if self._is_new_epoch:  # `fit` has reset them again
            return self._epoch_loss
        return float(self.model.metrics[0].result())

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """A step begins; the one before it has been started, and may not be done."""
        if not self._left:
            self._is_new_epoch = batch == 0
            self.answers.put("here")
            self._left = self.orders.get()
        if self.is_closed:
            raise _Closed
        self._left -= 1
        if not self._left:
            to_variables(self.model)
            self.model.reset_metrics()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Before the metrics are reset."""
        self._epoch_loss = (logs or {})["loss"]


class _Arrays:
    """Images in memory, as float32: the authors' own `fit(x, y)`."""

    failure = None

    def __init__(self, batches: Batches, job: Job) -> None:
        self._batches, self._recipe = batches, job.recipe
        self._steps = 0

    def arguments(self, model: keras.Model) -> dict[str, Any]:  # noqa: ARG002 - as the other
        """For `fit`."""
        return {
            "x": self._batches.x.astype(np.float32),
            "y": self._batches.y,
            "batch_size": self._batches.batch_size,
            "shuffle": self._recipe.shuffle,
        }

    def trained(self, steps: int) -> int:
        """Images of the next steps: the last batch of an epoch is smaller."""
        before, self._steps = self._steps, self._steps + steps
        return self._images_after(self._steps) - self._images_after(before)

    def _images_after(self, steps: int) -> int:
        epochs, rest = divmod(steps, self._batches.steps_per_epoch)
        return epochs * len(self._batches.y) + rest * self._batches.batch_size


class _Stream:
    """Photos, batch after batch, as float32, which is what Keras' loaders give."""

    def __init__(self, batches: Feed) -> None:
        self._batches = batches
        self._sizes: deque[int] = deque()
        self.failure: BaseException | None = None

    def arguments(self, model: keras.Model) -> dict[str, Any]:
        """For `fit`."""
        if keras.config.backend() != "tensorflow":
            # Left to itself, `fit` takes a batch to make its metrics from, and throws it away.
            batch = np.zeros((self._batches.batch_size, *model.input_shape[1:]), np.float32)
            labels = np.zeros(self._batches.batch_size, np.uint8)
            model._symbolic_build(data_batch=(batch, labels))  # noqa: SLF001 - there is no other
        steps = self._batches.steps_per_epoch
        return {"x": self._images(), "steps_per_epoch": steps, "shuffle": False}

    def trained(self, steps: int) -> int:
        """Images of the next steps: what cannot be read is left out of its batch."""
        return sum(self._sizes.popleft() for _ in range(steps))

    def _images(self) -> Iterator[tuple[NDArray[np.float32], NDArray[np.uint8]]]:
        """In whatever thread the backend asks from; some tell only the text of what is raised."""
        try:
            while True:
                x, y = self._batches.take()
                self._sizes.append(len(y))
                yield x.astype(np.float32), y
        except Exception as failure:
            self.failure = failure
            raise


def to_variables(model: keras.Model) -> None:
    """Copy what a running `fit` of JAX keeps into the model; it goes on from there."""
    if keras.config.backend() == "jax":
        model.jax_state_sync()
