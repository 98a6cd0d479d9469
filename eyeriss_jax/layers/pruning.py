"""Magnitude pruning: which weights of a kernel stay when its density is given."""

from typing import Any

import jax
import jax.numpy as jnp


def magnitude_mask(kernel: jax.Array, density: Any) -> jax.Array:
    """The largest magnitudes of ``kernel``: True for round(density x size) of its weights; of equal ones the first.

    ``density`` may be traced: the mask has the kernel's shape whatever stays.

    Example:
        >>> magnitude_mask(jnp.array([0.1, -3.0, 2.0, 0.0]), 0.5).tolist()
        [False, True, True, False]
    """
    order = jnp.argsort(-jnp.abs(kernel).ravel(), stable=True)
    ranks = jnp.zeros(kernel.size, jnp.int32).at[order].set(jnp.arange(kernel.size, dtype=jnp.int32))
    kept = jnp.round(jnp.asarray(density) * kernel.size).astype(jnp.int32)
    return (ranks < kept).reshape(kernel.shape)
