"""What the functional model's outputs are compared with."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from eyeriss_jax.layers.layer import Layer


def random_operands(layer: Layer, seed: int = 0, bound: int = 128) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """int8 iacts [G, N, C, H, W] and weights [G, M, C, R, S] from -bound to bound - 1."""
    generator = np.random.default_rng(seed)
    iacts = generator.integers(-bound, bound, (layer.G, layer.N, layer.C, *layer.input_hw))
    weights = generator.integers(-bound, bound, (layer.G, layer.M, layer.C, layer.R, layer.S))
    return iacts.astype(np.int8), weights.astype(np.int8)


def convolution(layer: Layer, iacts: NDArray, weights: NDArray) -> NDArray:
    """[G, N, M, E, F], tap by tap, in int32 or the operands' float type: no program is compiled for a shape.

    Sums of products of integers are exact in float64, which NumPy multiplies fast.
    """
    pads = [(0, 0)] * 3 + [tuple(sides) for sides in layer.padding]
    images = np.pad(np.asarray(iacts, np.float64), pads)
    outputs = np.zeros((layer.G, layer.N, layer.M, layer.E, layer.F))
    for r, s in np.ndindex(layer.R, layer.S):
        rows = slice(r * layer.dilation[0], None, layer.stride[0])
        columns = slice(s * layer.dilation[1], None, layer.stride[1])
        seen = images[..., rows, columns][..., : layer.E, : layer.F]  # [G, N, C, E, F]
        tap = np.asarray(weights[..., r, s], np.float64)  # [G, M, C]
        products = np.matmul(tap[:, None], seen.reshape(layer.G, layer.N, layer.C, -1))
        outputs += products.reshape(outputs.shape)
    return outputs.astype(np.int32 if np.issubdtype(iacts.dtype, np.integer) else iacts.dtype)


def jaxs_convolution(layer: Layer, iacts: NDArray, weights: NDArray) -> NDArray:
    """The same by ``jax.lax.conv_general_dilated``."""
    G, N, M, E, F = layer.G, layer.N, layer.M, layer.E, layer.F
    dtype = jnp.int32 if np.issubdtype(iacts.dtype, np.integer) else iacts.dtype
    images = np.swapaxes(iacts, 0, 1).reshape(N, -1, *iacts.shape[3:])
    outputs = jax.lax.conv_general_dilated(
        jnp.asarray(images, dtype),
        jnp.asarray(weights.reshape(G * M, *weights.shape[2:]), dtype),
        layer.stride,
        layer.padding,
        rhs_dilation=layer.dilation,
        feature_group_count=G,
        preferred_element_type=dtype,
        precision=jax.lax.Precision.HIGHEST,
    )
    return np.swapaxes(np.asarray(outputs)[:, :, :E, :F].reshape(N, G, M, E, F), 0, 1)
