"""Picks labels and pixels out of a CIFAR pickle without executing it.

A pickle is a program: loading one from an unknown hand runs whatever it says. `pickletools.genops`
only lists its instructions. In the batches that Keras and torchvision keep (protocol 2, written by
Python 2) the labels are the small integers between the string 'labels' and the next string, and the
pixels are by far the longest string.
"""

from __future__ import annotations

import pickletools

STRINGS = frozenset({"SHORT_BINSTRING", "BINSTRING", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES"})
INTEGERS = frozenset({"BININT1", "BININT2", "BININT"})


def labels_and_pixels(raw: bytes) -> tuple[list[int], bytes]:
    """Labels and the longest string of a pickle; both empty where it is something else."""
    labels: list[int] = []
    longest: str | bytes = b""
    in_labels = False
    try:
        for opcode, argument, _ in pickletools.genops(raw):
            if opcode.name in STRINGS and isinstance(argument, str | bytes):
                in_labels = argument in ("labels", b"labels")
                longest = max(longest, argument, key=len)
            elif in_labels and opcode.name in INTEGERS:
                labels.append(int(argument or 0))
        # Python 2's strings are bytes; genops shows them as Latin-1
        pixels = longest.encode("latin-1") if isinstance(longest, str) else longest
    except ValueError:  # not a pickle, or one cut short
        return [], b""
    return (labels, pixels) if all(0 <= label <= 255 for label in labels) else ([], b"")
