"""What holds a machine back in a workload: a verdict in one sentence, and the advice that follows.

Each limit has a witness of its own (docs/measuring.md): the input, blocks with one batch held; the
ordering of operations, a batch twice as large; arithmetic and memory, the device's own matrix product
and copy. They are asked in that order, since each hides those behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from laptime.frozen import Frozen
from laptime.record import Block, Process, Result
from laptime.stats import median

INPUT_SHARE = 0.2
"""From this share of the time on, waiting for batches is what limits."""
WITNESS_GAP = 0.1
"""The two witnesses of the input may differ by so much."""
LAUNCH_RATIO = 1.3
"""A step twice as large that takes no longer than this many times one is bound by its ordering."""
NEAR = 0.6
"""Of a roof: as near to it as real networks come, whose operations are no single large product."""

Name = Literal["input", "launch", "compute", "memory", "none"]


class Limit(Frozen, frozen=True, kw_only=True):
    """What limits a workload here."""

    name: Name
    sentence: str
    """With its figures."""
    advice: str


class Evidence(Frozen, frozen=True, kw_only=True):
    """What the verdict follows from; None where it was not looked for, or could not be seen."""

    input_stall: float | None
    """1 - speed with batches as they come / speed with one batch held."""
    data_wait_share: float | None
    """The second witness: time spent in taking the next batch."""
    doubled_ratio: float | None
    """Time of a step with a batch twice as large, over that of a step."""
    compute_share: float | None
    """FLOP/s over those of the device's own matrix product."""
    gflop_per_s: float | None
    memory_share: float | None
    """Least bytes moved in a second over those of the device's own copy."""
    gb_per_s: float | None

    @property
    def is_contradicted(self) -> bool:
        """Whether the two witnesses of the input differ."""
        if self.input_stall is None or self.data_wait_share is None:
            return False
        return abs(max(0.0, self.input_stall) - self.data_wait_share) > WITNESS_GAP


def evidence(
    result: Result,
    processes: Sequence[Process],
    *,
    samples_per_s: float | None,
    data_wait_share: float | None,
) -> Evidence:
    """From the raw blocks of every process.

    Args:
        result: the record.
        processes: those of it that count.
        samples_per_s: its figure.
        data_wait_share: its figure.
    """
    work = result.work
    shares = [share for process in processes for share in stalls(process.blocks)]
    doubled = [p.doubled.step_s / p.doubled.single_step_s for p in processes if p.doubled]
    matmul = _median(processes, lambda p: p.roof.matmul_gflop_per_s if p.roof else None)
    if matmul and (result.setup.device, result.setup.precision) == ("cpu", "float32"):
        # The best that is known of the device: some engines' products are slow on some processors.
        matmul = max(matmul, *(r.gflop_per_s for p in processes for r in p.references), 0.0)
    copy = _median(processes, lambda p: p.roof.copy_gb_per_s if p.roof else None)
    step_bytes = _median(processes, lambda p: p.roof.step_bytes if p.roof else None)
    speed = samples_per_s or 0.0
    gflop_per_s = speed * (work.train_flops_per_sample or 0) / 1e9
    gb_per_s = (
        speed / work.batch_size * step_bytes / 1e9 if step_bytes and work.batch_size else None
    )
    return Evidence(
        input_stall=median(shares) if shares else None,
        data_wait_share=data_wait_share,
        doubled_ratio=median(doubled) if doubled else None,
        compute_share=gflop_per_s / matmul if matmul and gflop_per_s else None,
        gflop_per_s=gflop_per_s or None,
        memory_share=gb_per_s / copy if copy and gb_per_s else None,
        gb_per_s=gb_per_s or None,
    )


def limit(seen: Evidence, result: Result) -> Limit | None:
    """The verdict; None where too little was looked for.

    Args:
        seen: the evidence.
        result: whose it is, for advice that fits.
    """
    stall = seen.input_stall if seen.input_stall is not None else seen.data_wait_share
    if stall is not None and stall >= INPUT_SHARE:
        return Limit(
            name="input",
            sentence=f"input-bound: {100 * stall:.0f} % of the time goes into getting the next batch",
            advice=input_advice(result),
        )
    tune = f"laptime tune {result.work.workload}"
    if seen.doubled_ratio is not None and seen.doubled_ratio <= LAUNCH_RATIO:
        return Limit(
            name="launch",
            sentence="launch-bound: a batch twice as large takes only "
            f"{seen.doubled_ratio:.2f} times as long",
            advice=f"Larger batches are nearly free; several steps in one call cost less: {tune}",
        )
    if seen.compute_share is None or seen.memory_share is None:
        return None
    shares = {"compute": seen.compute_share, "memory": seen.memory_share}
    name = max(shares, key=lambda key: shares[key])
    if shares[name] < NEAR:
        return Limit(
            name="none",
            sentence=f"no roof is near: {100 * seen.compute_share:.0f} % of the device's matrix "
            f"products, {100 * seen.memory_share:.0f} % of its copies; the rest is the engine's",
            advice=f"A faster setup may help: {tune}",
        )
    # Another precision is another figure: it is advised only where it is not there already.
    lower = " or a lower precision (--precision bfloat16)"
    lower = lower if result.setup.precision == "float32" else ""
    if name == "compute":
        return Limit(
            name="compute",
            sentence=f"compute-bound: {seen.gflop_per_s:,.0f} GFLOP/s, "
            f"{100 * seen.compute_share:.0f} % of what matrix products reach on this device",
            advice=f"Only a faster device{lower} makes it faster.",
        )
    return Limit(
        name="memory",
        sentence=f"memory-bound: at least {seen.gb_per_s:,.1f} GB/s, "
        f"{100 * seen.memory_share:.0f} % of what a copy reaches on this device",
        advice=f"Faster memory{lower} helps, or operations that are joined: {tune}",
    )


def input_advice(result: Result) -> str:
    """What helps where batches are waited for."""
    if result.profile == "watch":
        return "Give its loader more workers, or prepare the data once and keep it."
    if result.data.train_files is None:
        return "The images lie in memory already: something slows down their way into the batch."
    if result.setup.options.get("pipeline_ahead") == 0:
        return (
            "The cores that train also prepare the photos: store them at their final size, or take "
            "more cores."
        )
    return "Prepare more batches ahead, on more processor cores."


def stalls(blocks: Sequence[Block]) -> list[float]:
    """Share of the time that getting batches took, of each round with a block fed and one held."""
    found = []
    for number in sorted({block.visit for block in blocks if block.phase == "held"}):
        fed, held = (
            [b.samples / b.wall_s for b in blocks if b.visit == number and b.phase == phase]
            for phase in ("fed", "held")
        )
        if fed and held:
            found.append(1 - fed[0] / held[0])
    return found


def _median(
    processes: Sequence[Process], value: Callable[[Process], float | int | None]
) -> float | None:
    known = [found for process in processes if (found := value(process))]
    return float(median(known)) if known else None


NOTHING = Evidence(
    input_stall=None,
    data_wait_share=None,
    doubled_ratio=None,
    compute_share=None,
    gflop_per_s=None,
    memory_share=None,
    gb_per_s=None,
)
"""Of a run that has no figures."""
