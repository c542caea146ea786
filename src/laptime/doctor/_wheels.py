"""What an installed framework was built for, read from its files without importing it.

Importing takes seconds, and a broken framework does not even import. Each framework writes it down
in its own place; the builds for graphics cards were not run by us, their files were captured by others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from laptime import registry
from laptime.machine import read

Kind = Literal["cpu", "cuda", "rocm", "xpu", "metal"]


class Build(NamedTuple):
    """What a framework's wheel can compute on, beside the processor."""

    framework: str
    """Its module: 'torch'."""
    version: str | None
    kind: Kind
    cuda: tuple[int, ...] | None = None
    """(12, 6), or (12,) where only that is told."""
    lacks: str | None = None
    """NVIDIA's libraries that it needs and that were not installed beside it."""


def build_of(engine: str) -> Build | None:
    """What the framework of an engine was built for; None where that is not known.

    Raises:
        UnknownNameError: no such engine.
    """
    modules = registry.peek("engines", engine)["MODULES"]
    name = modules[0].partition(".")[0] if modules else ""
    reader = READERS.get(name)
    spec = find_spec(name) if reader else None
    if reader is None or spec is None or not spec.submodule_search_locations:
        return None
    return reader(Path(next(iter(spec.submodule_search_locations))))


def torch(folder: Path) -> Build | None:
    """PyTorch's version.py: `cuda: Optional[str] = '12.6'`."""
    facts = _assigned(read(folder / "version.py") or "")
    version = facts.get("__version__")
    if not isinstance(version, str):
        return None
    if isinstance(cuda := facts.get("cuda"), str):
        return Build("torch", version, "cuda", _numbers(cuda))
    if facts.get("hip") or facts.get("rocm"):
        return Build("torch", version, "rocm")
    if facts.get("xpu"):
        return Build("torch", version, "xpu")
    # A Mac's wheel has Metal always, and says nothing of it.
    return Build("torch", version, "metal" if (folder / "lib/libtorch.dylib").exists() else "cpu")


def tensorflow(folder: Path) -> Build | None:
    """TensorFlow's build_info.py: `OrderedDict([('cuda_version', '12.5.1'), ...])`."""
    facts = build_info(read(folder / "python/platform/build_info.py") or "")
    version = _version(folder.parent, "tensorflow") or _version(folder.parent, "tensorflow_cpu")
    if facts.get("is_cuda_build"):
        needs = not (folder.parent / "nvidia" / "cudnn").exists()
        return Build(
            "tensorflow",
            version,
            "cuda",
            _numbers(str(facts.get("cuda_version", ""))) or None,
            lacks="cuDNN" if needs else None,
        )
    if facts.get("is_rocm_build"):
        return Build("tensorflow", version, "rocm")
    if (folder.parent / "tensorflow-plugins").exists():  # tensorflow-metal
        return Build("tensorflow", version, "metal")
    return Build("tensorflow", version, "cpu") if "is_cuda_build" in facts else None


def jax(folder: Path) -> Build | None:
    """JAX' graphics cards are packages beside it: jax_cuda13_plugin, jax_rocm7_plugin."""
    version = _version(folder.parent, "jax")
    for path in sorted(folder.parent.glob("jax_*_plugin"), reverse=True):
        if match := re.fullmatch(r"jax_(cuda|rocm)(\d+)_plugin", path.name):
            if match[1] == "cuda":
                return Build("jax", version, "cuda", (int(match[2]),))
            return Build("jax", version, "rocm")
    if (folder.parent / "jax_plugins" / "metal_plugin").exists():
        return Build("jax", version, "metal")
    return Build("jax", version, "cpu")


def mlx(folder: Path) -> Build | None:
    """MLX' back ends are distributions beside it: mlx_cuda_12, mlx_metal, mlx_cpu."""
    version = _version(folder.parent, "mlx")
    for path in sorted(folder.parent.glob("mlx_cuda_*.dist-info"), reverse=True):
        if match := re.match(r"mlx_cuda_(\d+)-", path.name):
            return Build("mlx", version, "cuda", (int(match[1]),))
    if _version(folder.parent, "mlx_metal"):
        return Build("mlx", version, "metal")
    return Build("mlx", version, "cpu")


READERS: dict[str, Callable[[Path], Build | None]] = {
    "torch": torch,
    "tensorflow": tensorflow,
    "jax": jax,
    "mlx": mlx,
}
"""Module of a framework -> what reads its build."""

LINES = {
    ("torch", "cuda"): "uv pip install --torch-backend=auto --reinstall torch",
    ("torch", "rocm"): "uv pip install --torch-backend=auto --reinstall torch",
    ("torch", "xpu"): "pip install --force-reinstall torch "
    "--index-url https://download.pytorch.org/whl/xpu",
    ("tensorflow", "cuda"): "pip uninstall -y tensorflow-cpu tensorflow && "
    "pip install 'tensorflow[and-cuda]'",
    ("jax", "cuda"): "pip install 'jax[cuda{cuda}]'",
    ("jax", "rocm"): "pip install 'jax[rocm7-local]'",
    ("mlx", "cuda"): "pip install 'mlx[cuda{cuda}]'",
}
"""Framework and what a card needs -> the line that installs it. JAX and MLX have one for each CUDA."""


def line(framework: str, kind: str, *, cuda: int = 13) -> str | None:
    """The line that installs a build for such cards; None where that framework has none.

    Args:
        framework: its module.
        kind: 'cuda', 'rocm' or 'xpu'.
        cuda: major version that the driver can run.
    """
    found = LINES.get((framework, kind))
    return found.format(cuda=max(12, min(cuda, 13))) if found else None


def build_info(text: str) -> dict[str, object]:
    """The pairs in TensorFlow's build_info.py; empty where they are written in another way."""
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.List):
            try:
                return dict(ast.literal_eval(node.args[0]))
            except (ValueError, TypeError):
                return {}
    return {}


def _assigned(text: str) -> dict[str, object]:
    """Literals that a file assigns at its top."""
    found: dict[str, object] = {}
    for node in _parsed(text).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant):
            found[target.id] = node.value.value
    return found


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _version(site: Path, name: str) -> str | None:
    """Of a distribution, by the name of its folder of metadata."""
    found = next(iter(sorted(site.glob(f"{name}-[0-9]*.dist-info"))), None)
    return found.name.removesuffix(".dist-info").partition("-")[2] if found else None
