"""One hidden layer of 128 on MNIST.

Source: D. Radecic, 'Are the new M1 Macbooks any good for deep learning?', 2021-01. The article shows
the code as a picture, so the network is reconstructed: TensorFlow's beginner quickstart, which it
names. Batch 32 and the shuffling of every epoch are the defaults of `fit`.
"""

from laptime.networks import mlp
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=mlp(input_shape=(28, 28, 1), classes=10),
    dataset="mnist",
    recipe=Recipe(batch_size=32, epochs=10, shuffle=True),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean"),
    source="Radecic 2021-01",
    status="reconstructed",
    suites=("articles",),
)
