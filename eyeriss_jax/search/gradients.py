"""Gradients of a law at many points: millions a second where the points come in blocks that stay in the cache.

A gradient of EDP by machine and mapping has 12,000 operations. Over all points at once, every intermediate value goes
to memory and back. Here a block of points goes through the whole gradient before the next one starts. A CPU gains most
where XLA compiles the loop over blocks as one function (:data:`XLA_FLAGS`).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from eyeriss_jax.search.pieces import in_pieces
from eyeriss_jax.search.slopes import short_slopes

XLA_FLAGS = (
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=2147483647 --xla_cpu_prefer_vector_width=512"
)
"""For the environment variable of this name, before JAX starts: a loop is one function, in the widest vectors there
are. Results do not depend on it, up to rounding. Other programs of the process may take long to compile under it."""

BLOCK = 64
"""Points at once. Measured in thousands per CPU-second under :data:`XLA_FLAGS`, gradient of EDP by all fields of
machine and mapping: 32 points 560, 64 points 1,200, 128 points 1,280, 256 points 990. Other machines rank 64 and above
otherwise (BUILD_NOTES.md); 64 is within a quarter of the best on each and compiles soonest."""

PIECE = 300
"""Operations per piece. As above: pieces of 200 run at 1,150, of 300 at 1,200, of 600 at 1,100, one piece at 530; all
compile in about a minute."""


def gradients(loss: Callable[..., jax.Array], by: tuple[int, ...], block: int = BLOCK) -> Callable[..., Any]:
    """The gradients of a scalar ``loss`` at many points: a function to compile, ``found(always, *arguments)``.

    Where operands of a maximum are equal, one of them has the whole slope (:mod:`.slopes`).

    Args:
        loss: of the arguments of one point, pytrees of real scalars.
        by: the arguments that the gradients are by.
        block: points at once.

    Returns:
        A function of a traced True (see :func:`.in_pieces`) and the arguments with leaves ``[P]``; of any P, though it
        is padded to a multiple of ``block``. Its result is a tuple in the order of ``by``, leaves ``[P]``.
    """
    slopes = in_pieces(jax.vmap(jax.grad(short_slopes(loss), argnums=by)), PIECE)

    def found(always: jax.Array, *arguments: Any) -> Any:
        points = jax.tree.leaves(arguments)[0].shape[0]

        def blocks(leaf: jax.Array) -> jax.Array:
            return jnp.pad(leaf, (0, -points % block), mode="edge").reshape(-1, block)

        each = lax.map(lambda one: slopes(always, *one), jax.tree.map(blocks, arguments))
        return jax.tree.map(lambda leaf: leaf.reshape(-1)[:points], each)

    return found
