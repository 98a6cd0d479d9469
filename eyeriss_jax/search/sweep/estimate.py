"""What a shortlist ranks inner choices by: terms of the time, traffic and storage laws, in NumPy.

A second form of these laws only because a sweep starts at once: to trace and compile the law itself for this ranking
takes 9 CPU-seconds (11 with zeros), and it then runs five times as long as these lines. So what stands here is proved
equal to the laws by ``tests/search/sweep/test_estimate.py``, over drawn layers, machines and mappings. What a sweep
tries outside of it is chosen later, and here is:

* DRAM tiles and loop orders: weights and psums come as rarely as any order allows, iacts again for every tile of M;
* conventions: our own;
* the form of the data: a layer whose zeros are skipped is compressed. What its PEs wait for each other is left out.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import jax
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.dataflow import skips_zeros
from eyeriss_jax.dims import DIMS
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.sparse_columns import columns_of

Choice = dict[str, np.ndarray]
"""One integer per dimension, for many choices at once."""

Array = np.ndarray


class Estimate(NamedTuple):
    """What the ranking sees of plans x tiles ``[A, T]``: cycles by cause, and the words of the smallest DRAM tile.

    ``compute``, ``refills``, ``chain``, ``delivery`` per data type and ``returning`` are terms of the time law;
    ``passes``: array tiles. ``moved``: energy of the nominal words that move inside the chip. ``glb_words`` per data
    type: of the busiest cluster's GLB.
    """

    compute: Array
    refills: Array
    chain: Array
    delivery: Choice
    returning: Array
    passes: Array
    moved: Array
    glb_words: Choice


class _Tiles(NamedTuple):
    """One dimension: its extent, what a PE, a PE row, a cluster and the array hold of it, and its DRAM tile.

    ``steps``: array tiles, of which the last one has ``last``.
    """

    extent: float
    pe: Array
    row: Array
    cluster: Array
    array: Array
    glb: Array
    steps: Array
    last: Array


_Part = Callable[[_Tiles, Array], Array]
"""How much of an array tile of some size counts."""


def _of_pe(tiles: _Tiles, size: Array) -> Array:
    return np.minimum(tiles.pe, size)


def _of_row(tiles: _Tiles, size: Array) -> Array:
    return np.minimum(tiles.row, size)


def _of_cluster(tiles: _Tiles, size: Array) -> Array:
    return np.minimum(tiles.cluster, size)


def _of_array(_: _Tiles, size: Array) -> Array:
    return size


def _of_column(tiles: _Tiles, size: Array) -> Array:
    """Indices in PE column 0 of cluster 0."""
    held = _of_cluster(tiles, size)
    rows = np.floor(held / tiles.row)
    return rows * tiles.pe + np.minimum(held - rows * tiles.row, tiles.pe)


def _summed(tiles: _Tiles, part: _Part) -> Array:
    """``part`` of every array tile, added up."""
    return (tiles.steps - 1) * part(tiles, tiles.array) + part(tiles, tiles.last)


def _product(of: dict[str, _Tiles], dims: str, part: _Part) -> Array:
    return np.asarray(math.prod(_summed(of[d], part) for d in dims))


def _steps(of: dict[str, _Tiles], dims: str) -> Array:
    """Array tiles along ``dims``."""
    return np.asarray(math.prod(of[d].steps for d in dims))


def _once(values: Array) -> Array:
    """``values``, or one of them if they are all the same: most dimensions are spread over few axes, or over none."""
    return (values[:1] if (values == values[0]).all() else values).astype(float)


def _tiles(layer: Layer, plans: dict[str, Choice], tiles: Choice, parts: dict[str, int]) -> dict[str, _Tiles]:
    """All dimensions under plans x tiles, to broadcast to ``[A, T]``; ``parts``: in how many DRAM tiles at most."""

    def one(dim: str) -> _Tiles:
        extent, pe = float(layer.extent(dim)), _once(tiles[dim])[None, :]
        over = {axis: _once(plans[axis][dim])[:, None] for axis in AXES}
        row = pe * over["pe_cols"]
        cluster = row * over["pe_rows"]
        array = cluster * over["cluster_rows"] * over["cluster_cols"]
        steps = np.ceil(extent / array)
        glb = np.minimum(np.ceil(steps / parts.get(dim, 1)) * array, extent)
        return _Tiles(extent, pe, row, cluster, array, glb, steps, extent - (steps - 1) * array)

    return {dim: one(dim) for dim in DIMS}


class _Axis(NamedTuple):
    """An image axis: outputs, filter taps, the reduced stride and dilation, and whether PEs slide along it."""

    outputs: _Tiles
    taps: _Tiles
    stride: float
    dilation: float
    slides: bool


def _image_axes(layer: Layer, of: dict[str, _Tiles]) -> tuple[_Axis, _Axis]:
    found = layer.build()
    return (
        _Axis(of["E"], of["R"], found.stride_h, found.dilation_h, slides=True),
        _Axis(of["F"], of["S"], found.stride_w, found.dilation_w, slides=False),
    )


def _above(x: Array, least: Array | float) -> Array:
    return np.maximum(x - least, 0.0)


def _touched(outputs: Array, taps: Array, axis: _Axis) -> Array:
    """:func:`eyeriss_jax.model.halo.touched`."""
    return outputs * taps - _above(outputs, axis.dilation) * _above(taps, axis.stride)


def _delivered(axis: _Axis, *, everywhere: bool) -> Array:
    """Distinct words along the axis that cluster 0 reads, or all do (:func:`eyeriss_jax.model.halo.delivered`)."""
    pe, taps = axis.outputs.pe, axis.taps.pe
    common = np.gcd(pe.astype(np.int64), int(axis.dilation)) if axis.dilation > 1 else 1
    window = np.where(taps <= axis.stride, pe, np.minimum(pe, axis.dilation)) if axis.slides else pe
    reach, apart = axis.dilation / common, pe * axis.stride / common

    def summed(tiles: _Tiles, words: Callable[[Array], Array]) -> Array:
        def of_clusters(_: _Tiles, size: Array) -> Array:
            full = np.floor(size / tiles.cluster)
            return full * words(tiles.cluster) + words(size - full * tiles.cluster)

        return _summed(tiles, of_clusters if everywhere else lambda _, size: words(_of_cluster(tiles, size)))

    def at_work(size: Array, active: Callable[[Array], Array]) -> Array:
        full = np.floor(size / pe)
        together = np.minimum(size - full * pe, window)
        return together * active(full + 1) + (window - together) * active(full)

    def later(size: Array) -> Array:
        full = np.floor(size / pe)
        return full * (pe - window) + _above(size - full * pe, window)

    words = summed(axis.outputs, lambda n: at_work(n, lambda pes: pes)) * summed(axis.taps, lambda k: k)
    overlap = summed(axis.outputs, lambda n: at_work(n, lambda pes: _above(pes, reach)))
    words = words - overlap * summed(axis.taps, lambda k: _above(k, apart))
    if axis.slides:
        words = words + summed(axis.outputs, later) * summed(axis.taps, lambda k: np.minimum(k, axis.stride))
    return words


def _visited(of: dict[str, _Tiles], part: _Part, lanes: int | None = None) -> tuple[Array, Array]:
    """Psums on their way out in all visits, and in the first one of each; of ``lanes`` at a time, if given.

    Psums of one position stay in the SPads, others leave in every step of C, R and S.
    """

    def single(tiles: _Tiles, size: Array) -> Array:
        return np.where(_of_pe(tiles, size) <= 1, part(tiles, size), 0.0)

    def groups(tiles: _Tiles, size: Array) -> Array:
        return part(tiles, size) if lanes is None else np.ceil(part(tiles, size) / lanes)

    others = _product(of, "G", part) * _summed(of["M"], groups)
    first, staying = others * _product(of, "NEF", part), others * _product(of, "NEF", single)
    return _steps(of, "CRS") * (first - staying) + staying, first


def _share(tiles: _Tiles) -> Array:
    """Indices that cluster 0 works on in a DRAM tile."""
    steps = np.ceil(tiles.glb / tiles.array)
    return (steps - 1) * tiles.cluster + np.minimum(tiles.cluster, tiles.glb - (steps - 1) * tiles.array)


def _stretches(tiles: _Tiles) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """(how many, how long) the stretches of a dimension are that cluster 0 works on: full ones and the last one."""
    spread = tiles.array > tiles.cluster
    steps = np.where(spread, np.ceil(tiles.glb / tiles.array), 1.0)
    last = np.minimum(tiles.cluster, tiles.glb - (steps - 1) * tiles.array)
    return (steps - 1, np.minimum(tiles.cluster, tiles.glb)), (np.ones(()), np.where(spread, last, tiles.glb))


def _glb_words(layer: Layer, machine: Accelerator, of: dict[str, _Tiles]) -> Choice:
    """:func:`eyeriss_jax.model.storage.glb_need`."""

    def halo(axis: _Axis) -> Array:
        pairs = product(_stretches(axis.outputs), _stretches(axis.taps))
        apart = sum(many * each * _touched(size, held, axis) for (many, size), (each, held) in pairs)
        return np.minimum(apart, _touched(axis.outputs.glb, axis.taps.glb, axis))

    def shares(dims: str) -> Array:
        return np.asarray(math.prod(_share(of[d]) for d in dims))

    height, width = map(halo, _image_axes(layer, of))
    sharing = np.ceil(np.minimum(of["M"].glb, of["M"].array) / of["M"].cluster)
    bypassed = machine.oacts_bypass_glb & (_steps(of, "CRS") == 1)
    return {
        "iact": np.ceil(shares("GNC") * height * width / sharing),
        "weight": shares("GMCRS"),
        "psum": np.where(bypassed, 0.0, shares("GNMEF")),
    }


_PADDED = 64
"""Lengths of columns come in multiples of this, so that few programs are compiled for them."""


@jit_unfused
def _column_words(length: jax.Array, density: float, lanes: float) -> jax.Array:
    return columns_of(length, density, lanes).words


def _words_per_weight(layer: Layer, machine: Accelerator, length: Array) -> Array:
    """Words of a column of so many weights over their number: the law itself, as lengths are few."""
    lengths, which = np.unique(length, return_inverse=True)
    padded = np.pad(lengths, (0, -len(lengths) % _PADDED), constant_values=1.0)
    with jax.enable_x64(True):
        words = np.asarray(_column_words(padded, layer.sparsity.weight, float(machine.lanes)))
    return (words[: len(lengths)] / lengths)[which].reshape(length.shape)


def estimate(
    layer: Layer, machine: Accelerator, plans: dict[str, Choice], tiles: Choice, parts: dict[str, int]
) -> Estimate:
    """The terms of the laws for every plan with every tile ``[A, T]``.

    Args:
        layer: the layer.
        machine: the machine.
        plans: factors per axis and dimension ``[A]``.
        tiles: PE tiles per dimension ``[T]``.
        parts: the most DRAM tiles of each dimension, by default one.
    """
    of = _tiles(layer, plans, tiles, parts)
    energy, rate, bus = machine.energy, machine.noc_words_per_cycle, machine.noc == "bus"
    height, width = _image_axes(layer, of)
    lanes = _summed(of["M"], lambda tiles, size: np.ceil(_of_pe(tiles, size) / machine.lanes))
    compute = _product(of, "GNCEFRS", _of_pe) * lanes
    refills = np.zeros(())
    values = {"iact": 1.0, "weight": np.ones(()), "psum": 1.0}
    port = {"iact": rate.iact, "weight": rate.weight, "psum": rate.psum}
    if skips_zeros(layer, machine):
        assert machine.sparse_pe is not None
        held = np.minimum(of["M"].pe, of["M"].extent)
        per_weight = _words_per_weight(layer, machine, held)
        compute = _product(of, "GNMCEFRS", _of_pe) * layer.sparsity.iact * per_weight
        refills = machine.sparse_pe.window_cycles * _product(of, "GNEF", _of_pe) * _steps(of, "MCRS")
        values |= {"iact": layer.sparsity.iact, "weight": per_weight * machine.lanes}
        port |= {
            "iact": machine.sparse_pe.iact_noc_pairs_per_cycle,
            "weight": machine.sparse_pe.weight_noc_pairs_per_cycle,
        }

    read = _product(of, "GNC", _of_array) * _delivered(height, everywhere=True) * _delivered(width, everywhere=True)
    read = read * _steps(of, "M")
    at_port = _product(of, "GNC", _of_cluster) * _delivered(height, everywhere=False)
    at_port = at_port * _delivered(width, everywhere=False) * _steps(of, "M")
    weights = _product(of, "GMCRS", _of_array)
    psums, _ = _visited(of, _of_array)
    from_port, first = _visited(of, _of_array if bus else _of_column)
    words = {
        "iact": read if bus else at_port,  # all words come over a bus, whatever cluster and row they are for
        "weight": weights if bus else _product(of, "GMCRS", _of_row),
        "psum": from_port,
    }
    moved = energy.glb.iact * read + energy.noc.weight * weights * _steps(of, "NEF")
    found = Estimate(
        compute=compute,
        refills=refills,
        chain=machine.psum_chain_cycles * _visited(of, _of_pe, machine.lanes)[0],
        delivery={t: words[t] * values[t] / port[t] for t in words},
        returning=(from_port - first) / rate.psum,
        passes=_steps(of, "GNMCEFRS"),
        moved=moved + (energy.glb.psum + energy.noc.psum) * psums,
        glb_words=_glb_words(layer, machine, of),
    )
    shape = len(plans[AXES[0]]["M"]), len(tiles["M"])
    return jax.tree.map(lambda x: np.broadcast_to(x, shape), found)
