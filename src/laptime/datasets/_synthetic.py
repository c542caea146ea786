"""Synthetic twins: arrays of the same shapes, types and counts as a dataset, which can be learned.

Each class is a smooth pattern of its own. An image is its class's pattern with that of a random
class mixed in weakly, moved by up to two pixels either way, plus noise. So a network must learn
(ten steps do not suffice), and one that learns at all reaches 90 % within some hundred steps.

Everything is drawn from raw PCG64 output and computed in integers: the same seed gives the same
bytes with every numpy and on every processor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from laptime.datasets import Arrays

Bytes = NDArray[np.uint8]

GRID = 4  # a pattern is this many random levels each way, joined smoothly
SHIFT = 2  # pixels, each way
STRONG = 120  # range of the pattern of the class
WEAK = 40  # range of the pattern that is mixed in
NOISE = 255 - STRONG - WEAK  # the rest, so that no sum can overflow
POOL = 1 << 22  # noise bytes that are drawn once and reused at random places
BLOCK = 1 << 18  # bytes that get their noise at once: they stay in the processor's cache


def twin(
    *, shape: tuple[int, int, int], classes: int, train_count: int, test_count: int, seed: int = 0
) -> Arrays:
    """Learnable images (count, height, width, channels) and balanced labels in random order."""
    source = np.random.PCG64(seed)
    patterns = _patterns(source, shape=shape, classes=classes)
    noise = _scaled(_random_bytes(source, POOL + BLOCK), NOISE)
    train_y, test_y = (_labels(source, count, classes) for count in (train_count, test_count))
    train_x, test_x = (_images(source, labels, patterns, noise) for labels in (train_y, test_y))
    return Arrays(train_x, train_y, test_x, test_y)


def _random_bytes(source: np.random.PCG64, count: int) -> Bytes:
    words: NDArray[np.uint64] = source.random_raw(-(-count // 8))
    return words.astype("<u8", copy=False).view(np.uint8)[:count]


def _below(source: np.random.PCG64, limit: int, count: int) -> NDArray[np.intp]:
    """`count` integers from 0 to `limit` - 1."""
    words: NDArray[np.uint64] = source.random_raw(count)
    return (words % np.uint64(limit)).astype(np.intp)


def _scaled(values: Bytes, limit: int) -> Bytes:
    """0..255 to 0..`limit`."""
    return (values.astype(np.uint16) * limit // 255).astype(np.uint8)


def _joined(size: int) -> NDArray[np.int64]:
    """(size, GRID) weights in 1/1024 that join GRID levels linearly over `size` pixels."""
    places = np.arange(size, dtype=np.int64) * (GRID - 1) * 1024 // max(size - 1, 1)
    distance = np.abs(places[:, None] - np.arange(GRID, dtype=np.int64) * 1024)
    weights: NDArray[np.int64] = np.maximum(1024 - distance, 0)
    return weights


def _patterns(source: np.random.PCG64, *, shape: tuple[int, int, int], classes: int) -> Bytes:
    """(classes, moves, height, width, channels), 0..255: each class's pattern, everywhere."""
    height, width, channels = shape
    levels = _random_bytes(source, classes * GRID * GRID * channels).astype(np.int64)
    levels = levels.reshape(classes, GRID, GRID, channels)
    rows, columns = _joined(height + 2 * SHIFT), _joined(width + 2 * SHIFT)
    tall = np.einsum("hi,kijc->khjc", rows, levels)
    whole = (np.einsum("wj,khjc->khwc", columns, tall) >> 20).astype(np.uint8)
    moves = [
        whole[:, down : down + height, right : right + width]
        for down in range(2 * SHIFT + 1)
        for right in range(2 * SHIFT + 1)
    ]
    return np.stack(moves, axis=1)


def _labels(source: np.random.PCG64, count: int, classes: int) -> Bytes:
    order = np.argsort(source.random_raw(count), kind="stable")
    labels: Bytes = (np.arange(count) % classes).astype(np.uint8)[order]
    return labels


def _images(source: np.random.PCG64, labels: Bytes, patterns: Bytes, noise: Bytes) -> Bytes:
    classes, moves, *shape = patterns.shape
    flat = patterns.reshape(classes, moves, -1)
    # every class with every other one mixed in, in every position: one row is one noiseless image
    mixed = (_scaled(flat, STRONG)[:, None] + _scaled(flat, WEAK)[None]).reshape(-1, flat.shape[2])
    kinds = classes * moves
    chosen = labels.astype(np.intp) * kinds + _below(source, kinds, len(labels))
    images = np.empty((len(labels), mixed.shape[1]), np.uint8)
    rows = max(BLOCK // mixed.shape[1], 1)
    starts = _below(source, POOL, -(-len(labels) // rows))
    for block, start in enumerate(starts.tolist()):
        part = slice(block * rows, (block + 1) * rows)
        image = images[part]
        np.take(mixed, chosen[part], axis=0, out=image, mode="clip")
        image += noise[start : start + image.size].reshape(image.shape)
    return images.reshape(len(labels), *shape)
