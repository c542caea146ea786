"""Variables that change what a framework computes with, or how fast, without anybody seeing it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from laptime.doctor import Case, Finding, Verdict
from laptime.doctor._shell import without
from laptime.runner import setups

TITLE = "variables"
ORDER = 75
FAST = True

THREADS = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)
"""Fewer threads than cores leave cores idle; more get in each other's way."""
BLAS = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",
    "MKL_ENABLE_INSTRUCTIONS",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "ATEN_CPU_CAPABILITY",
    "NPY_DISABLE_CPU_FEATURES",
    "NVPL_BLAS_DEBUG_CPU_TYPE",
)
"""Each makes a mathematical library take other code than the one for this processor."""
HIDING = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
)
NOTHING = ("", "-1", "none", "void")
"""Values of those that leave no card at all."""
SWITCHES = {
    "CUDA_LAUNCH_BLOCKING": ("1", "each kernel is waited for: for debugging, and slow"),
    "AMD_SERIALIZE_KERNEL": (None, "each kernel is waited for: for debugging, and slow"),
    "PYTORCH_NO_CUDA_MEMORY_CACHING": (None, "memory of the card is asked for at each step"),
    "PYTORCH_ENABLE_MPS_FALLBACK": ("1", "what Metal cannot do runs on the processor, silently"),
    "TORCHDYNAMO_DISABLE": ("1", "torch.compile compiles nothing"),
    "TORCH_COMPILE_DISABLE": ("1", "torch.compile compiles nothing"),
    "TF_ENABLE_ONEDNN_OPTS": ("0", "TensorFlow does without oneDNN: slow on processors"),
    "TF_DETERMINISTIC_OPS": (None, "slower operations that always add up in the same order"),
    "TF_CUDNN_DETERMINISTIC": (None, "slower operations that always add up in the same order"),
    "TF_XLA_FLAGS": (None, "changes what TensorFlow compiles"),
    "XLA_FLAGS": (None, "changes what XLA compiles, and for how many devices"),
    "JAX_DISABLE_JIT": (None, "nothing is compiled: very slow"),
    "JAX_ENABLE_X64": (None, "64-bit numbers in place of 32-bit ones"),
    "JAX_PLATFORMS": (None, "only these devices are looked for"),
    "JAX_PLATFORM_NAME": (None, "only these devices are looked for"),
    "KMP_AFFINITY": (None, "threads are pinned, perhaps several to a core"),
    "GOMP_CPU_AFFINITY": (None, "threads are pinned, perhaps several to a core"),
    "OMP_PROC_BIND": ("true", "threads are pinned, perhaps several to a core"),
    "PYTHONDEVMODE": (None, "Python checks itself: slow"),
    "PYTHONTRACEMALLOC": (None, "Python writes down every allocation: slow"),
    "PYTHONMALLOC": (None, "another allocator than Python's own"),
    "LD_PRELOAD": (None, "a library is put before all others: an allocator, perhaps"),
    "DYLD_INSERT_LIBRARIES": (None, "a library is put before all others: an allocator, perhaps"),
}
"""Variable -> the value that matters (None for any but 0 and none) and what it does."""
SECRET = ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "XLA_FLAGS", "TF_XLA_FLAGS", "PYTHONTRACEMALLOC")
"""Their values may name folders."""


def check(case: Case) -> Iterator[Finding]:
    """Those that are set."""
    ours = {name for engine in case.installed for name in setups.environment(engine, {})}
    found = list(judged(case, {k: v for k, v in os.environ.items() if k not in ours}))
    yield from found
    if not found:
        yield Finding(outcome="ok", evidence="none is set that changes speed or devices")


def judged(case: Case, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What is to be said of variables; those that workers are given anyway are left out before."""
    yield from _threads(environment, cores=case.machine.cores_usable)
    for name in BLAS:
        if name in environment:
            yield _warning(
                name, environment, "a mathematical library takes code for another processor"
            )
    yield from _hidden(case, environment)
    for name, (value, what) in SWITCHES.items():
        given = environment.get(name, "")
        if given.lower() == value or (value is None and given not in ("", "0", "false")):
            yield _warning(name, environment, what)


def _threads(environment: Mapping[str, str], *, cores: float) -> Iterator[Finding]:
    for name in THREADS:
        # '4,2' is four threads, and two in each of them; 0 is TensorFlow's word for all
        first = environment.get(name, "").split(",")[0].strip()
        count = int(first) if first.isdecimal() else 0
        if 0 < count < int(cores):
            yield _warning(name, environment, f"{int(cores) - count} of {cores:g} cores stay idle")
        elif count > cores + 0.5:
            yield _warning(
                name, environment, f"more threads than the {cores:g} cores get in the way"
            )


def _hidden(case: Case, environment: Mapping[str, str]) -> Iterator[Finding]:
    is_asked_for = case.device.partition(":")[0] in ("cuda", "rocm", "gpu")
    bad: Verdict = "fail" if is_asked_for else "warn"
    for name in HIDING:
        if name in environment and environment[name].strip().lower() in NOTHING:
            yield _warning(name, environment, "it hides every card", bad)


def _warning(
    name: str, environment: Mapping[str, str], what: str, outcome: Verdict = "warn"
) -> Finding:
    value = "..." if name in SECRET else environment[name]
    return Finding(
        outcome=outcome,
        about=name,
        evidence=f"{name}={value}: {what}",
        fix="Where that is not meant:",
        command=without(name),
    )
