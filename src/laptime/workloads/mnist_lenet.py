"""The convolutional network of tensorflow_macos issue 25 on MNIST.

Source: D. Bourke, M1 test of 2020, retold by Jiang Baoshang. Batch and epochs are stated; the network
is the benchmark of the issue that the author names, which shuffles the whole training set every epoch.
The author compares 'from the second epoch on', validation included.
"""

from laptime.layers import Conv, Dense, Dropout, Flatten, MaxPool, Network, Rescale, Sequence
from laptime.networks import RELU
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=Network(
        input_shape=(28, 28, 1),
        body=Sequence(
            layers=(
                Rescale(),
                Conv(filters=32),
                RELU,
                Conv(filters=64),
                RELU,
                MaxPool(),
                Dropout(rate=0.25),
                Flatten(),
                Dense(units=128),
                RELU,
                Dropout(rate=0.5),
                Dense(units=10),
            )
        ),
    ),
    dataset="mnist",
    recipe=Recipe(batch_size=32, epochs=5, shuffle=True),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean_after_first"),
    source="Bourke 2020",
    status="reconstructed",
    suites=("articles",),
)
