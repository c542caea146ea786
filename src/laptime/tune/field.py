"""Who was tried, who is held, and how fast each was in every round."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from laptime.tune.ratios import speeds_of
from laptime.tune.space import Candidate, Key
from laptime.tune.worker import Contender, Standing

START_S = 5.0
"""What a start is taken to cost until one of the engine's was seen."""
VISIT_S = 1.2

Open = Callable[[Candidate], Contender]


class Field:
    """Everything that is known of the candidates of one workload.

    Args:
        open_: starts a worker; one that fails is a contender too.
        now_s: the search's clock.
        tell: told what goes on, a line each.
    """

    def __init__(
        self, open_: Open, *, now_s: Callable[[], float], tell: Callable[[str], None]
    ) -> None:
        self.candidates: dict[Key, Candidate] = {}
        self.standings: dict[Key, Standing] = {}
        self.rounds: list[dict[Key, float]] = []
        self.held: dict[Key, Contender] = {}
        self.crowded: list[Candidate] = []
        """Ran out of memory beside several others: to be started again among fewer."""
        self._retried: set[Key] = set()
        self._open, self._now_s, self._tell = open_, now_s, tell
        self._same: dict[Key, Key] = {}
        self._start_s: dict[str, float] = {}
        self._visit_s: dict[Key, float] = {}
        self._speeds: tuple[int, dict[Key, float]] = 0, {}

    def start(self, candidate: Candidate) -> bool:
        """Hold a worker of it; False where it fails, or proves to be one that is known already."""
        key = self.identity(candidate.key)
        if key in self.held:
            return True
        began = self._now_s()
        contender = self._open(candidate)  # Ctrl-C in it leaves a candidate that nobody knows
        took = self._now_s() - began
        self._start_s[candidate.engine] = max(took, self._start_s.get(candidate.engine, 0.0))
        standing = contender.standing
        if standing.outcome == "oom" and len(self.held) > 1 and key not in self._retried:
            self._retried.add(key)
            self.crowded.append(candidate)
            contender.close()
            return False
        self.candidates[candidate.key] = candidate
        if standing.outcome != "ok":
            self._note(key, standing)
            self._tell(f"{' '.join(key)}: {standing.outcome}, {standing.reason}")
            contender.close()
            return False
        twin = self._twin(candidate.key, standing)
        if twin is not None:
            self._same[candidate.key] = twin
            same = f"the same here as '{self.candidates[twin].name}'"
            self.standings[candidate.key] = replace(standing, reason=same)
            contender.close()
            return twin in self.held
        self.held[key] = contender
        self._note(key, standing)
        return True

    def round(self) -> None:
        """Visit everyone who is held, another one first each time; those who fail leave."""
        keys = list(self.held)
        if not keys:
            return
        first = len(self.rounds) % len(keys)
        speeds: dict[Key, float] = {}
        for key in [*keys[first:], *keys[:first]]:
            began = self._now_s()
            speed = self.held[key].visit()
            self._visit_s[key] = self._now_s() - began
            if speed is None:
                self.retire(key)
            else:
                if key not in self._of_rounds():
                    self._tell(f"{' '.join(key)}: {speed:,.0f} images/s")
                speeds[key] = speed
        if speeds:
            self.rounds.append(speeds)

    def judge(self, key: Key) -> Standing:
        """Validate one that is held."""
        self.held[key].judge()
        self._note(key, self.held[key].standing)
        return self.standings[key]

    def retire(self, key: Key) -> None:
        """End a worker; one that leads its engine is judged first, since it may be remembered."""
        if self.held[key].standing.outcome == "ok" and key == self.best(key[0], key[1]):
            self.held[key].judge()
        contender = self.held.pop(key)
        self._note(key, contender.standing)
        if self.standings[key].outcome != "ok":
            self._tell(f"{' '.join(key)}: {self.standings[key].reason}")
        contender.close()

    def close(self) -> None:
        """End everything that is held, without a question."""
        while self.held:
            key, contender = self.held.popitem()
            self._note(key, contender.standing)
            contender.close()

    def skip(self, candidate: Candidate, reason: str) -> None:
        """Note one that is not tried."""
        self.candidates[candidate.key] = candidate
        self.standings[candidate.key] = Standing(outcome="not tried", reason=reason)

    def identity(self, key: Key) -> Key:
        """The key under which it was measured: that of the first one that is the same here."""
        return self._same.get(key, key)

    def is_known(self, key: Key) -> bool:
        """Whether it was tried, or passed over."""
        return key in self.candidates

    def speed(self, key: Key) -> float | None:
        """Images per second, drift taken out; None where it was never measured."""
        return self.speeds().get(self.identity(key))

    def speeds(self) -> dict[Key, float]:
        """Images per second of everyone who was measured."""
        count, known = self._speeds
        if count != len(self.rounds):
            known = speeds_of(self.rounds)
            self._speeds = len(self.rounds), known
        return known

    def ranked(self, *, precision: str, engine: str | None = None) -> list[Key]:
        """Those that may win, fastest first."""
        speeds = self.speeds()
        keys = [
            key
            for key in speeds
            if key[1] == precision and engine in (None, key[0]) and self.standings[key].passes
        ]
        return sorted(keys, key=lambda key: -speeds[key])

    def best(self, engine: str, precision: str) -> Key | None:
        """An engine's fastest that may win."""
        return next(iter(self.ranked(precision=precision, engine=engine)), None)

    def start_s(self, engine: str) -> float:
        """What a start of this engine costs."""
        return self._start_s.get(engine, START_S)

    def round_s(self, *, more: int = 0) -> float:
        """What a round of those held costs, and of `more` beside them."""
        costs = [self._visit_s.get(key, VISIT_S) for key in self.held]
        return sum(costs) + more * (max(costs) if costs else VISIT_S)

    def _of_rounds(self) -> set[Key]:
        return {key for each in self.rounds for key in each}

    def _twin(self, key: Key, standing: Standing) -> Key | None:
        """Another one whose worker used the same, whatever was asked of it."""
        return next(
            (
                other
                for other, known in self.standings.items()
                if other[:2] == key[:2]
                and other != key
                and other not in self._same
                and known.outcome == "ok"
                and (known.used, known.environment) == (standing.used, standing.environment)
            ),
            None,
        )

    def _note(self, key: Key, standing: Standing) -> None:
        """What went wrong once is not forgotten, nor what was learned."""
        before = self.standings.get(key)
        if before is not None and before.outcome not in ("ok", "not tried"):
            return
        if before is not None and standing.learned is None:
            standing = replace(standing, learned=before.learned)
        self.standings[key] = standing
