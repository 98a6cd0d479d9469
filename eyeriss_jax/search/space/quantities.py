"""What a constraint can bound, for many designs on a device or for one on the host."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.area import TSMC65, area
from eyeriss_jax.hardware.arrays import AcceleratorArrays


def _pes(machine: AcceleratorArrays) -> Any:
    return machine.cluster_rows * machine.cluster_cols * machine.pe_rows * machine.pe_cols


def _glb_bits(machine: AcceleratorArrays) -> Any:
    per_cluster = machine.glb_bits.iact + machine.glb_bits.weight + machine.glb_bits.psum + machine.glb_shared_bits
    return per_cluster * machine.cluster_rows * machine.cluster_cols


QUANTITIES: dict[str, Callable[[AcceleratorArrays], Any]] = {
    "area_kgates": lambda machine: area(machine, TSMC65.build()).total / 1e3,
    "area_mm2": lambda machine: area(machine, TSMC65.build()).mm2,
    "pes": _pes,
    "macs_per_cycle": lambda machine: _pes(machine) * machine.lanes,
    "clusters": lambda machine: machine.cluster_rows * machine.cluster_cols,
    "glb_bytes": lambda machine: _glb_bits(machine) / 8,
}
"""Pure functions of an accelerator's scalars."""


def leaves_of(accelerator: Accelerator) -> np.ndarray:
    """All scalars of an accelerator."""
    return np.array(jax.tree.leaves(accelerator.build()), np.float64)


def quantities_of(accelerator: Accelerator, names: tuple[str, ...]) -> dict[str, float]:
    """Some :data:`QUANTITIES` of one accelerator in float32."""
    scalars = jax.tree.map(np.float32, accelerator.build())
    return {name: float(QUANTITIES[name](scalars)) for name in names}


def quantities_of_leaves(leaves: np.ndarray, structure: Any, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Some :data:`QUANTITIES` of many accelerators, from all their scalars ``[leaves, N]``: each ``[N]``, in float32.

    ``structure``: that of the pytree of one accelerator.
    """
    machines = jax.tree.unflatten(structure, list(leaves.astype(np.float32)))
    return {name: np.broadcast_to(np.asarray(QUANTITIES[name](machines)), leaves.shape[1:]) for name in names}
