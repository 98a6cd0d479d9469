"""Reading words of a memory by address, only those that a tile has."""

import jax
import jax.numpy as jnp


def inside(index: jax.Array, sizes: jax.Array) -> jax.Array:
    """[P, ...] whether entries with indices [..., 5] are inside tiles with sizes [P, 5]."""
    spread = (slice(None), *(None,) * (index.ndim - 1))
    inside = [index[..., i][None] < sizes[:, i][spread] for i in range(index.shape[-1])]
    return inside[0] & inside[1] & inside[2] & inside[3] & inside[4]


def read(memory: jax.Array, address: jax.Array, present: jax.Array) -> jax.Array:
    """The words at ``address`` that are ``present``, 0 for the others."""
    words = memory.at[jnp.where(present, address, 0)].get(mode="promise_in_bounds")
    return jnp.where(present, words, jnp.zeros((), memory.dtype))
