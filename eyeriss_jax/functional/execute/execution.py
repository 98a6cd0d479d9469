"""The execution of a plan, block by block; it looks at no value, so that it can be traced."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from eyeriss_jax.functional.counting import Counter, Plan
from eyeriss_jax.functional.execute.arithmetic import Arithmetic, Overflow
from eyeriss_jax.functional.execute.kernel import run_block
from eyeriss_jax.functional.execute.machine import Dram, Moved, State, Tensor
from eyeriss_jax.functional.execute.rows import block_rows
from eyeriss_jax.functional.execute.sizes import Sizes, padded_tables
from eyeriss_jax.functional.execute.tables import plan_tables
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, eq=False)
class Execution:
    """What :func:`execute` leaves.

    Attributes:
        oacts: [G, N, M, E, F] finished psums.
        overflowed: [] bool, a psum left its width.
        moved: words that the device moved, per block.
        counter: a counter that saw every pass.
    """

    oacts: jax.Array
    overflowed: jax.Array
    moved: list[Moved]
    counter: Counter


def execute(
    plan: Plan, iacts: Tensor, weights: Tensor, *, overflow: Overflow = "wrap", sizes: Sizes | None = None
) -> Execution:
    """Executes ``plan`` without looking at the values, so that it can be traced; arguments as in ``run``.

    ``sizes``: sizes to pad everything to, so that different plans share one compiled program.
    """
    tables, counter = plan_tables(plan), plan.counter()
    sizes = sizes or Sizes.of(plan, tables)
    tables = padded_tables(tables, sizes)
    dtype = iacts.dtype.name if jnp.issubdtype(iacts.dtype, jnp.floating) else "int32"
    arithmetic = Arithmetic(dtype, int(plan.accelerator.word_bits.psum), overflow)
    dram = Dram(_flat(spanned(plan.layer, iacts), sizes.dram[0]), _flat(weights, sizes.dram[1]))
    state, moved = initial_state(sizes, dram, arithmetic), []
    for block in plan.schedule.blocks(plan.block_passes):
        rows = block_rows(plan, block, sizes)
        state = run_block(tables, dram, state, *rows, keeps=plan.accelerator.glb_keeps, arithmetic=arithmetic)
        moved.append(state.moved)
        counter.add(block)
    return Execution(_in_shape(state.dram_psum, plan.layer), state.overflowed, moved, counter)


def initial_state(sizes: Sizes, dram: Dram, arithmetic: Arithmetic) -> State:
    """Empty memories."""
    pes = sizes.groups * sizes.chained
    weights = sizes.channel_groups, sizes.outputs, sizes.taps
    psums = sizes.positions, sizes.channel_groups, sizes.outputs
    per_pe, per_group = np.zeros(pes, np.int32), np.zeros(sizes.groups, np.int32)
    return State(
        glb_iact=np.zeros(sizes.glb[0], dram.iact.dtype),
        glb_weight=np.zeros(sizes.glb[1], dram.weight.dtype),
        glb_psum=np.zeros(sizes.glb[2], arithmetic.dtype),
        dram_psum=np.zeros(sizes.dram[2], arithmetic.dtype),
        spad_iact=np.zeros((pes, sizes.stream), dram.iact.dtype),
        spad_weight=np.zeros((pes, *weights), dram.weight.dtype),
        spad_psum=np.zeros((pes, *psums), arithmetic.dtype),
        back=np.zeros((), bool),
        overflowed=np.zeros((), bool),
        moved=Moved(per_pe, per_pe, per_group, per_group),
    )


def _in_shape(psums: jax.Array, layer: Layer) -> jax.Array:
    """[G, N, M, E, F] of what DRAM holds; on the host if there is a value, as JAX compiles a cut for every shape."""
    words = psums if isinstance(psums, Tracer) else np.asarray(psums)
    return jnp.asarray(words[: layer.oacts].reshape(layer.G, layer.N, layer.M, layer.E, layer.F))


def spanned(layer: Layer, iacts: Tensor) -> Tensor:
    """[G, N, C, rows, columns] iacts with their padding, cut to what the outputs read."""
    rows, columns = layer.padded_span
    padding = [(0, 0)] * 3 + [tuple(sides) for sides in layer.padding]
    pad = np.pad if isinstance(iacts, np.ndarray) else jnp.pad
    return pad(iacts, padding)[..., :rows, :columns]


def _flat(tensor: Tensor, words: int) -> Tensor:
    """``tensor`` as a row of ``words``."""
    pad = np.pad if isinstance(tensor, np.ndarray) else jnp.pad
    return pad(tensor.ravel(), (0, words - tensor.size))
