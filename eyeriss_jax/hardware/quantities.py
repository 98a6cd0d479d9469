"""Host-side quantities: one value per data type, and the size of a kilobyte."""

from dataclasses import dataclass

from eyeriss_jax.dims import TYPES, PerType

BITS_PER_KB: int = 8 * 1024
"""Bits in one kB as the papers count it (1024 bytes)."""


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
