"""The memory that was planned for each workload, against the peak of the workers that were run here.

python benchmarks/memory.py            reads the store: run some workloads first
"""

from __future__ import annotations

from laptime import memory, registry
from laptime.store import open_store

if __name__ == "__main__":
    results, _ = open_store().load_all()
    known = set(registry.names("workloads"))
    for result in results:
        peak, work = result.processes[-1].peak_memory_bytes, result.work
        if peak is None or work.workload not in known or result.setup.engine == "fake":
            continue
        network = registry.load("workloads", work.workload).WORKLOAD.network
        need = memory.need_bytes(network, batch_size=work.batch_size)
        print(
            f"{work.workload:26s} batch {work.batch_size:3d} {result.setup.name:6s} "
            f"planned {need / 1e9:5.2f} GB   peak {peak / 1e9:5.2f} GB   ratio {need / peak:.2f}"
        )
