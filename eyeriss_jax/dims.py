"""The eight dimensions of a CONV layer and the three data types, as pytrees of named scalars.

The papers' symbols (JETCAS Table I): G channel groups, N batch, M output channels per group, C input
channels per group, E output height, F output width, R filter height, S filter width. iact, weight and psum
are the three data types.

Scalar leaves with the batch in the last axis keep XLA's loops contiguous; a packed ``[8]`` array is several
times slower, which is why every per-dimension quantity in this package is a :class:`Dims`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flax import struct

DIMS: tuple[str, ...] = ("G", "N", "M", "C", "E", "F", "R", "S")
TYPES: tuple[str, ...] = ("iact", "weight", "psum")

# The dimensions that a data type is indexed by; the rest are its reuse dimensions.
RELEVANT: dict[str, tuple[str, ...]] = {
    "iact": ("G", "N", "C", "E", "F", "R", "S"),
    "weight": ("G", "M", "C", "R", "S"),
    "psum": ("G", "N", "M", "E", "F"),
}

# The loop groups whose order decides reuse: each is irrelevant to exactly one data type. G stays outermost.
GROUPS: dict[str, tuple[str, ...]] = {"M": ("M",), "CRS": ("C", "R", "S"), "NEF": ("N", "E", "F")}
IRRELEVANT_GROUP: dict[str, str] = {"iact": "M", "weight": "NEF", "psum": "CRS"}


class Dims(struct.PyTreeNode):
    """One value per dimension (an extent, a tile size or a spatial factor)."""

    G: Any = 1
    N: Any = 1
    M: Any = 1
    C: Any = 1
    E: Any = 1
    F: Any = 1
    R: Any = 1
    S: Any = 1

    def __getitem__(self, dim: str) -> Any:
        """The value of dimension ``dim``."""
        return getattr(self, dim)

    @staticmethod
    def build(value_of: Callable[[str], Any]) -> "Dims":
        """``Dims`` with ``value_of(dim)`` for each dimension."""
        return Dims(**{dim: value_of(dim) for dim in DIMS})


class PerType(struct.PyTreeNode):
    """One value per data type."""

    iact: Any
    weight: Any
    psum: Any

    def __getitem__(self, data_type: str) -> Any:
        """The value of data type ``data_type``."""
        return getattr(self, data_type)

    @staticmethod
    def build(value_of: Callable[[str], Any]) -> "PerType":
        """``PerType`` with ``value_of(data_type)`` for each data type."""
        return PerType(**{data_type: value_of(data_type) for data_type in TYPES})


def product(values: Iterable[Any]) -> Any:
    """Product of scalars that may be traced; 1 for none."""
    result: Any = 1
    for value in values:
        result = result * value
    return result
