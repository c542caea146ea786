"""A machine on paper: candidates whose true speed is known, visited on a clock that is scripted."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

from laptime.engines import Option
from laptime.tune.field import Field
from laptime.tune.search import Search
from laptime.tune.space import Candidate, Key, Space
from laptime.tune.worker import Standing

Speed = Callable[[Mapping[str, Option]], float]


def space(engine: str, options: dict[str, tuple[Option, ...]], **tuned: Option) -> Space:
    """An engine with a setup 'plain' of first values, and 'tuned' that differs so."""
    plain = {name: values[0] for name, values in options.items()}
    return Space(
        engine=engine,
        precisions=("float32", "bfloat16"),
        options=options,
        setups={"plain": plain, "tuned": {**plain, **tuned}},
        by_environment=frozenset(options),
    )


class Paper:
    """Workers of a machine that drifts, whose visits are noisy.

    Args:
        speeds: engine -> true speed by options.
        noise: standard deviation of a visit's logarithm.
        start_s: what a start takes.
    """

    def __init__(
        self,
        speeds: Mapping[str, Speed],
        *,
        noise: float = 0.0,
        drift: float = 0.0,
        start_s: float = 4.0,
        seed: int = 0,
    ) -> None:
        self.now_s = 0.0
        self.opened: list[Key] = []
        self.alive = 0
        self.most_alive = 0
        self.broken: dict[str, Standing] = {}
        """Part of a name -> what becomes of such a candidate at its second visit."""
        self.dull: set[str] = set()
        """Part of a name of candidates that do not learn."""
        self.interrupt_at_s = math.inf
        self.unfit: dict[str, Standing] = {}
        """Engine -> how every start of it ends."""
        self.room = math.inf
        """How many its memory holds; one more ends with 'oom'."""
        self._speeds, self._noise, self._drift, self._start_s = speeds, noise, drift, start_s
        self._random = random.Random(seed)  # noqa: S311 - noise

    def open(self, candidate: Candidate) -> Scripted:
        """As a worker is started."""
        self.pass_s(self._start_s)
        self.opened.append(candidate.key)
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        return Scripted(self, candidate)

    def pass_s(self, seconds: float) -> None:
        """Let time pass; somebody may press Ctrl-C meanwhile."""
        self.now_s += seconds
        if self.now_s >= self.interrupt_at_s:
            self.interrupt_at_s = math.inf
            raise KeyboardInterrupt

    def true_speed(self, candidate: Candidate) -> float:
        """Without noise and drift; twice as fast in bfloat16."""
        speed = self._speeds[candidate.engine](candidate.options)
        return speed * (2 if candidate.precision == "bfloat16" else 1)

    def seen_speed(self, candidate: Candidate) -> float:
        """As a visit at this moment shows it."""
        drift = self._drift * math.sin(self.now_s / 40)
        return self.true_speed(candidate) * math.exp(drift + self._random.gauss(0, self._noise))


class Scripted:
    """A worker on paper."""

    def __init__(self, paper: Paper, candidate: Candidate) -> None:
        self._paper, self._candidate = paper, candidate
        self.blind: set[str] = set()
        """Options without any effect here."""
        self._visits = 0
        self._judged = False
        self._broken: Standing | None = None
        if candidate.engine in paper.unfit:
            self._broken = paper.unfit[candidate.engine]
        elif paper.alive > paper.room:
            self._broken = Standing(outcome="oom", reason="out of memory")

    def visit(self) -> float | None:
        """A second passes."""
        self._visits += 1
        self._paper.pass_s(1.0)
        self._broken = next(
            (s for part, s in self._paper.broken.items() if part in self._candidate.name), None
        )
        if self._broken and self._visits > 1:
            return None
        self._broken = None
        return self._paper.seen_speed(self._candidate)

    def judge(self) -> None:
        """A second passes too."""
        self._paper.pass_s(1.0)
        self._judged = True

    @property
    def standing(self) -> Standing:
        """Learns, unless it is one of the dull."""
        if self._broken is not None:
            return self._broken
        dull = any(part in self._candidate.name for part in self._paper.dull)
        learned = not dull if self._judged else None
        return Standing(
            outcome="did_not_learn" if learned is False else "ok",
            learned=learned,
            device="paper",
            environment={
                name: str(value)
                for name, value in self._candidate.options.items()
                if name not in self.blind
            },
        )

    def close(self) -> None:
        """One less."""
        self._paper.alive -= 1


def search(
    paper: Paper,
    *spaces: Space,
    budget_s: float = 300.0,
    capacity: int = 8,
    precisions: tuple[str, ...] = ("float32",),
) -> Search:
    """A search that has been done."""
    field = Field(paper.open, now_s=lambda: paper.now_s, tell=lambda _: None)
    found = Search(
        field,
        spaces=spaces,
        precisions=precisions,
        capacity=capacity,
        now_s=lambda: paper.now_s,
        budget_s=budget_s,
    )
    found.execute()
    return found
