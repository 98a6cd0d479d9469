"""A long program in pieces that the compiler keeps apart.

XLA's CPU fusion copies cheap operations into every consumer. A gradient of the laws is a chain of 20,000 operations in
which that never ends: unpieced its compilation took 17 GB before it was stopped. Neither an optimisation barrier nor a
loop that runs once survives the compiler; a branch on a value known only at run time does.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend import core

PIECE = 1000
"""Operations per piece. Measured on the gradient of EDP by 12 tiles and 12 hardware fields, 2048 starts, float32:
pieces of 300 compile in 35 s of CPU and run at 5.5 us a gradient, of 1000 in 27 s at 3.7 us."""


class _Piece(NamedTuple):
    """A stretch of a program: what it reads of the ones before, its operations, what later ones read of it."""

    reads: list[Any]
    operations: Sequence[Any]
    writes: list[Any]


def in_pieces(function: Callable[..., Any], length: int = PIECE) -> Callable[..., Any]:
    """``function`` as a program in pieces of ``length`` operations; its first argument is new: a traced True.

    Under False all results are zero, which is why the compiler cannot merge the pieces.
    """

    def pieced(always: jax.Array, *arguments: Any) -> Any:
        closed, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
        program = closed.jaxpr
        values = dict(zip(program.constvars, closed.consts, strict=True))
        values |= dict(zip(program.invars, jax.tree.leaves(arguments), strict=True))
        for piece in _cut(program, length):
            found = lax.cond(always, _run(piece), _zeros(piece), *(values[v] for v in piece.reads))
            values |= dict(zip(piece.writes, found, strict=True))
        results = [v.val if isinstance(v, core.Literal) else values[v] for v in program.outvars]
        return jax.tree.unflatten(jax.tree.structure(shapes), results)

    return pieced


def _cut(program: Any, length: int) -> list[_Piece]:
    """The pieces in order; each reads and writes only what it must."""
    found = []
    wanted = {v for v in program.outvars if not isinstance(v, core.Literal)}
    for start in reversed(range(0, len(program.eqns), length)):
        operations = program.eqns[start : start + length]
        made = {v for operation in operations for v in operation.outvars}
        writes = [v for operation in operations for v in operation.outvars if v in wanted]
        read = [v for operation in operations for v in operation.invars if not isinstance(v, core.Literal)]
        reads = [v for v in dict.fromkeys(read) if v not in made]
        found.append(_Piece(reads, operations, writes))
        wanted = (wanted - made) | set(reads)
    return found[::-1]


def _run(piece: _Piece) -> Callable[..., list[jax.Array]]:
    def run(*values: Any) -> list[jax.Array]:
        known = dict(zip(piece.reads, values, strict=True))
        for operation in piece.operations:
            operands = [v.val if isinstance(v, core.Literal) else known[v] for v in operation.invars]
            found = operation.primitive.bind(*operands, **operation.primitive.get_bind_params(operation.params))
            several = operation.primitive.multiple_results
            known |= dict(zip(operation.outvars, found if several else [found], strict=True))
        return [known[v] for v in piece.writes]

    return run


def _zeros(piece: _Piece) -> Callable[..., list[jax.Array]]:
    return lambda *_: [jnp.zeros(v.aval.shape, v.aval.dtype) for v in piece.writes]
