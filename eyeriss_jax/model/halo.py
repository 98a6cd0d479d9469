"""The halo law: distinct input positions behind a tile of outputs and filter taps, along one axis.

Outputs e < n and taps r < k touch the inputs {e*U + r*D}. With U and D divided by their gcd, two pairs meet
exactly when they differ by a multiple of (D, -U), so the distinct positions are

    touched(n, k) = n*k - max(0, n - D) * max(0, k - U)

which is (n-1)*U + (k-1)*D + 1 where nothing is skipped. It is a difference of products, so its sum over tiles of n
and tiles of k is a difference of products of sums: :class:`Halo` holds the sums.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from eyeriss_jax.model.reuse import Pick
from eyeriss_jax.model.tiling import Scalar, Sums, Tiles
from eyeriss_jax.numerics import floor_div, gcd_small, minimum, positive_part


class Axis(NamedTuple):
    """One image axis: its output and filter dimension, the reduced stride U and dilation D, and whether PEs slide."""

    outputs: str
    taps: str
    output_tiles: Tiles
    tap_tiles: Tiles
    stride: Any
    dilation: Any
    slides: bool


class Halo(NamedTuple):
    """Distinct words along one axis as a sum of products of sums over output tiles and tap tiles."""

    axis: Axis
    plain: tuple[Sums, Sums]
    overlap: tuple[Sums, Sums] | None = None
    fresh: tuple[Sums, Sums] | None = None

    def words(self, pick: Pick) -> Scalar:
        """The words, with ``pick(dim, sums)`` choosing which tiles to sum over."""

        def both(pair: tuple[Sums, Sums]) -> Scalar:
            return pick(self.axis.outputs, pair[0]) * pick(self.axis.taps, pair[1])

        result = both(self.plain)
        if self.overlap is not None:
            result = result - both(self.overlap)
        if self.fresh is not None:
            result = result + both(self.fresh)
        return result


def touched(outputs: Any, taps: Any, stride: Any, dilation: Any) -> Scalar:
    """Distinct input positions of ``outputs`` consecutive outputs and ``taps`` consecutive filter taps."""
    return outputs * taps - positive_part(outputs - dilation) * positive_part(taps - stride)


def fetched_by_pes(axis: Axis, *, first_cluster: bool = False) -> Halo:
    """Words along the axis that PEs fetch, added up over all PEs.

    A sliding PE fetches each touched position of its tile once; otherwise each output fetches all its taps.
    ``first_cluster`` counts cluster 0 only.
    """

    def summed(tiles: Tiles, per_pe: Callable[[Scalar], Scalar]) -> Sums:
        if not first_cluster:
            return tiles.pes.sum(per_pe)

        def in_cluster(size: Scalar) -> Scalar:
            size = minimum(size, tiles.cluster)
            full = floor_div(size, tiles.pe)
            return full * per_pe(tiles.pe) + per_pe(size - full * tiles.pe)

        return tiles.arrays.sum(in_cluster)

    plain = summed(axis.output_tiles, lambda n: n), summed(axis.tap_tiles, lambda k: k)
    if not axis.slides:
        return Halo(axis, plain)
    overlap = summed(axis.output_tiles, lambda n: positive_part(n - axis.dilation))
    kept = summed(axis.tap_tiles, lambda k: positive_part(k - axis.stride))
    return Halo(axis, plain, (overlap, kept))


def delivered_in_pass(axis: Axis, *, first_cluster: bool = False) -> Halo:
    """Distinct words along the axis that a cluster reads if it reads each but once a pass.

    ``first_cluster`` counts cluster 0 only.
    """

    def summed(tiles: Tiles, per_cluster: Callable[[Scalar], Scalar]) -> Sums:
        if not first_cluster:
            return tiles.clusters.sum(per_cluster)
        return tiles.arrays.sum(lambda size: per_cluster(minimum(size, tiles.cluster)))

    plain = summed(axis.output_tiles, lambda n: n), summed(axis.tap_tiles, lambda k: k)
    overlap = (
        summed(axis.output_tiles, lambda n: positive_part(n - axis.dilation)),
        summed(axis.tap_tiles, lambda k: positive_part(k - axis.stride)),
    )
    return Halo(axis, plain, overlap)


class _Steps(NamedTuple):
    """The positions of a sliding PE: ``window`` of them need all taps, the later ones only what is fresh.

    All PEs step through their outputs together. At each of the first D positions (or at all, where taps do not
    overlap) a PE needs all its taps; later only the min(U, taps) that it has not seen. PEs whose windows are
    ``reach`` apart share words, tap by tap from ``apart`` on.
    """

    window: Scalar
    reach: Scalar
    apart: Scalar


def _steps(axis: Axis) -> _Steps:
    pe = axis.output_tiles.pe
    common = gcd_small(pe, axis.dilation)
    window = pe
    if axis.slides:
        window = jnp.where(axis.tap_tiles.pe <= axis.stride, pe, minimum(pe, axis.dilation))
    return _Steps(window=window, reach=axis.dilation / common, apart=pe * axis.stride / common)


def delivered(axis: Axis, *, first_cluster: bool = False) -> Halo:
    """Distinct words along the axis that clusters read: PEs of one share what they need at the same position.

    ``first_cluster`` counts cluster 0 only.
    """
    steps = _steps(axis)
    pe = axis.output_tiles.pe

    def summed(tiles: Tiles, per_cluster: Callable[[Scalar], Scalar]) -> Sums:
        if not first_cluster:
            return tiles.clusters.sum(per_cluster)
        return tiles.arrays.sum(lambda size: per_cluster(minimum(size, tiles.cluster)))

    def at_work(size: Scalar, active: Callable[[Scalar], Scalar]) -> Scalar:
        """``active(PEs at work)`` summed over the positions that need all taps."""
        full = floor_div(size, pe)
        together = minimum(size - full * pe, steps.window)
        return together * active(full + 1) + (steps.window - together) * active(full)

    def later(size: Scalar) -> Scalar:
        full = floor_div(size, pe)
        return full * (pe - steps.window) + positive_part(size - full * pe - steps.window)

    plain = summed(axis.output_tiles, lambda n: at_work(n, lambda pes: pes)), summed(axis.tap_tiles, lambda k: k)
    overlap = (
        summed(axis.output_tiles, lambda n: at_work(n, lambda pes: positive_part(pes - steps.reach))),
        summed(axis.tap_tiles, lambda k: positive_part(k - steps.apart)),
    )
    if not axis.slides:
        return Halo(axis, plain, overlap)
    fresh = summed(axis.output_tiles, later), summed(axis.tap_tiles, lambda k: minimum(k, axis.stride))
    return Halo(axis, plain, overlap, fresh)


def touched_together(axis: Axis, here: Callable[[Tiles, Scalar], Scalar]) -> Scalar:
    """Distinct words along the axis that all PEs need at their first position, summed over all array tiles.

    ``here(tiles, size)`` is how much of an array tile of ``size`` counts, such as the part of one cluster.
    """
    steps = _steps(axis)
    outputs, taps = axis.output_tiles, axis.tap_tiles

    def summed(tiles: Tiles, part: Callable[[Scalar], Scalar]) -> Scalar:
        return tiles.arrays.sum(lambda size: part(here(tiles, size))).every

    plain = summed(outputs, outputs.places) * summed(taps, lambda k: k)
    overlap = summed(outputs, lambda n: positive_part(outputs.places(n) - steps.reach))
    return plain - overlap * summed(taps, lambda k: positive_part(k - steps.apart))
