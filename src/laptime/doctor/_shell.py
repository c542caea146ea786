"""Lines to paste into the shell of the system at hand."""

from __future__ import annotations

import os


def given(name: str, value: str, *, is_windows: bool = os.name == "nt") -> str:
    """Sets a variable: for PowerShell on Windows, for sh elsewhere."""
    return f'$env:{name} = "{value}"' if is_windows else f"export {name}={value}"


def without(name: str, *, is_windows: bool = os.name == "nt") -> str:
    """Takes a variable away."""
    return f"Remove-Item Env:{name}" if is_windows else f"unset {name}"
