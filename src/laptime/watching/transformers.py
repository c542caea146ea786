"""A callback for Hugging Face's Trainer: `Trainer(..., callbacks=[LaptimeCallback()])`."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from laptime.watching.tally import Tally


class LaptimeCallback(TrainerCallback):
    """Tells laptime of epochs, steps, samples, waits and validations.

    A step is one of the optimizer, with all the batches that it accumulates. Waiting lies between its
    end and the beginning of the next one, logging and saving included, validation not.

    Args:
        name: of the training; None for the script's file name.
    """

    def __init__(self, name: str | None = None) -> None:
        self._tally = Tally("transformers", name=name)
        self._samples: int | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The training begins; samples are those of all processes."""
        model = kwargs.get("model")
        self._samples = (
            args.train_batch_size * args.gradient_accumulation_steps * max(1, args.world_size)
        )
        count = sum(each.numel() for each in model.parameters()) if model is not None else None
        self._tally.begin(parameters=count)

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The first batch is asked for."""
        self._tally.ask()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The batches of a step are there."""
        self._tally.take(self._samples)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The step is over."""
        self._tally.step()
        self._between(control)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The epoch is over; a validation may follow."""
        self._tally.end_epoch()
        if control.should_evaluate:
            self._tally.begin_validation()

    def _between(self, control: TrainerControl) -> None:
        """Trainer has decided by now what stands before the next step; its own callback comes first."""
        if control.should_evaluate:
            self._tally.begin_validation()
        self._tally.ask()

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Trainer has read the loss, once for many steps."""
        logs = kwargs.get("logs") or {}
        if "loss" in logs:
            self._tally.tell_loss(logs["loss"])

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """A validation is over; with the log before it."""
        self._tally.end_validation()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The training is over."""
        self._tally.finish()
