"""The other tests of the articles in the same run: `laptime run --with probes,video`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from laptime.errors import UnknownNameError

if TYPE_CHECKING:
    from laptime.cli._exporting import Exported
    from laptime.cli._probing import Probed
    from laptime.layout import Screen
    from laptime.probes.measure import Asked
    from laptime.probes.record import Probe
    from laptime.store import Store
    from laptime.video.encoders import Encoder
    from laptime.video.record import VideoResult

GROUPS = ("probes", "video")
CLIP = "small"
"""Of the exports: a sample of it, as `laptime video` takes it by itself."""


def groups_of(text: str | None) -> tuple[str, ...]:
    """'probes,video' -> the groups, each once.

    Raises:
        UnknownNameError: there is no such group.
    """
    names = tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
    for name in names:
        if name not in GROUPS:
            raise UnknownNameError("group", name, GROUPS)
    return names


class Beside:
    """The groups that were asked for: refused before the training, made after it.

    Args:
        groups: of `GROUPS`.
        engines: that train; the same are probed.
        device: as in the run.
        store: where results are kept.

    Raises:
        LaptimeError: one of them cannot be made here.
    """

    def __init__(
        self, groups: Sequence[str], *, engines: Sequence[str], device: str, store: Store
    ) -> None:
        self._store = store
        self._asked: Asked | None = None
        self._encoders: tuple[Encoder, ...] = ()
        self.probed: Probed | None = None
        self.exported: Exported | None = None
        if "probes" in groups:
            from laptime.cli._probing import prepare

            self._asked = prepare(engines, device=device)
        if "video" in groups:
            from laptime.video.encoders import chosen
            from laptime.video.export import check_installed

            check_installed()
            self._encoders = tuple(chosen(codecs=(), names=()))

    def make(self) -> None:
        """All that was asked for, up to a Ctrl-C."""
        if self._asked is not None:
            from laptime.cli._probing import probe
            from laptime.cli._status import status

            with status(refreshes_per_s=1) as watch:
                self.probed = probe(self._asked, store=self._store, watch=watch)
        if self._encoders and not self.is_interrupted:
            from laptime.cli._exporting import export_all
            from laptime.video.clips import clip_of
            from laptime.video.export import Amount

            self.exported = export_all(
                self._encoders,
                clip=clip_of(CLIP),
                amount=Amount(),
                folder=None,
                is_named=False,
                store=self._store,
            )

    @property
    def is_interrupted(self) -> bool:
        """By Ctrl-C."""
        return any(made.is_interrupted for made in self._made())

    @property
    def is_sound(self) -> bool:
        """Whether all ended well."""
        return all(made.is_sound for made in self._made())

    def content(self) -> dict[str, Any]:
        """For programs; what was not made is absent."""
        found = {"probe": self.probed, "videos": self.exported}
        return {name: made.content() for name, made in found.items() if made}

    def records(self) -> list[Probe | VideoResult]:
        """All that was kept."""
        probes = [self.probed.probe] if self.probed and self.probed.probe.rows else []
        return [*probes, *(self.exported.results if self.exported else ())]

    def texts(self, screen: Screen) -> list[str]:
        """For people, each with its heading."""
        headings = {"Probes": self.probed, "Video exports": self.exported}
        return [f"\n{heading}\n\n{made.text(screen)}" for heading, made in headings.items() if made]

    def _made(self) -> list[Probed | Exported]:
        return [made for made in (self.probed, self.exported) if made is not None]
