"""A mapping: one tiling of the eight dimensions over five levels, and the loop orders.

    DRAM temporal -> GLB temporal -> cluster array (rows, cols) -> PE array (rows, cols) -> PE (SPad)

Tiles are nested and contiguous and nothing has to divide: the last tile of a dimension is short.
"""

import math
from dataclasses import dataclass, field
from itertools import permutations
from reprlib import repr as brief
from typing import Any

from flax import struct

from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.layers.checks import LARGEST_INTEGER
from eyeriss_jax.traced import refuse_traced

Order = tuple[str, str, str]
ORDERS: tuple[Order, ...] = tuple(permutations(GROUPS))  # type: ignore[assignment]


class LoopOrder(struct.PyTreeNode):
    """Rank of each loop group at one temporal level: 0 is outermost, 2 innermost. G is outside all three."""

    M: Any
    CRS: Any
    NEF: Any

    @staticmethod
    def of(order: Order) -> "LoopOrder":
        """The ranks of ``order``, which names the groups from the outermost in."""
        return LoopOrder(**{group: order.index(group) for group in GROUPS})


def check_tile(where: str, field: str, value: Any) -> None:
    """Refuses anything but a positive integer that 32 bits hold as the tile or factor called ``field``.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        refuse_traced(f"{where}: {field}", value)
        raise SpecError(f"{where}: {field} = {brief(value)} is not a positive integer; use 1 for a loop that is absent")
    if value > LARGEST_INTEGER:
        raise SpecError(f"{where}: {field} = {brief(value)} does not fit in 32 bits; use at most the extent")


def check_order(where: str, field: str, value: Any) -> None:
    """Refuses anything but one of the six orders of the loop groups.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if not isinstance(value, tuple | list) or tuple(value) not in ORDERS:
        raise SpecError(f"{where}: {field} = {value!r} must name M, CRS and NEF once each, outermost first")


class MappingArrays(struct.PyTreeNode):
    """A mapping as scalars, the form the laws take.

    ``glb``: tile size of each dimension held by the GLB between DRAM steps. ``cluster_rows`` ... ``pe_cols``:
    spatial factors (cluster rows outermost, PE columns innermost). ``spad``: tile size of one PE in one pass.
    """

    glb: Dims
    cluster_rows: Dims
    cluster_cols: Dims
    pe_rows: Dims
    pe_cols: Dims
    spad: Dims
    dram_order: LoopOrder
    glb_order: LoopOrder


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A mapping on the host: the same fields as :class:`MappingArrays`, validated.

    ``dram_order`` and ``glb_order`` name the loop groups from the outermost in, e.g. ``("M", "CRS", "NEF")``.

    Raises:
        SpecError: a tile or factor that is not a positive integer, or an order that is not one of the six.

    Example:
        >>> from eyeriss_jax.dims import Dims
        >>> mapping = Mapping(glb=Dims(M=8, C=4), spad=Dims(M=4, C=2), pe_cols=Dims(M=2))
        >>> mapping.places("M"), mapping.array_tile("M")
        (2, 8)
    """

    glb: Dims
    spad: Dims
    cluster_rows: Dims = field(default_factory=Dims)
    cluster_cols: Dims = field(default_factory=Dims)
    pe_rows: Dims = field(default_factory=Dims)
    pe_cols: Dims = field(default_factory=Dims)
    dram_order: Order = ("M", "CRS", "NEF")
    glb_order: Order = ("M", "CRS", "NEF")

    def __post_init__(self) -> None:
        """Refuses what no loop nest could express."""
        for level in ("glb", *AXES, "spad"):
            for dim in DIMS:
                check_tile("mapping", f"{level}.{dim}", getattr(self, level)[dim])
        for level in ("dram_order", "glb_order"):
            check_order("mapping", level, getattr(self, level))

    def build(self) -> MappingArrays:
        """The pytree of scalars that the laws take."""
        return MappingArrays(
            glb=self.glb,
            **{axis: getattr(self, axis) for axis in AXES},
            spad=self.spad,
            dram_order=LoopOrder.of(self.dram_order),
            glb_order=LoopOrder.of(self.glb_order),
        )

    def array_tile(self, dim: str) -> int:
        """Extent of ``dim`` that the whole array works on in one pass."""
        return self.spad[dim] * self.places(dim)

    def places(self, dim: str) -> int:
        """Number of PEs over which ``dim`` is spread."""
        return math.prod(getattr(self, axis)[dim] for axis in AXES)

    def short(self) -> str:
        """One line: what is spread over the clusters, over the PEs, and the tile of one PE."""

        def factors(level: Dims) -> str:
            return " ".join(f"{dim}{level[dim]}" for dim in DIMS if level[dim] > 1) or "-"

        axes = [factors(getattr(self, axis)) for axis in AXES]
        return f"clusters {axes[0]} × {axes[1]} | PEs {axes[2]} × {axes[3]} | PE {factors(self.spad)}"
