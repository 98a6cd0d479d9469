"""Where the cycles of a design go: useful work, and what each Eyexam step adds, split by cause."""

import math

import jax
import jax.numpy as jnp

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dims import DIMS
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer

LOSSES: tuple[str, ...] = (
    "layer size", "dataflow", "PE count", "array shape", "storage",
    "iact bandwidth", "weight bandwidth", "psum bandwidth", "GLB bandwidth", "DRAM bandwidth",
    "psum accumulation", "exposed delivery", "ramp-up",
)  # fmt: skip
"""What can hold a design back: Eyexam's steps 1 to 5, step 6 by port, step 7 by cause."""

PORTS: tuple[str, ...] = ("iact_port", "weight_port", "psum_port", "glb_port", "dram_port")


def early_cycles(layer: Layer, accelerator: Accelerator, plan_cycles: float) -> tuple[float, ...]:
    """Cycles of perfectly used MACs, and at the bounds of Eyexam steps 1 to 4, none below the one before.

    ``plan_cycles``: compute cycles of the fastest spatial plan with unlimited storage (step 4).
    """
    parallel = dataflow(accelerator.dataflow).parallel_dims()
    serial = math.prod(layer.extent(d) for d in DIMS if d not in parallel)
    ideal = layer.macs / accelerator.macs_per_cycle
    passes = math.ceil(layer.macs / serial / accelerator.macs_per_cycle)
    found = [ideal]
    for at_least in (1, serial, serial * passes, plan_cycles):
        found.append(max(found[-1], float(at_least)))
    return tuple(found)


def cycles_by_cause(early: jax.Array, facts: dict[str, jax.Array]) -> jax.Array:
    """Cycles of one layer: useful ones, then those that each of :data:`LOSSES` adds: ``[1 + losses, D]``.

    ``early`` ``[5]`` is :func:`early_cycles`, ``facts`` the law's counts of the mapping used, ``[D]`` each.
    """
    first = [jnp.broadcast_to(x, facts["cycles"].shape) for x in early]
    storage = jnp.maximum(first[-1], facts["compute"])
    bandwidth = jnp.maximum(storage, facts["bandwidth_bound"])
    rest = jnp.maximum(facts["cycles"] - bandwidth, 0.0)
    ports = jnp.stack([facts[port] for port in PORTS])
    limiting = jnp.argmax(ports, axis=0)
    by_port = [jnp.where(limiting == i, bandwidth - storage, 0.0) for i in range(len(PORTS))]
    hidden = jnp.maximum(facts["bandwidth_bound"] - facts["compute"], 0.0)
    chain = jnp.maximum(facts["chain"] - hidden, 0.0)
    exposed = jnp.maximum(facts["exposed"] - jnp.maximum(hidden - facts["chain"], 0.0), 0.0)
    bursts = jnp.stack([chain, exposed, facts["ramp"]])
    share = rest / jnp.maximum(bursts.sum(0), 1.0)
    steps = [after - before for before, after in zip(first, [*first[1:], storage], strict=True)]
    return jnp.stack([first[0], *steps, *by_port, *(burst * share for burst in bursts)])
