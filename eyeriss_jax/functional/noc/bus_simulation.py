"""The multicast bus, beat by beat: Y-bus, X-bus tag match, PE tag match."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.noc.bus_tags import OFF, BusTags
from eyeriss_jax.functional.noc.needs import Flags

NO_WORD: int = -2
"""Tag of an empty place in a beat; matches nothing, not even a PE without a tag."""


def simulate(bus_tags: BusTags, row_tags: Ints, col_tags: Ints, due: Flags, values: int) -> tuple[Flags, Ints]:
    """Sends words with the given tags ``[words]``, ``values`` a cycle.

    ``due`` ``[words, pe_rows, pe_cols]``: which PEs listen at the word's position.

    Returns:
        which PEs took each word ``[words, pe_rows, pe_cols]``, and the words on every X-bus ``[cycles, pe_rows]``.
    """
    words = len(row_tags)
    beats = -(-words // values)
    # Cycle counts are rounded up to a power of two, so that few programs are compiled.
    room = (1 << (beats - 1).bit_length()) * values - words

    def in_beats(per_word: np.ndarray, empty: int) -> jax.Array:
        padded = np.pad(per_word, ((0, room), *((0, 0),) * (per_word.ndim - 1)), constant_values=empty)
        return jnp.asarray(padded.reshape(-1, values, *per_word.shape[1:]))

    taken, loads = _run(
        jnp.asarray(bus_tags.rows),
        jnp.asarray(bus_tags.cols),
        (in_beats(row_tags, NO_WORD), in_beats(col_tags, NO_WORD), in_beats(due, False)),
    )
    taken, loads = jax.device_get((taken, loads))
    return taken.reshape(-1, *due.shape[1:])[:words], loads[:beats]


@jax.jit
def _run(
    rows: jax.Array, cols: jax.Array, beats: tuple[jax.Array, jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    """All beats; per beat tags ``[values]`` and listeners ``[values, pe_rows, pe_cols]``."""

    def beat(_: None, on_y_bus: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[None, tuple[jax.Array, jax.Array]]:
        row_tags, col_tags, due = on_y_bus
        on_x_bus = row_tags[:, None] == rows[None]
        matches = on_x_bus[:, :, None] & (col_tags[:, None, None] == cols[None]) & (cols != OFF)[None] & due
        return None, (matches, on_x_bus.sum(axis=0, dtype=jnp.int32))

    return lax.scan(beat, None, beats)[1]
