"""A trial: a network trained for a few steps from known weights on known images, in any engine.

What comes out is evidence: two engines that do the same work give the same. Weights and images are
drawn from seeds of their own, so that every process makes the same ones for itself.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from laptime.engines import EngineModule, Job, Option, Session
from laptime.layers import Network, Weight
from laptime.pipeline import Batches
from laptime.workloads import Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCHES = 10
"""Distinct batches, which come round again and again."""
EVALUATED = 3
"""Batches of them that are evaluated."""

Arrays = dict[str, "NDArray[np.float32]"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried."""

    network: Network
    batch_size: int
    steps: tuple[int, ...] = ()
    """After each of these numbers of steps loss and weights are told; none to train nothing."""
    forward: bool = True
    """Whether the output of the first batch and the evaluation of all are told."""
    zeros: tuple[str, ...] = ()
    """Weights whose paths end so start from zero."""

    @property
    def key(self) -> int:
        """Equal for trials of the same network on the same terms."""
        return zlib.crc32(msgspec.json.encode(self, order="deterministic"))


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine made of a trial, but for the arrays: those lie in a file."""

    parameters: int
    flops: int
    losses: dict[int, float] = {}
    """Steps -> loss of the last of them: of the batch before it changed the weights."""
    evaluation: tuple[float, float] | None = None
    """Loss and accuracy over all images, from the first weights."""


def attempt(
    engine: EngineModule, trial: Trial, *, device: str, precision: str, options: dict[str, Option]
) -> tuple[Evidence, Arrays]:
    """Do it.

    Returns:
        What came out, and arrays: 'forward', and 'STEPS:PATH' for each weight that has changed.
    """
    weights, x, y = inputs(trial)
    size = trial.batch_size
    batches = Batches(x, y, batch_size=size, shuffle=False, seed=0, now_ns=lambda: 0)
    job = Job(
        network=trial.network,
        recipe=Recipe(batch_size=size, epochs=1, shuffle=False),
        device=device,
        precision=precision,
        options=options,
        seed=0,
    )
    session = engine.start(job, weights=weights, batches=batches)
    try:
        return _evidence(session, trial, weights, x, y)
    finally:
        session.close()


def _evidence(
    session: Session, trial: Trial, start: Arrays, x: NDArray[np.uint8], y: NDArray[np.uint8]
) -> tuple[Evidence, Arrays]:
    arrays: Arrays = {}
    evaluation = None
    if trial.forward:
        arrays["forward"] = session.forward(x[: trial.batch_size])
    if trial.forward and _classifies(trial.network):
        count = EVALUATED * trial.batch_size - 1  # the last batch is a smaller one
        evaluation = session.evaluate(x[:count], y[:count])
    losses: dict[int, float] = {}
    done = 0
    for steps in trial.steps:
        session.train(steps - done)
        done = steps
        loss = session.sync()
        losses[steps] = math.nan if loss is None else loss
        arrays |= {
            f"{steps}:{path}": weight
            for path, weight in session.weights().items()
            if not np.array_equal(weight, start[path])
        }
    evidence = Evidence(
        parameters=session.facts.parameters,
        flops=session.forward_flops(),
        losses=losses,
        evaluation=evaluation,
    )
    return evidence, arrays


def _classifies(network: Network) -> bool:
    return len(network.output_shape) == 1


def inputs(trial: Trial) -> tuple[Arrays, NDArray[np.uint8], NDArray[np.uint8]]:
    """Weights by path, images (count, height, width, channels) and labels (count,) of a trial."""
    network = trial.network
    weights = {
        f"{place.path}/{name}": _draw(f"{place.path}/{name}", weight, zeros=trial.zeros)
        for place in network.placed()
        for name, weight in place.weights.items()
    }
    count = BATCHES * trial.batch_size
    generator = np.random.default_rng(1)
    images = [_image(network.input_shape, generator) for _ in range(count)]
    labels = generator.integers(0, min(network.output_shape[-1], 256), count)
    return weights, np.stack(images), labels.astype(np.uint8)


def _draw(path: str, weight: Weight, *, zeros: tuple[str, ...]) -> NDArray[np.float32]:
    """One weight. Deep networks must stay sensitive to their image: plain random ones hardly are."""
    generator = np.random.default_rng(zlib.crc32(path.encode()))
    shape, name = weight.shape, path.rpartition("/")[2]
    if weight.start == "values":  # fixed statistics are part of the description
        drawn = np.array(weight.values).reshape(shape)
    elif name == "count" or path.endswith(zeros):
        drawn = np.zeros(shape)
    elif name.endswith("kernel"):  # a depthwise one ends with 1
        fan_in = math.prod(shape[:-1] if shape[-1] > 1 else shape[:2])
        drawn = generator.normal(0, math.sqrt(2 / fan_in), shape)
    elif name == "gamma":
        drawn = generator.uniform(0.85, 1.25, shape)
    elif name.endswith("variance"):
        drawn = generator.uniform(0.8, 1.2, shape)
    else:
        drawn = generator.normal(0, 0.1, shape)
    return drawn.astype(np.float32)


def _image(shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Smooth waves under noise; no borders, whose equal pixels would hide a wrong padding."""
    rows, columns, channels = shape
    row, column = np.mgrid[:rows, :columns] / max(rows, columns)
    turns = generator.uniform(-4, 4, (channels, 2)) * 2 * math.pi
    waves = np.stack([np.sin(a * row + b * column) for a, b in turns], -1)
    image = 127 + 80 * waves + generator.normal(0, 15, shape)
    pixels: NDArray[np.uint8] = image.clip(0, 255).astype(np.uint8)
    return pixels
