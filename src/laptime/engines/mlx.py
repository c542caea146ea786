"""MLX, on Apple's GPU, on CUDA, or on the processor.

`plain` is what a careful user writes first: eager, and evaluated after every step, or the graph of
what is still to be computed would grow. `tuned` compiles the whole step and prepares the next one
while the device computes. bfloat16 is mixed: weights, optimizer, statistics and loss stay float32;
convolutions and dense layers, with what they pass on, run in bfloat16. On a Linux processor, products
are done by the reference BLAS that MLX's wheels (x86-64, 0.32) bring along: slow, and on one core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

try:
    import mlx.core as mx
except ImportError as error:
    raise ImportError(
        f"MLX has no backend here ({error}); add one with: pip install 'mlx[cpu]', or 'mlx[cuda]' "
        "for NVIDIA GPUs; on Windows: pip install mlx mlx-cpu"
    ) from error

import numpy as np
from mlx import nn, optimizers
from mlx.utils import tree_flatten

from laptime.engines import Device, Facts, Job, Unsupported, _mlx_kernels
from laptime.engines._mlx_build import Built

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "MLX"
MODULES = ("mlx",)
EXTRA = "mlx"
UNAVAILABLE = {
    "sys_platform == 'darwin' and platform_machine != 'arm64'": (
        "MLX needs Apple silicon and a Python built for it; on Intel Macs use another engine"
    ),
    "sys_platform == 'linux' and platform_machine not in 'x86_64 aarch64'": (
        "MLX has wheels for x86_64 and aarch64 only; use another engine"
    ),
}
DEVICES = ("gpu", "cpu")
PRECISIONS = ("float32", "bfloat16")
OPTIONS = {
    "compile": (False, True),
    "evaluate": ("each step", "ahead"),
}
SETUPS = {
    "plain": {},
    "tuned": {"compile": True, "evaluate": "ahead"},
}
# Else float32 products have TF32's 10 bits, on CUDA and from Apple's M5 on.
ENVIRONMENT = {"": {"MLX_ENABLE_TF32": "0"}}
LINES = {
    "compile=true": (
        "state = [model.state, optimizer.state, mx.random.state]\n"
        "step = mx.compile(step, inputs=state, outputs=state)"
    ),
    "evaluate=ahead": "mx.async_eval(loss, state)  # in the place of mx.eval",
}

DTYPES = _mlx_kernels.DTYPES


def devices() -> list[Device]:
    """What a small product really comes out right on, best first."""
    return [Device(key=key, name=_device_name(key)) for key in DEVICES if _computes(key)]


def _computes(key: str) -> bool:
    """A backend may be there without its device: compute something."""
    try:
        with mx.stream(_device(key)):
            ones = mx.ones((4, 4))
            return (ones @ ones).sum().item() == 64.0
    except (RuntimeError, ValueError):
        return False


def _device(key: str) -> mx.Device:
    return mx.Device(mx.gpu if key == "gpu" else mx.cpu, 0)


def _device_name(key: str) -> str | None:
    if key == "cpu":
        return None  # the machine's record names it
    name = mx.device_info(_device(key)).get("device_name")
    return str(name) if name else None


def kernel(kind: str, *, device: str, precision: str, size: int) -> Callable[[int], object]:
    """See the contract in `laptime.engines`."""
    return _mlx_kernels.kernel(kind, device=_device(device), precision=precision, size=size)


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> Session:
    """Build the network with these weights, on the device.

    Raises:
        Unsupported: a precision that it does not train in.
    """
    if job.precision not in DTYPES:
        raise Unsupported(f"MLX is not trained in {job.precision} here; use bfloat16")
    mx.set_default_device(_device(job.device))
    mx.random.seed(job.seed)
    return Session(job, weights, batches)


class Session:
    """A network in training; see the contract in `laptime.engines`."""

    def __init__(self, job: Job, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> None:
        self.samples = 0
        self._job = job
        self._batches = batches
        self._built = Built(job.network, dtype=DTYPES[job.precision])
        self._built.load(weights)
        self._net = self._built.module
        adam = job.recipe.optimizer
        # Without its own bias correction MLX's formula is Keras', once the step size has it.
        self._optimizer = optimizers.Adam(
            adam.learning_rate, [adam.beta_1, adam.beta_2], adam.epsilon, bias_correction=False
        )
        self._optimizer.init(self._net.trainable_parameters())
        self._trained = [name for name, _ in tree_flatten(self._net.trainable_parameters())]
        self._state = [self._net.state, self._optimizer.state, mx.random.state]
        self._gradients = nn.value_and_grad(self._net, self._loss_of)
        self._step = self._update
        self._predict = self._logits
        if job.options["compile"]:
            self._step = mx.compile(self._update, inputs=self._state, outputs=self._state)
            self._predict = mx.compile(self._logits, inputs=[self._net.state])
        self._evaluate = mx.async_eval if job.options["evaluate"] == "ahead" else mx.eval
        self._steps = 0
        self._loss: mx.array | None = None

    def train(self, steps: int) -> None:
        """Take the next batches and train on them; may return before the device is done."""
        if not self._trained:
            raise Unsupported(
                "this network has no weight to train; only its output can be asked for"
            )
        for _ in range(steps):
            x, y = self._batches.take()
            self._steps += 1
            self.samples += len(x)
            self._optimizer.learning_rate = self._job.recipe.optimizer.step_size(self._steps)
            self._loss = self._step(mx.array(x), mx.array(y))
            self._evaluate(self._loss, self._state)

    def _update(self, x: mx.array, y: mx.array) -> mx.array:
        """One step, as a graph: nothing is computed until its results are evaluated."""
        loss: mx.array
        loss, gradients = self._gradients(x, y)
        self._optimizer.update(self._net, gradients)
        return loss

    def _loss_of(self, x: mx.array, y: mx.array) -> mx.array:
        loss: mx.array = nn.losses.cross_entropy(self._logits(x), y, reduction="mean")
        return loss

    def _logits(self, x: mx.array) -> mx.array:
        """From uint8 (batch, height, width, channels), in float32."""
        logits: mx.array = self._net(x.astype(mx.float32))
        return logits.astype(mx.float32)

    def sync(self) -> float | None:
        """Wait until every step is in the parameters; the loss of the last step."""
        mx.eval(self._state)
        mx.synchronize()
        return None if self._loss is None else float(self._loss)

    def read_back(self) -> float:
        """One number of one updated parameter, or of any where none is trained."""
        arrays = dict(tree_flatten(self._net.parameters()))
        name = self._trained[-1] if self._trained else next(reversed(arrays))
        return float(arrays[name].flatten()[0])

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean loss and accuracy (0 to 1), in the recipe's batches, on the device."""
        size = self._job.recipe.batch_size
        loss, right = mx.array(0.0), mx.array(0)
        self._net.eval()
        for start in range(0, len(x), size):
            labels = mx.array(y[start : start + size])
            logits = self._predict(mx.array(x[start : start + size]))
            loss += nn.losses.cross_entropy(logits, labels, reduction="sum")
            right += (logits.argmax(1) == labels).sum()
            self._evaluate(loss, right)
        self._net.train()
        return float(loss) / len(x), int(right) / len(x)

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's output for a batch of images, as in evaluation, on the host."""
        self._net.eval()
        output = np.array(self._predict(mx.array(x)))
        self._net.train()
        return output

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Every weight by its path in the network, in Keras' layout."""
        return self._built.weights()

    def forward_flops(self) -> int:
        """Forward FLOPs for one image, from the kernels and outputs of the module."""
        self._net.eval()
        flops = self._built.forward_flops()
        self._net.train()
        return flops

    def close(self) -> None:
        """Nothing is left running."""

    @property
    def facts(self) -> Facts:
        """Asked from the objects that run."""
        return Facts(
            device_name=_device_name(self._job.device),
            parameters=self._built.parameters,
            versions={"mlx": version("mlx"), "numpy": np.__version__},
            options={name: self._job.options[name] for name in OPTIONS},
        )
