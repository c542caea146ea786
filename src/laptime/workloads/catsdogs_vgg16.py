"""A head on frozen VGG16 on Dogs vs. Cats, photos of 224x224.

Source: D. Radecic, "MacBook M1 vs. M1 Pro for Data Science", 2021: as `catsdogs-cnn`, with VGG16
without its head and with ImageNet's weights, not trained, then flatten, dense 128 and dense 2,
stated in code. His images are divided by 255, without VGG16's own preprocessing.
"""

from laptime.networks import catsdogs_vgg16
from laptime.preparation import Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=catsdogs_vgg16(),
    dataset="cats-dogs",
    recipe=Recipe(batch_size=64, epochs=5, shuffle=True, preparation=Preparation(resize="nearest")),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean"),
    source="Radecic 2021-11",
    status="stated",
    suites=("articles",),
    pretrained="vgg16",
)
