"""A session that trains nothing step by step: features are taken once, then a classifier is fitted.

An epoch asks the frozen network for the features of every training image; the softmax classifier on
top is scikit-learn's, whose L-BFGS is timed apart.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from laptime.engines import Facts, Session
from laptime.errors import DataError
from laptime.pipeline import Feed
from laptime.record import Fit
from laptime.runner.clock import SystemClock
from laptime.workloads import SoftmaxFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SHARE = 1e-7
"""What Keras' cross-entropy takes for the share of a class that is given none."""


class FeatureSession:
    """Takes features with an engine's session; see the contract in `laptime.engines`.

    Args:
        session: a network whose output is the features.
        feed: training images.
        recipe: of the classifier.
        count: training images of the whole run. The classifier is fitted on so many features also where
            fewer were taken, which are then repeated: so its time is that of the whole run.
    """

    def __init__(self, session: Session, feed: Feed, recipe: SoftmaxFit, *, count: int) -> None:
        self._count = count
        self._session = session
        self._feed = feed
        self._recipe = recipe
        self._clock = (
            SystemClock()
        )  # the fit runs on the host, also where an engine scripts its time
        self._features: list[NDArray[np.float32]] = []
        self._labels: list[NDArray[np.uint8]] = []
        self._classifier: Any = None
        self.samples = 0

    def train(self, steps: int) -> None:
        """Features of the next batches; of the first pass over the images they are kept."""
        for _ in range(steps):
            x, y = self._feed.take()
            features = self._session.forward(x)
            self.samples += len(y)
            if len(self._features) < self._feed.steps_per_epoch:
                self._features.append(features.reshape(len(x), -1))
                self._labels.append(y)

    def sync(self) -> None:
        """Features lie on the host already, and nothing has a loss before the classifier is fitted."""
        self._session.sync()

    def read_back(self) -> float:
        """One number of the network."""
        return self._session.read_back()

    def fit(self) -> Fit:
        """Fit the classifier on the features taken so far."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        x, y = np.concatenate(self._features), np.concatenate(self._labels)
        if len(np.unique(y)) < 2:
            raise DataError(
                f"all {len(y)} images are of one class; put some of another beside them"
            )
        chosen = np.arange(max(self._count, len(y))) % len(y)
        x, y = x[chosen], y[chosen]
        limit = self._recipe.iterations
        classifier = LogisticRegression(max_iter=limit, C=self._recipe.inverse_penalty)
        began = self._clock.now_ns()
        with warnings.catch_warnings():
            # The recipe stops at so many iterations on purpose; the record says whether it converged.
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(x, y)
        wall_s = (self._clock.now_ns() - began) / 1e9
        self._classifier = classifier
        iterations = int(np.max(classifier.n_iter_))
        return Fit(
            samples=len(y), wall_s=wall_s, iterations=iterations, converged=iterations < limit
        )

    def evaluate(self, x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean loss and accuracy (0 to 1) of the fitted classifier."""
        if self._classifier is None:
            raise RuntimeError("the classifier must be fitted before it can be validated")
        known = self._classifier.classes_
        shares = self._classifier.predict_proba(self._session.forward(x).reshape(len(x), -1))
        given = np.where(known[None, :] == y[:, None], shares, 0.0).sum(axis=1)
        loss = -np.log(np.maximum(given, LEAST_SHARE)).mean()
        return float(loss), float((known[shares.argmax(axis=1)] == y).mean())

    def forward(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The features."""
        return self._session.forward(x)

    def forward_flops(self) -> int:
        """The network's."""
        return self._session.forward_flops()

    def close(self) -> None:
        """The engine's to do."""
        self._session.close()

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The network's."""
        return self._session.weights()

    @property
    def facts(self) -> Facts:
        """The engine's."""
        return self._session.facts
