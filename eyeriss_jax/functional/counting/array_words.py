"""Words that one pass moves between the array and the level that feeds it, per PE, per router port and per GLB bank.

The index set of a data type in an array tile is a product over dimensions (an output axis of the image goes with its
filter axis), and so are its parts in the clusters, at the ports and in the PEs. Sizes of parts are counted per
dimension from the written-out indices; the words of an instance are their product.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import numpy as np

from eyeriss_jax.dims import DIMS, GROUPS, IRRELEVANT_GROUP, PerType, product
from eyeriss_jax.functional.nest import PLACE_ORDER, AxisWords, Ints, Places, WindowAxis


class PassWords(NamedTuple):
    """What one pass moves, if it moves the data type at all; arrays over places in ``PLACE_ORDER``.

    Attributes:
        macs: MACs of all PEs.
        compute: MAC cycles of the most loaded PE.
        chain: psum words, ``lanes`` along M at once, of the most loaded PE.
        active: PEs with work.
        pe_macs: MACs of each PE.
        pe_windows: iact words that each PE reads if it reads them once per window and not once per output channel.
        pes: words of each PE.
        clusters: distinct words of each cluster.
        ports: distinct words of each cluster (iact), each PE row of it (weight), each PE column of it (psum).
        banks: the same for the first of the clusters, rows or columns that share them, and 0 for the others.
    """

    macs: int
    compute: int
    chain: int
    active: int
    pe_macs: Ints
    pe_windows: Ints
    pes: PerType
    clusters: PerType
    ports: PerType
    banks: PerType


@dataclass(frozen=True, eq=False)
class ArrayWords:
    """Counts the words of a pass from the extents of its array tile.

    Attributes:
        places: where the PE tiles go.
        pe_tiles: full PE tile per dimension.
        axes: the two image axes.
        lanes: MACs per PE and cycle, along M.
        halo_multicast: whether PEs of one cluster share overlapping windows.
    """

    places: Places
    pe_tiles: dict[str, int]
    axes: tuple[WindowAxis, WindowAxis]
    lanes: int
    halo_multicast: bool
    _images: dict[tuple[WindowAxis, tuple[int, int]], AxisWords] = field(default_factory=dict, init=False, repr=False)

    def of(self, extents: dict[str, int]) -> PassWords:
        """The words of a pass over an array tile with these extents."""
        sizes = {dim: self.places.sizes(dim, extents[dim], self.pe_tiles[dim]) for dim in DIMS}
        first = {dim: int(sizes[dim][0, 0, 0]) for dim in DIMS}
        images = tuple(self._image(axis, extents) for axis in self.axes)
        by_pe, by_cluster = [image.pes for image in images], [image.clusters for image in images]
        lane_groups = -(-first["M"] // self.lanes)
        return PassWords(
            macs=product(extents[dim] for dim in DIMS),
            compute=product(first[dim] for dim in DIMS if dim != "M") * lane_groups,
            chain=product(first[dim] for dim in "GNEF") * lane_groups,
            active=product(int(np.count_nonzero(size)) for size in sizes.values()),
            pe_macs=outer(sizes[dim].ravel() for dim in PLACE_ORDER),
            pe_windows=outer((in_pe if dim != "M" else busy_pe)(sizes[dim]) for dim in PLACE_ORDER),
            pes=PerType.build(lambda t: words_of(t, sizes, (in_pe, busy_pe), by_pe)),
            clusters=PerType.build(lambda t: words_of(t, sizes, (in_cluster, busy_cluster), by_cluster)),
            ports=PerType.build(lambda t: words_of(t, sizes, PORTS[t], by_cluster)),
            banks=PerType.build(lambda t: words_of(t, sizes, BANKS[t], by_cluster)),
        )

    def _image(self, axis: WindowAxis, extents: dict[str, int]) -> AxisWords:
        tiles = extents[axis.outputs], extents[axis.taps]
        if (axis, tiles) not in self._images:
            pes = self.pe_tiles[axis.outputs], self.pe_tiles[axis.taps]
            self._images[axis, tiles] = axis.words(self.places, tiles, pes, halo=self.halo_multicast)
        return self._images[axis, tiles]


Part = Callable[[Ints], Ints]
"""From the indices of one dimension at its places, [clusters, PE rows, PE columns], to those of its parts, flat."""


def in_pe(sizes: Ints) -> Ints:
    """Indices of each PE."""
    return sizes.ravel()


def in_cluster(sizes: Ints) -> Ints:
    """Indices of each cluster."""
    return sizes.sum(axis=(1, 2))


def in_row(sizes: Ints) -> Ints:
    """Indices of each PE row of each cluster."""
    return sizes.sum(axis=2).ravel()


def in_column(sizes: Ints) -> Ints:
    """Indices of each PE column of each cluster."""
    return sizes.sum(axis=1).ravel()


def busy(part: Part) -> Part:
    """1 where a part has an index, else 0."""
    return lambda sizes: np.minimum(part(sizes), 1)


def first_of(part: Part) -> Part:
    """1 for the first part, which always has work, and 0 for the others: they share what it has."""

    def first(sizes: Ints) -> Ints:
        values = part(sizes)
        return np.minimum(values, 1) * (np.arange(len(values)) == 0)

    return first


busy_pe, busy_cluster = busy(in_pe), busy(in_cluster)

# Parts along the dimensions that a data type is indexed by, and along the others.
Parts = tuple[Part, Part]
_AT_PORT: dict[str, Part] = {"iact": in_cluster, "weight": in_row, "psum": in_column}
PORTS: dict[str, Parts] = {t: (part, busy(part)) for t, part in _AT_PORT.items()}
BANKS: dict[str, Parts] = {t: (part, first_of(part)) for t, part in _AT_PORT.items()}


def words_of(data_type: str, sizes: dict[str, Ints], parts: Parts, images: list[Ints]) -> Ints:
    """Words of each part of an index set, over places in ``PLACE_ORDER``; ``images``: iact words along both axes."""
    shared = GROUPS[IRRELEVANT_GROUP[data_type]]
    alone = PLACE_ORDER[:4] if data_type == "iact" else PLACE_ORDER
    factors = [parts[dim in shared](sizes[dim]) for dim in alone]
    return outer(factors + (images if data_type == "iact" else []))


def outer(factors: Iterable[Ints]) -> Ints:
    """The outer product of arrays."""
    return reduce(np.multiply.outer, factors)
