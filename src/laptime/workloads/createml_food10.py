"""Create ML's recipe in the open: features of a frozen network, then a softmax classifier, ten classes.

Source: D. Bourke, M1 test of 2020, retold by Jiang Baoshang: 7,500 and 2,500 images, 25 iterations,
and the augmentations flip and rotate are stated. Apple's network is not published, so ours is
another one: EfficientNet-Lite0 with its ImageNet weights. Unknown, so chosen: every photo augmented
once, rotated by up to 20 degrees, bilinear resizing, batches of 32 for the features, L2 penalty C =
1.
"""

from laptime.networks import lite0_features
from laptime.preparation import Augmentation, Preparation
from laptime.workloads import Recipe, SoftmaxFit, Timed, Workload

WORKLOAD = Workload(
    network=lite0_features(),
    dataset="food10",
    recipe=Recipe(
        batch_size=32,
        epochs=1,
        shuffle=True,
        preparation=Preparation(
            resize="bilinear",
            augmentation=Augmentation(rotation_degrees=20, horizontal_flip=True),
        ),
        classifier=SoftmaxFit(iterations=25),
    ),
    timed=Timed(startup=True, validation=True, quantity="total"),
    source="Bourke 2020",
    status="reconstructed",
    suites=("articles",),
    pretrained="efficientnet-lite0",
)
