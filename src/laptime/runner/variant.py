"""A workload as it is really run, where that is not as published."""

from __future__ import annotations

from msgspec.structs import replace

from laptime import networks
from laptime.workloads import Workload


def adapted(workload: Workload, *, batch_size: int | None, classes: int | None) -> Workload:
    """The workload with another batch size or number of classes.

    Args:
        workload: as published.
        batch_size: None for the published one.
        classes: of the user's own photos; None for the published dataset.
    """
    if batch_size is not None:
        workload = replace(workload, recipe=replace(workload.recipe, batch_size=batch_size))
    if classes is not None and workload.recipe.classifier is None:
        workload = replace(workload, network=networks.with_classes(workload.network, classes))
    return workload
