"""The fit rule of the weight SPad: the largest compressed tile of a layer must fit, odd-column padding included.

A tile of M0 x C0·S weights may nominally exceed the SPad, up to 32 x 16 = 512 weights on 192 slots (JETCAS 2019), so
whether it fits depends on where the zeros are: pruned weights are known when the layer is compiled.
"""

from functools import partial

import jax
import jax.numpy as jnp

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.csc import encode
from eyeriss_jax.functional.sparse.csc_format import WEIGHTS, CscFormat


def weight_tiles(weights: jax.Array, M0: int, C0: int, S0: int | None = None) -> jax.Array:
    """The columns of all weight tiles of ``weights`` [M, C, R, S].

    Tiles are contiguous stretches of M0 output channels, C0 input channels and S0 taps (all S by default) of one
    filter row; short last tiles are filled up with zeros, which cost nothing compressed.

    Returns:
        [M tiles, C tiles, R, S tiles, S0·C0 columns, M0], columns in the order of the window (tap, then channel).

    Raises:
        SpecError: weights that are not four-dimensional, or a tile size below 1.
    """
    if weights.ndim != 4:
        raise SpecError(f"weights of shape {weights.shape} must be [M, C, R, S]")
    S0 = weights.shape[3] if S0 is None else S0
    for name, value in (("M0", M0), ("C0", C0), ("S0", S0)):
        if value < 1:
            raise SpecError(f"weight tile: {name} = {value} must be at least 1")
    M, C, R, S = weights.shape
    m, c, s = (-(-extent // tile) for extent, tile in ((M, M0), (C, C0), (S, S0)))
    padded = jnp.pad(weights, ((0, m * M0 - M), (0, c * C0 - C), (0, 0), (0, s * S0 - S)))
    split = padded.reshape(m, M0, c, C0, R, s, S0)
    return split.transpose(0, 2, 4, 5, 6, 3, 1).reshape(m, c, R, s, S0 * C0, M0)


def tile_pairs(weights: jax.Array, M0: int, C0: int, S0: int | None = None, form: CscFormat = WEIGHTS) -> jax.Array:
    """Pair slots of every weight tile of ``weights`` [M, C, R, S]: [M tiles, C tiles, R, S tiles]."""
    tiles = weight_tiles(weights, M0, C0, S0)
    blocks = tiles.reshape(-1, *tiles.shape[-2:])
    pairs = jax.vmap(lambda block: encode(block, form).pairs(form))(blocks)
    return pairs.reshape(tiles.shape[:-2])


def worst_tile_pairs(weights: jax.Array, M0: int, C0: int, S0: int | None = None, form: CscFormat = WEIGHTS) -> int:
    """Pair slots of the largest weight tile."""
    return int(_worst(weights, M0, C0, S0, form))


@partial(jax.jit, static_argnames=("M0", "C0", "S0", "form"))
def _worst(weights: jax.Array, M0: int, C0: int, S0: int | None, form: CscFormat) -> jax.Array:
    return tile_pairs(weights, M0, C0, S0, form).max()


def check_tile_fits(
    weights: jax.Array, M0: int, C0: int, S0: int | None = None, capacity: int = 192, form: CscFormat = WEIGHTS
) -> None:
    """Refuses tiles whose compressed worst case exceeds ``capacity`` pair slots.

    Raises:
        SpecError: it does; the message names the largest tile, the nominal size and the capacity.
    """
    need = worst_tile_pairs(weights, M0, C0, S0, form)
    if need > capacity:
        nominal = M0 * C0 * (weights.shape[3] if S0 is None else S0)
        raise SpecError(
            f"weight tile M0 = {M0}, C0 = {C0}: the largest of its compressed tiles takes {need} pair slots "
            f"({nominal} weights nominally) and the weight SPad has {capacity}; lower M0 or C0"
        )
