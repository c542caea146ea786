"""Create ML's recipe in the open: features of a frozen network, then a softmax classifier, 101 classes.

Source: D. Bourke, "Apple's M1 Pro and M1 Max outperform Google Colab by up to 54%", 2021: 10 % of
Food-101, 25 iterations and 'all' of Create ML's augmentations (noise, blur, crop, expose, flip,
rotate) are stated; how strong they are is not published. Apple's network is not published either,
so ours is another one: EfficientNet-Lite0 with its ImageNet weights. Chosen: every photo augmented
once, the strengths below, bilinear resizing, batches of 32 for the features, L2 penalty C = 1.
"""

from laptime.networks import lite0_features
from laptime.preparation import Augmentation, Preparation
from laptime.workloads import Recipe, SoftmaxFit, Timed, Workload

WORKLOAD = Workload(
    network=lite0_features(),
    dataset="food101-10pct",
    recipe=Recipe(
        batch_size=32,
        epochs=1,
        shuffle=True,
        preparation=Preparation(
            resize="bilinear",
            augmentation=Augmentation(
                rotation_degrees=20,
                horizontal_flip=True,
                crop=0.1,
                exposure_stops=0.5,
                blur_pixels=1.0,
                noise=8.0,
            ),
        ),
        classifier=SoftmaxFit(iterations=25),
    ),
    timed=Timed(startup=True, validation=True, quantity="total"),
    source="Bourke 2021",
    status="reconstructed",
    suites=("articles",),
    pretrained="efficientnet-lite0",
)
