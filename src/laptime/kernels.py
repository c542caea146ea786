"""Shapes of the small kernels that engines are asked for by themselves (`EngineModule.kernel`)."""

IMAGE_SIDE = 28
CHANNELS = 128
"""Of the images that kernels convolve, in and out: a middle stage of a network for photos."""
ROW = 1000
"""Numbers over which the kernel 'softmax' normalises: classes of ImageNet."""
