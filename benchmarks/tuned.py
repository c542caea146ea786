"""`tuned` against `plain` on this machine, in turns.

python benchmarks/tuned.py cifar10-tinyvgg mnist-lenet --rounds 20
"""

from __future__ import annotations

from pathlib import Path

from _turns import Contestant, arguments, race

from laptime.runner.setups import environment, resolve

HERE = Path(__file__).parent

if __name__ == "__main__":
    parser = arguments(rounds=20, seconds=0.5)
    parser.add_argument("workloads", nargs="*", default=["cifar10-tinyvgg"])
    options = parser.parse_args()
    wanted = environment("torch", resolve("torch", "tuned"))
    loop = str(HERE / "laptime_loop.py")
    for name in options.workloads:
        print(name)
        contestants = [
            Contestant("plain", [loop, name, "plain"], {}),
            Contestant("tuned", [loop, name, "tuned"], wanted),
            Contestant("tuned bfloat16", [loop, name, "tuned", "bfloat16"], wanted),
        ]
        race(contestants, rounds=options.rounds, seconds=options.seconds)
