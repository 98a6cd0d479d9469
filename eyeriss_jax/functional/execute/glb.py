"""Between DRAM and the GLB: loading the tiles of a DRAM step, and storing the psums whose visit ends."""

import jax
import jax.numpy as jnp
from jax import lax

from eyeriss_jax.dims import DIMS
from eyeriss_jax.functional.execute.addressing import inside, read
from eyeriss_jax.functional.execute.machine import Dram, DramRows, State
from eyeriss_jax.functional.execute.memory import Memory
from eyeriss_jax.functional.execute.tables import Tables
from eyeriss_jax.functional.nest import COLUMNS

_PLANES = [DIMS.index(dim) for dim in "GNC"]


def _coordinates(words: int, shape: jax.Array) -> jax.Array:
    """[words, 5] coordinates of the words of a row-major box; beyond it the outermost goes on."""
    rest, axes = jnp.arange(words, dtype=jnp.int32), []
    for axis in (4, 3, 2, 1):
        axes.append(rest % shape[axis])
        rest = rest // shape[axis]
    return jnp.stack([rest, *axes[::-1]], axis=-1)


def _dram_address(memory: Memory, at: jax.Array, start: jax.Array) -> jax.Array:
    """[words] DRAM addresses of the words of a GLB tile with coordinates [words, 5]."""
    return jnp.sum(at * memory.strides[None], axis=1) + jnp.sum(start * memory.dram_step)


def load(tables: Tables, dram: Dram, state: State, step: DramRows, keeps: tuple[str, ...]) -> State:
    """Brings the DRAM tiles that a step needs into the GLB."""

    def box(data_type: str, held: jax.Array, source: jax.Array) -> jax.Array:
        memory = tables.memory[data_type]
        at = _coordinates(held.shape[0], memory.shape)
        present = inside(at, step.size[jnp.array(COLUMNS[data_type])][None])[0]
        return read(source, _dram_address(memory, at, step.start), present)

    def iacts(held: jax.Array) -> jax.Array:
        memory = tables.memory.iact
        at = _coordinates(held.shape[0], memory.shape)
        present = jnp.all(at[:, :3] < step.size[jnp.array(_PLANES)][None], axis=1)
        present &= step.rows[at[:, 3]] & step.columns[at[:, 4]]
        kept = held.at[jnp.arange(held.shape[0], dtype=jnp.int32) + step.shift].get(mode="fill", fill_value=0)
        return jnp.where(present, read(dram.iact, _dram_address(memory, at, step.start), present), kept)

    if "iact" in keeps:
        state = state._replace(glb_iact=lax.cond(step.load_iact, iacts, lambda held: held, state.glb_iact))
    if "weight" in keeps:
        loaded = lax.cond(
            step.load_weight, lambda held: box("weight", held, dram.weight), lambda held: held, state.glb_weight
        )
        state = state._replace(glb_weight=loaded)
    if "psum" in keeps:
        loaded = lax.cond(
            step.reload_psum, lambda held: box("psum", held, state.dram_psum), lambda held: held, state.glb_psum
        )
        state = state._replace(glb_psum=loaded)
    return state


def store(tables: Tables, state: State, step: DramRows) -> State:
    """Writes the psum tile in the GLB to DRAM where its visit ends."""
    memory = tables.memory.psum
    at = _coordinates(state.glb_psum.shape[0], memory.shape)
    present = inside(at, step.size[jnp.array(COLUMNS["psum"])][None])[0] & step.store_psum
    address = jnp.where(present, _dram_address(memory, at, step.start), state.dram_psum.shape[0])
    return state._replace(dram_psum=state.dram_psum.at[address].set(state.glb_psum, mode="drop"))
