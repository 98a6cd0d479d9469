"""Steady speed of a sweep on this machine, and how far from the machine's arithmetic it is.

The peak is a loop of multiplications and additions on the same devices; operations per evaluation are counted by XLA
(``cost_analysis``) on the search in its form without loops, which counts a step of a loop once only.
"""

import statistics
import time

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec

from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.search.batch import search_program
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
    """Floating-point operations of the search per full-metric evaluation, as traced and not yet optimised."""
    settings = sweep.settings
    program = search_program(
        sweep.space.base, platform="gpu", designs=sweep.program.designs, inners=settings.inners,
        tilings=settings.tilings, objective=settings.mapping_objective,
    )  # fmt: skip
    counted = jax.jit(program.function).lower(*program.arguments).cost_analysis()
    return float(counted["flops"]) / program.evaluations  # type: ignore[index]


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
