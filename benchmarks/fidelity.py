"""laptime's plain PyTorch against a bare loop written by hand: 1.00 is what we want, within 1 %.

python benchmarks/fidelity.py cifar10-tinyvgg mnist-mlp --rounds 40
"""

from __future__ import annotations

from pathlib import Path

from _turns import Contestant, arguments, race

HERE = Path(__file__).parent

if __name__ == "__main__":
    parser = arguments(rounds=40, seconds=0.5)
    parser.add_argument("workloads", nargs="*", default=["cifar10-tinyvgg"])
    options = parser.parse_args()
    for name in options.workloads:
        print(name)
        bare = Contestant("bare loop", [str(HERE / "bare_loop.py"), name], {})
        ours = Contestant("laptime plain", [str(HERE / "laptime_loop.py"), name], {})
        race([bare, ours], rounds=options.rounds, seconds=options.seconds)
