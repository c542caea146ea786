"""A chart that shows itself where it stands."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from laptime import charts, whole
from laptime.api._tables import safe
from laptime.errors import EnvironmentUnfitError, UsageError

VEGA_LITE = "application/vnd.vegalite.v5+json"
"""What JupyterLab and VS Code draw themselves; Colab takes the picture beside it."""
ENDINGS = (".png", ".svg", ".html", ".json")
_VARIABLE = re.compile(r"var\(--[a-z]+,(#[0-9a-f]{6})\)")
_CUT = 120


class Chart:
    """A drawing of results.

    Args:
        name: what it shows, in words.
        spec: as Vega-Lite, whole.
    """

    def __init__(self, name: str, spec: charts.Spec) -> None:
        self.name = name
        self._spec = spec

    @property
    def spec(self) -> charts.Spec:
        """The Vega-Lite specification, a copy: for Altair (`altair.Chart.from_dict`) or the web."""
        return copy.deepcopy(self._spec)

    def svg(self) -> str:
        """A picture that stands by itself, on white.

        Raises:
            EnvironmentUnfitError: vl-convert is not installed.
        """
        drawn = charts.svg(self._spec, title=self.name, description=self.name)
        plain = _VARIABLE.sub(r"\1", drawn)
        paper = f'style="background:{charts.LIGHT["paper"]}"'
        return plain.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {paper} ', 1)

    def save(self, path: str | Path) -> Path:
        """Write it; the ending chooses: .png, .svg, .html or .json (the specification).

        Raises:
            UsageError: another ending.
            EnvironmentUnfitError: vl-convert is not installed, or the file cannot be written.
        """
        target = Path(path).expanduser()
        if target.suffix.lower() not in ENDINGS:
            raise UsageError(f"'{target.name}' ends in none of {', '.join(ENDINGS)}; end it so")
        content = self._content(target.suffix.lower())
        try:
            whole.write(target, content)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise EnvironmentUnfitError(f"cannot write {target}: {why}; name another") from error
        return target

    def _content(self, ending: str) -> bytes:
        if ending == ".png":
            return charts.png(self._spec)
        if ending == ".svg":
            return self.svg().encode()
        if ending == ".html":
            title = safe(self.name)
            head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            return f"{head}<body>{self.svg()}</body></html>\n".encode()
        return json.dumps(self._spec).encode()

    def __repr__(self) -> str:
        return f"Chart({self.name[:_CUT]!r}): .save('chart.png') writes it"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """The specification, a picture where vl-convert is installed, and what it is in words."""
        bundle: dict[str, Any] = {VEGA_LITE: self.spec, "text/plain": repr(self)}
        try:
            bundle["image/svg+xml"] = self.svg()
        except EnvironmentUnfitError as error:
            bundle["text/plain"] += f"\n({error})"
        return bundle
