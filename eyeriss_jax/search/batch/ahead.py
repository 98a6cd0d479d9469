"""The search as a function with example arguments, to be compiled ahead of time for devices that need not be there."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.dataflow.mapping import ORDERS
from eyeriss_jax.dims import DIMS
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.search.batch.blocks import BLOCKS
from eyeriss_jax.search.batch.candidates import Candidates
from eyeriss_jax.search.batch.search import SHAPE_LEAVES, Best, best_mappings

MOST_ORDERS = len(ORDERS) ** 2
"""Pairs of a DRAM and a GLB loop order: the length of every table of them, so that all share a compiled program."""


class SearchProgram(NamedTuple):
    """``function`` of ``arguments``, whose leaves are :class:`jax.ShapeDtypeStruct`.

    ``evaluations``: full evaluations that one call makes, of tables without padding.
    """

    function: Callable[[AcceleratorArrays, LayerArrays, Candidates], Best]
    arguments: tuple[AcceleratorArrays, LayerArrays, Candidates]
    evaluations: int


def search_program(
    accelerator: Accelerator,
    *,
    platform: str,
    designs: int,
    inners: int = 64,
    tilings: int = 16,
    sparse: bool = False,
    objective: str = "cycles",
    conventions: Conventions = OURS,
) -> SearchProgram:
    """The search that a sweep runs for one layer and the designs of one array shape.

    Args:
        accelerator: any; only the structure of what it builds matters.
        platform: one of :data:`~.blocks.BLOCKS`; decides how much is evaluated at once.
        designs: D, the designs of a call.
        inners: inner choices of a mapping.
        tilings: DRAM tilings of a mapping.
        sparse: whether layers carry densities.
        objective: what makes a mapping best.
        conventions: what counts as an access.
    """

    def function(machines: AcceleratorArrays, layer: LayerArrays, candidates: Candidates) -> Best:
        return best_mappings(machines, layer, candidates, BLOCKS[platform], conventions, objective)

    def real(*shape: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(shape, jnp.float32)

    def whole(*shape: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(shape, jnp.int32)

    one = accelerator.build()
    machines = jax.tree.map(lambda _: real(designs), one)
    machines = machines.replace(**{n: jax.tree.map(lambda _: real(), getattr(one, n)) for n in SHAPE_LEAVES})
    layer = jax.tree.map(lambda _: real(), Layer(name="any", M=1, C=1).build(sparse=sparse))
    candidates = Candidates(
        inner=whole(1 + len(AXES), len(DIMS), inners),
        parts=whole(tilings, len(DIMS)),
        parts_count=whole(),
        orders=whole(MOST_ORDERS, 2, 3),
        orders_count=whole(),
    )
    return SearchProgram(function, (machines, layer, candidates), designs * inners * tilings * MOST_ORDERS)
