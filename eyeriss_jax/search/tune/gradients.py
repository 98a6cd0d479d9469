"""Gradients of a law at many points, in blocks that stay in the cache.

A gradient of EDP by machine and mapping has over 10,000 operations. Over all points at once, every intermediate value
goes to memory and back; here a block of points goes through the whole gradient before the next one starts
(:mod:`eyeriss_jax.blocks`). On a CPU the law is best in stages (:func:`eyeriss_jax.compiling.compiled`).
"""

from collections.abc import Callable
from typing import Any

import jax

from eyeriss_jax.blocks import in_blocks

BLOCK = 1024
"""Points at once, on a CPU. On an accelerator all points at once are one block. Measured for log EDP by all scalars of
machine and mapping, in stages, millions per CPU-second on a loaded machine: 256 points 0.26, 1,024 to 4,096 0.34."""


def gradients(loss: Callable[..., jax.Array], by: tuple[int, ...], block: int = BLOCK) -> Callable[..., Any]:
    """The gradients of a scalar ``loss`` at many points: a function to compile.

    Where operands of a maximum are equal, the second one has the whole slope (:func:`eyeriss_jax.numerics.maximum`).

    Args:
        loss: of the arguments of one point, pytrees of real scalars.
        by: the arguments that the gradients are by.
        block: points at once.

    Returns:
        A function of the arguments with leaves ``[P]``; of any P, though it is padded to a multiple of ``block``. Its
        result is a tuple in the order of ``by``, leaves ``[P]``.
    """
    return in_blocks(jax.vmap(jax.grad(loss, argnums=by)), block)
