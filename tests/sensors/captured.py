"""What real machines have told; captured/SOURCES.md says where it comes from."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "captured"


def text(name):
    return (FOLDER / name).read_text("utf-8")


def tree(name, root):
    """Plant the files of a capture under `root`."""
    for path, content in json.loads(text(name)).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root
