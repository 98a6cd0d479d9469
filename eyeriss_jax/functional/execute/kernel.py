"""The execution of one block of passes: tiles move from DRAM to the GLB and on to the PEs, psums move back.

All shapes come from the tables, so mappings of equal shapes share one compiled program. Everything a pass computes
is computed on the contents of the SPads; what it moves is what the schedule says.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from eyeriss_jax.functional.execute import glb
from eyeriss_jax.functional.execute.addressing import inside, read
from eyeriss_jax.functional.execute.arithmetic import Arithmetic
from eyeriss_jax.functional.execute.machine import Dram, DramRows, PassRows, State
from eyeriss_jax.functional.execute.spads import PeTiles, fetch_iacts, fetch_weights, pe_tiles, sources
from eyeriss_jax.functional.execute.tables import Tables
from eyeriss_jax.functional.nest import COLUMNS


@partial(jax.jit, static_argnames=("keeps", "arithmetic"))
def run_block(
    tables: Tables,
    dram: Dram,
    state: State,
    steps: DramRows,
    passes: PassRows,
    count: jax.Array,
    *,
    keeps: tuple[str, ...],
    arithmetic: Arithmetic,
) -> State:
    """Runs the first ``count`` DRAM steps of one block; ``keeps`` names the data types that the GLB keeps."""
    state = state._replace(moved=jax.tree.map(jnp.zeros_like, state.moved))

    def dram_step(d: jax.Array, state: State) -> State:
        step = jax.tree.map(lambda column: column[d], steps)
        state = glb.load(tables, dram, state, step, keeps)

        def one_pass(p: jax.Array, state: State) -> State:
            row = jax.tree.map(lambda column: column[p], passes)
            tiles = pe_tiles(tables, row, step.start, keeps)
            state = _fetch(tables, dram, state, row, tiles, keeps)
            state = _compute(tables, state, row, tiles, arithmetic)
            return _flush(tables, state, row, tiles, keeps, arithmetic)

        state = lax.fori_loop(step.first, step.first + step.passes, one_pass, state)
        return glb.store(tables, state, step) if "psum" in keeps else state

    return lax.fori_loop(0, count, dram_step, state)


def _fetch(tables: Tables, dram: Dram, state: State, row: PassRows, tiles: PeTiles, keeps: tuple[str, ...]) -> State:
    """Fills the SPads with what the pass needs and they do not hold."""
    iact_source, weight_source = sources(dram, state, keeps)
    iacts, iacts_moved = lax.cond(
        row.fetch_iact,
        partial(fetch_iacts, tables, tiles, iact_source),
        lambda held: held,
        (state.spad_iact, state.moved.iact),
    )
    weights, weights_moved = lax.cond(
        row.fetch_weight,
        partial(fetch_weights, tables, tiles, weight_source),
        lambda held: held,
        (state.spad_weight, state.moved.weight),
    )
    moved = state.moved._replace(iact=iacts_moved, weight=weights_moved)
    return state._replace(spad_iact=iacts, spad_weight=weights, moved=moved)


def _compute(tables: Tables, state: State, row: PassRows, tiles: PeTiles, arithmetic: Arithmetic) -> State:
    """Every PE walks through its positions; psums start from zero where a visit begins."""
    psums = jnp.where(row.psum_begin, jnp.zeros((), state.spad_psum.dtype), state.spad_psum)
    psums, changed = arithmetic.accumulate(psums, state.spad_iact[:, tables.window], state.spad_weight)
    present = inside(tables.psum_index, tiles.sizes[:, jnp.array(COLUMNS["psum"])])
    return state._replace(
        spad_psum=psums,
        back=jnp.where(row.psum_begin, row.psum_refill, state.back),
        overflowed=state.overflowed | jnp.any(changed & present),
    )


def _flush(
    tables: Tables, state: State, row: PassRows, tiles: PeTiles, keeps: tuple[str, ...], arithmetic: Arithmetic
) -> State:
    """Where a visit ends: adds up the psums of each reduction group and what comes back, into the psum store."""
    groups, chained = tables.pe_offset.shape[:2]
    first = tiles.sizes.reshape(groups, chained, -1)[:, 0]
    origin = tiles.origin.psum.reshape(groups, chained)[:, 0]
    present = inside(tables.psum_index, first[:, jnp.array(COLUMNS["psum"])]) & row.psum_end
    back = present & state.back
    address = origin[:, None, None, None] + tables.psum_at[None]

    memory = "glb_psum" if "psum" in keeps else "dram_psum"
    store = getattr(state, memory)
    total, changed = arithmetic.chain(state.spad_psum.reshape(groups, chained, *present.shape[1:]))
    total, changed_again = arithmetic.fit(total + read(store, address, back))
    store = store.at[jnp.where(present, address, store.shape[0])].set(total, mode="drop")
    moved = state.moved._replace(
        psum_out=state.moved.psum_out + jnp.sum(present, axis=(1, 2, 3), dtype=jnp.int32),
        psum_back=state.moved.psum_back + jnp.sum(back, axis=(1, 2, 3), dtype=jnp.int32),
    )
    overflowed = state.overflowed | jnp.any((changed | changed_again) & present)
    return state._replace(**{memory: store}, moved=moved, overflowed=overflowed)
