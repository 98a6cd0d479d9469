"""Between the feeding memories and the SPads: fetching a pass's weights and iact streams."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.dims import DIMS, PerType
from eyeriss_jax.functional.execute.addressing import inside, read
from eyeriss_jax.functional.execute.machine import Dram, PassRows, State
from eyeriss_jax.functional.execute.tables import STREAM_DIMS, Tables
from eyeriss_jax.functional.nest import COLUMNS

_STREAM_COLUMNS = [DIMS.index(dim) for dim in STREAM_DIMS]
_E, _R = DIMS.index("E"), DIMS.index("R")

Held = tuple[jax.Array, jax.Array]
"""What an SPad holds of a data type, and the words moved into it per PE [P]."""


class PeTiles(NamedTuple):
    """The PEs' tiles in one pass.

    ``sizes``: [P, 8] extents, all 0 for an idle PE. ``origin``: per data type [P] address of the tile's first word in
    the memory that feeds the array.
    """

    sizes: jax.Array
    origin: PerType


def pe_tiles(tables: Tables, row: PassRows, dram_start: jax.Array, keeps: tuple[str, ...]) -> PeTiles:
    """The tiles of all PEs in a pass; addresses in the GLB count from the start of the DRAM tile."""
    offset = tables.pe_offset.reshape(-1, len(DIMS))
    sizes = jnp.clip(row.size[None] - offset, 0, tables.pe_tile[None])

    def origin(data_type: str) -> jax.Array:
        start = row.start - dram_start if data_type in keeps else row.start
        return jnp.sum((start[None] + offset) * tables.memory[data_type].step[None], axis=1)

    works = jnp.all(sizes > 0, axis=1, keepdims=True)
    return PeTiles(jnp.where(works, sizes, 0), PerType.build(origin))


def fetch_weights(tables: Tables, tiles: PeTiles, source: jax.Array, held: Held) -> Held:
    """[P, G, M, K] the weights of every PE's tile."""
    present = inside(tables.weight_index, tiles.sizes[:, jnp.array(COLUMNS["weight"])])
    address = tiles.origin.weight[:, None, None, None] + tables.weight_at[None]
    return read(source, address, present), held[1] + jnp.sum(present, axis=(1, 2, 3), dtype=jnp.int32)


def fetch_iacts(tables: Tables, tiles: PeTiles, source: jax.Array, held: Held) -> Held:
    """[P, X] the words of every PE's windows, each once if the PE slides."""
    needed = tables.rows_needed[tiles.sizes[:, _E] * tables.rows_pitch + tiles.sizes[:, _R]]
    present = inside(tables.stream_index, tiles.sizes[:, jnp.array(_STREAM_COLUMNS)]) & needed[:, tables.stream_row]
    address = tiles.origin.iact[:, None] + tables.stream_at[None]
    return read(source, address, present), held[1] + jnp.sum(present, axis=1, dtype=jnp.int32)


def sources(dram: Dram, state: State, keeps: tuple[str, ...]) -> tuple[jax.Array, jax.Array]:
    """The memories that feed iacts and weights to the array."""
    return (
        state.glb_iact if "iact" in keeps else dram.iact,
        state.glb_weight if "weight" in keeps else dram.weight,
    )
