"""Three convolutional layers on CIFAR-10.

Source: D. Radecic, 'Are the new M1 Macbooks any good for deep learning?', 2021-01. 'Three convolutional
layers' is stated; the rest is shown as a picture and reconstructed from TensorFlow's CNN tutorial.
Batch 32 and the shuffling of every epoch are the defaults of `fit`.
"""

from laptime.layers import Conv, Dense, Flatten, MaxPool, Network, Rescale, Sequence
from laptime.networks import RELU
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=Network(
        input_shape=(32, 32, 3),
        body=Sequence(
            layers=(
                Rescale(),
                Conv(filters=32),
                RELU,
                MaxPool(),
                Conv(filters=64),
                RELU,
                MaxPool(),
                Conv(filters=64),
                RELU,
                Flatten(),
                Dense(units=64),
                RELU,
                Dense(units=10),
            )
        ),
    ),
    dataset="cifar10",
    recipe=Recipe(batch_size=32, epochs=10, shuffle=True),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean"),
    source="Radecic 2021-01",
    status="reconstructed",
    suites=("articles",),
)
