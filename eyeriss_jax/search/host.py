"""A law's operations by NumPy: nothing is compiled, so that the first point costs no more than any other."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np

from eyeriss_jax.dims import DIMS, Dims


# Functions with names, so that a law can be kept in a file.
def _power(a: np.ndarray, *, y: int) -> np.ndarray:
    return a**y


def _converted(a: np.ndarray, *, new_dtype: Any) -> np.ndarray:
    return a.astype(new_dtype)


def _selected(which: np.ndarray, no: np.ndarray, yes: np.ndarray) -> np.ndarray:
    return np.where(which, yes, no)


OPERATORS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "max": np.maximum,
    "min": np.minimum,
    "floor": np.floor,
    "ceil": np.ceil,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "square": np.square,
    "pow": np.power,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan2": np.arctan2,
    "tanh": np.tanh,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "not": np.invert,
    "is_finite": np.isfinite,
    "integer_pow": _power,
    "convert_element_type": _converted,
    "select_n": _selected,
}
"""What NumPy executes, by the name of the primitive."""

EXACT = frozenset(
    {"add", "sub", "mul", "div", "max", "min", "floor"} | {"gt", "ge", "lt", "le", "eq", "ne", "and", "or", "not"}
)
"""Operators whose result is the same in every bit wherever it is computed."""

_PARAMETERS = {"integer_pow": ("y",), "convert_element_type": ("new_dtype",)}
"""Parameters that matter; others choose among implementations or repeat the type of the result."""


class Step(NamedTuple):
    """One operation: where its operands come from, the pack that it makes, and the packs that nobody reads after it.

    A source is a constant, or a pack with the places in it (a slice, or a list where they lie apart).
    """

    operator: Callable[..., Any]
    sources: tuple[np.ndarray | tuple[str, slice | list[int]], ...]
    target: str
    dtype: Any
    unread: tuple[str, ...]


def operator_of(equation: Any) -> Callable[..., Any]:
    """What executes a traced operation.

    Raises:
        NotImplementedError: NumPy has no such operation here, or the law itself has an array in it.
    """
    name = equation.primitive.name
    if name not in OPERATORS or any(v.aval.shape for v in (*equation.invars, *equation.outvars)):
        raise NotImplementedError(f"{name} of {equation.invars}")
    return partial(OPERATORS[name], **{key: equation.params[key] for key in _PARAMETERS.get(name, ())})


class Law(NamedTuple):
    """A law for NumPy, all of it plain data.

    ``inputs``: for each argument its pack, whether it is a :class:`Dims`, and the stage at which it becomes known.
    ``steps`` in order. ``results``: constants, or places in packs, of the structure of ``shape``.
    """

    inputs: tuple[tuple[str, bool, int], ...]
    steps: tuple[Step, ...]
    results: tuple[np.ndarray | tuple[str, int], ...]
    shape: Any

    def run(self, arguments: Any, shaped: Callable[[int, Any], np.ndarray]) -> Any:
        """The result, leaves ``[*axes]`` with the lengths of 1 not stretched.

        Args:
            arguments: those of the law.
            shaped: gives a leaf that becomes known at a stage its axes ``[1, *axes]``.
        """
        known: dict[str, np.ndarray] = {}
        leaves = jax.tree.leaves(arguments, is_leaf=lambda x: isinstance(x, Dims))
        for (name, is_dims, level), leaf in zip(self.inputs, leaves, strict=True):
            known[name] = np.concatenate([shaped(level, x) for x in ([leaf[d] for d in DIMS] if is_dims else [leaf])])
        with np.errstate(all="ignore"):  # as on a device: what is not finite is a value like any other
            for operator, sources, target, dtype, unread in self.steps:
                operands = [known[x[0]][x[1]] if type(x) is tuple else x for x in sources]
                known[target] = np.asarray(operator(*operands), dtype)
                for name in unread:  # all packs together would not fit the processor's caches
                    del known[name]
        results = [known[x[0]][x[1]] if type(x) is tuple else x for x in self.results]
        return jax.tree.unflatten(jax.tree.structure(self.shape), results)
