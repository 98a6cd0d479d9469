"""The traffic law: words that move between levels, per data type.

``array_traffic`` counts what enters the PE array (SPad fills, words read once from the level above, words through
the busiest port); ``glb_traffic`` what moves between DRAM and the GLB. All exact with remainders and halos.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from eyeriss_jax.dataflow.mapping import MappingArrays
from eyeriss_jax.dims import Dims, PerType, product
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.halo import Axis, Halo, delivered, delivered_in_pass, fetched_by_pes, touched
from eyeriss_jax.model.reuse import (
    Fetches,
    HeldFetches,
    Words,
    copies,
    fetches,
    further_clusters,
    iterates_inside,
    repeats,
)
from eyeriss_jax.model.tiling import Scalar, Sums, Tiles
from eyeriss_jax.numerics import ceil_div, maximum, minimum


class ArrayTraffic(NamedTuple):
    """Words between the PE array and the level that feeds it, over the whole layer.

    iact and weight: ``*_fills`` arrive at the SPads (all PEs added up), ``*_reads`` are read once for all that
    share them, ``*_links`` go to each further cluster, ``*_port`` pass the busiest port (iact: cluster 0; weight: PE
    row 0 of it). psum: ``psum_visits`` words leave the array, ``psum_links`` a cluster for the next one of the
    reduction group, ``psum_pe_visits`` every PE of it, ``psum_pe_first`` on the first visit, ``psum_port`` PE column 0
    of cluster 0; ``psum_returns`` come back into the array, ``psum_port_returns`` into that column; ``psum_drain`` are
    chain steps of the busiest PE.
    """

    iact_fills: Scalar
    iact_reads: Scalar
    iact_links: Scalar
    iact_port: Scalar
    weight_fills: Scalar
    weight_reads: Scalar
    weight_links: Scalar
    weight_port: Scalar
    psum_visits: Scalar
    psum_links: Scalar
    psum_pe_visits: Scalar
    psum_pe_first: Scalar
    psum_port: Scalar
    psum_returns: Scalar
    psum_port_returns: Scalar
    psum_drain: Scalar


class GlbTraffic(NamedTuple):
    """Words between DRAM and the GLB for data types that the GLB keeps, over the whole layer.

    ``iact_fills`` includes padding zeros, ``iact_reads`` does not. ``psum_visits``: words of every GLB psum
    tile each time it is finished or spilled.
    """

    iact_fills: Scalar
    iact_reads: Scalar
    weight_reads: Scalar
    psum_visits: Scalar


def image_axes(layer: LayerArrays, dims: Dims, conventions: Conventions) -> tuple[Axis, Axis]:
    """The height axis (along which a PE slides) and the width axis."""
    return (
        Axis("E", "R", dims.E, dims.R, layer.stride_h, layer.dilation_h, slides=conventions.sliding_window),
        Axis("F", "S", dims.F, dims.S, layer.stride_w, layer.dilation_w, slides=False),
    )


def _sums(dims: Dims, names: str, part: Callable[[Tiles, Scalar], Scalar] = lambda _, size: size) -> dict[str, Sums]:
    """Per dimension the summed sizes of array tiles, or of the given part of each."""
    return {d: dims[d].arrays.sum(lambda size, t=dims[d]: part(t, size)) for d in names}


def _product_of(sums: dict[str, Sums]) -> Words:
    return lambda pick: product(pick(dim, s) for dim, s in sums.items())


def _returns(visits: Scalar, sums: dict[str, Sums]) -> Scalar:
    """Of the psum words of all ``visits`` those that come back: all but the first visit of each tile."""
    first = product(each.every for each in sums.values())
    return maximum(0.0, visits - first)  # float32 may round the one up and the other down


def _with_halo(planes: dict[str, Sums], height: Halo, width: Halo) -> Words:
    return lambda pick: _product_of(planes)(pick) * height.words(pick) * width.words(pick)


def _in_cluster(tiles: Tiles, size: Scalar) -> Scalar:
    return minimum(size, tiles.cluster)


def _in_row(tiles: Tiles, size: Scalar) -> Scalar:
    return minimum(size, tiles.row)


def iact_words(layer: LayerArrays, dims: Dims, conventions: Conventions) -> tuple[Words, Words, Words]:
    """One fetch of every iact tile: at all PEs, as read by the clusters, as read by cluster 0."""
    axes = image_axes(layer, dims, conventions)
    shared = delivered if conventions.halo_multicast else fetched_by_pes
    if conventions.pass_multicast:
        shared = delivered_in_pass
    everywhere, in_cluster = _sums(dims, "GNC"), _sums(dims, "GNC", _in_cluster)
    return (
        _with_halo(everywhere, *(fetched_by_pes(axis) for axis in axes)),
        _with_halo(everywhere, *(shared(axis) for axis in axes)),
        _with_halo(in_cluster, *(shared(axis, first_cluster=True) for axis in axes)),
    )


def array_traffic(
    layer: LayerArrays,
    mapping: MappingArrays,
    dims: Dims,
    lanes: Any,
    conventions: Conventions,
    *,
    rf_words: PerType | None = None,
    at_least: bool | Scalar = False,
) -> ArrayTraffic:
    """Words into and out of the PE array; with ``at_least`` a lower bound over loop orders and DRAM tilings.

    ``rf_words``: capacity of the RF per data type, where one without room in it streams past.
    """

    def lane_groups(tiles: Tiles, size: Scalar) -> Scalar:
        return ceil_div(tiles.largest_pe(size), lanes)

    def pattern(data_type: str) -> Fetches | HeldFetches:
        carries = conventions.stationary_across_dram
        found = fetches(data_type, dims, mapping, carries=carries, at_least=at_least)
        return found if rf_words is None else HeldFetches(found, rf_words[data_type])

    iact, weight, psum = (pattern(data_type) for data_type in ("iact", "weight", "psum"))
    at_pes, by_clusters, by_cluster_0 = iact_words(layer, dims, conventions)
    weights, weights_of_row = _sums(dims, "GMCRS"), _sums(dims, "GMCRS", _in_row)
    psums, psums_of_column = _sums(dims, "GNMEF"), _sums(dims, "GNMEF", Tiles.first_column)
    chain = {**_sums(dims, "GNEF", Tiles.largest_pe), **_sums(dims, "M", lane_groups)}
    iact_once, weight_once, psum_once = (repeats(t, dims) for t in ("iact", "weight", "psum"))
    iact_more, weight_more, psum_more = (further_clusters(t, dims) for t in ("iact", "weight", "psum"))
    psum_copies = copies("psum", dims)
    psum_visits, psum_port = (psum.words(_product_of(sums), psum_once) for sums in (psums, psums_of_column))
    return ArrayTraffic(
        iact_fills=iact.words(at_pes, copies("iact", dims)),
        iact_reads=iact.words(by_clusters, iact_once),
        iact_links=iact.words(by_clusters, iact_more),
        iact_port=iact.words(by_cluster_0, iact_once),
        weight_fills=weight.words(_product_of(weights), copies("weight", dims)),
        weight_reads=weight.words(_product_of(weights), weight_once),
        weight_links=weight.words(_product_of(weights), weight_more),
        weight_port=weight.words(_product_of(weights_of_row), weight_once),
        psum_visits=psum_visits,
        psum_links=psum.words(_product_of(psums), psum_more),
        psum_pe_visits=psum.words(_product_of(psums), psum_copies),
        psum_pe_first=product(dims[d].extent for d in "GNMEF") * psum_copies.once,
        psum_port=psum_port,
        psum_returns=_returns(psum_visits, psums),
        psum_port_returns=_returns(psum_port, psums_of_column),
        psum_drain=psum.words(_product_of(chain), psum_once),
    )


def _swept(mapping: MappingArrays, dims: Dims) -> tuple[Scalar, Scalar]:
    """Whether consecutive GLB iact tiles slide along E and along F: the innermost iterating DRAM loop does."""
    filters_iterate = product(dims[d].dram_steps for d in "CRS") > 1
    innermost = ~filters_iterate | (mapping.dram_order.NEF > mapping.dram_order.CRS)
    along_f = innermost & (dims.F.dram_steps > 1)
    along_e = innermost & (dims.E.dram_steps > 1) & (dims.F.dram_steps <= 1)
    return along_e, along_f


def _axis_fill(axis: Axis, swept: Scalar) -> Scalar:
    """Distinct words along the axis of all GLB tiles; a swept axis is one long tile."""

    def over_tiles(tiles: Tiles, kept: Any) -> Scalar:
        pairs = zip(tiles.dram_counts, tiles.dram_sizes, strict=True)
        return sum((n * maximum(size - kept, 0.0) for n, size in pairs), jnp.zeros(()))

    separate = over_tiles(axis.output_tiles, axis.dilation)
    joined = maximum(axis.output_tiles.extent - axis.dilation, 0.0)
    overlap = jnp.where(swept, joined, separate)
    return axis.output_tiles.extent * axis.tap_tiles.extent - overlap * over_tiles(axis.tap_tiles, axis.stride)


def _axis_padding(axis: Axis, swept: Scalar, before: Any, after: Any) -> Scalar:
    """Padding words along the axis in all GLB tiles.

    Exact where a DRAM tile holds the whole filter and nothing is skipped (dilation 1, filter at least as large as
    the stride), or where the axis is swept or not tiled at all.
    """
    step = axis.output_tiles.glb * axis.stride
    last = (axis.output_tiles.extent - (axis.output_tiles.dram_steps - 1) * axis.output_tiles.glb) * axis.stride

    def series(rest: Any) -> Scalar:
        """rest + (rest - step) + (rest - 2 step) + ... while positive, at most one term per earlier tile."""
        rest = maximum(rest, 0.0)
        terms = minimum(ceil_div(rest, step), axis.output_tiles.dram_steps)
        return terms * rest - step * terms * (terms - 1) / 2

    tail = after + jnp.where(axis.output_tiles.dram_steps > 1, series(after - last), 0.0)
    return jnp.where(swept, before + after, series(before) + tail)


def _axis_read(axis: Axis, swept: Scalar, filled: Scalar, pads: tuple[Any, Any]) -> Scalar:
    """True input words along the axis of all GLB tiles: those filled less padding, and at least all that are used."""
    used = touched(axis.output_tiles.extent, axis.tap_tiles.extent, axis.stride, axis.dilation) - pads[0] - pads[1]
    return maximum(filled - _axis_padding(axis, swept, *pads), used)


def glb_traffic(layer: LayerArrays, mapping: MappingArrays, dims: Dims, conventions: Conventions) -> GlbTraffic:
    """Words between DRAM and the GLB."""
    axes = image_axes(layer, dims, conventions)
    pads = ((layer.pad_h, layer.pad_end_h), (layer.pad_w, layer.pad_end_w))
    slides = conventions.sliding_window and conventions.glb_slides
    swept = _swept(mapping, dims) if slides else (jnp.asarray(False), jnp.asarray(False))

    def visits(data_type: str, irrelevant: str) -> Scalar:
        again = product(dims[d].dram_steps for d in irrelevant)
        if data_type == "iact" and not conventions.glb_iacts_stay:
            return again
        return jnp.where(iterates_inside(data_type, dims, mapping.dram_order), again, 1.0)

    planes = product(dims[d].extent for d in "GNC") * visits("iact", "M")
    filled = [_axis_fill(axis, along) for axis, along in zip(axes, swept, strict=True)]
    read = [_axis_read(*each) for each in zip(axes, swept, filled, pads, strict=True)]
    return GlbTraffic(
        iact_fills=planes * filled[0] * filled[1],
        iact_reads=planes * read[0] * read[1],
        weight_reads=product(dims[d].extent for d in "GMCRS") * visits("weight", "NEF"),
        psum_visits=product(dims[d].extent for d in "GNMEF") * visits("psum", "CRS"),
    )
