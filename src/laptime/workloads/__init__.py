"""Workloads: one file each, holding a network, its data, its recipe and what its author timed.

To add one, write `workloads/<name>.py` (underscores become hyphens on the command line) with a
docstring whose first line says what it is, and one constant `WORKLOAD = Workload(...)`. State in the
docstring what the source says, what was reconstructed from elsewhere, and what had to be chosen.
Nothing else needs to change; a plug-in package can do the same (see docs/adding.md).
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from laptime.layers import Network
from laptime.optimizers import Adam
from laptime.preparation import Preparation
from laptime.record import Timed

__all__ = ["Recipe", "SoftmaxFit", "Timed", "Workload", "WorkloadModule"]

Status = Literal["stated", "reconstructed"]


class SoftmaxFit(msgspec.Struct, frozen=True):
    """A softmax classifier on features that a frozen network gives, by L-BFGS.

    With it nothing is trained step by step: an epoch takes the features of every training image once.
    """

    iterations: int = 25
    """At most."""
    inverse_penalty: float = 1.0
    """scikit-learn's `C`: the weight of the data against the square of the coefficients."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How the network is trained."""

    batch_size: int
    epochs: int
    optimizer: Adam = Adam()
    shuffle: bool
    """Whether the author's code draws a new order of the images every epoch."""
    shuffle_buffer: int | None = None
    """Images from which the next one is drawn, as tf.data's `shuffle`; None for all of them."""
    loss: Literal["cross-entropy"] = "cross-entropy"
    preparation: Preparation | None = None
    """From image files to images; None where the dataset is arrays already."""
    classifier: SoftmaxFit | None = None
    """Fitted on the network's output; None where the network itself is trained."""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """One test: everything that fixes the work, and where it comes from."""

    network: Network
    dataset: str
    """Key of a dataset."""
    recipe: Recipe
    timed: Timed
    source: str
    """The article it comes from."""
    status: Status
    """'stated' where the source prints the network, 'reconstructed' where it is only named."""
    suites: tuple[str, ...] = ()
    """Suites that it belongs to: 'articles'."""
    pretrained: str | None = None
    """Key of published weights (`laptime.weights`) that its frozen part starts from."""


class WorkloadModule(Protocol):
    """What a leaf of this room holds."""

    WORKLOAD: Workload
