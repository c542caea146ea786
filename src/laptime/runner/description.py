"""What a run was of, for its record: the work, the data, and what should have been learned."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from laptime import registry
from laptime.bands import read
from laptime.preparation import Preparation
from laptime.record import Band, DataKind, DataUsed, Start, Work
from laptime.runner.plan import Item
from laptime.runner.supply import DataSeen
from laptime.runner.variant import adapted
from laptime.workloads import Recipe, Workload


def work(item: Item, workload: Workload, seen: DataSeen | None) -> Work:
    """The published work, or what own photos or another batch size made of it.

    Args:
        item: as it was run.
        workload: as published.
        seen: what the worker found; None where it did not get so far.
    """
    own = seen if is_own(item) else None
    real = adapted(workload, batch_size=item.batch_size, classes=own.classes if own else None)
    told = []
    if item.batch_size is not None:
        sizes = f"batch {item.batch_size} in place of {workload.recipe.batch_size}"
        told.append(": ".join([sizes, *item.deviations]))
    if is_own(item):
        known = f" ({own.own}) of {own.classes} classes" if own else ""
        told.append(f"own photos{known} in place of {workload.dataset}")
    described = replace(describe_work(item.workload, real), deviations=tuple(told))
    if own is None or own.train_files is None or own.test_files is None:
        return described
    return replace(
        described,
        classes=own.classes,
        train_count=own.train_files,
        validation_count=own.test_files,
    )


def describe_work(name: str, workload: Workload) -> Work:
    """What fixes the work of a workload, for the record and its key."""
    dataset = registry.peek("datasets", workload.dataset)
    network, recipe = workload.network, workload.recipe
    preparation = recipe.preparation
    augmentation = preparation.augmentation if preparation else None
    return Work(
        workload=name,
        network=network.digest,
        parameters=network.parameters,
        trainable_parameters=network.trainable_parameters,
        train_flops_per_sample=network.training_flops,
        evaluate_flops_per_sample=network.forward_flops,
        input_shape=network.input_shape,
        classes=dataset["CLASSES"],
        train_count=dataset["TRAIN_COUNT"],
        validation_count=dataset["TEST_COUNT"],
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        optimizer=_optimizer(recipe),
        loss=recipe.loss,
        shuffle=recipe.shuffle,
        augmentation=str(augmentation) if augmentation else None,
        shuffle_buffer=recipe.shuffle_buffer,
        resize=_resize(preparation) if preparation else None,
    )


def _resize(preparation: Preparation) -> str:
    """What decides over the pixels before any augmentation."""
    return preparation.resize + (" after a fast DCT" if preparation.dct == "fast" else "")


def _optimizer(recipe: Recipe) -> str:
    """How the weights come about, in words that tell any difference."""
    if fit := recipe.classifier:
        return f"softmax by L-BFGS, at most {fit.iterations} iterations, C={fit.inverse_penalty:g}"
    adam = recipe.optimizer
    return (
        f"adam rate={adam.learning_rate:g} beta_1={adam.beta_1:g} beta_2={adam.beta_2:g} "
        f"epsilon={adam.epsilon:g} before bias correction"
    )


def data(
    item: Item, workload: Workload, *, seen: DataSeen | None, skipped_files: int | None
) -> DataUsed:
    """The data that was trained on, and what the network started from."""
    return DataUsed(
        name="photos" if is_own(item) else workload.dataset,
        kind=data_kind(item),
        origin=item.found.origin if item.found else "synthetic",
        train_files=seen.train_files if seen else None,
        test_files=seen.test_files if seen else None,
        skipped_files=skipped_files,
        weights=_weights(item, workload),
    )


def bands(item: Item, workload: Workload) -> tuple[Band, ...]:
    """What it should reach, by reference runs of exactly this work; empty where nobody made them.

    Raises:
        DataError: the file that holds them is damaged.
    """
    engine = registry.peek("engines", item.engine)
    if not engine.get(
        "COMPUTES", True
    ):  # it trains nothing, and may say itself what that should give
        is_published = item.batch_size is None and not is_own(item)
        given = engine.get("LEARNS", ()) if is_published else ()
        return msgspec.convert(given, tuple[Band, ...])
    reference = read(place(item.workload))
    if reference is None or reference.work != work(item, workload, None).key:
        return ()
    return reference.bands(
        data=data_kind(item),
        precision=item.precision,
        weights=_weights(item, workload),
        classes=registry.peek("datasets", workload.dataset)["CLASSES"],
    )


def place(workload: str) -> Path:
    """Where the learning bands of a workload lie, ours or a plug-in's, if there are any."""
    module = registry.load("workloads", workload)
    return Path(str(module.__file__)).parents[1] / "bands" / f"{workload}.json"


def data_kind(item: Item) -> DataKind:
    """Whether it trains on the synthetic twin."""
    return "synthetic" if item.found is None else "real"


def is_own(item: Item) -> bool:
    """Whether it trains on the user's own photos."""
    return item.found is not None and item.found.layout == "classes"


def _weights(item: Item, workload: Workload) -> Start | None:
    if workload.pretrained is None:
        return None
    return "random" if item.weights is None else "pretrained"
