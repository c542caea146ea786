"""Two convolutions on Dogs vs. Cats, every photo rotated, shifted, sheared, zoomed and flipped anew.

Source: D. Radecic, "MacBook M1 vs. M1 Pro for Data Science", 2021: as `catsdogs-cnn`, with the
augmentation that his code states for Keras' ImageDataGenerator. There `shear_range=0.2` means a
fifth of a degree.
"""

from laptime.networks import catsdogs_cnn
from laptime.preparation import RADECIC, Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=catsdogs_cnn(),
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
)
