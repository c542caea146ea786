"""The vocabulary in which a network is described, once, for every engine.

Shapes are one sample's, channels last and without the batch: `(height, width, channels)` or
`(features,)`. A layer knows its output shape, its weights and its cost; it computes nothing.
The defaults are Keras' own, stated here so that every engine starts alike:

* kernels start Glorot-uniform, biases at zero (`Weight.start`);
* batch-norm has momentum 0.99 (PyTorch's 0.01) and epsilon 1e-3, and keeps the biased variance;
* 'same' padding puts the odd pixel after, as TensorFlow does (`pads`);
* flatten runs in height, width, channel order.

FLOPs are two per multiply-add of the weighted layers, the convention of PyTorch's own counter;
bytes are the least that must move: each layer reads its input and weights and writes its output once.
"""

from laptime.layers._kinds import (
    Activation,
    AnyLayer,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Normalize,
    Padding,
    Rescale,
    Residual,
    Sequence,
    Shape,
    SqueezeExcite,
    Start,
    Weight,
    pads,
)
from laptime.layers._network import Network, Placed

__all__ = [
    "Activation",
    "AnyLayer",
    "AveragePool",
    "BatchNorm",
    "Conv",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Flatten",
    "GlobalAveragePool",
    "Layer",
    "MaxPool",
    "Network",
    "Normalize",
    "Padding",
    "Placed",
    "Rescale",
    "Residual",
    "Sequence",
    "Shape",
    "SqueezeExcite",
    "Start",
    "Weight",
    "pads",
]
