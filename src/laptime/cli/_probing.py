"""A probe from the choice of engines to its scores and flags: for `laptime probe`, and beside a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import asdict

from laptime import machine
from laptime.document import document
from laptime.probes import measure, scores
from laptime.probes.earlier import earlier_scores
from laptime.probes.flags import flags_of
from laptime.probes.saved import load_all, save
from laptime.probes.text import render
from laptime.published.orientation import CAUTION, geekbench

if TYPE_CHECKING:
    from laptime.cli._status import Watch
    from laptime.layout import Screen
    from laptime.probes.measure import Asked
    from laptime.probes.record import Probe, Row
    from laptime.probes.scores import Score
    from laptime.store import Store
    from laptime.summary import Flag


class Probed(NamedTuple):
    """What is told of a probe."""

    probe: Probe
    scores: tuple[Score, ...]
    flags: tuple[Flag, ...]

    @property
    def is_interrupted(self) -> bool:
        """By Ctrl-C."""
        return self.probe.outcome == "interrupted"

    @property
    def is_sound(self) -> bool:
        """Whether every kernel that an engine has could be measured."""
        return all(row.outcome in ("ok", "unsupported") for row in self.probe.rows)

    def content(self) -> dict[str, Any]:
        """For programs."""
        return {
            "id": self.probe.id,
            "outcome": self.probe.outcome,
            "results": [_item(row) for row in self.probe.rows],
            "scores": {each.name: each for each in self.scores},
            "machine": self.probe.machine,
            "libraries": self.probe.libraries,
            "environment": self.probe.environment,
            "flags": list(self.flags),
            "published": {"caution": CAUTION, "rows": geekbench()},
        }

    def text(self, screen: Screen) -> str:
        """For people."""
        return render(
            self.probe,
            scores=self.scores,
            flags=self.flags,
            published=geekbench(),
            screen=screen,
        )


def prepare(engines: Sequence[str], *, device: str) -> Asked:
    """What will be probed; the frozen machine is read too, so that nothing is measured in vain.

    Raises:
        LaptimeError: no such engine or device, or laptime's own record is damaged.
    """
    scores.reference()
    return measure.choose(tuple(engines), device=device)


def probe(asked: Asked, *, store: Store, watch: Watch) -> Probed:
    """Measure, keep and judge."""
    watch.waiting(f"Probing {', '.join(asked.engines)}: a minute or two for each device")
    found = measure.measure(asked, machine=machine.describe(), tell=watch.looking)
    if found.rows:
        save(found, store=store)
    return judged(found, store=store)


def judged(found: Probe, *, store: Store) -> Probed:
    """A probe with its scores, and what weakens it."""
    frozen = scores.reference()
    reached = scores.scores(found, frozen=frozen) if found.outcome == "ok" else ()
    kept, _ = load_all(store)  # one that cannot be read tells less, and no more
    imported = store.imported()
    own = [each for each in kept if each.id not in imported]
    earlier = earlier_scores(found, own, frozen=frozen)
    return Probed(found, reached, flags_of(found, scores=reached, earlier=earlier))


def show(probed: Probed, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        print(document(probed.content()), end="")
        return
    from laptime.cli._screen import screen

    print(probed.text(screen()), end="")


def _item(row: Row) -> dict[str, object]:
    fields = asdict(row)
    trials = fields.pop("trials")
    return {**fields, "trials": len(trials), "cores": row.cores}
