"""Host-side quantities: one value per data type, the size of a kilobyte, and numbers as a file should hold them."""

from dataclasses import dataclass

from eyeriss_jax.dims import TYPES, PerType

BITS_PER_KB: int = 8 * 1024
"""Bits in one kB as the papers count it (1024 bytes)."""


def decimal(value: float, digits: int = 6) -> float:
    """``value`` to so many significant digits: what somebody would write, 6.96 where the product is 6.959999999999999.

    Numbers that are computed and then stand in a specification go through here, so that a file holds them as they are
    and reads back exactly.
    """
    return float(f"{value:.{digits}g}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Types:
    """One value per data type; the unit is that of the field that holds it."""

    iact: float
    weight: float
    psum: float

    def __getitem__(self, data_type: str) -> float:
        """The value of data type ``data_type``."""
        return getattr(self, data_type)

    @property
    def total(self) -> float:
        """Sum over the data types."""
        return sum(self[data_type] for data_type in TYPES)

    def build(self) -> PerType:
        """The same values as a pytree of floats."""
        return PerType.build(lambda data_type: float(self[data_type]))
