"""The page of the Python names: signatures and docstrings, which autodoc reads."""

from __future__ import annotations

import inspect

from docs.site import marks

import laptime
from laptime import errors


def render() -> str:
    """Every public name of the package, then the errors that it raises."""
    public = [_name(name) for name in laptime.__all__]
    return marks.page(
        "# Python",
        "The public names of `laptime`. Whatever is not listed here may change with any version; "
        "the fields of what these return are told in [The record](../records.md).",
        *public,
        "## Errors",
        "All are in `laptime.errors`:",
        f"```text\n{_tree()}\n```",
        *(
            _directive("autoexception", f"laptime.errors.{each}", ":no-show-inheritance:")
            for each in raised()
        ),
    )


def raised() -> list[str]:
    """Names of the errors, in the order of their file."""
    found = vars(errors).items()
    return [
        name for name, value in found if inspect.isclass(value) and issubclass(value, Exception)
    ]


def _tree() -> str:
    """The errors as the docstring of their module draws them."""
    return inspect.cleandoc(errors.__doc__ or "").partition("\n\n")[2]


def _name(name: str) -> str:
    value = getattr(laptime, name)
    heading = f"## {name.strip('_')}" if name.startswith("__") else f"## laptime.{name}"
    if inspect.isclass(value):
        return marks.page(heading, _directive("autoclass", f"laptime.{name}", ":members:"))
    if callable(value):
        return marks.page(heading, _directive("autofunction", f"laptime.{name}"))
    return marks.page(heading, f"`laptime.{name}`, {marks.plain(_kind(value))}.")


def _kind(value: object) -> str:
    if isinstance(value, str):
        return f"a text, here {value!r}"
    return f"of type {type(value).__name__}"


def _directive(kind: str, target: str, *options: str) -> str:
    lines = [f".. {kind}:: {target}", *(f"   {option}" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```"])
