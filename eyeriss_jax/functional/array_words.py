"""Words that one pass moves between the array and the level that feeds it, per PE and per cluster.

The index set of a data type in an array tile is a product over dimensions (an output axis of the image goes with its
filter axis), and so are its parts in the clusters and in the PEs. Sizes of parts are counted per dimension from
the written-out indices; the words of an instance are their product.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import numpy as np

from eyeriss_jax.dims import DIMS, GROUPS, IRRELEVANT_GROUP, RELEVANT, PerType, product
from eyeriss_jax.functional.places import PLACE_ORDER, Places
from eyeriss_jax.functional.tiles import Ints
from eyeriss_jax.functional.windows import AxisWords, WindowAxis


class PassWords(NamedTuple):
    """What one pass moves, if it moves the data type at all; arrays over places in ``PLACE_ORDER``.

    Attributes:
        macs: MACs of all PEs.
        compute: MAC cycles of the most loaded PE.
        chain: psum words, ``lanes`` along M at once, of the most loaded PE.
        active: PEs with work.
        windows: iact words read from SPads if each is read once per window and not once per output channel.
        pes: words of each PE.
        clusters: distinct words of each cluster.
        sources: the same for the first of the clusters that share them, and 0 for the others.
        port: words through the busiest port.
    """

    macs: int
    compute: int
    chain: int
    active: int
    windows: int
    pes: PerType
    clusters: PerType
    sources: PerType
    port: PerType


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
        first = {dim: int(sizes[dim][0, 0]) for dim in DIMS}
        images = tuple(self._image(axis, extents) for axis in self.axes)
        lane_groups = -(-first["M"] // self.lanes)
        working = [int(np.count_nonzero(size)) for size in sizes.values()]
        return PassWords(
            macs=product(extents[dim] for dim in DIMS),
            compute=product(first[dim] for dim in DIMS if dim != "M") * lane_groups,
            chain=product(first[dim] for dim in "GNEF") * lane_groups,
            active=product(working),
            windows=product(extents[dim] for dim in DIMS if dim != "M") * working[DIMS.index("M")],
            pes=PerType.build(lambda t: _over(t, sizes, _each_pe, [image.pes for image in images])),
            clusters=PerType.build(lambda t: _over(t, sizes, _each_cluster, [image.clusters for image in images])),
            sources=PerType.build(lambda t: _over(t, sizes, _first_cluster(t), [image.clusters for image in images])),
            port=PerType.build(lambda t: self._port(t, sizes, images)),
        )

    def _image(self, axis: WindowAxis, extents: dict[str, int]) -> AxisWords:
        tiles = extents[axis.outputs], extents[axis.taps]
        if (axis, tiles) not in self._images:
            pes = self.pe_tiles[axis.outputs], self.pe_tiles[axis.taps]
            self._images[axis, tiles] = axis.words(self.places, tiles, pes, halo=self.halo_multicast)
        return self._images[axis, tiles]

    def _port(self, data_type: str, sizes: dict[str, Ints], images: tuple[AxisWords, ...]) -> int:
        """Words into cluster 0 (iact), into its PE row 0 (weight), out of its PE column 0 (psum)."""
        if data_type == "iact":
            planes = product(int(sizes[dim][0].sum()) for dim in "GNC")
            return planes * product(int(image.clusters[0, 0]) for image in images)

        def at_port(dim: str) -> Ints:
            columns = self.places.factors(dim)[3]
            return sizes[dim][0][:columns] if data_type == "weight" else sizes[dim][0][::columns]

        return product(int(at_port(dim).sum()) for dim in RELEVANT[data_type])


Part = Callable[[str, bool, Ints], Ints]


def _each_pe(_: str, indexes: bool, sizes: Ints) -> Ints:
    """[PEs] indices of each PE, or whether it has any."""
    return sizes.ravel() if indexes else np.minimum(sizes.ravel(), 1)


def _each_cluster(_: str, indexes: bool, sizes: Ints) -> Ints:
    """[clusters] indices of each cluster, or whether it has any."""
    return sizes.sum(axis=1) if indexes else np.minimum(sizes[:, 0], 1)


def _first_cluster(data_type: str) -> Part:
    """Like :func:`_each_cluster`, with clusters that share the data type's words counted at the first of them."""

    def part(dim: str, indexes: bool, sizes: Ints) -> Ints:
        values = _each_cluster(dim, indexes, sizes)
        if dim in GROUPS[IRRELEVANT_GROUP[data_type]]:
            values[1:] = 0
        return values

    return part


def _over(data_type: str, sizes: dict[str, Ints], part: Part, images: list[Ints]) -> Ints:
    """The product over dimensions of the parts' sizes, an array over places in ``PLACE_ORDER``."""
    relevant = RELEVANT[data_type]
    alone = PLACE_ORDER[:4] if data_type == "iact" else PLACE_ORDER
    factors = [part(dim, dim in relevant, sizes[dim]) for dim in alone]
    return reduce(np.multiply.outer, factors + (images if data_type == "iact" else []))
