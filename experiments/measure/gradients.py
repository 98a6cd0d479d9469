"""Gradients per second on this machine: of log EDP, by the hardware alone and by the hardware and the mapping together.

Every point is another mapping on a machine of its own, as in a descent: nothing is shared. Points are spread over all
local devices.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from experiments.measure.timing import timed
from eyeriss_jax.compiling import compiled
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.mapping import decode
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.tune import gradients

POINTS = 1 << 14
"""Points per device and call."""

WITH_RESPECT_TO: dict[str, tuple[int, ...]] = {"hardware": (0,), "hardware and mapping": (0, 1)}
"""What the gradient is by: arguments of the loss."""


def measure_gradients(layer: Layer, machine: str, repeats: int) -> dict[str, dict[str, float]]:
    """What :func:`~experiments.measure.timing.timed` says and gradients per second, by what the gradient is by.

    Args:
        layer: the layer.
        machine: the accelerator, by name.
        repeats: runs, of which the median counts.
    """
    base = accelerator(machine)
    space = mapspace(layer, base, dataflow(base.dataflow))
    points = POINTS * len(jax.local_devices())
    drawn = np.random.default_rng(0).integers(0, space.size, 256)
    mappings = [decode(layer, space, int(point), OURS) for point in drawn]
    mesh, over_points = Mesh(np.array(jax.local_devices()), ("points",)), PartitionSpec("points")
    arguments = jax.device_put(
        (
            jax.tree.map(lambda x: np.full(points, x, np.float32), base.build()),
            jax.tree.map(lambda *leaves: np.resize(np.array(leaves, np.float32), points), *mappings),
        ),
        jax.NamedSharding(mesh, over_points),
    )
    arrays = jax.tree.map(np.float32, layer.build())

    def loss(machine: Any, mapping: Any) -> jax.Array:
        return jnp.log(OBJECTIVES["edp"](evaluate(machine, arrays, mapping, in_stages=True))[0])

    def rates(by: tuple[int, ...]) -> dict[str, float]:
        spread = jax.shard_map(gradients(loss, by), mesh=mesh, in_specs=over_points, out_specs=over_points)
        found = timed(lambda: compiled(jax.jit(spread).lower(*arguments)), arguments, repeats)
        return found | {
            "gradients_per_s": points / found["run_s_median"],
            "gradients_per_cpu_s": points / found["run_cpu_s_median"],
        }

    return {name: rates(by) for name, by in WITH_RESPECT_TO.items()}
