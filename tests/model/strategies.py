"""Hypothesis strategies for (accelerator, layer, mapping) of any shape, valid or not."""

import math
from collections.abc import Iterable
from dataclasses import replace

import jax
import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from eyeriss_jax.dataflow.mapping import ORDERS, Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import AXES, Accelerator, Types
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.hardware.presets.eyeriss_v2 import V2_SPARSE_PE
from eyeriss_jax.layers import Layer, Sparsity
from eyeriss_jax.model.countable import MOST_EXTENT, MOST_MACS, MOST_OVERLAP
from tests.model.large_points import Points

PRESETS = ("eyeriss_v2", "eyeriss_v1_5", "eyeriss_v1_192", "timeloop_e168")


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """A small layer: grouped, depthwise, pointwise, strided, dilated, padded, batched, or fully connected."""
    batch, groups = draw(st.sampled_from((1, 1, 2, 3))), draw(st.sampled_from((1, 1, 2, 5)))
    wide, out = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    if draw(st.integers(0, 3)) == 0:
        return Layer(name="fc", C=wide * 5, M=out * 3, N=batch, G=groups)
    axes = []
    for _ in range(2):
        taps, stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
        span = (taps - 1) * dilation + 1
        pads = draw(st.integers(0, span - 1)), draw(st.integers(0, span - 1))
        size = draw(st.integers(max(1, span - sum(pads)), span + 8))
        axes.append((size, taps, stride, dilation, pads))
    size, kernel, stride, dilation, padding = (tuple(values) for values in zip(*axes, strict=True))
    try:
        return Layer.conv2d(
            "conv", groups * wide, groups * out, size, kernel,
            stride=stride, padding=padding, dilation=dilation, groups=groups, batch=batch,
        )  # fmt: skip
    except SpecError:  # the outputs read nothing but padding
        reject()


@st.composite
def machines(draw: st.DrawFn) -> Accelerator:
    """A preset with a small array, random port widths and any set of hidden deliveries and kept types."""
    preset = accelerator(draw(st.sampled_from(PRESETS)))
    widths = st.sampled_from((0.5, 1.0, 3.0, 7.0, math.inf))
    bits = st.sampled_from((5.0, 64.0, math.inf))
    return preset.replace(
        **{axis: draw(st.integers(1, 3)) for axis in AXES},
        noc_words_per_cycle=Types(iact=draw(widths), weight=draw(widths), psum=draw(widths)),
        overlap=tuple(draw(st.sets(st.sampled_from(("iact", "weight", "psum"))))),
        glb_bits=Types(iact=4096, weight=4096, psum=4096),
        glb_keeps=tuple(draw(st.sets(st.sampled_from(("iact", "weight", "psum"))))),
        oacts_bypass_glb=draw(st.booleans()),
        glb_read_words_per_cycle=draw(widths),
        glb_write_words_per_cycle=draw(widths),
        dram_read_bits_per_cycle=draw(bits),
        dram_write_bits_per_cycle=draw(bits),
        dram_total_bits_per_cycle=draw(bits),
    )


def _dims(draw: st.DrawFn, layer: Layer, beyond: int) -> Dims:
    return Dims.build(lambda d: draw(st.just(1) | st.integers(1, layer.extent(d) + beyond)))


def _factors(draw: st.DrawFn, names: Iterable[str], limit: int) -> Dims:
    found = {}
    for dim in draw(st.permutations(sorted(names))):
        found[dim] = draw(st.integers(1, limit))
        limit //= found[dim]
    return Dims(**found)


@st.composite
def wild_mappings(draw: st.DrawFn, layer: Layer) -> Mapping:
    """Any mapping that can be written down for ``layer``; nothing need fit."""
    return Mapping(
        glb=_dims(draw, layer, beyond=3),
        spad=_dims(draw, layer, beyond=3),
        **{axis: Dims.build(lambda d: draw(st.sampled_from((1, 1, 1, 2, 3)))) for axis in AXES},
        dram_order=draw(st.sampled_from(ORDERS)),
        glb_order=draw(st.sampled_from(ORDERS)),
    )


@st.composite
def fitting_mappings(draw: st.DrawFn, layer: Layer, machine: Accelerator) -> Mapping:
    """A mapping whose factors fit the axes and whose DRAM tiles are whole array tiles; storage may overflow."""
    axes = {axis: _factors(draw, DIMS, getattr(machine, axis)) for axis in AXES}
    spad = _dims(draw, layer, beyond=0)

    def glb_tile(dim: str) -> int:
        array = spad[dim] * math.prod(axes[axis][dim] for axis in AXES)
        steps = math.ceil(layer.extent(dim) / array)
        return min(array * draw(st.just(steps) | st.integers(1, steps)), layer.extent(dim))

    return Mapping(
        glb=Dims.build(glb_tile),
        spad=spad,
        **axes,
        dram_order=draw(st.sampled_from(ORDERS)),
        glb_order=draw(st.sampled_from(ORDERS)),
    )


@st.composite
def jobs(draw: st.DrawFn, fitting: bool) -> tuple[Accelerator, Layer, Mapping]:
    """A machine, a layer and a mapping of it that fits its axes, or any at all."""
    machine, layer = draw(machines()), draw(layers())
    return machine, layer, draw(fitting_mappings(layer, machine) if fitting else wild_mappings(layer))


@st.composite
def sparse_jobs(draw: st.DrawFn) -> tuple[Accelerator, Layer, Mapping]:
    """A job that fits its axes, of a layer with zeros on a machine with sparse PEs, with or without a raw mode."""
    machine, layer, mapping = draw(jobs(fitting=True))
    share = st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))
    sparsity = Sparsity(**{name: draw(share) for name in Sparsity.__dataclass_fields__})
    pe = replace(V2_SPARSE_PE, raw_mode=draw(st.booleans()))
    return machine.replace(sparse_pe=pe), replace(layer, sparsity=sparsity), mapping


@st.composite
def large_layers(draw: st.DrawFn) -> Layer:
    """A layer of any size that float32 can count: convolutional or fully connected, dense or with zeros."""
    extents, room = {"M": 1, "C": 1}, MOST_MACS - 1
    for d in draw(st.permutations(draw(st.sampled_from(("GNMC", DIMS))))):
        most = min(room, (MOST_OVERLAP if d in "ERFS" else MOST_EXTENT) - 1)
        extents[d] = min(most, math.floor(2 ** draw(st.floats(0, math.log2(most)))))
        room //= extents[d]
    pairs, shares = st.tuples(st.integers(1, 3), st.integers(1, 3)), st.sampled_from((1.0, 1.0, 0.9, 0.5, 0.1))
    return Layer(
        name="drawn", **extents, stride=draw(pairs), dilation=draw(pairs),
        sparsity=Sparsity(iact=draw(shares), weight=draw(shares)),
    )  # fmt: skip


@st.composite
def large_points(draw: st.DrawFn) -> Points:
    """Four large layers, each on a machine of its own and under a mapping that fits its axes."""
    layers = [draw(large_layers()) for _ in range(4)]
    drawn = [draw(machines()) for _ in layers]
    mappings = [draw(fitting_mappings(*each)).build() for each in zip(layers, drawn, strict=True)]
    built = ([m.build() for m in drawn], [x.build(sparse=True) for x in layers], mappings)
    return Points(layers, *(jax.tree.map(lambda *x: np.array(x, np.float64), *trees) for trees in built))
