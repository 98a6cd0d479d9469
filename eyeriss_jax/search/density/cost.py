"""What a network costs as a function of its weight densities: every layer under the best of the mappings known for it.

An upper bound of the mapper's optimum that is met where a mapping was found; differentiable in the densities, as the
laws are, except where another mapping or the other form of the data takes over.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.numerics import real
from eyeriss_jax.search.objectives import OBJECTIVES


class Pool(NamedTuple):
    """Layers ``[L]``, how often each runs ``[L]``, and the mappings known for each ``[K, L]``."""

    layers: LayerArrays
    repeats: jax.Array
    mappings: MappingArrays

    @staticmethod
    def of(layers: Sequence[Layer], mappings: Sequence[Sequence[Mapping]]) -> "Pool":
        """From K times L mappings."""
        found = [_stacked([mapping.build() for mapping in each]) for each in mappings]
        return Pool(
            layers=_stacked([layer.build(sparse=True) for layer in layers]),
            repeats=real(np.asarray([layer.repeat for layer in layers])),
            mappings=jax.tree.map(lambda *leaves: jnp.stack(leaves), *found),
        )


def _stacked(trees: Sequence[Any]) -> Any:
    """Trees of numbers as one tree of arrays, along the last axis."""
    return jax.tree.map(lambda *leaves: real(np.asarray(leaves)), *trees)


def network_cost(
    accelerator: AcceleratorArrays, pool: Pool, densities: jax.Array, objective: str, conventions: Conventions
) -> jax.Array:
    """The network's objective at weight ``densities`` ``[L]``, in the objective's own unit."""

    def evaluation(layer: LayerArrays, mapping: MappingArrays, density: jax.Array) -> Evaluation:
        assert layer.sparsity is not None
        sparse = layer.replace(sparsity=layer.sparsity.replace(weight=density))
        return evaluate(accelerator, sparse, mapping, conventions)

    def primary(layer: LayerArrays, mapping: MappingArrays, density: jax.Array) -> jax.Array:
        result = evaluation(layer, mapping, density)
        return jnp.where(result.code == 0, OBJECTIVES[objective](result)[0], jnp.inf)

    fixed = jax.lax.stop_gradient(densities)
    choices = jax.vmap(jax.vmap(primary), (None, 0, None))(pool.layers, pool.mappings, fixed)
    best = jnp.argmin(choices, axis=0)
    chosen = jax.tree.map(lambda leaf: leaf[best, jnp.arange(len(best))], pool.mappings)
    results = jax.vmap(evaluation)(pool.layers, chosen, densities)

    chosen_by = OBJECTIVES[objective]
    return chosen_by.total(chosen_by.values(results), lambda each: (pool.repeats * each).sum())


def exact_cost(result: NetworkResult, objective: str) -> float:
    """The same of a mapped network."""
    chosen_by = OBJECTIVES[objective]
    layers = [[x * each.layer.repeat for x in chosen_by.values(each.evaluation)] for each in result.layers]
    return float(chosen_by.total(zip(*layers, strict=True)))
