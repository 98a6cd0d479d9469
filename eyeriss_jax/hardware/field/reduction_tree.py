"""Adder trees of fixed width: so many filters at a time, each a tree over so many products (DianNao, Zhang FPGA'15).

Everything that is not spread runs in time. Outputs of one plane may be spread as well, which makes the array a block of
outputs (ShiDianNao, the 2-D mapping of FlexFlow), and so may filter taps.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine

SPREAD: tuple[str, ...] = ("filters", "channels", "rows", "cols", "filter_rows", "filter_cols")
"""How many of M, C, E, F, R and S there are at a time."""


class TreeArrays(struct.PyTreeNode):
    """A :class:`TreeMachine` as scalars, the form the law takes; ``merged_taps`` is 0 or 1."""

    filters: Any
    channels: Any
    rows: Any
    cols: Any
    filter_rows: Any
    filter_cols: Any
    merged_taps: Any
    tile_ramp_cycles: Any
    weight_bits_per_cycle: Any
    weight_bits: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeMachine(FieldMachine):
    """A box of multipliers: a fixed number of each dimension at a time, products of one output added up in a cycle.

    Attributes:
        filters: [filters] M at a time, Tm.
        channels: [channels] C at a time, Tn: the width of an adder tree; with ``merged_taps`` the products of all of
            C·R·S at a time.
        rows: [rows] E at a time, Tr.
        cols: [columns] F at a time, Tc.
        filter_rows: [taps] R at a time, Ti.
        filter_cols: [taps] S at a time, Tj.
        merged_taps: Whether C, R and S are one flat dimension that the trees cut, so that a tree may hold the end of
            one channel and the beginning of the next.
        tile_ramp_cycles: [cycles] What the pipeline takes to fill for every pair of a tile of filters and a tile of
            channels, in layers that have more than one.
        weight_bits_per_cycle: [bits/cycle] What can be fetched of weights; rows are fetched whole, as wide as the
            multipliers.
        weight_bits: [bits] Width of a weight.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    filters: int
    channels: int
    rows: int = 1
    cols: int = 1
    filter_rows: int = 1
    filter_cols: int = 1
    merged_taps: bool = False
    tile_ramp_cycles: float = 0.0
    weight_bits_per_cycle: float = math.inf
    weight_bits: int = 16

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys((*SPREAD, "weight_bits"), partial(checks.integer, least=1)),
        "merged_taps": checks.truth,
        "tile_ramp_cycles": checks.finite,
        "weight_bits_per_cycle": checks.bandwidth,
    }

    def check(self, where: str) -> None:
        """Merged taps have no places of their own."""
        if self.merged_taps and (self.filter_rows, self.filter_cols) != (1, 1):
            raise SpecError(
                f"merged_taps excludes filter_rows = {self.filter_rows} and filter_cols = {self.filter_cols}, as taps "
                "then lie among the channels; set both to 1 and widen channels",
                where=where,
                field="merged_taps",
            )

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers."""
        return math.prod(getattr(self, name) for name in SPREAD)

    def build(self) -> TreeArrays:
        """The machine as a pytree of Python floats."""
        return TreeArrays(**self.arrays(tuple(TreeArrays.__dataclass_fields__)))
