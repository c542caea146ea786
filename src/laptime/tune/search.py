"""What is tried next, and who wins: successive halving around the best ones, inside a budget.

First every engine's own setups. Then single options changed around the best setup of the best engine,
and all gains together, as long as that helps; then the same for engines that are nearly as fast. All
of it in heats: as many workers as memory holds, visited in turns beside the one that leads, of whom
the slower half leaves after each bout. The fastest few then meet again, with the first setup of their
engine, and the winner must pass the gate. Last the ladder between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from laptime.tune.field import Field
from laptime.tune.ladder import Rung, climb
from laptime.tune.ratios import Ratio, ratio
from laptime.tune.space import Candidate, Key, Space

BOUTS = ((1, 4), (2, 2), (3, 1))
"""Rounds of a bout, and how many stay after it."""
HOPELESS = 0.5
"""Slower than this share of the leader's speed leaves after any bout."""
NEAR = 0.8
"""An engine is worth a search of its own from this share of the best one's speed on."""
FAR = 0.4
"""An engine slower than this share is tried neither with its other setups nor in other precisions."""
WORSE = 0.95
"""A change that was slower than this share is not tried again from a new start."""
GAIN = 1.01
"""From this ratio on a change is kept when gains are put together."""
PASSES = 3
FINALISTS = 3
FINAL_SHARE = 0.93
"""Slower than this share of the fastest is no finalist."""
FINAL_ROUNDS = 9
FEWEST_ROUNDS = 3
SEARCH_UNTIL, FINAL_UNTIL = 0.55, 0.75
"""Shares of a precision's time; the ladder has the rest."""
FIRST_SHARE = 0.75
"""Of the budget, for the first precision where there are others."""
Rounds = list[dict[Key, float]]
NO_TIME = "no time was left in the budget"


class Final(msgspec.Struct, frozen=True, kw_only=True):
    """The winner of a precision."""

    key: Key
    plain: Key
    """Its engine's first setup, in the first precision."""
    to_plain: Ratio | None
    """None where the plain one could not be measured beside it."""
    before: Key | None
    """The first precision's winner; None for that one itself."""
    to_before: Ratio | None
    rivals: tuple[tuple[Key, Ratio], ...] = ()
    """Other finalists, and their speed over the winner's."""


class Search:
    """The search over one workload.

    Args:
        field: starts and visits candidates.
        spaces: engines by preference.
        precisions: each ranked apart; the first has most of the time, and the ladder.
        capacity: how many workers may be held at once; two at least.
        now_s: a clock.
        budget_s: kept to about one start.
    """

    def __init__(
        self,
        field: Field,
        *,
        spaces: Sequence[Space],
        precisions: Sequence[str],
        capacity: int,
        now_s: Callable[[], float],
        budget_s: float,
    ) -> None:
        self.field = field
        self.finals: list[Final] = []
        self.ladder: tuple[Rung, ...] = ()
        self.interrupted = False
        self._spaces = {space.engine: space for space in spaces}
        self._precisions = precisions
        self._capacity = capacity
        self._now_s = now_s
        self._budget_s = budget_s

    def execute(self) -> None:
        """Search; Ctrl-C ends it and keeps what is known."""
        began, others = self._now_s(), len(self._precisions) - 1
        first_s = self._budget_s * (FIRST_SHARE if others else 1.0)
        try:
            for number, precision in enumerate(self._precisions):
                left_s = self._budget_s - first_s
                end_s = began + first_s + (left_s * number / others if others else 0.0)
                self._of_precision(precision, end_s=end_s)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self.field.close()

    def _of_precision(self, precision: str, *, end_s: float) -> None:
        is_first = precision == self._precisions[0]
        now = self._now_s()
        until = now + SEARCH_UNTIL * (end_s - now)
        if is_first:
            self._open(precision, until_s=until)
        else:
            self._carry_over(precision, until_s=until)
        for engine in self._near(precision):
            self._improve(engine, precision, until_s=until)
        # The other precisions have no ladder, so their final has all that is left.
        share = FINAL_UNTIL if is_first else 1.0
        final = self._decide(precision, until_s=now + share * (end_s - now))
        if final is None:
            return
        self.finals.append(final)
        if is_first:
            space = self._spaces[final.key[0]]
            winner = self.field.candidates[final.key]
            has_time = self._by(end_s)
            self.ladder = climb(
                self.field, space, winner=winner, capacity=self._capacity, has_time=has_time
            )
        self._clear(keep=[final.key])

    def _open(self, precision: str, *, until_s: float) -> None:
        """Every engine's fastest known setup, then its others unless it is far behind."""
        spaces = [space for space in self._spaces.values() if precision in space.precisions]
        self._race([space.named(list(space.setups)[-1], precision) for space in spaces], until_s)
        best = next(iter(self.field.ranked(precision=precision)), None)
        others = []
        for space in spaces:
            own = self.field.best(space.engine, precision)
            tuned = self.field.standings.get(space.named(list(space.setups)[-1], precision).key)
            is_unfit = tuned is not None and tuned.outcome == "environment"
            is_far = best and own and self._share(own, best) < FAR
            for setup in list(space.setups)[:-1]:
                candidate = space.named(setup, precision)
                if is_unfit:
                    self.field.skip(candidate, "this engine does not work here")
                elif is_far:
                    self.field.skip(candidate, "this engine's fastest setup is far behind")
                else:
                    others.append(candidate)
        self._race(others, until_s)

    def _carry_over(self, precision: str, *, until_s: float) -> None:
        """Each engine's best setup in the first precision, now in this one."""
        first = self._precisions[0]
        ranked = self.field.ranked(precision=first)
        found = []
        for engine, space in self._spaces.items():
            own = self.field.best(engine, first)
            if precision in space.precisions and own and self._share(own, ranked[0]) >= FAR:
                options = self.field.candidates[own].options
                found.append(space.candidate(options, precision))
        self._race(found, until_s)

    def _near(self, precision: str) -> list[str]:
        """Engines that are worth a search of their own, fastest first."""
        ranked = self.field.ranked(precision=precision)
        near = [key[0] for key in ranked if self._share(key, ranked[0]) >= NEAR]
        return list(dict.fromkeys(near))

    def _improve(self, engine: str, precision: str, *, until_s: float) -> None:
        """Single changes around an engine's best setup, then all gains together, while that helps."""
        space, poor = self._spaces[engine], set[tuple[str, object]]()
        for _ in range(PASSES):
            key = self.field.best(engine, precision)
            if key is None:
                return
            base = self.field.candidates[key]
            changes = {c.key: _change(base, c) for c in self._neighbours(space, key)}
            fresh = [
                c
                for c in self._neighbours(space, key)
                if changes[c.key] not in poor and not self.field.is_known(c.key)
            ]
            self._race(fresh, until_s)
            gains: dict[tuple[str, object], float] = {}
            for changed, change in changes.items():
                if self.field.speed(changed) is not None:
                    gains[change] = self._share(changed, key)
            poor |= {change for change, gain in gains.items() if gain < WORSE}
            together = space.candidate(_together(base, gains), precision)
            if not self.field.is_known(together.key):
                self._race([together], until_s)
            if self.field.best(engine, precision) == key:
                return

    def _neighbours(self, space: Space, key: Key) -> list[Candidate]:
        standing = self.field.standings[key]
        return space.neighbours(self.field.candidates[key], standing.used)

    def _race(self, field: Sequence[Candidate], until_s: float) -> None:
        """Heats of as many as can be held, each beside the leader of the last one."""
        waiting, has_time = list(field), self._by(until_s)
        while waiting:
            while waiting and len(self.field.held) < self._capacity:
                if not has_time(self.field.start_s(waiting[0].engine)):
                    for candidate in waiting:
                        self.field.skip(candidate, NO_TIME)
                    waiting = []
                    break
                self.field.start(waiting.pop(0))
            if self.field.crowded:
                self._capacity = max(2, len(self.field.held))
                waiting += self.field.crowded
                self.field.crowded.clear()
            self._halve(field[0].precision, has_time)

    def _halve(self, precision: str, has_time: Callable[[float], bool]) -> None:
        """Rounds; after each bout the slower half leaves, until the leader is alone."""
        held = self.field.held
        if len(held) == 1:
            if self._is_unseen():
                self.field.round()
            return
        for rounds, stay in BOUTS:
            for _ in range(rounds if len(held) > stay else 0):
                if self._is_unseen() or has_time(self.field.round_s()):
                    self.field.round()
            ranked = self._held(precision)
            for place, key in enumerate(ranked):
                if place >= stay or self._share(key, ranked[0]) < HOPELESS:
                    self.field.retire(key)
        if ranked := self._held(precision):  # else what is held is the only link to other rounds
            self._clear(keep=ranked[:1])

    def _held(self, precision: str) -> list[Key]:
        """Those held that may win, fastest first."""
        ranked = self.field.ranked(precision=precision)
        return [key for key in ranked if key in self.field.held]

    def _is_unseen(self) -> bool:
        return any(self.field.speed(key) is None for key in self.field.held)

    def _decide(self, precision: str, *, until_s: float) -> Final | None:
        """The fastest few against each other and against plain; the first that passes the gate."""
        has_time, is_first = self._by(until_s), True
        while ranked := self.field.ranked(precision=precision):
            if not is_first and not has_time(0.0):
                return None
            is_first = False
            finalists = [k for k in ranked if self._share(k, ranked[0]) >= FINAL_SHARE][:FINALISTS]
            rounds = self._meet(finalists, has_time=has_time)
            for key in self._held(precision):
                if key in finalists and self.field.judge(key).passes:
                    return self._final(key, rounds, finalists)
        return None

    def _meet(self, finalists: Sequence[Key], *, has_time: Callable[[float], bool]) -> Rounds:
        """Rounds of the fastest few, plain and the first precision's winner."""
        plain = self._plain(finalists[0][0])
        beside = [plain.key, *(final.key for final in self.finals[:1])]
        named = [self.field.identity(key) for key in [finalists[0], *beside, *finalists[1:]]]
        wanted = list(dict.fromkeys(named))[: self._capacity]
        self._clear(keep=wanted)
        for key in wanted:
            rounds_s = FEWEST_ROUNDS * self.field.round_s(more=1)
            if key == wanted[0] or has_time(self.field.start_s(key[0]) + rounds_s):
                self.field.start(self.field.candidates.get(key, plain))
        began = len(self.field.rounds)
        for number in range(FINAL_ROUNDS):
            if number < FEWEST_ROUNDS or has_time(self.field.round_s()):
                self.field.round()
        return self.field.rounds[began:]

    def _final(self, winner: Key, rounds: Rounds, finalists: Sequence[Key]) -> Final:
        plain = self.field.identity(self._plain(winner[0]).key)
        before = self.finals[0].key if self.finals else None
        others = {key: ratio(rounds, key, winner) for key in finalists if key != winner}
        return Final(
            key=winner,
            plain=plain,
            to_plain=ratio(rounds, winner, plain),
            before=before,
            to_before=ratio(rounds, winner, before) if before else None,
            rivals=tuple((key, found) for key, found in others.items() if found),
        )

    def _plain(self, engine: str) -> Candidate:
        space = self._spaces[engine]
        return space.named(space.first, self._precisions[0])

    def _clear(self, *, keep: Sequence[Key]) -> None:
        for key in [key for key in self.field.held if key not in keep]:
            self.field.retire(key)

    def _share(self, of: Key, to: Key) -> float:
        """Speed over speed."""
        return (self.field.speed(of) or 0.0) / (self.field.speed(to) or 1.0)

    def _by(self, until_s: float) -> Callable[[float], bool]:
        return lambda seconds: self._now_s() + seconds <= until_s


def _change(base: Candidate, changed: Candidate) -> tuple[str, object]:
    """The one option in which they differ."""
    return next(
        (name, value) for name, value in changed.options.items() if value != base.options[name]
    )


def _together(
    base: Candidate, gains: dict[tuple[str, object], float]
) -> dict[str, str | int | bool]:
    """The base with the best value of every option that gains."""
    options = dict(base.options)
    for (name, value), gain in sorted(gains.items(), key=lambda each: each[1]):
        if gain >= GAIN and isinstance(value, str | int | bool):
            options[name] = value
    return options
