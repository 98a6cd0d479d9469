"""The early stages of a law as data: a table of operations, and a loop that executes it.

XLA takes about five milliseconds to compile an operation, and most operations of the law belong to stages that run
hundreds of times less often than the last one. Interpreted, such a stage compiles in a third of a second however long
it is, and runs a few times slower. Values are rows of one table ``[rows, *axes]``; a step reads up to three times
:data:`WIDTH` rows and writes as many. Truth values are 0 and 1.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

WIDTH = 8
"""Rows that a step computes."""

Operator = Callable[[jax.Array, jax.Array, jax.Array], jax.Array]

OPERATORS: dict[str, Operator] = {
    "add": lambda a, b, _: a + b,
    "sub": lambda a, b, _: a - b,
    "mul": lambda a, b, _: a * b,
    "div": lambda a, b, _: a / b,
    "max": lambda a, b, _: jnp.maximum(a, b),
    "min": lambda a, b, _: jnp.minimum(a, b),
    "floor": lambda a, _, __: jnp.floor(a),
    "gt": lambda a, b, _: jnp.where(a > b, 1.0, 0.0),
    "ge": lambda a, b, _: jnp.where(a >= b, 1.0, 0.0),
    "lt": lambda a, b, _: jnp.where(a < b, 1.0, 0.0),
    "le": lambda a, b, _: jnp.where(a <= b, 1.0, 0.0),
    "eq": lambda a, b, _: jnp.where(a == b, 1.0, 0.0),
    "ne": lambda a, b, _: jnp.where(a != b, 1.0, 0.0),
    "and": lambda a, b, _: a * b,
    "or": lambda a, b, _: jnp.maximum(a, b),
    "not": lambda a, _, __: 1.0 - a,
    "select_n": lambda which, no, yes: jnp.where(which > 0, yes, no),
    "copy": lambda a, _, __: a,
}
"""What a step can do, by the name of the primitive."""


class Instruction(NamedTuple):
    """One operation on rows: ``sources`` are names of values or numbers, ``target`` the value that it defines."""

    operator: str
    sources: tuple[Any, ...]
    target: Any


class Program(NamedTuple):
    """A stage as tables.

    ``inputs``: values in the first rows, in order. ``constants``: the numbers in the rows after them. ``kinds``: the
    operators in use, ``code`` ``[steps]`` which of them. ``sources`` ``[steps, 3, WIDTH]``, ``targets`` ``[steps]``:
    rows, of ``length`` in all. ``results``: the rows that hold what was asked for.
    """

    inputs: tuple[Any, ...]
    constants: np.ndarray
    kinds: tuple[str, ...]
    code: np.ndarray
    sources: np.ndarray
    targets: np.ndarray
    length: int
    results: np.ndarray

    def run(self, inputs: jax.Array) -> jax.Array:
        """From ``inputs`` ``[inputs, *axes]`` to the results ``[results, *axes]``."""
        axes = inputs.shape[1:]
        constants = jnp.broadcast_to(self.constants.reshape((-1,) + (1,) * len(axes)), (len(self.constants), *axes))
        blank = jnp.zeros((self.length - len(inputs) - len(self.constants), *axes), jnp.float32)
        code, sources, targets = (jnp.asarray(x) for x in (self.code, self.sources, self.targets))

        def step(i: jax.Array, table: jax.Array) -> jax.Array:
            rows = [table.at[sources[i, j]].get(mode="promise_in_bounds") for j in range(3)]
            found = OPERATORS[self.kinds[0]](*rows)
            for number, kind in enumerate(self.kinds[1:], start=1):
                found = jnp.where(code[i] == number, OPERATORS[kind](*rows), found)
            return lax.dynamic_update_slice_in_dim(table, found, targets[i], 0)

        table = lax.fori_loop(0, len(self.code), step, jnp.concatenate([inputs, constants, blank]))
        return table[self.results]


def assemble(instructions: Sequence[Instruction], inputs: Sequence[Any], results: Iterable[Any]) -> Program:
    """The tables of a straight-line program; operations that wait for equally many others run together."""
    rows = {name: row for row, name in enumerate(inputs)}
    numbers = dict.fromkeys(x for i in instructions for x in i.sources if isinstance(x, float))
    rows |= {number: len(inputs) + i for i, number in enumerate(numbers)}
    depth: dict[Any, int] = {}
    groups: dict[tuple[int, str], list[Instruction]] = {}
    for each in instructions:
        depth[each.target] = 1 + max((depth.get(x, 0) for x in each.sources), default=0)
        groups.setdefault((depth[each.target], each.operator), []).append(each)
    steps = [group[i : i + WIDTH] for _, group in sorted(groups.items()) for i in range(0, len(group), WIDTH)]
    first = next_row = len(rows)
    for step in steps:
        rows |= {each.target: next_row + i for i, each in enumerate(step)}
        next_row += len(step)
    kinds = tuple(dict.fromkeys(step[0].operator for step in steps))
    sources = np.zeros((len(steps), 3, WIDTH), np.int32)
    for number, step in enumerate(steps):
        for column, each in enumerate(step):
            sources[number, : len(each.sources), column] = [rows[x] for x in each.sources]
    return Program(
        inputs=tuple(inputs),
        constants=np.array(list(numbers), np.float32),
        kinds=kinds,
        code=np.array([kinds.index(step[0].operator) for step in steps], np.int32),
        sources=sources,
        targets=first + np.cumsum([0, *map(len, steps[:-1])], dtype=np.int32),
        # What a step writes beyond its operations is overwritten by the next one; the last has nobody behind it.
        length=next_row + WIDTH,
        results=np.array([rows[x] for x in results], np.int32),
    )
