"""Reads a source tree and tells what breaks the rules of the house; `test_house` holds the rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OPENING = {"open", "urlopen", "urlretrieve", "socket", "create_connection", "popen", "Popen"}
OPENING |= {"read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "check_output"}
OPENING_FROM = {"subprocess", "socket", "requests", "urllib"}
Statement = ast.stmt | ast.expr | ast.AST


class Import(NamedTuple):
    """One imported module, and where."""

    importer: str
    """Dotted name of the importing module."""
    target: str
    line: int
    for_types: bool
    """Only under TYPE_CHECKING."""


class Source(NamedTuple):
    """One parsed file."""

    module: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """'engines' for laptime.engines.torch; '' for the package itself."""
        return room_of(self.module)


def room_of(module: str) -> str:
    """The room a dotted name of ours lies in."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def sources(root: Path) -> list[Source]:
    """Every file of the package that lies in `root`."""
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = [root.name, *path.relative_to(root).with_suffix("").parts]
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Source(module, path, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def imports(source: Source, modules: frozenset[str]) -> Iterator[Import]:
    """Every import of a file, inside functions too; `from x import y` of a module y is x.y."""
    typed = {id(node) for node in _type_checking(source.tree)}
    for node in ast.walk(source.tree):
        for target in _targets(source, node, modules):
            yield Import(source.module, target, node.lineno, id(node) in typed)  # type: ignore[attr-defined]


def _targets(source: Source, node: ast.AST, modules: frozenset[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:  # relative: counted from the file's own package
            package = source.path.name == "__init__.py"
            above = source.module.split(".")
            above = above[: len(above) - node.level + package]
            base = ".".join([*above, base] if base else above)
        names = [f"{base}.{alias.name}" for alias in node.names]
        return [name if name in modules else base for name in names]
    if isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
        named = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
        return [name for name in named if isinstance(name, str)]
    return []


def _type_checking(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for child in node.body:
                yield from ast.walk(child)


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def globals_used(source: Source) -> list[int]:
    """Lines with a `global` statement."""
    return [node.lineno for node in ast.walk(source.tree) if isinstance(node, ast.Global)]


def prints(source: Source) -> list[int]:
    """Lines that call print()."""
    return [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]


def opened_at_import(source: Source) -> list[int]:
    """Lines that open a file, a socket or a process when the module is imported."""
    found = []
    for node in _run_at_import(source.tree.body):
        if isinstance(node, ast.Call):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            of = owner.id if isinstance(owner, ast.Name) else ""
            if _called(node) in OPENING or of in OPENING_FROM:
                found.append(node.lineno)
    return found


def _run_at_import(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """What runs when a module is imported: not the bodies of functions, nor `if __name__ ...`."""
    waiting: list[ast.AST] = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "__main__" in ast.dump(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults]
        elif not isinstance(node, ast.Lambda):
            yield node
            waiting += ast.iter_child_nodes(node)


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """Names that import each other in a ring; empty where there is none."""
    left = {name: set(others) for name, others in edges.items()}
    while True:
        done = {name for name, others in left.items() if not others & left.keys()}
        if not done:
            return sorted(left)
        left = {name: others for name, others in left.items() if name not in done}
