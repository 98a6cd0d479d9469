"""Where a mapping's tiles sit: the indices of every cluster on the grid and of every PE in its cluster.

A mapping says how many places of a dimension an axis carries, not in which order several dimensions nest on it; the
laws do not depend on that, the links do. Reduced dimensions sit innermost on the cluster rows, because psums only
pass to the next row; then M, whose clusters share iacts. On the cluster columns M and the output positions
compete (they share iacts and weights respectively): the one with fewer places is innermost, so that as few
streams as possible have to cross each other.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest.tiles import Ints
from eyeriss_jax.hardware.accelerator import AXES, Accelerator

POSITIONS_OUTSIDE_M: tuple[str, ...] = ("G", "N", "E", "F", "M", "C", "R", "S")
M_OUTSIDE_POSITIONS: tuple[str, ...] = ("G", "M", "N", "E", "F", "C", "R", "S")
UNUSED: int = -1


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Indices along each dimension, in the order of ``DIMS``; -1 where the mapping leaves a place unused.

    ``clusters`` ``[cluster_rows, cluster_cols, 8]``: which cluster of the dimension. ``pes`` ``[pe_rows, pe_cols,
    8]``: which PE tile inside the cluster. ``spad`` ``[8]``: tile of one PE.
    """

    clusters: Ints
    pes: Ints
    spad: Ints

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Which clusters the mapping uses, ``[cluster_rows, cluster_cols]``."""
        return self.clusters[..., 0] != UNUSED


def place(mapping: Mapping, accelerator: Accelerator) -> Placement:
    """The placement of ``mapping`` on the grid of ``accelerator``.

    Raises:
        SpecError: the factors on an axis multiply to more places than it has.
    """
    for axis in AXES:
        places, length = prod(getattr(mapping, axis)[dim] for dim in DIMS), getattr(accelerator, axis)
        if places > length:
            raise SpecError(
                f"mapping: the factors on {axis} multiply to {places}, but accelerator {accelerator.name!r} has "
                f"{length}; lower one of them"
            )
    places = {axis: _places(mapping, axis, getattr(accelerator, axis)) for axis in AXES}
    return Placement(
        clusters=_grid(places["cluster_rows"], places["cluster_cols"], mapping.cluster_cols),
        pes=_grid(places["pe_rows"], places["pe_cols"], mapping.pe_cols),
        spad=np.array([mapping.spad[dim] for dim in DIMS]),
    )


def nesting(mapping: Mapping, axis: str) -> tuple[str, ...]:
    """The dimensions on a physical axis from the outermost in: the last one changes from place to place."""
    cols = mapping.cluster_cols
    crowded = axis == "cluster_cols" and cols["M"] > prod(cols[dim] for dim in GROUPS["NEF"])
    return M_OUTSIDE_POSITIONS if crowded else POSITIONS_OUTSIDE_M


def _places(mapping: Mapping, axis: str, length: int) -> Ints:
    """Indices along one axis, ``[length, 8]``."""
    factors, order = getattr(mapping, axis), nesting(mapping, axis)
    columns = [order.index(dim) for dim in DIMS]
    indices = np.array(list(product(*(range(factors[dim]) for dim in order))))[:, columns]
    return np.pad(indices, ((0, length - len(indices)), (0, 0)), constant_values=UNUSED)


def _grid(rows: Ints, cols: Ints, col_factors: Dims) -> Ints:
    """Joint indices of two axes, ``[rows, cols, 8]``: a dimension on both counts along the columns first."""
    joint = rows[:, None] * np.array([col_factors[dim] for dim in DIMS]) + cols[None]
    unused = (rows[:, None] == UNUSED) | (cols[None] == UNUSED)
    return np.where(unused, UNUSED, joint)
