"""A head on frozen EfficientNetB0 on all of Food-101, photos of 224x224.

Source: D. Bourke, "Apple's M1 Pro and M1 Max outperform Google Colab by up to 54%", 2021, and his
repository m1-machine-learning-test: network, batch, epochs, bilinear resizing and a shuffle buffer
of 1,000 are stated in code. Photos are decoded again every epoch. His timer starts before the
network is made and stops after five epochs with validation.
"""

from laptime.networks import food_efficientnet
from laptime.preparation import Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=food_efficientnet(101),
    dataset="food101",
    recipe=Recipe(
        batch_size=32,
        epochs=5,
        shuffle=True,
        shuffle_buffer=1_000,
        preparation=Preparation(resize="bilinear", dct="fast"),
    ),
    timed=Timed(startup=True, validation=True, quantity="total"),
    source="Bourke 2021",
    status="stated",
    suites=("articles",),
    pretrained="efficientnetb0",
)
