"""Builds the site and checks it; any warning and any dead link is an error."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from docs.site import built, pages, reference
from sphinx.cmd.build import main as sphinx


def main() -> int:
    """Build and check; the exit code is 0 where both are clean."""
    parser = argparse.ArgumentParser(prog="python -m docs.site", description=__doc__)
    parser.add_argument("--output", type=Path, default=pages.ROOT / "build" / "site")
    output = parser.parse_args().output.resolve()
    _empty(output)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "docs"
        source.mkdir()
        pages.lay_out(source, reference.generate())
        strict = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
        settings = ["--conf-dir", str(Path(__file__).parent), "--doctree-dir", f"{folder}/doctrees"]
        code = sphinx([*strict, *settings, "-b", "html", str(source), str(output)])
    if code:
        return code
    found = built.problems(output)
    print("\n".join(found) or f"{output / 'index.html'}: every link leads somewhere")
    return 1 if found else 0


def _empty(output: Path) -> None:
    """Pages of an older build would be checked with the new ones. Only a built site is removed."""
    if output.exists() and any(output.iterdir()):
        if not (output / "objects.inv").exists():
            sys.exit(f"{output} holds something else than a built site; name another folder")
        shutil.rmtree(output)


if __name__ == "__main__":
    sys.exit(main())
