"""The vocabulary of `layers`, built in PyTorch. Images run as (batch, channels, height, width)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from laptime import layers
from laptime.engines._torch_dense import LEAST_WEIGHTS, Dense
from laptime.engines._torch_dropout import Dropout
from laptime.layers import AnyLayer, Network, Shape, pads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Permutation = tuple[int, ...]

# Keras' layout -> PyTorch's, and back.
CONV = (3, 2, 0, 1), (2, 3, 1, 0)
DEPTHWISE = (2, 3, 0, 1), (2, 3, 0, 1)
DENSE = (1, 0), (1, 0)
AS_IS = (0,), (0,)
SCALAR: tuple[Permutation, Permutation] = (), ()


class Rescale(nn.Module):
    """`x * scale + offset`; the scale is one number or one per channel."""

    scale: float | Tensor

    def __init__(self, scale: float | Sequence[float], offset: float) -> None:
        super().__init__()
        if isinstance(scale, Sequence):
            self.register_buffer("scale", _per_channel(scale), persistent=False)
        else:
            self.scale = scale
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        """Any shape."""
        scaled = x * self.scale
        return scaled + self.offset if self.offset else scaled


class Normalize(nn.Module):
    """`(x - mean) / sqrt(variance)` per channel."""

    mean: Tensor
    variance: Tensor

    def __init__(self, mean: Sequence[float], variance: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("variance", torch.tensor(variance))
        self.register_buffer("count", torch.tensor(0.0))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        mean, variance = self.mean.view(1, -1, 1, 1), self.variance.view(1, -1, 1, 1)
        return (x - mean) / variance.sqrt()


class Pad(nn.Module):
    """Pads height and width unevenly, as TensorFlow's 'same' does at stride 2."""

    def __init__(self, amounts: tuple[int, int, int, int], value: float) -> None:
        super().__init__()
        self.amounts, self.value = amounts, value

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        return F.pad(x, self.amounts, value=self.value)


class AveragePool(nn.Module):
    """Mean of each window over the pixels that are there: padding is not counted."""

    def __init__(self, size: int, stride: int, amounts: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.size, self.stride, self.amounts = size, stride, amounts

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        if not any(self.amounts):
            return F.avg_pool2d(x, self.size, self.stride)
        ones = F.pad(torch.ones_like(x[:1, :1]), self.amounts)
        share = F.avg_pool2d(ones, self.size, self.stride)
        return F.avg_pool2d(F.pad(x, self.amounts), self.size, self.stride) / share


class GlobalAveragePool(nn.Module):
    """Mean over height and width."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) to (batch, channels)."""
        return x.mean((2, 3))


class Flatten(nn.Module):
    """One row per sample in height, width, channel order: Keras' own, and free in channels-last."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) to (batch, height * width * channels)."""
        return x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x


class BatchNorm(nn.BatchNorm2d):
    """Keras' batch-norm: momentum is the share that is kept, and the kept variance is biased."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that the base class has
        """(batch, channels, height, width)."""
        if not self.training:
            return super().forward(input)
        # Copies, because the backward pass checks that nobody touched the statistics it was given.
        mean, variance = self.running_mean.clone(), self.running_var.clone()
        output = F.batch_norm(
            input, mean, variance, self.weight, self.bias, True, self.momentum, self.eps
        )
        with torch.no_grad():
            count = input.numel() / input.shape[1]
            kept = (1 - self.momentum) * self.running_var
            self.running_mean.copy_(mean)
            self.running_var.copy_(kept + (variance - kept) * ((count - 1) / count))
        return output


class SqueezeExcite(nn.Module):
    """Scales each channel by a sigmoid of two 1x1 convolutions over the channel means."""

    def __init__(self, channels: int, squeezed: int, function: str) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.activation = ACTIVATIONS[function]()
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        gate = self.expand(self.activation(self.reduce(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(gate)


class Residual(nn.Module):
    """`body(x) + shortcut(x)`."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        return self.body(x) + self.shortcut(x)


class Frozen(nn.Module):
    """Runs as in evaluation, whatever the mode, and keeps nothing for a backward pass."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body.requires_grad_(False).eval()
        self._faster: Callable[[Tensor], Tensor] | None = None

    def replace(self, faster: nn.Module) -> None:
        """Compute with this from now on; the body still holds the weights, and is what is counted."""
        self._faster = faster.__call__  # a method, which is not counted as a module would be

    def train(self, mode: bool = True) -> Frozen:
        """The body stays as in evaluation."""
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Whatever the body takes."""
        with torch.inference_mode():
            y = self.body(x) if self._faster is None else self._faster(x)
        return y.clone()  # a tensor made in inference mode must not be kept for a backward pass


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "swish": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "gelu_exact": nn.GELU,
    "gelu_tanh": lambda: nn.GELU(approximate="tanh"),
}


class Built:
    """A network as a module, with every weight of the description bound to its tensor.

    Args:
        network: what to build.
        lean: let activations overwrite the fresh output of the layer before, and pool before a relu:
            the same values and gradients (the largest of positive parts is the positive part of the
            largest) with less memory moved.
        onednn: large dense layers by oneDNN on a processor.
    """

    def __init__(self, network: Network, *, lean: bool = False, onednn: bool = False) -> None:
        self._lean = lean
        self._onednn = onednn
        self._in_frozen = False
        # The module that holds a weight, not the tensor: moving to a device replaces tensors.
        self._bound: dict[str, tuple[nn.Module, str, tuple[Permutation, Permutation]]] = {}
        self.module = self._sequence(network.body, network.input_shape, "")

    def load(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Copy weights in Keras' layout into the module."""
        with torch.no_grad():
            for path, (module, name, (there, _)) in self._bound.items():
                getattr(module, name).copy_(torch.from_numpy(weights[path]).permute(there))

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Copies of all weights in Keras' layout."""
        return {
            path: getattr(module, name)
            .detach()
            .cpu()
            .float()
            .permute(back)
            .contiguous()
            .numpy()
            .copy()
            for path, (module, name, (_, back)) in self._bound.items()
        }

    @property
    def parameters(self) -> int:
        """Counted from the module itself: parameters and kept statistics."""
        tensors = [*self.module.parameters()]
        tensors += [b for b in self.module.state_dict().values() if b.is_floating_point()]
        return sum({t.data_ptr(): t.numel() for t in tensors}.values())

    def _sequence(self, sequence: layers.Sequence, shape: Shape, path: str) -> nn.Module:
        modules: list[nn.Module] = []
        outside, self._in_frozen = self._in_frozen, self._in_frozen or sequence.frozen
        for index, layer in enumerate(sequence.layers):
            own = layer.name or f"{index}_{type(layer).__struct_config__.tag}"
            built = self._layer(layer, shape, f"{path}/{own}".strip("/"))
            if self._lean and isinstance(layer, layers.MaxPool) and _ends_in_relu(modules):
                built = [*built, modules.pop()]
            modules += built
            # Without a backward pass nothing is needed twice: so torchvision's own models do it too.
            if self._lean or self._in_frozen:
                _overwrite(modules)
            shape = layer.output_shape(shape)
        self._in_frozen = outside
        body = nn.Sequential(*modules)
        return Frozen(body) if sequence.frozen else body

    def _layer(  # noqa: C901 - one case a kind
        self, layer: AnyLayer, shape: Shape, path: str
    ) -> list[nn.Module]:
        match layer:
            case layers.Rescale():
                return [Rescale(layer.scale, layer.offset)]
            case layers.Normalize():
                return [self._normalize(layer, path)]
            case layers.Conv() | layers.DepthwiseConv():
                return self._conv(layer, shape, path)
            case layers.Dense():
                return [self._dense(layer, shape, path)]
            case layers.BatchNorm():
                return [self._batch_norm(layer, shape, path)]
            case layers.MaxPool():
                return _max_pool(layer, shape)
            case layers.AveragePool():
                return [AveragePool(layer.size, layer.stride, _amounts(layer, shape, layer.size))]
            case layers.GlobalAveragePool():
                return [GlobalAveragePool()]
            case layers.Dropout():
                return [Dropout(layer.rate) if self._lean else nn.Dropout(layer.rate)]
            case layers.Flatten():
                return [Flatten()]
            case layers.Activation():
                return [ACTIVATIONS[layer.function]()]
            case layers.SqueezeExcite():
                return [self._squeeze_excite(layer, shape, path)]
            case layers.Sequence():
                return [self._sequence(layer, shape, path)]
            case layers.Residual():
                body = self._sequence(layer.body, shape, f"{path}/body")
                shortcut: nn.Module = nn.Identity()
                if layer.shortcut is not None:
                    shortcut = self._sequence(layer.shortcut, shape, f"{path}/shortcut")
                return [Residual(body, shortcut)]

    def _conv(
        self, layer: layers.Conv | layers.DepthwiseConv, shape: Shape, path: str
    ) -> list[nn.Module]:
        depthwise = isinstance(layer, layers.DepthwiseConv)
        left, right, top, bottom = amounts = _amounts(layer, shape, layer.kernel)
        even = left == right and top == bottom
        conv = nn.Conv2d(
            shape[2],
            layer.output_shape(shape)[2],
            layer.kernel,
            layer.stride,
            padding=(top, left) if even else 0,
            groups=shape[2] if depthwise else 1,
            bias=layer.bias,
        )
        self._bind(path, "kernel", conv, "weight", DEPTHWISE if depthwise else CONV)
        self._bind(path, "bias", conv, "bias", AS_IS)
        return [conv] if even else [Pad(amounts, 0.0), conv]

    def _dense(self, layer: layers.Dense, shape: Shape, path: str) -> nn.Module:
        is_large = shape[0] * layer.units >= LEAST_WEIGHTS
        kind = Dense if self._onednn and is_large else nn.Linear
        dense = kind(shape[0], layer.units, bias=layer.bias)
        self._bind(path, "kernel", dense, "weight", DENSE)
        self._bind(path, "bias", dense, "bias", AS_IS)
        return dense

    def _batch_norm(self, layer: layers.BatchNorm, shape: Shape, path: str) -> nn.Module:
        norm = BatchNorm(shape[-1], eps=layer.epsilon, momentum=1 - layer.momentum)
        self._bind(path, "gamma", norm, "weight", AS_IS)
        self._bind(path, "beta", norm, "bias", AS_IS)
        self._bind(path, "moving_mean", norm, "running_mean", AS_IS)
        self._bind(path, "moving_variance", norm, "running_var", AS_IS)
        return norm

    def _normalize(self, layer: layers.Normalize, path: str) -> nn.Module:
        norm = Normalize(layer.mean, layer.variance)
        for name, layout in (("mean", AS_IS), ("variance", AS_IS), ("count", SCALAR)):
            self._bind(path, name, norm, name, layout)
        return norm

    def _squeeze_excite(self, layer: layers.SqueezeExcite, shape: Shape, path: str) -> nn.Module:
        module = SqueezeExcite(shape[2], layer.squeezed, layer.function)
        for name, conv in (("reduce", module.reduce), ("expand", module.expand)):
            self._bind(path, f"{name}_kernel", conv, "weight", CONV)
            self._bind(path, f"{name}_bias", conv, "bias", AS_IS)
        return module

    def _bind(
        self,
        path: str,
        weight: str,
        module: nn.Module,
        name: str,
        layout: tuple[Permutation, Permutation],
    ) -> None:
        if getattr(module, name) is not None:
            self._bound[f"{path}/{weight}"] = module, name, layout


def _per_channel(numbers: Sequence[float]) -> Tensor:
    return torch.tensor(numbers).view(1, -1, 1, 1)


def _amounts(
    layer: layers.Conv | layers.DepthwiseConv | layers.MaxPool | layers.AveragePool,
    shape: Shape,
    window: int,
) -> tuple[int, int, int, int]:
    """Padding as PyTorch orders it: left, right, top, bottom."""
    top, bottom = pads(shape[0], window, layer.stride, layer.padding)
    left, right = pads(shape[1], window, layer.stride, layer.padding)
    return left, right, top, bottom


# What makes a tensor of its own, and needs it for no gradient.
_FRESH = (nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.MaxPool2d)


def _overwrite(modules: Sequence[nn.Module]) -> None:
    """Let a last activation work in place, where what it overwrites belongs to nobody else."""
    if len(modules) > 1 and hasattr(modules[-1], "inplace") and isinstance(modules[-2], _FRESH):
        modules[-1].inplace = True


def _ends_in_relu(modules: Sequence[nn.Module]) -> bool:
    return bool(modules) and isinstance(modules[-1], nn.ReLU)


def _max_pool(layer: layers.MaxPool, shape: Shape) -> list[nn.Module]:
    amounts = _amounts(layer, shape, layer.size)
    pool = nn.MaxPool2d(layer.size, layer.stride)
    return [Pad(amounts, float("-inf")), pool] if any(amounts) else [pool]
