"""A C++ compiler, where an option of an engine wants one, as `torch.compile` does."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from laptime import registry
from laptime.doctor import Case, Finding

TITLE = "C++ compiler"
ORDER = 65
FAST = False

LIMIT_S = 20.0
SOURCE = """
#include <Python.h>
#include <cmath>
extern "C" double twice(double x) {
  double sum = 0;
  #pragma omp parallel for reduction(+:sum)
  for (int i = 0; i < 2; ++i) sum += std::sqrt(x * x);
  return sum;
}
"""
"""What `torch.compile` writes includes Python's headers, and OpenMP's pragmas."""
TOOLS = "xcode-select --install"
MISSING = {
    "darwin": ("Install Apple's command line tools.", TOOLS),
    "win32": (
        "Install Visual Studio's C++ build tools, and start laptime in their command prompt.",
        None,
    ),
}
MISSING_LINUX = ("Install one.", "sudo apt install g++ python3-dev")


class Built(NamedTuple):
    """What came of compiling."""

    compiler: str
    code: int | None
    """Exit code; None where there is no such program, or it took too long."""
    output: str


def check(case: Case) -> Iterator[Finding]:
    """Compile a few lines, as `torch.compile` would: with CXX, else the system's usual one."""
    wanting = {name: options for name in case.installed if (options := _wanting(name))}
    if not wanting:
        yield Finding(outcome="skipped", evidence="no installed framework wants one")
        return
    yield judged(compiled(compiler(os.environ, sys.platform)), wanting, platform=sys.platform)


def _wanting(engine: str) -> tuple[str, ...]:
    return tuple(registry.peek("engines", engine).get("COMPILER", ()))


def compiler(environment: Mapping[str, str], platform: str) -> str:
    """The one that PyTorch takes (torch/_inductor/config.py, `cpp.cxx`)."""
    usual = {"darwin": "clang++", "win32": "cl"}.get(platform, "g++")
    return environment.get("CXX", usual)


def compiled(name: str) -> Built:
    """The lines, compiled; on Windows the compiler is only asked for its version."""
    with tempfile.TemporaryDirectory(prefix="laptime-") as folder:
        source = Path(folder) / "twice.cpp"
        source.write_text(SOURCE, "utf-8")
        flags = ["-shared", "-fPIC", "-O1", "-std=c++17", f"-I{sysconfig.get_path('include')}"]
        if sys.platform != "darwin":  # Apple's clang has no OpenMP; PyTorch does without it there
            flags.append("-fopenmp")
        rest = [*flags, str(source), "-o", str(Path(folder) / "twice.so")]
        if sys.platform == "darwin":
            rest += ["-undefined", "dynamic_lookup"]
        try:
            done = subprocess.run(
                [name, *([] if sys.platform == "win32" else rest)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Built(name, None, f"not done after {LIMIT_S:.0f} s")
        except OSError as error:
            return Built(name, None, error.strerror or type(error).__name__)
    return Built(name, done.returncode, done.stdout.decode("utf-8", "replace"))


def judged(built: Built, wanting: Mapping[str, tuple[str, ...]], *, platform: str) -> Finding:
    """What is to be said of a compiler.

    Args:
        built: what came of it.
        wanting: engine -> options for which it is needed.
        platform: `sys.platform`.
    """
    name = Path(built.compiler).name
    options = "; ".join(f"{engine} {', '.join(of)}" for engine, of in wanting.items())
    fix, command = MISSING.get(platform, MISSING_LINUX)
    if built.code == 0:
        return Finding(outcome="ok", evidence=f"{name} compiles ({options})")
    if "Python.h" in built.output:
        return Finding(
            outcome="warn",
            evidence=f"{name} finds no headers of Python (Python.h); without: {options}",
            fix="Install them, of the same Python; those of a system's Python are a package.",
            command="sudo apt install python3-dev",
        )
    if "xcrun: error" in built.output or "developer tools" in built.output:
        why = "Apple's command line tools are not installed"
    elif built.code is None:
        why = f"no C++ compiler '{name}' ({built.output})"
    else:
        why = f"{name} ended with exit code {built.code}"
    return Finding(
        outcome="warn",
        evidence=f"{why}; without: {options}",
        fix=f"{fix} Everything else trains without it.",
        command=command,
    )
