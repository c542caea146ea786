"""A head on frozen VGG16 on Dogs vs. Cats, every photo augmented anew.

Source: D. Radecic, "MacBook M1 vs. M1 Pro for Data Science", 2021: as `catsdogs-vgg16`, with the
augmentation of `catsdogs-cnn-augmented`, stated in code.
"""

from laptime.networks import catsdogs_vgg16
from laptime.preparation import RADECIC, Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=catsdogs_vgg16(),
    dataset="cats-dogs",
    recipe=Recipe(
        batch_size=64,
        epochs=5,
        shuffle=True,
        preparation=Preparation(resize="nearest", augmentation=RADECIC),
    ),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean"),
    source="Radecic 2021-11",
    status="stated",
    suites=("articles",),
    pretrained="vgg16",
)
