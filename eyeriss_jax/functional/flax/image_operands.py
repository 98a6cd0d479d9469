"""From Flax's layout to that of the execution and back: quantised operands in, dequantised images out."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.functional.flax.quantize import density, quantize


class Operands(NamedTuple):
    """Quantised operands in the order of the execution, and what is recorded of them."""

    iacts: jax.Array
    filters: jax.Array
    scale: jax.Array
    iact_density: jax.Array
    weight_density: jax.Array
    iact_error: jax.Array
    weight_error: jax.Array


@partial(jax.jit, static_argnums=(2, 3))
def operands(images: jax.Array, kernel: jax.Array, groups: int, bits: tuple[int, int]) -> Operands:
    """[G, N, C, H, W] iacts and [G, M, C, R, S] filters of ``bits``, with the scale of the outputs."""
    iacts, weights = quantize(images, bits[0]), quantize(kernel, bits[1], axes=(0, 1, 2))
    grouped = iacts.values.reshape(*images.shape[:3], groups, -1).transpose(3, 0, 4, 1, 2)
    filters = weights.values.reshape(*kernel.shape[:3], groups, -1).transpose(3, 4, 2, 0, 1)
    return Operands(
        iacts=grouped,
        filters=filters,
        scale=iacts.scale * weights.scale,
        iact_density=density(grouped),
        weight_density=density(filters),
        iact_error=iacts.error,
        weight_error=weights.error,
    )


@jax.jit
def outputs_of(oacts: jax.Array, scale: jax.Array) -> jax.Array:
    """[N, E, F, G·M] float32 outputs of [G, N, M, E, F] psums."""
    psums = oacts.transpose(1, 3, 4, 0, 2)
    return psums.reshape(*psums.shape[:3], -1).astype(jnp.float32) * scale
