"""Which way is better: how every metric of a network changes with every field, under the mappings at hand.

The derivative of the law itself, forward along each field: all scalars of the machine that go with it move together
(:mod:`eyeriss_jax.hardware.coupled`), as powers of it. What can only be had by another mapping has no slope here.
"""

import math
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.area import TSMC65, area
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.layers import Network
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.explore.designs import changed_design
from eyeriss_jax.search.objectives import dram_words
from eyeriss_jax.search.space import METRICS, Totals, leaves_of


class Slopes:
    """Elasticities of one network's metrics: by how many per cent they change with one per cent of a field."""

    def __init__(self, network: Network, fields: Sequence[str], conventions: Conventions = OURS) -> None:
        """``fields``: those with numbers; one program serves them all."""
        self.network, self.fields, self.conventions = network, tuple(fields), conventions
        groups = [[x for x in network.layers if x.sparsity.is_dense is dense] for dense in (True, False)]
        self._groups = [layers for layers in groups if layers]

    def __call__(self, accelerator: Accelerator, mappings: Dictionary[str, Mapping]) -> dict[str, dict[str, float]]:
        """Field -> metric of :data:`METRICS` -> elasticity; without fields that have none, such as an infinite one."""
        known = {field: direction for field in self.fields if (direction := _direction(accelerator, field)) is not None}
        tree = jax.tree.structure(accelerator.build())
        none = np.zeros(tree.num_leaves)
        along = np.stack([known.get(field, none) for field in self.fields], axis=1)  # [leaves, fields]
        with jax.enable_x64(True):
            layers = [_stacked([layer.build() for layer in group]) for group in self._groups]
            chosen = [_stacked([mappings[layer.name].build() for layer in group]) for group in self._groups]
            repeats = [np.array([layer.repeat for layer in group], float) for group in self._groups]
            found = _elasticities(
                accelerator.build(), jax.tree.unflatten(tree, list(along)), layers, chosen, repeats,
                float(self.network.inferences), conventions=self.conventions,
            )  # fmt: skip
            rows = np.asarray(found).tolist()
        return {
            field: dict(zip(METRICS, row, strict=True))
            for field, row in zip(self.fields, rows, strict=True)
            if field in known and all(map(math.isfinite, row))
        }


def _direction(accelerator: Accelerator, field: str) -> np.ndarray | None:
    """How all scalars [leaves] move with the logarithm of a field: as the powers of it that doubling it shows."""
    value, here = field_of(accelerator, field), leaves_of(accelerator)
    if not 0 < value < math.inf:
        return None
    for factor in (2, 0.5):
        moved = value * factor
        try:
            there = leaves_of(changed_design(accelerator, {field: int(moved) if isinstance(value, int) else moved}))
        except SpecError:
            continue
        moves = (here > 0) & (there > 0) & np.isfinite(here) & (here != there)
        powers = np.log2(np.where(moves, there, 1.0) / np.where(moves, here, 1.0)) / math.log2(factor)
        return np.where(moves, here, 0.0) * powers
    return None


def _all_elasticities(
    machine: AcceleratorArrays,
    along: AcceleratorArrays,
    layers: list[Any],
    mappings: list[Any],
    repeats: list[Any],
    inferences: Any,
    conventions: Conventions,
) -> jax.Array:
    """[fields, metrics]; leaves of ``along`` [fields], of ``layers`` and ``mappings`` [L] in each group."""

    def logarithms(at: AcceleratorArrays) -> jax.Array:
        sums = jnp.zeros(4, float)
        for some, chosen, times in zip(layers, mappings, repeats, strict=True):
            one = jax.vmap(lambda layer, mapping: evaluate(at, layer, mapping, conventions))(some, chosen)
            costs = jnp.stack([one.cycles.total, one.energy.total, dram_words(one), one.work])
            sums = sums + (costs * times[None, :]).sum(1)
        totals = Totals(cycles=sums[0], energy=sums[1], dram_words=sums[2], work=sums[3], inferences=inferences)
        units = at.cluster_rows * at.cluster_cols * at.pe_rows * at.pe_cols * at.lanes
        found = totals.metrics(at.clock_hz, 1.0, area(at, TSMC65.build()).mm2, units, lambda x: x)
        return jnp.log(jnp.stack([found[name] for name in METRICS]))

    def slope(direction: AcceleratorArrays) -> jax.Array:
        return jax.jvp(logarithms, (jax.tree.map(jnp.asarray, machine),), (direction,))[1]

    return jax.vmap(slope)(along)


_elasticities = jit_unfused(_all_elasticities, static_argnames="conventions")


def _stacked(built: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.array(leaves, np.float64), *built)
