"""Hypothesis strategies for records, made from their field types, so they follow by themselves."""

from __future__ import annotations

import types
import typing
from typing import Any

from hypothesis import strategies as st

from laptime.record import FORMAT, Frozen, Result

# Whatever UTF-8 can hold; lone surrogates cannot be written to any file.
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
IDS = st.from_regex(r"20[0-9]{6}-[0-9]{6}-[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**53), 2**53),
    # What a store takes in: larger and smaller ones are measured by nobody.
    float: st.floats(-1e99, 1e99).filter(lambda value: value == 0 or abs(value) > 1e-99),
    bool: st.booleans(),
    type(None): st.none(),
}


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a record's field type."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _limited(inside[0])
    if origin is typing.Literal:
        return st.sampled_from(inside)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(of_type, inside))
    if origin is tuple:
        return st.lists(of_type(inside[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(of_type(inside[0]), of_type(inside[1]), max_size=3)
    return records(kind)


def _limited(kind: Any) -> st.SearchStrategy[Any]:
    """Counts from one on, positive figures, and tuples that are not empty."""
    if kind is int:
        return st.integers(1, 2**53)
    if kind is float:
        return st.floats(1e-99, 1e99)
    return st.lists(of_type(typing.get_args(kind)[0]), min_size=1, max_size=3).map(tuple)


def records(kind: type[Frozen], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Records of a kind; fields named in `fixed` come from there."""
    hints = typing.get_type_hints(kind, include_extras=True)
    made = {name: of_type(hint) for name, hint in hints.items() if name not in fixed}
    return st.builds(kind, **made, **fixed)


def results(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Result]:
    """Results of the present format, with ids that may be file names."""
    return records(Result, **{"format": st.just(FORMAT), "id": IDS, **fixed})
