"""Keras on PyTorch, as fast as it goes: the step is traced once, so that Keras' Python runs no more.

A call of a Keras layer costs some 100 us of Python on this backend. `make_fx` runs forward and backward
pass once and writes down PyTorch's own operations; this list is what runs from then on.

Options for the leaf (first value as `fit` has it):

    loop            "fit", "own"
    graph           "none", "traced", "compiled" (traced, then torch.compile: needs a C++ compiler)
    optimizer       "default" (torch.optim.Adam), "fused" (its kernel without its bookkeeping)
    lean            False, True: windows without Keras' copies from one memory layout to another
    threads         "all", "auto" (one where a step is small), "one"
    allocator       "system", "keep" (environment, as engine torch)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import keras
import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from laptime.engines import Job, Option
from laptime.engines._keras_build import Built
from laptime.engines._keras_loop import Loop, flat_layers, is_small
from laptime.engines._torch_adam import FusedAdam
from laptime.layers import Padding, pads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch.fx import GraphModule

    from laptime.pipeline import Feed

Gradients = Callable[[Tensor, Tensor], tuple[Tensor, Sequence[Tensor]]]
"""From images and labels to the loss and a gradient for each trained weight."""

Update = Callable[[Sequence[Tensor], int], None]
"""From gradients and the number of the step (1 for the first) to new weights."""


class LoopTrainer(Loop):
    """A `Trainer`: PyTorch's own autograd and optimizer over the tensors of Keras' variables."""

    def __init__(self, built: Built, job: Job, batches: Feed) -> None:
        super().__init__(built, job, batches)
        self._device = torch.device(job.device)
        if _is_for_one_thread(job):
            torch.set_num_threads(1)
        self._lean = job.options.get("lean", False) is True
        self._graph = job.options.get("graph", "none")
        _use_own_layers(self._model, lean=self._lean, compiled=self._graph == "compiled")
        self._trained = [variable.value for variable in self._model.trainable_variables]
        self._update = self._make_update()
        self._graphs: dict[torch.Size, Gradients] = {}
        self._count = 0
        self._loss = torch.zeros(())

    def sync(self) -> float:
        """Wait until every step is in the parameters; the loss of the last step."""
        match self._device.type:
            case "cuda":
                torch.cuda.synchronize(self._device)
            case "xpu":
                torch.xpu.synchronize(self._device)
            case "mps":
                torch.mps.synchronize()
        return float(self._loss)

    def read_back(self) -> float:
        """One number of the last variable that is trained."""
        return float(self._trained[-1].detach().flatten()[0])

    def settle(self) -> None:
        """The model's own variables are what is trained."""

    @property
    def options(self) -> Mapping[str, Option]:
        """What really runs."""
        return {
            **super().options,
            "graph": self._graph,
            "lean": self._lean,
            "optimizer": "default" if isinstance(self._update, _Optimized) else "fused",
            "threads": torch.get_num_threads(),
        }

    def _make_update(self) -> Update:
        if self._job.options.get("optimizer", "default") == "fused":
            return FusedAdam(self._job.recipe.optimizer, self._trained).step
        return _Optimized(self._job, self._trained)

    def _step(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        images = torch.from_numpy(x).to(self._device)
        labels = torch.from_numpy(y).to(self._device)
        if self._graph == "none":
            self._loss, gradients = self._gradients(images, labels)
        else:
            with torch.no_grad():  # the backward pass is written down in the graph
                self._loss, gradients = self._graph_for(images, labels)(images, labels)
        self._count += 1
        self._update(gradients, self._count)

    def _steps(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> None:
        for images, labels in zip(x, y, strict=True):
            self._step(images, labels)

    def _gradients(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        logits = self._model(images.float(), training=True).float()
        loss = F.cross_entropy(logits, labels.long())
        return loss.detach(), torch.autograd.grad(loss, self._trained)

    def _graph_for(self, images: Tensor, labels: Tensor) -> Gradients:
        """By shape: the last batch of an epoch has a graph of its own."""
        graph = self._graphs.get(images.shape)
        if graph is None:
            graph = self._traced(images, labels)
            if self._graph == "compiled":
                graph = torch.compile(graph, dynamic=False)
            self._graphs[images.shape] = graph
        return graph

    def _traced(self, images: Tensor, labels: Tensor) -> GraphModule:
        """Runs the step once; what that draws and keeps is put back."""
        others = [variable.value for variable in self._model.non_trainable_variables]
        kept = [other.clone() for other in others]
        with torch.random.fork_rng(), torch.enable_grad():
            # As a function: for a method `make_fx` looks for a third argument.
            graph = make_fx(partial(LoopTrainer._gradients, self))(images, labels)
        for other, before in zip(others, kept, strict=True):
            other.copy_(before)
        return _simple(graph)


class _Optimized:
    """`torch.optim.Adam` with what Keras' defaults mean."""

    def __init__(self, job: Job, trained: Sequence[Tensor]) -> None:
        self._adam = job.recipe.optimizer
        betas = self._adam.beta_1, self._adam.beta_2
        self._trained = trained
        self._optimizer = torch.optim.Adam(trained, betas=betas)

    def __call__(self, gradients: Sequence[Tensor], step: int) -> None:
        for weight, gradient in zip(self._trained, gradients, strict=True):
            weight.grad = gradient
        group = self._optimizer.param_groups[0]
        group["lr"] = self._adam.rate(step)
        group["eps"] = self._adam.epsilon_after_correction(step)
        self._optimizer.step()


def _is_for_one_thread(job: Job) -> bool:
    wanted = job.options.get("threads", "all")
    return wanted == "one" or (wanted == "auto" and job.device == "cpu" and is_small(job))


def _simple(graph: GraphModule) -> GraphModule:
    """Without the operations that mean something to autograd only."""
    for node in list(graph.graph.nodes):
        if node.target is torch.ops.aten.detach.default:
            node.replace_all_uses_with(node.args[0])
            graph.graph.erase_node(node)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph


def _use_own_layers(model: keras.Model, *, lean: bool, compiled: bool) -> None:
    """Let layers compute in another way than Keras' own.

    Args:
        model: changed in place.
        lean: convolutions and max-pools too. Keras copies what goes into them to another layout and
            back, and adds a bias by itself.
        compiled: a compiler will draw random numbers in its own way.
    """
    for layer in flat_layers(model):
        match layer:
            case keras.layers.Dropout():
                # Keras makes a generator and reads its seed on the host, every time.
                drop = F.dropout if compiled else _dropout
                layer.call = partial(drop, p=layer.rate)
            case keras.layers.Conv2D() | keras.layers.DepthwiseConv2D() if lean:
                layer.call = partial(_conv, layer)
            case keras.layers.MaxPooling2D() if lean:
                layer.call = partial(_max_pool, layer)


def _dropout(x: Tensor, *, p: float, training: bool = False) -> Tensor:
    """As `_torch_dropout`: 16 random bits a value on a processor; of operations that can be traced."""
    if not training or x.device.type != "cpu":
        return F.dropout(x, p, training)
    count = x.numel()
    drawn = torch.randint(-(2**63), 2**63 - 1, (-(-count // 4),), dtype=torch.int64)
    kept = drawn.view(torch.int16)[:count].view(x.shape) >= round(p * 2**16) - 2**15
    return x * (kept.to(x.dtype) * (1 / (1 - p)))


def _conv(layer: keras.layers.Layer, x: Tensor) -> Tensor:
    """(batch, height, width, channels); in memory it stays what PyTorch calls channels-last."""
    kernel = keras.ops.convert_to_tensor(layer.kernel)
    is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    bias = keras.ops.convert_to_tensor(layer.bias) if layer.use_bias else None
    padded, padding = _padded(x, layer.kernel_size, layer.strides, layer.padding, value=0.0)
    y = F.conv2d(
        padded,
        kernel.permute(2, 3, 0, 1) if is_depthwise else kernel.permute(3, 2, 0, 1),
        bias,
        layer.strides,
        padding,
        groups=x.shape[3] if is_depthwise else 1,
    ).permute(0, 2, 3, 1)
    return y if layer.activation is None else layer.activation(y)


def _max_pool(layer: keras.layers.MaxPooling2D, x: Tensor) -> Tensor:
    """(batch, height, width, channels)."""
    lowest = float("-inf")
    padded, padding = _padded(x, layer.pool_size, layer.strides, layer.padding, value=lowest)
    return F.max_pool2d(padded, layer.pool_size, layer.strides, padding).permute(0, 2, 3, 1)


def _padded(
    x: Tensor, window: tuple[int, int], strides: tuple[int, int], padding: Padding, *, value: float
) -> tuple[Tensor, tuple[int, int]]:
    """A view as (batch, channels, height, width), and the even padding that the operation shall add.

    Uneven padding, as TensorFlow's 'same' at stride 2, is in it already.
    """
    view = x.permute(0, 3, 1, 2)
    top, bottom = pads(x.shape[1], window[0], strides[0], padding)
    left, right = pads(x.shape[2], window[1], strides[1], padding)
    if top == bottom and left == right:
        return view, (top, left)
    return F.pad(view, (left, right, top, bottom), value=value), (0, 0)
