"""PyTorch, on whatever it can compute on: CUDA and ROCm, Intel GPUs, Apple's GPU, or the processor.

`plain` is what a careful user writes first: eager, default layout, default optimizer. `tuned` is the
fastest we know for the same work; docs/measuring.md says what it does and what each step gained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - as everybody calls it
from torch.utils.flop_counter import FlopCounterMode

from laptime.engines import (
    Device,
    Facts,
    Job,
    Unsupported,
    _torch_dense,
    _torch_devices,
    _torch_kernels,
)
from laptime.engines._torch_adam import FusedAdam
from laptime.engines._torch_build import Built, Frozen
from laptime.engines._torch_frozen import fused
from laptime.optimizers import Adam

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laptime.pipeline import Feed

TITLE = "PyTorch"
MODULES = ("torch",)
EXTRA = "torch"
UNAVAILABLE = {
    "sys_platform == 'darwin' and platform_machine == 'x86_64'": "PyTorch has no wheels for Intel "
    "Macs any more; take another engine",
}
DEFAULT = True
DEVICES = ("cuda", "xpu", "mps", "cpu")
PRECISIONS = ("float32", "bfloat16", "float16")
OPTIONS = {
    "layout": ("contiguous", "channels_last"),
    "optimizer": ("default", "fused"),
    "lean": (False, True),
    "dense": ("default", "onednn"),
    "frozen": ("as described", "fused"),
    "threads": ("all", "auto", "one"),
    "allocator": ("system", "keep"),
    "compile": ("none", "step"),
}
SETUPS = {
    "plain": {},
    "tuned": {
        "layout": "channels_last",
        "optimizer": "fused",
        "lean": True,
        "dense": "onednn",
        "frozen": "fused",
        "threads": "auto",
        "allocator": "keep",
    },
}
ENVIRONMENT = {
    # float32 is float32: left to themselves NVIDIA's libraries round it to 10 bits (TF32).
    "": {"NVIDIA_TF32_OVERRIDE": "0"},
    # Memory that glibc's allocator keeps is not faulted in again at every step.
    "allocator=keep; sys_platform == 'linux'": {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "-1",
        "MALLOC_TOP_PAD_": "268435456",
    },
}
COMPILER = ("compile=step",)
LINES = {
    "layout=channels_last": "model = model.to(memory_format=torch.channels_last)\n"
    "images = images.to(memory_format=torch.channels_last)",
    "optimizer=fused": "optimizer = torch.optim.Adam(model.parameters(), fused=True)",
    "lean=true": "nn.MaxPool2d(2), nn.ReLU(inplace=True)  # in this order, in place of relu first",
    "dense=onednn": "# both gradients by the same operation, in a torch.autograd.Function:\n"
    "y = torch.ops.mkldnn._linear_pointwise(x, weight, bias, 'none', [], '')",
    "frozen=fused": "backbone = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, norm)  # each pair\n"
    "with torch.inference_mode(): features = backbone(images)",
    "threads=one": "torch.set_num_threads(1)",
    "threads=auto": "torch.set_num_threads(1)  # on a processor, where a step has little work",
    "allocator=keep": "# before Python starts:\nexport MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1 "
    "MALLOC_TOP_PAD_=268435456",
    "compile=step": "loss_of = torch.compile(lambda x, y: F.cross_entropy(model(x), y))",
}

ONE_THREAD_FLOPS = 50e6
"""A step with less work than this is done sooner by one core than by several that must meet."""

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""From uint8 images and labels to the mean loss."""

Update = Callable[[torch.Tensor, int], None]
"""From the loss and the number of the step (1 for the first) to new weights."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


kernel = _torch_kernels.kernel
builds = _torch_kernels.builds


def devices() -> list[Device]:
    """What a small product really comes out right on, best first."""
    return _torch_devices.found()


def _threads(job: Job, available: int) -> int:
    """Cores to use: all, but by choice one for a step too small to be worth meeting for."""
    flops = job.network.training_flops * job.recipe.batch_size
    small = job.device == "cpu" and flops < ONE_THREAD_FLOPS
    chosen = job.options["threads"]
    return 1 if chosen == "one" or (chosen == "auto" and small) else available


def start(job: Job, *, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> Session:
    """Build the network with these weights, on the device.

    Raises:
        Unsupported: a precision that the device does not have.
    """
    if job.precision == "float16" and job.device == "cpu":
        raise Unsupported("float16 training on a processor is not supported; use bfloat16")
    torch.manual_seed(job.seed)
    threads = _threads(job, torch.get_num_threads())
    if threads != torch.get_num_threads():
        torch.set_num_threads(threads)
    return Session(job, weights, batches)


class Session:
    """A network in training; see the contract in `laptime.engines`."""

    def __init__(self, job: Job, weights: Mapping[str, NDArray[np.float32]], batches: Feed) -> None:
        self.samples = 0
        self._job = job
        self._device = torch.device(job.device)
        is_last = job.options["layout"] == "channels_last"
        self._format = torch.channels_last if is_last else torch.contiguous_format
        self._batches = batches
        wants_onednn = job.options["dense"] == "onednn"
        onednn = wants_onednn and _torch_dense.is_possible(self._device)
        self._built = Built(job.network, lean=bool(job.options["lean"]), onednn=onednn)
        self._built.load(weights)
        self._net = self._built.module.to(self._device, memory_format=self._format)
        self._net.train()
        self._fused = [self._fuse(part) for part in self._net.modules() if isinstance(part, Frozen)]
        self._trained = [p for p in self._net.parameters() if p.requires_grad]
        self._update = _update(job, self._trained)
        self._compiled: Loss | None = None
        if job.options["compile"] == "step":
            self._compiled = torch.compile(self._loss_of, dynamic=False)
        self._steps = 0
        self._loss = torch.zeros(())
        # What every step would look up again: a small network's takes half a millisecond.
        self._batch_size = job.recipe.batch_size
        self._is_host = self._device.type == "cpu"
        self._as_it_is = nullcontext() if job.precision == "float32" else None

    @property
    def _is_dense_ours(self) -> bool:
        return any(isinstance(each, _torch_dense.Dense) for each in self._net.modules())

    def _fuse(self, part: Frozen) -> bool:
        """Rewrite a frozen part for speed, where that is chosen; whether it was done."""
        is_chosen = self._job.options["frozen"] == "fused"
        if is_chosen:
            part.replace(fused(part.body, dtype=DTYPES[self._job.precision]))
        return is_chosen

    def train(self, steps: int) -> None:
        """Take the next batches and train on them; may return before the device is done."""
        for _ in range(steps):
            self._step(*self._batches.take())

    def _step(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        self._steps += 1
        self.samples += len(y)
        # The last batch of an epoch may be smaller: it would be compiled for itself alone.
        is_whole = len(y) == self._batch_size
        loss_of = self._compiled if self._compiled and is_whole else self._loss_of
        with self._precision():
            loss = loss_of(self._there(x), self._there(y).long())
        self._update(loss, self._steps)
        self._loss = loss  # its graph's tensors were freed by the backward pass

    def _loss_of(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of uint8 images (batch, height, width, channels)."""
        return F.cross_entropy(self._net(self._floats(x)), labels)

    def _floats(self, x: torch.Tensor) -> torch.Tensor:
        """uint8 (batch, height, width, channels) to float32 (batch, channels, height, width)."""
        return x.permute(0, 3, 1, 2).to(torch.float32, memory_format=self._format)

    def _there(self, values: NDArray[np.uint8]) -> torch.Tensor:
        """On the device."""
        tensor = torch.from_numpy(values)
        return tensor if self._is_host else tensor.to(self._device)

    def _images(self, x: NDArray[np.uint8]) -> torch.Tensor:
        return self._floats(self._there(x))

    def _precision(self) -> AbstractContextManager[Any]:
        if self._as_it_is is not None:
            return self._as_it_is
        context: AbstractContextManager[Any] = torch.autocast(
            self._job.device.split(":")[0], DTYPES[self._job.precision]
        )
        return context

    def sync(self) -> float:
        """Wait until every step is in the parameters; the loss of the last step."""
        match self._device.type:
            case "cuda":
                torch.cuda.synchronize(self._device)
            case "xpu":
                torch.xpu.synchronize(self._device)
            case "mps":
                torch.mps.synchronize()
        return float(self._loss.detach())

    def read_back(self) -> float:
        """One number of one updated parameter, or of any where none is trained."""
        tensors = self._trained or list(self._net.parameters())
        return float(tensors[-1].detach().flatten()[0])

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean loss and accuracy (0 to 1), in the recipe's batches, on the device."""
        size = self._job.recipe.batch_size
        loss = torch.zeros((), device=self._device)
        right = torch.zeros((), dtype=torch.int64, device=self._device)
        self._net.eval()
        with torch.inference_mode(), self._precision():
            for start in range(0, len(x), size):
                labels = self._there(y[start : start + size]).long()
                logits = self._net(self._images(x[start : start + size])).float()
                loss += F.cross_entropy(logits, labels, reduction="sum")
                right += (logits.argmax(1) == labels).sum()
        self._net.train()
        return float(loss) / len(x), int(right) / len(x)

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's output for a batch of images, as in evaluation, on the host."""
        self._net.eval()
        with torch.inference_mode(), self._precision():
            output = self._net(self._images(x)).float()
        self._net.train()
        # Channels last, as every shape in a description.
        last = output.permute(0, 2, 3, 1) if output.dim() == 4 else output
        host: NDArray[np.float32] = last.contiguous().cpu().numpy()
        return host

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Every weight by its path in the network, in Keras' layout."""
        return self._built.weights()

    def forward_flops(self) -> int:
        """Counted by PyTorch itself while an image passes through what really runs."""
        image = np.zeros((1, *self._job.network.input_shape), np.uint8)
        with FlopCounterMode(display=False, custom_mapping=_torch_dense.counted()) as counter:
            self.forward(image)
        return int(counter.get_total_flops())

    def close(self) -> None:
        """Nothing is left running."""

    @property
    def _form(self) -> str:
        if not self._trained:
            return "none: nothing is trained"
        return "default" if isinstance(self._update, _Optimized) else "fused"

    @property
    def facts(self) -> Facts:
        """Asked from the objects that run."""
        return Facts(
            device_name=_torch_devices.name(self._job.device),
            parameters=self._built.parameters,
            versions=_versions(),
            options={
                "layout": self._job.options["layout"],
                "optimizer": self._form,
                "lean": self._job.options["lean"],
                "dense": "onednn" if self._is_dense_ours else "default",
                "compile": self._job.options["compile"],
                **(
                    {"frozen": "fused" if all(self._fused) else "as described"}
                    if self._fused
                    else {}
                ),
                "threads": torch.get_num_threads(),
            },
        )


def _update(job: Job, trained: list[torch.nn.Parameter]) -> Update:
    """How a loss becomes new weights."""
    if not trained:
        return _refuse
    adam = job.recipe.optimizer
    if job.precision == "float16":
        return _Optimized(adam, trained, torch.amp.GradScaler(job.device.split(":")[0]))
    if job.options["optimizer"] == "fused":
        return _fused_update(adam, trained)
    return _Optimized(adam, trained, None)


def _refuse(loss: torch.Tensor, step: int) -> None:  # noqa: ARG001 - as every update
    raise Unsupported("this network has no weight to train; only its output can be asked for")


class _Optimized:
    """`torch.optim.Adam` as it comes; float16 scales the loss, or its gradients would vanish."""

    def __init__(
        self,
        adam: Adam,
        trained: list[torch.nn.Parameter],
        scaler: torch.amp.GradScaler | None,
    ) -> None:
        self._adam = adam
        betas = adam.beta_1, adam.beta_2
        self._optimizer = torch.optim.Adam(trained, lr=adam.learning_rate, betas=betas)
        self._scaler = scaler

    def __call__(self, loss: torch.Tensor, step: int) -> None:
        """One update; gradients are freed at once, before the next forward pass needs memory."""
        group = self._optimizer.param_groups[0]
        group["eps"] = self._adam.epsilon_after_correction(step)
        group["lr"] = self._adam.rate(step)
        if self._scaler is None:
            loss.backward()
            self._optimizer.step()
        else:
            self._scaler.scale(loss).backward()
            self._scaler.step(self._optimizer)
            self._scaler.update()
        self._optimizer.zero_grad(set_to_none=True)


def _fused_update(adam: Adam, trained: list[torch.nn.Parameter]) -> Update:
    fused = FusedAdam(adam, trained)

    def update(loss: torch.Tensor, step: int) -> None:
        fused.step(torch.autograd.grad(loss, trained), step)

    return update


def _versions() -> dict[str, str]:
    versions = {"torch": str(torch.__version__), "numpy": np.__version__}
    vendors = {"cuda": torch.version.cuda, "hip": torch.version.hip}
    return versions | {name: version for name, version in vendors.items() if version}
