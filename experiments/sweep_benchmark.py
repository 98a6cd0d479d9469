"""Steady speed of a sweep on this machine, and how far from the machine's arithmetic it is.

Operations are counted by XLA (``cost_analysis``) on each stage of the law compiled by itself, also on those that the
sweep interprets, and weighted by how often the sweep runs the stage. The peak is a loop of multiplications and
additions on the same devices.
"""

import statistics
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import PartitionSpec

from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.search.best_mappings import ORDER_BLOCK, staged_law
from eyeriss_jax.search.space import design_space
from eyeriss_jax.search.sweep import Settings, Sweep

PORTS = {"noc_words_per_cycle": {"iact": (3, 6, 9, 12), "weight": (1, 2, 3, 6)}, "clock_hz": (1e8, 2e8, 3e8, 4e8)}
"""The designs that are timed: 64 of one array shape."""


def measure_sweep(workload: Network, machine: str, calls: int, repeats: int) -> dict[str, float]:
    """Seconds per run, full-metric evaluations per second, and the share of the peak.

    Args:
        workload: the layers.
        machine: the accelerator, by name.
        calls: device calls per run: as many times 64 designs per device.
        repeats: runs, of which the median counts.
    """
    base = accelerator(machine)
    devices = len(jax.local_devices())
    axes = PORTS | {"psum_chain_cycles": tuple(float(i + 1) for i in range(calls * devices))}
    settings = Settings(designs_per_part=64 * calls * devices, designs_per_call=64)
    sweep = Sweep(
        space=design_space(base, axes), networks=(workload,), objectives=("inferences_per_s", "area_mm2"),
        settings=settings,
    )  # fmt: skip
    sweep.compile()
    sweep.first([0])  # warms up
    seconds, busy, evaluations = [], [], 0
    for _ in range(repeats):
        start, spent = time.perf_counter(), time.process_time()
        result, _ = sweep.run_part(0)
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - spent)
        evaluations = result.evaluations
    rate = evaluations / statistics.median(seconds)
    operations, peak = operations_per_evaluation(sweep), peak_operations(sweep)
    return {
        "run_s_median": statistics.median(seconds),
        "run_s_min": min(seconds),
        "run_s_max": max(seconds),
        "evaluations_per_s": rate,
        "evaluations_per_cpu_s": evaluations / statistics.median(busy),
        "operations_per_evaluation": operations,
        "peak_operations_per_s": peak,
        "share_of_peak": rate * operations / peak,
    }


def operations_per_evaluation(sweep: Sweep) -> float:
    """Floating-point operations of the compiled stages per full-metric evaluation."""
    law, settings = staged_law(OURS), sweep.settings
    shape = sweep.shape(0)
    assert shape is not None
    K, D = settings.inners, sweep.program.designs
    parts = float(np.mean(shape.candidates.parts_count))
    orders = float(np.mean(shape.candidates.order_blocks)) * ORDER_BLOCK
    block = sweep.program.block
    # the axes [design, order, inner] of each stage, and for how many evaluations one run of it serves
    stages = [
        ((1, 1, 1), K * parts * orders * D),
        ((1, 1, K), K * parts * orders * D),
        ((1, 1, K), K * orders * D),
        ((1, ORDER_BLOCK, K), K * ORDER_BLOCK * D),
        ((block, ORDER_BLOCK, K), K * ORDER_BLOCK * block),
    ]
    known: dict[str, jax.Array] = {}
    total = 0.0
    for level, (axes, serves) in enumerate(stages):
        known |= law.examples(level, axes)

        def run(values: Any, level: int = level) -> Any:
            if level < law.count - 1:
                return law.run(level, values)
            result = law.finish(values)
            return result.cycles.total, result.energy.total, result.code

        compiled = jax.jit(run).lower(known).compile()
        total += float(compiled.cost_analysis()["flops"]) / serves  # type: ignore[index]
        if level < law.count - 1:
            known |= compiled(known)
    return total


def peak_operations(sweep: Sweep, length: int = 4096, rounds: int = 20_000) -> float:
    """Multiplications and additions per second of a loop that stays in the first-level cache, on all devices."""
    chains = 8

    def loop(x: jax.Array) -> jax.Array:
        def body(_round: jax.Array, x: jax.Array) -> jax.Array:
            for _ in range(chains):
                x = x * jnp.float32(0.999) + jnp.float32(0.001)
            return x

        return jax.lax.fori_loop(0, rounds, body, x)

    each = PartitionSpec("device")
    program = jax.jit(jax.shard_map(loop, mesh=sweep.program.mesh, in_specs=each, out_specs=each, check_vma=False))
    devices = len(sweep.program.devices)
    x = jnp.ones((devices, length), jnp.float32)
    jax.block_until_ready(program(x))
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        jax.block_until_ready(program(x))
        best = min(best, time.perf_counter() - start)
    return 2.0 * chains * rounds * length * devices / best
