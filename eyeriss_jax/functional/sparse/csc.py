"""The CSC codec: columns of integers to (value, zero count) pairs and back, at fixed sizes, made to be vmapped.

A column's pairs each say how many zeros came before the value since the last one. A run too long for the count is
broken by explicit zeros; zeros at a column's end are not stored; a column fills whole words, the last one padded with
the pair (0, 0), which the second lane of the PE gates. Decoding needs none of these to be marked: all of them
write zeros, the padding possibly past the end of its column.
"""

from functools import partial

import jax
import jax.numpy as jnp
from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.csc_format import CscFormat


class Csc(struct.PyTreeNode):
    """A compressed block of K columns in arrays large enough for any content.

    values, counts: [capacity], zeros beyond :meth:`pairs`.
    addresses: [K + 1] words before each column and before the end; two equal ones enclose an empty column.
    """

    values: jax.Array
    counts: jax.Array
    addresses: jax.Array

    def pairs(self, form: CscFormat) -> jax.Array:
        """Pairs in use, explicit zeros and padding included."""
        return self.addresses[-1] * form.pairs_per_word

    def column(self, form: CscFormat) -> jax.Array:
        """[capacity] The column of each pair; K beyond the end."""
        slots = jnp.arange(self.values.shape[0]) // form.pairs_per_word
        return jnp.searchsorted(self.addresses[1:], slots, side="right").astype(jnp.int32)

    def row(self, form: CscFormat) -> jax.Array:
        """[capacity] The row of each pair in its column: the running sum of counts, plus one per pair."""
        steps = jnp.cumsum(self.counts.astype(jnp.int32) + 1)
        before = jnp.concatenate([jnp.zeros(1, steps.dtype), steps])[self.addresses * form.pairs_per_word]
        return steps - before[self.column(form)] - 1


@partial(jax.jit, static_argnames="form")
def encode(columns: jax.Array, form: CscFormat) -> Csc:
    """Compresses ``columns`` [K, L]; capacity K x (L in whole words).

    Raises:
        SpecError: not a two-dimensional array of integers.
    """
    _check(columns)
    width = form.padded(columns.shape[1])
    values, counts, used = jax.vmap(partial(_encode_column, form=form, width=width))(columns)
    addresses = jnp.concatenate([jnp.zeros(1, jnp.int32), jnp.cumsum(used // form.pairs_per_word, dtype=jnp.int32)])
    inside = jnp.arange(width)[None, :]
    capacity = columns.shape[0] * width
    target = jnp.where(inside < used[:, None], addresses[:-1, None] * form.pairs_per_word + inside, capacity)
    return Csc(
        values=jnp.zeros(capacity, columns.dtype).at[target].set(values, mode="drop"),
        counts=jnp.zeros(capacity, jnp.uint8).at[target].set(counts, mode="drop"),
        addresses=addresses,
    )


def _encode_column(column: jax.Array, form: CscFormat, width: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    """One column [L]: values and counts [width], and the pairs in use rounded up to whole words."""
    rows = jnp.arange(column.shape[0])
    stored = column != 0
    last = jax.lax.cummax(jnp.where(stored, rows, -1))
    before = jnp.concatenate([jnp.full(1, -1, last.dtype), last[:-1]])
    gap = rows - before - 1
    reach = form.longest_run + 1  # positions that an explicit zero covers: the run before it and itself
    slots = jnp.cumsum(jnp.where(stored, 1 + gap // reach, 0))
    target = jnp.where(stored, slots - 1, width)
    used = slots[-1]
    values = jnp.zeros(width, column.dtype).at[target].set(column, mode="drop")
    explicit = jnp.where(jnp.arange(width) < used, form.longest_run, 0).astype(jnp.uint8)
    counts = explicit.at[target].set((gap % reach).astype(jnp.uint8), mode="drop")
    return values, counts, -(-used // form.pairs_per_word) * form.pairs_per_word


@partial(jax.jit, static_argnames="form")
def encode_raw(columns: jax.Array, form: CscFormat) -> Csc:
    """``columns`` [K, L] in uncompressed mode: every value is stored, all counts are 0.

    Raises:
        SpecError: not a two-dimensional array of integers.
    """
    _check(columns)
    extra = form.padded(columns.shape[1]) - columns.shape[1]
    values = jnp.pad(columns, ((0, 0), (0, extra))).reshape(-1)
    words = (columns.shape[1] + extra) // form.pairs_per_word
    return Csc(
        values=values,
        counts=jnp.zeros(values.shape, jnp.uint8),
        addresses=words * jnp.arange(columns.shape[0] + 1, dtype=jnp.int32),
    )


@partial(jax.jit, static_argnames=("length", "form"))
def decode(csc: Csc, length: int, form: CscFormat) -> jax.Array:
    """The columns [K, length] of a block compressed by :func:`encode` or :func:`encode_raw`."""
    columns = csc.addresses.shape[0] - 1
    dense = jnp.zeros((columns, length), csc.values.dtype)
    return dense.at[csc.column(form), csc.row(form)].set(csc.values, mode="drop")


def _check(columns: jax.Array) -> None:
    if columns.ndim != 2 or columns.shape[0] < 1 or columns.shape[1] < 1:
        raise SpecError(f"CSC: columns of shape {columns.shape} must be [columns, length], both at least 1")
    if not jnp.issubdtype(columns.dtype, jnp.integer):
        raise SpecError(f"CSC: columns of type {columns.dtype} must be integers")
