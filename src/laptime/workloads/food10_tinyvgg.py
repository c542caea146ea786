"""TinyVGG on ten classes of Food-101, photos of 224x224.

Source: D. Bourke, M1 test of 2020, retold by Jiang Baoshang: network, classes, images, batch and
epochs are stated. Unknown, so chosen: the input size of 224, bilinear resizing and a new order
every epoch. The author compares 'from the second epoch on', validation included.
"""

from laptime.networks import tinyvgg
from laptime.preparation import Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=tinyvgg(input_shape=(224, 224, 3), classes=10),
    dataset="food10",
    recipe=Recipe(
        batch_size=32,
        epochs=5,
        shuffle=True,
        preparation=Preparation(resize="bilinear", dct="fast"),
    ),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean_after_first"),
    source="Bourke 2020",
    status="stated",
    suites=("articles",),
)
