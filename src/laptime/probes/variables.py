"""Variables of the user's that may change which code computes, or on how many threads."""

from __future__ import annotations

import re
from collections.abc import Mapping

PREFIXES = (
    *("OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "VECLIB_", "NVPL_", "ARMPL_"),
    *("OMP_", "KMP_", "GOMP_", "MALLOC_", "DNNL_", "ONEDNN_", "ATEN_", "NPY_", "TORCH", "PYTORCH_"),
    *("TF_", "XLA_", "JAX_", "MLX_", "CUDA_", "CUDNN_", "CUBLAS_", "NVIDIA_TF32", "HIP_", "ROCR_"),
    *("LD_PRELOAD", "DYLD_INSERT_"),
)
"""Beginnings of their names."""
HARMLESS = (
    *("CUDA_VERSION", "CUDA_HOME", "CUDA_PATH", "TF_CPP_MIN_LOG_LEVEL", "TORCH_HOME"),
    *("TF_CLI_", "TF_VAR_", "TF_DATA_DIR"),  # Terraform's
)
"""Beginnings of those among them that change nothing here."""
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # XLA's
)
_PLAIN = re.compile(r"[\w.,:+-]{0,40}")
ONE_THREAD = dict.fromkeys(THREADS, "1")
"""With these a worker is started that is to use one core."""


def overrides(environment: Mapping[str, str]) -> dict[str, str]:
    """Those that are set, with their values; '...' for what may name a folder, or hold more."""
    return {
        name: value if _PLAIN.fullmatch(value) else "..."
        for name, value in sorted(environment.items())
        if name.startswith(PREFIXES) and not name.startswith(HARMLESS)
    }
