"""Explicit symmetric quantisation to signed integers, and the error that it makes."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import struct


class Quantized(struct.PyTreeNode):
    """A tensor as integers times a scale.

    Attributes:
        values: int8 (or int16 above 8 bits), the tensor's shape.
        scale: float32, broadcastable to the tensor.
        error: [] root mean square of (tensor - values · scale) over that of the tensor; 0 for a zero tensor.
    """

    values: Any
    scale: Any
    error: Any


def quantize(tensor: jax.Array, bits: int, axes: tuple[int, ...] | None = None) -> Quantized:
    """``tensor`` in ``bits`` bits with one scale for all values along ``axes`` (None: for the whole tensor).

    The largest magnitude becomes 2**(bits-1) - 1; integers of that magnitude are represented exactly.
    """
    most = (1 << (bits - 1)) - 1
    tensor = tensor.astype(jnp.float32)
    largest = jnp.max(jnp.abs(tensor), axis=axes, keepdims=True)
    scale = jnp.where(largest > 0, largest / most, 1.0)
    values = jnp.clip(jnp.round(tensor / scale), -most, most)
    return Quantized(
        values=values.astype(jnp.int8 if bits <= 8 else jnp.int16),
        scale=scale,
        error=relative_error(values * scale, tensor),
    )


@jax.jit
def density(values: jax.Array) -> jax.Array:
    """Nonzero share of ``values``."""
    return jnp.mean(values != 0, dtype=jnp.float32)


@jax.jit
def relative_error(approximate: jax.Array, exact: jax.Array) -> jax.Array:
    """Root mean square of the difference over that of ``exact``; 0 where both are zero everywhere."""
    power = jnp.sum(jnp.square(exact))
    difference = jnp.sum(jnp.square(approximate - exact))
    return jnp.where(power > 0, jnp.sqrt(difference / jnp.where(power > 0, power, 1.0)), jnp.sqrt(difference))
