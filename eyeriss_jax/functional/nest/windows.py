"""iact words of one array tile along one image axis, as sets of touched input positions.

Output e with tap r touches position e·U + r·D. Only differences matter, so positions are counted from the first one
of the tile. Nothing here is a closed form: positions are listed and distinct ones counted.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eyeriss_jax.functional.nest.places import Places
from eyeriss_jax.functional.nest.tiles import Ints


class AxisWords(NamedTuple):
    """Words along one image axis in one array tile, summed over the positions that the PEs walk through.

    ``pes`` [PE places of outputs, of taps]: fetched by each PE. ``clusters`` [cluster places of outputs, of taps]:
    distinct ones that each cluster receives.
    """

    pes: Ints
    clusters: Ints


@dataclass(frozen=True, kw_only=True)
class WindowAxis:
    """One image axis: ``outputs`` and ``taps`` name its dimensions; ``slides``: PEs keep the overlap."""

    outputs: str
    taps: str
    stride: int
    dilation: int
    slides: bool

    def fetches(self, outputs: Ints, taps: Ints) -> list[set[int]]:
        """Positions that a PE with these outputs and taps newly fetches at each of its outputs in turn."""
        kept: set[int] = set()
        fetched = []
        for output in outputs.tolist():
            window = {output * self.stride + tap * self.dilation for tap in taps.tolist()}
            fetched.append(window - kept)
            if self.slides:
                kept |= window
        return fetched

    def words(self, places: Places, tiles: tuple[int, int], pes: tuple[int, int], *, halo: bool) -> AxisWords:
        """The words in an array tile of ``tiles`` (outputs, taps) with PE tiles of at most ``pes``.

        With ``halo`` PEs of one cluster share what they fetch at the same position, otherwise none does.
        """
        by_cluster_and_pe = (
            places.sizes(dim, tile, pe).reshape(places.clusters(dim), -1)
            for dim, tile, pe in zip((self.outputs, self.taps), tiles, pes, strict=True)
        )
        output_sizes, tap_sizes = by_cluster_and_pe
        by_pe = np.zeros((*output_sizes.shape, *tap_sizes.shape), np.int64)
        by_cluster = np.zeros((len(output_sizes), len(tap_sizes)), np.int64)
        for cluster in np.ndindex(by_cluster.shape):
            shared: list[set[int]] = [set() for _ in range(pes[0])]
            for pe in np.ndindex(output_sizes.shape[1], tap_sizes.shape[1]):
                at = ((cluster[0], pe[0]), (cluster[1], pe[1]))
                outputs = _indices(at[0], output_sizes, pes[0])
                taps = _indices(at[1], tap_sizes, pes[1])
                fetched = self.fetches(outputs, taps)
                by_pe[*at[0], *at[1]] = sum(map(len, fetched))
                for position, words in enumerate(fetched):
                    shared[position] |= words
            by_cluster[cluster] = sum(map(len, shared))
        if not halo:
            by_cluster = by_pe.sum(axis=(1, 3))
        return AxisWords(by_pe.reshape(output_sizes.size, tap_sizes.size), by_cluster)


def _indices(at: tuple[int, int], sizes: Ints, pe: int) -> Ints:
    """The indices of the place ``at`` (cluster, PE), counted from the start of the array tile."""
    return (at[0] * sizes.shape[1] + at[1]) * pe + np.arange(sizes[at])
