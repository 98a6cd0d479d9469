"""The sweep's inner loop: the best mapping of every layer for a block of designs that share one array shape.

The law is cut into stages by what it depends on (:mod:`eyeriss_jax.search.staging`), one loop level each:

    layer          extents and array shape                       scalars, interpreted
      inner        spatial plan and PE tile                      [K], interpreted
        parts      DRAM tilings, a block of P at a time          [P, K], interpreted
          order    loop orders, a block of O at a time           [O, K]
            rates  everything else of the accelerator, D designs [O, D, K]

Loop bounds are traced, so one compiled program serves every layer, network and array shape, and results cannot
depend on how many designs a call holds: every design passes through the same blocks.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import lax

from eyeriss_jax.dataflow.mapping import LoopOrder
from eyeriss_jax.dataflow.mapspace import Inner, Outer, mapping_of
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.search.objectives import OBJECTIVES, dram_words
from eyeriss_jax.search.staging import Rows, Staged, Values

ORDER_BLOCK = 4
"""Loop orders evaluated at once; the order table is padded to a multiple of it."""

PART_BLOCK = 4
"""DRAM tilings interpreted at once; the table of tilings is padded to a multiple of it."""

SHAPE_LEAVES: tuple[str, ...] = (
    *(*AXES, "lanes", "spad_words", "reduces", "chained", "sparse_pe"),
    *("noc_is_mesh", "overlap", "sends_windows_ahead", "glb_keeps", "oacts_bypass_glb", "gates_zero_iacts"),
)
"""What the fields in :data:`eyeriss_jax.search.axis.SHAPE_FIELDS` set; the rest only prices and times the traffic."""

_LAYER, _INNER, _PARTS, _ORDER, _RATES = range(5)

_BLANK = {"inner": np.zeros((5, 8, 1)), "parts": np.zeros((1, 8)), "orders": np.zeros((2, 3, 1))}

# Where the inputs of a stage vary, as axes [pack, design, order, inner]; tilings take the axis of the orders.
_AXES = {
    _LAYER: lambda x: jnp.reshape(x, (1, 1, 1, 1)),
    _INNER: lambda x: x[None, None, None, :],
    _PARTS: lambda x: x[None, None, :, None],
    _ORDER: lambda x: x[None, None, :, None],
    _RATES: lambda x: x[None, :, None, None],
}


class Candidates(struct.PyTreeNode):
    """The mappings to try of L layers on one array shape.

    ``inner`` ``[L, 5, 8, K]``: factors on the four axes and PE tile, per dimension. ``parts`` ``[L, P, 8]``: numbers
    of DRAM tiles, ``parts_count`` ``[L]`` of them. ``orders`` ``[L, B, 2, 3]``: ranks of the DRAM and the GLB loop
    order, ``order_blocks`` ``[L]`` blocks of them. Padding repeats a candidate, so it never wins.
    """

    inner: Any
    parts: Any
    parts_count: Any
    orders: Any
    order_blocks: Any


FACTS: dict[str, Callable[[Evaluation], jax.Array]] = {
    "cycles": lambda e: e.cycles.total,
    "compute": lambda e: e.cycles.compute,
    "bandwidth_bound": lambda e: e.cycles.bandwidth_bound,
    "chain": lambda e: e.cycles.chain,
    "waiting": lambda e: e.cycles.waiting,
    "exposed": lambda e: e.cycles.exposed,
    "ramp": lambda e: e.cycles.ramp,
    "iact_port": lambda e: e.cycles.delivery.iact,
    "weight_port": lambda e: e.cycles.delivery.weight,
    "psum_port": lambda e: e.cycles.delivery.psum,
    "glb_port": lambda e: e.cycles.glb,
    "dram_port": lambda e: e.cycles.dram,
    "work": lambda e: e.work,
    "energy": lambda e: e.energy.total,
    "mac_energy": lambda e: e.energy.mac,
    "spad_energy": lambda e: e.energy.spad,
    "noc_energy": lambda e: e.energy.noc,
    "glb_energy": lambda e: e.energy.glb,
    "dram_energy": lambda e: e.energy.dram,
    "static_energy": lambda e: e.energy.static,
    "dram_words": dram_words,
}
"""What a sweep keeps of the best mapping of a layer."""


class Best(NamedTuple):
    """Per design: objective, tie-breaker and index of the mapping ``[D]``, and its :data:`FACTS` ``[facts, D]``."""

    primary: Any
    secondary: Any
    index: Any
    facts: Any


def inner_of(table: jax.Array) -> Inner:
    """The inner choices of a table ``[5, 8, ...]``."""
    levels = [Dims(**{d: table[i, j] for j, d in enumerate(DIMS)}) for i in range(5)]
    return Inner(**dict(zip((*AXES, "spad"), levels, strict=True)))


def order_of(ranks: jax.Array) -> LoopOrder:
    """The loop order of a table of ranks ``[3, ...]``."""
    return LoopOrder(**{group: ranks[i] for i, group in enumerate(GROUPS)})


@lru_cache(maxsize=8)
def staged_law(conventions: Conventions, sparse: bool = False) -> Staged:
    """The whole model in five stages: layer and array shape, inner choice, DRAM tiling, loop orders, rates.

    ``sparse``: the law of layers that carry densities.
    """

    def law(machine: Any, layer: Any, inner: Inner, parts: Dims, dram: LoopOrder, glb: LoopOrder) -> Evaluation:
        mapping = mapping_of(layer.dims, inner, Outer(parts=parts, dram_order=dram, glb_order=glb))
        return evaluate(machine, layer, mapping, conventions)

    examples = jax.tree.map(np.float32, _examples(sparse))
    return Staged(law, _levels(examples), examples)


def _examples(sparse: bool) -> tuple:
    from eyeriss_jax.hardware.presets import eyeriss_v2
    from eyeriss_jax.layers import Layer

    one, order = Dims(), LoopOrder(0, 1, 2)
    inner = Inner(**dict.fromkeys((*AXES, "spad"), one))
    return eyeriss_v2().build(), Layer(name="any", M=1, C=1).build(sparse=sparse), inner, one, order, order


def _levels(examples: tuple) -> tuple:
    machine, layer, inner, parts, dram, glb = examples

    def at(level: int, tree: Any) -> Any:
        return jax.tree.map(lambda _: level, tree)

    rates = at(_RATES, machine).replace(**{name: at(_LAYER, getattr(machine, name)) for name in SHAPE_LEAVES})
    return rates, at(_LAYER, layer), at(_INNER, inner), at(_PARTS, parts), at(_ORDER, dram), at(_ORDER, glb)


def best_mappings(
    rates: AcceleratorArrays,
    layer: LayerArrays,
    candidates: Candidates,
    blocks: jax.Array,
    block: int,
    conventions: Conventions,
    objective: str,
) -> Best:
    """The best mapping of one layer for each of D designs.

    Args:
        rates: the designs, leaves ``[D]``; those of :data:`SHAPE_LEAVES` scalars.
        layer: the layer, scalars.
        candidates: the mappings to try, without their axis L.
        blocks: how many blocks of ``block`` designs there are, traced: D = blocks x block.
        block: designs evaluated at once.
        conventions: what counts as an access.
        objective: what makes a mapping best; ties go to its second metric, then to the smaller index.
    """
    law = staged_law(conventions, sparse=layer.sparsity is not None)
    designs, K = rates.clock_hz.shape[0], candidates.inner.shape[-1]
    points = ORDER_BLOCK * K

    def given(level: int, **known: Any) -> Values:
        """The inputs of a stage; what other stages take is left blank."""
        inner, parts, orders = (known.get(n, z) for n, z in _BLANK.items())
        arguments = (
            known.get("machine", rates),
            layer,
            inner_of(inner),
            Dims(**{d: parts[:, j] for j, d in enumerate(DIMS)}),
            *(order_of(orders[i]) for i in range(2)),
        )
        return law.inputs(level, arguments, _AXES[level])

    fixed = law.rows(_LAYER, {}, given(_LAYER), (1, 1, 1))
    tiled = law.rows(_INNER, fixed, given(_INNER, inner=candidates.inner.astype(jnp.float32)), (1, 1, K))
    machines = given(_RATES)

    def search_block(q: jax.Array, best: Best) -> Best:
        parts = lax.dynamic_slice_in_dim(candidates.parts, q * PART_BLOCK, PART_BLOCK)
        rows = law.rows(_PARTS, tiled, given(_PARTS, parts=parts.astype(jnp.float32)), (1, PART_BLOCK, K))
        first = q * PART_BLOCK

        def search_parts(p: jax.Array, best: Best) -> Best:
            return search_tiling(p, rows | {_PARTS: lax.dynamic_slice_in_dim(rows[_PARTS], p - first, 1, 2)}, best)

        return lax.fori_loop(first, jnp.minimum(candidates.parts_count, first + PART_BLOCK), search_parts, best)

    def search_tiling(p: jax.Array, cut: Rows, best: Best) -> Best:
        def search_orders(b: jax.Array, best: Best) -> Best:
            ranks = lax.dynamic_slice_in_dim(candidates.orders, b * ORDER_BLOCK, ORDER_BLOCK)
            ranks = jnp.moveaxis(ranks, 0, -1).astype(jnp.float32)
            moved = law.run(_ORDER, law.values(cut, _ORDER) | given(_ORDER, orders=ranks))
            first = (p * candidates.orders.shape[0] + b * ORDER_BLOCK) * K

            def search_designs(d: jax.Array, best: Best) -> Best:
                def here(x: jax.Array, axis: int) -> jax.Array:
                    return lax.dynamic_slice_in_dim(x, d * block, block, axis)

                machine = {name: here(x, 1) for name, x in machines.items()}
                old = jax.tree.map(lambda x: here(x, x.ndim - 1), best)
                result = law.finish(moved | machine)
                primary, secondary, winner = _winner(result, objective, (block, points))

                better = (primary < old.primary) | ((primary == old.primary) & (secondary < old.secondary))
                facts = lax.cond(better.any(), lambda: _facts(result, winner, (block, points)), lambda: old.facts)
                new = Best(primary, secondary, first + winner, facts)

                def taken(whole: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
                    chosen = jnp.where(better[None, :] if x.ndim == 2 else better, x, y)
                    return lax.dynamic_update_slice_in_dim(whole, chosen, d * block, whole.ndim - 1)

                return jax.tree.map(taken, best, new, old)

            return lax.fori_loop(0, blocks, search_designs, best)

        return lax.fori_loop(0, candidates.order_blocks, search_orders, best)

    nothing = jnp.full(designs, jnp.inf)
    unknown = jnp.zeros((len(FACTS), designs))
    start = Best(nothing, nothing, jnp.full(designs, -1, jnp.int32), unknown)
    return lax.fori_loop(0, (candidates.parts_count + PART_BLOCK - 1) // PART_BLOCK, search_block, start)


def _winner(result: Evaluation, objective: str, shape: tuple[int, int]) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Per design the best objective, its tie-breaker and which of the points has them: arrays ``[D]``."""
    primary, secondary = OBJECTIVES[objective](result)
    primary = jnp.where(result.code == 0, primary, jnp.inf)
    primary, secondary = _points(primary, shape), _points(secondary, shape)
    first = primary.min(1)
    tied = primary == first[:, None]
    second = jnp.where(tied, secondary, jnp.inf).min(1)
    tied &= secondary == second[:, None]
    points = jnp.arange(shape[1], dtype=jnp.int32)[None, :]
    return first, second, jnp.where(tied, points, shape[1] - 1).min(1)


def _facts(result: Evaluation, winner: jax.Array, shape: tuple[int, int]) -> jax.Array:
    """The :data:`FACTS` at one point per design ``[facts, D]``; sums of one term, as gathers are slow to compile."""
    points = jnp.arange(shape[1], dtype=jnp.int32)[None, :]
    chosen = points == winner[:, None]
    return jnp.stack([jnp.where(chosen, _points(f(result), shape), 0.0).sum(1) for f in FACTS.values()])


def _points(x: jax.Array, shape: tuple[int, int]) -> jax.Array:
    """``x`` ``[1 or D, 1 or O, 1 or K]`` as ``[D, points]``."""
    return jnp.broadcast_to(x, (shape[0], ORDER_BLOCK, shape[1] // ORDER_BLOCK)).reshape(shape)
