"""Bit widths that a file states of a layer's operands."""

from typing import NamedTuple


class Bits(NamedTuple):
    """Widths in bits of one value of each operand; None where the file does not say.

    Stored widths: an int8 tensor that a file dequantises before a product has 8.
    """

    iact: int | None = None
    weight: int | None = None

    def __str__(self) -> str:
        """For example ``8-bit iacts and 4-bit weights``."""
        return f"{_width(self.iact)} iacts and {_width(self.weight)} weights"


def _width(bits: int | None) -> str:
    return "unstated" if bits is None else f"{bits}-bit"
