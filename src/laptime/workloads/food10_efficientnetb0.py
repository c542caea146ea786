"""A head on frozen EfficientNetB0 on 10 % of ten classes of Food-101, four photos at a time.

Source: D. Bourke, M1 test of 2020, retold by Jiang Baoshang: network, 750 and 625 images, epochs
and the batch of 4 are stated; 32, 16 and 8 ran out of memory there. Unknown, so chosen: bilinear
resizing and a new order every epoch. The author compares 'from the second epoch on', validation
included.
"""

from laptime.networks import food_efficientnet
from laptime.preparation import Preparation
from laptime.workloads import Recipe, Timed, Workload

WORKLOAD = Workload(
    network=food_efficientnet(10),
    dataset="food10-10pct",
    recipe=Recipe(
        batch_size=4, epochs=5, shuffle=True, preparation=Preparation(resize="bilinear", dct="fast")
    ),
    timed=Timed(startup=False, validation=True, quantity="epoch_mean_after_first"),
    source="Bourke 2020",
    status="stated",
    suites=("articles",),
    pretrained="efficientnetb0",
)
