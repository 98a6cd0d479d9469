"""An array whose rows take any outputs and whose columns any operands of one, chosen layer by layer (FlexFlow)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine

MOST_PLACES = 64
"""Rows or columns that the law can try all factors of."""


class FlexibleArrays(struct.PyTreeNode):
    """A :class:`FlexibleMachine` as scalars, the form the law takes."""

    outputs: Any
    operands: Any


def _places(where: str, value: Any) -> None:
    checks.integer(where, value, least=1)
    if value > MOST_PLACES:
        raise SpecError(f"{where} = {value!r} must be at most {MOST_PLACES}, as all factors are tried; take fewer")


@dataclass(frozen=True, kw_only=True, slots=True)
class FlexibleMachine(FieldMachine):
    """Rows hold a block of M, E and F of any factors, columns one of C, R and S, which a tree adds up.

    Attributes:
        outputs: [outputs] Rows: factors of M, E and F up to this product.
        operands: [products] Columns: factors of C, R and S up to this product.

    Raises:
        SpecError: a value that no hardware has, or that is too large to try all factors.
    """

    outputs: int
    operands: int

    RULES: ClassVar[dict[str, checks.Rule]] = dict.fromkeys(("outputs", "operands"), _places)

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers."""
        return self.outputs * self.operands

    def build(self) -> FlexibleArrays:
        """The machine as a pytree of Python floats."""
        return FlexibleArrays(**self.arrays(("outputs", "operands")))
