"""In which order the images of a pass come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def order(
    count: int, *, shuffle: bool, buffer: int | None, generator: np.random.Generator
) -> NDArray[np.int64]:
    """The positions 0 to `count` - 1, each once, in the order of one pass.

    Args:
        count: images of a pass.
        shuffle: False for the order of the files, whatever `buffer` says.
        buffer: None to shuffle all; else what tf.data's `shuffle(buffer)` does: the next image is drawn
            from the next `buffer` ones, and the file that follows takes its place. So none comes
            `buffer` or more positions early.
        generator: of this pass.
    """
    if not shuffle:
        return np.arange(count)
    if buffer is None:
        return generator.permutation(count)
    return _through_a_buffer(count, min(buffer, count), generator)


def _through_a_buffer(count: int, buffer: int, generator: np.random.Generator) -> NDArray[np.int64]:
    held = list(range(buffer))
    # At the end of the files the buffer runs empty.
    slots = generator.integers(np.minimum(buffer, np.arange(count, 0, -1)))
    drawn = np.empty(count, np.int64)
    for position, slot in enumerate(slots.tolist()):
        drawn[position] = held[slot]
        follower = position + buffer if position + buffer < count else held.pop()
        if slot < len(held):
            held[slot] = follower
    return drawn
