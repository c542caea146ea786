"""Two convolutions on Dogs vs. Cats, photos of 224x224.

Source: D. Radecic, "MacBook M1 vs. M1 Pro for Data Science", 2021: network, augmentation, batch and
epochs are stated in code. Keras' flow_from_directory with seed 42 resizes with nearest neighbour
and shuffles every epoch; images are divided by 255. The split is unknown: 80 / 10 / 10, as in the
author's article on preparing the data. He prints the mean time of an epoch, with validation.
"""

from laptime.networks import catsdogs_cnn
from laptime.preparation import Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=catsdogs_cnn(),
    dataset="cats-dogs",
    recipe=Recipe(batch_size=64, epochs=5, shuffle=True, preparation=Preparation(resize="nearest")),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean"),
    source="Radecic 2021-11",
    status="stated",
    suites=("articles",),
)
