"""`plain` and `tuned` against Keras' own `fit` on TensorFlow, images in memory, in turns.

python benchmarks/against_keras.py catsdogs-cnn food101-efficientnetb0 --keras-python PYTHON

PYTHON is another environment's, with tensorflow-cpu and keras.
"""

from __future__ import annotations

import sys
from pathlib import Path

from _turns import Contestant, arguments, race

from laptime.runner.setups import environment, resolve

HERE = Path(__file__).parent

if __name__ == "__main__":
    parser = arguments(rounds=12, seconds=2.0)
    parser.add_argument("workloads", nargs="*", default=["catsdogs-cnn"])
    parser.add_argument("--keras-python", default=sys.executable)
    options = parser.parse_args()
    tuned = environment("torch", resolve("torch", "tuned"))
    loop = str(HERE / "laptime_loop.py")
    for name in options.workloads:
        print(name, flush=True)
        contestants = [
            Contestant(
                "Keras fit", [str(HERE / "keras_loop.py"), name], {}, python=options.keras_python
            ),
            Contestant("plain", [loop, name, "plain"], {}),
            Contestant("tuned", [loop, name, "tuned"], tuned),
            Contestant("tuned bfloat16", [loop, name, "tuned", "bfloat16"], tuned),
        ]
        race(contestants, rounds=options.rounds, seconds=options.seconds)
