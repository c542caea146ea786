"""The reference layers that look through a window: convolutions and poolings.

Each is a loop over the pixels of the window, not over those of the image: for 3x3, nine views of the
padded images, each of them shifted.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from laptime import layers
from laptime.engines._reference_layers import Array, Back, Kind, Layer
from laptime.layers import Padding, Shape, pads


class Window(NamedTuple):
    """A square window that slides over height and width."""

    size: int
    stride: int
    rows: tuple[int, int]
    """Rows that are padded before and after."""
    columns: tuple[int, int]

    @classmethod
    def over(cls, shape: Shape, size: int, stride: int, padding: Padding) -> Window:
        """Over images of this shape, padded as TensorFlow does it."""
        rows, columns = (pads(length, size, stride, padding) for length in shape[:2])
        return cls(size, stride, rows, columns)

    def pad(self, x: Array, value: float = 0.0) -> Array:
        """A copy with what is padded around it."""
        return np.pad(x, ((0, 0), self.rows, self.columns, (0, 0)), constant_values=value)

    def cut(self, padded: Array) -> Array:
        """Without what was padded."""
        (top, bottom), (left, right) = self.rows, self.columns
        height, width = padded.shape[1:3]
        return padded[:, top : height - bottom, left : width - right]

    def views(self, padded: Array) -> Iterator[Array]:
        """What each pixel of the window meets on its way, row by row.

        Yields:
            size * size views of (batch, height, width, channels of the output).
        """
        height, width = (length - self.size + 1 for length in padded.shape[1:3])
        for row, column in np.ndindex(self.size, self.size):
            rows = slice(row, row + height, self.stride)
            yield padded[:, rows, column : column + width : self.stride]


class _Windowed(Layer[Kind]):
    """A layer that looks through a window."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        layer: Any = self.layer
        is_pool = isinstance(layer, layers.MaxPool | layers.AveragePool)
        size = layer.size if is_pool else layer.kernel
        self.window = Window.over(self.shape, size, layer.stride, layer.padding)


class _Convolution(_Windowed[Kind]):
    """A sum over the pixels of the window, each with its own part of the kernel."""

    @abstractmethod
    def product(self, view: Array, part: Array) -> Array:
        """What one pixel of the window adds."""

    @abstractmethod
    def to_part(self, view: Array, gradient: Array) -> Array:
        """Gradient of its part of the kernel."""

    @abstractmethod
    def to_view(self, gradient: Array, part: Array) -> Array:
        """Gradient of what it met."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, height, width, channels) to (batch, height, width, filters)."""
        window, kernel, bias = self.window, self.weights["kernel"], self.weights.get("bias")
        parts = kernel.reshape(-1, *kernel.shape[2:])
        padded = window.pad(x)
        pixels = zip(window.views(padded), parts, strict=True)
        y = sum((self.product(*each) for each in pixels), np.zeros(1))
        y = y if bias is None else y + bias
        self.flops = 2 * kernel.size * y.shape[1] * y.shape[2]

        def back(gradient: Array) -> Array:
            through = [self.to_part(view, gradient) for view in window.views(padded)]
            self.gradients = {"kernel": np.stack(through).reshape(kernel.shape)}
            if bias is not None:
                self.gradients["bias"] = gradient.sum((0, 1, 2))
            to_padded = np.zeros_like(padded)
            for view, part in zip(window.views(to_padded), parts, strict=True):
                view[...] += self.to_view(gradient, part)
            return window.cut(to_padded)

        return y, back


class Conv(_Convolution[layers.Conv]):
    """Every output channel from every input channel; a part is (channels, filters)."""

    def product(self, view: Array, part: Array) -> Array:
        """A matrix product over the channels."""
        return (_rows(view) @ part).reshape(*view.shape[:3], -1)

    def to_part(self, view: Array, gradient: Array) -> Array:
        """A matrix product over images and pixels."""
        return _rows(view).T @ _rows(gradient)

    def to_view(self, gradient: Array, part: Array) -> Array:
        """A matrix product over the filters."""
        return self.product(gradient, part.T)


class DepthwiseConv(_Convolution[layers.DepthwiseConv]):
    """Every channel for itself; a part is (channels, 1)."""

    def product(self, view: Array, part: Array) -> Array:
        """Each channel with its number."""
        return view * part[:, 0]

    def to_part(self, view: Array, gradient: Array) -> Array:
        """A sum over images and pixels."""
        added: Array = (view * gradient).sum((0, 1, 2))
        return added[:, None]

    def to_view(self, gradient: Array, part: Array) -> Array:
        """Each channel with its number."""
        return gradient * part[:, 0]


class MaxPool(_Windowed[layers.MaxPool]):
    """Largest value of each window; the first of equals is the one that gets the gradient."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, height, width, channels), height and width smaller."""
        window = self.window
        padded = window.pad(x, -math.inf)
        views = np.stack([*window.views(padded)])
        first = views.argmax(0)

        def back(gradient: Array) -> Array:
            to_padded = np.zeros_like(padded)
            for place, view in enumerate(window.views(to_padded)):
                view[...] += gradient * (first == place)
            return window.cut(to_padded)

        return views.max(0), back


class AveragePool(_Windowed[layers.AveragePool]):
    """Mean of each window over the pixels that are there: padding is not counted."""

    def forward(self, x: Array, _training: bool, /) -> tuple[Array, Back]:
        """(batch, height, width, channels), height and width smaller."""
        window, count = self.window, self.count(x)

        def back(gradient: Array) -> Array:
            to_padded = np.zeros_like(window.pad(x))
            for view in window.views(to_padded):
                view[...] += gradient / count
            return window.cut(to_padded)

        return sum(window.views(window.pad(x)), np.zeros(1)) / count, back

    def count(self, x: Array) -> Array:
        """Pixels that are there in each window, (1, height, width, 1) of the output."""
        there = self.window.pad(np.ones_like(x[:1, :, :, :1]))
        return sum(self.window.views(there), np.zeros(1))


def _rows(x: Array) -> Array:
    """(batch, height, width, channels) to (batch * height * width, channels)."""
    return x.reshape(-1, x.shape[-1])
