"""TinyVGG on CIFAR-10, not shuffled.

Source: D. Bourke, "Apple's M1 Pro and M1 Max outperform Google Colab by up to 54%", 2021, and his
repository m1-machine-learning-test: network, batch, epochs and the order of the images are stated in
code. His timer starts before the network is made and stops after ten epochs with validation.
"""

from laptime.networks import tinyvgg
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=tinyvgg(input_shape=(32, 32, 3), classes=10),
    dataset="cifar10",
    recipe=Recipe(batch_size=32, epochs=10, shuffle=False),
    timed=Timed(startup=True, validation=True, quantity="total"),
    source="Bourke 2021",
    status="stated",
    suites=("articles",),
)
