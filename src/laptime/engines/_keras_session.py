"""A Keras model in training: what all backends and all ways to train have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import keras
import msgspec
import numpy as np

from laptime.engines import Facts, Job, Option, Unsupported
from laptime.engines._keras_build import Built, on_host

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

POLICIES = {
    "float32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
"""Keras' dtype policy for each precision; the mixed ones keep weights and loss in float32."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The device of a job, as its backend calls it; and what else only the backend knows."""

    handle: Any
    """As `keras.device` takes it: 'cpu:0', 'gpu:1', 'mps', or a device of JAX."""
    name: str | None
    """What the vendor calls it."""
    versions: dict[str, str]
    options: dict[str, Option]
    """What the backend says it runs with: its threads, for example."""


class Trainer(Protocol):
    """One way to train a model that Keras built; called with the job's device in force."""

    samples: int
    """Images trained on so far, by the steps ordered."""
    is_wait_known: bool
    """As in `Facts`."""

    @property
    def options(self) -> Mapping[str, Option]:
        """What really runs, asked from the real objects."""

    def train(self, steps: int) -> None:
        """Take the next batches and train on them; may return before the device is done."""

    def sync(self) -> float | None:
        """Wait until every step is in the parameters; the loss of the last step, if there was one."""

    def read_back(self) -> float:
        """One number of one updated parameter, copied to the host."""

    def settle(self) -> None:
        """Put the weights as they are now into the model's own variables."""

    def close(self) -> None:
        """End what it left running."""


MakeTrainer = Callable[[Built, Job, "Feed"], Trainer]


class KerasSession:
    """A network in training; see the contract in `laptime.engines`.

    Args:
        job: what to train.
        weights: what it starts from.
        batches: what it trains on.
        trainer: how; made only where there is something to train.
        place: where.

    Raises:
        Unsupported: the device does not have the precision.
    """

    def __init__(
        self,
        job: Job,
        weights: Mapping[str, NDArray[np.float32]],
        batches: Feed,
        *,
        trainer: MakeTrainer,
        place: Place,
    ) -> None:
        if job.precision == "float16" and job.device == "cpu":
            raise Unsupported("float16 training on a processor is not supported; use bfloat16")
        keras.utils.set_random_seed(job.seed)
        keras.config.set_dtype_policy(POLICIES[job.precision])
        self.samples = 0
        self._job = job
        self._place = place
        with keras.device(place.handle):
            self._built = Built(job.network, seed=job.seed)
            self._built.load(weights)
            self._model = self._built.model
            _compile(self._model, job)
            is_trained = bool(self._model.trainable_weights)
            self._trainer = trainer(self._built, job, batches) if is_trained else None

    def train(self, steps: int) -> None:
        """Take the next batches and train on them; may return before the device is done.

        Raises:
            Unsupported: there is nothing to train.
        """
        if self._trainer is None:
            raise Unsupported("this network has no weight to train; ask for its output only")
        with keras.device(self._place.handle):
            self._trainer.train(steps)
        self.samples = self._trainer.samples

    def sync(self) -> float | None:
        """Wait until every step is in the parameters; the loss of the last step."""
        if self._trainer is None:
            return None
        with keras.device(self._place.handle):
            return self._trainer.sync()

    def read_back(self) -> float:
        """One number of one updated parameter, or of any where none is trained."""
        if self._trainer is None:
            return one_number(self._model.weights[-1])
        return self._trainer.read_back()

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean loss and accuracy (0 to 1) by `Model.evaluate`, in the recipe's batches."""
        self._settle()
        size = self._job.recipe.batch_size
        with keras.device(self._place.handle):
            loss, accuracy = self._model.evaluate(_images(x), y, batch_size=size, verbose=0)
        return float(loss), float(accuracy)

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's output for a batch of images, as in evaluation, on the host."""
        self._settle()
        with keras.device(self._place.handle):
            output = self._model.predict_on_batch(_images(x))
        return np.asarray(output, np.float32)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Every weight by its path in the network, in Keras' layout."""
        self._settle()
        return self._built.weights()

    def forward_flops(self) -> int:
        """Forward FLOPs for one image, counted in the model's own layers."""
        return self._built.forward_flops()

    def close(self) -> None:
        """End what the trainer left running."""
        if self._trainer is not None:
            self._trainer.close()

    @property
    def facts(self) -> Facts:
        """Asked from the objects that run."""
        trained = {} if self._trainer is None else self._trainer.options
        return Facts(
            device_name=self._place.name,
            parameters=self._built.parameters,
            versions={"keras": keras.version(), "numpy": np.__version__} | self._place.versions,
            options={"backend": keras.config.backend(), **self._place.options, **trained},
            is_wait_known=self._trainer is None or self._trainer.is_wait_known,
        )

    def _settle(self) -> None:
        if self._trainer is not None:
            with keras.device(self._place.handle):
                self._trainer.settle()


def one_number(variable: keras.Variable) -> float:
    """The first one of a variable, copied to the host."""
    return float(on_host(variable).flat[0])


def _compile(model: keras.Model, job: Job) -> None:
    """As the authors write it; everything else is Keras' own default."""
    adam = job.recipe.optimizer
    model.compile(
        optimizer=keras.optimizers.Adam(
            learning_rate=adam.learning_rate,
            beta_1=adam.beta_1,
            beta_2=adam.beta_2,
            epsilon=adam.epsilon,
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )


def _images(x: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels as Keras' own loaders give them."""
    return x.astype(np.float32)
