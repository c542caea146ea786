"""A callback for PyTorch Lightning: `Trainer(callbacks=[LaptimeCallback()])`."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from laptime.watching.tally import Tally
from laptime.watching.timer import samples_of


class LaptimeCallback(Callback):
    """Tells laptime of epochs, steps, samples, waits and validations.

    Waiting lies between the end of a batch and the start of the next one: it holds what Lightning and
    other callbacks do there, too.

    Args:
        name: of the training; None for the script's file name.
    """

    def __init__(self, name: str | None = None) -> None:
        self._tally = Tally("lightning", name=name)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The training begins."""
        self._tally.begin(parameters=sum(each.numel() for each in pl_module.parameters()))

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The first batch of an epoch is asked for."""
        self._tally.ask()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """A batch is there."""
        self._tally.take(samples_of(batch))

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Its step is over."""
        self._tally.step(outputs.get("loss") if isinstance(outputs, dict) else None)
        self._tally.ask()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """A validation begins; the one before the training is none."""
        if not trainer.sanity_checking:
            self._tally.begin_validation()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """It is over."""
        if not trainer.sanity_checking:
            self._tally.end_validation()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The epoch is over, its validation too."""
        self._tally.end_epoch()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The training is over."""
        self._tally.finish()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """What was counted until then is kept."""
        self._tally.finish()
