"""A law's operations by NumPy: nothing is compiled, so that the first point costs no more than any other."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

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
    "integer_pow": lambda a, *, y: a**y,
    "convert_element_type": lambda a, *, new_dtype: a.astype(new_dtype),
    "select_n": lambda which, no, yes: np.where(which, yes, no),
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


def run(steps: Iterable[Step], known: dict[str, np.ndarray]) -> None:
    """Adds what the steps make to the packs ``[pack, *axes]`` that are ``known``; lengths of 1 are stretched."""
    with np.errstate(all="ignore"):  # as on a device: what is not finite is a value like any other
        for operator, sources, target, dtype, unread in steps:
            operands = [known[x[0]][x[1]] if type(x) is tuple else x for x in sources]
            known[target] = np.asarray(operator(*operands), dtype)
            for name in unread:  # all packs together would not fit the processor's caches
                del known[name]
