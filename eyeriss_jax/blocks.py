"""A function of many points, a block at a time.

A law of some thousand operations over a million points writes every intermediate value to memory and reads it again,
and needs memory for all of them. A block of points that stays in the cache goes through the whole law before the next
one starts, so memory does not grow with the points beyond what comes in and goes out.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


def in_blocks(function: Callable[..., Any], block: int) -> Callable[..., Any]:
    """``function`` of pytrees with leaves ``[P]``, applied to ``block`` points at a time.

    Args:
        function: of leaves ``[block]``, row by row, to leaves ``[block]``.
        block: points at once. Any P is taken; the last block repeats its last point.

    Returns:
        A function to compile, leaves ``[P]`` to leaves ``[P]``. Arguments may be ``None`` or trees without leaves.
    """

    def whole(*arguments: Any) -> Any:
        points = jax.tree.leaves(arguments)[0].shape[0]
        if points <= block:
            return function(*arguments)

        def blocks(leaf: jax.Array) -> jax.Array:
            return jnp.pad(leaf, (0, -points % block), mode="edge").reshape(-1, block)

        each = lax.map(lambda one: function(*one), jax.tree.map(blocks, arguments))
        return jax.tree.map(lambda leaf: leaf.reshape(-1)[:points], each)

    return whole
