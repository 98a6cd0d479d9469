"""From Flax's layout to that of the execution and back: quantised operands in, dequantised images out."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.functional.execute import stuff_zeros
from eyeriss_jax.functional.flax.quantize import density, quantize
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer


class Operands(NamedTuple):
    """Quantised operands in the order of the execution, and what is recorded of them."""

    iacts: jax.Array
    filters: jax.Array
    scale: jax.Array
    iact_density: jax.Array
    weight_density: jax.Array
    iact_error: jax.Array
    weight_error: jax.Array


@partial(jax.jit, static_argnums=(2, 3, 4))
def operands(
    images: jax.Array, kernel: jax.Array, layer: Layer, input_dilation: Pair, bits: tuple[int, int]
) -> Operands:
    """[G, N, C, H, W] stuffed iacts and [G, M, C, R, S] filters of ``bits``, with the scale of the outputs."""
    iacts, weights = quantize(images, bits[0]), quantize(kernel, bits[1], axes=(0, 1, 2))
    grouped = iacts.values.reshape(*images.shape[:3], layer.G, layer.C).transpose(3, 0, 4, 1, 2)
    stuffed = stuff_zeros(grouped, input_dilation)
    filters = weights.values.reshape(*kernel.shape[:3], layer.G, layer.M).transpose(3, 4, 2, 0, 1)
    return Operands(
        iacts=jnp.asarray(stuffed),
        filters=filters,
        scale=iacts.scale * weights.scale,
        iact_density=density(stuffed),
        weight_density=density(filters),
        iact_error=iacts.error,
        weight_error=weights.error,
    )


@partial(jax.jit, static_argnums=2)
def outputs_of(oacts: jax.Array, scale: jax.Array, layer: Layer) -> jax.Array:
    """[N, E, F, G·M] float32 outputs of [G, N, M, E, F] psums."""
    psums = oacts.transpose(1, 3, 4, 0, 2).reshape(layer.N, layer.E, layer.F, layer.G * layer.M)
    return psums.astype(jnp.float32) * scale
