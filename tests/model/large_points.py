"""Drawn layers of any size, machines and mappings that fit their axes, as one batch of arrays."""

from typing import Any, NamedTuple

import jax
import numpy as np

from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.hardware import AXES, Accelerator
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, Sparsity

MACHINES = ("eyeriss_v2", "eyeriss_v1_5", "eyeriss_v1", "timeloop_e168")


class Points(NamedTuple):
    """Leaves ``[N]``; ``layers``: the spec of each."""

    layers: list[Layer]
    machine: Any
    layer: Any
    mapping: Any


def draw_points(count: int, log2_macs: float, seed: int = 0) -> Points:
    """Layers of up to 2**``log2_macs`` MACs, a third of them fully connected, a third with zeros."""
    random = np.random.default_rng(seed)
    machines = [accelerator(MACHINES[i % len(MACHINES)]) for i in range(count)]
    layers = [_layer(random, log2_macs) for _ in range(count)]
    mappings = [_mapping(random, *each) for each in zip(layers, machines, strict=True)]
    built = ([m.build() for m in machines], [x.build(sparse=True) for x in layers], mappings)
    return Points(layers, *(jax.tree.map(lambda *x: np.array(x, np.float64), *trees) for trees in built))


def _layer(random: np.random.Generator, log2_macs: float) -> Layer:
    names = "GNMC" if random.random() < 0.33 else DIMS
    weights = random.exponential(size=len(names)) * [0.3 if d in "GRS" else 1.0 for d in names]
    bits = random.uniform(4, log2_macs) * weights / weights.sum()
    extents = {d: max(1, int(2 ** min(b, 21.9))) for d, b in zip(names, bits, strict=True)}
    strides, dilations = random.integers(1, 4, 2), random.integers(1, 4, 2)
    shares = random.choice([0.1, 0.5, 0.9, 1.0], 2) if random.random() < 0.33 else np.ones(2)
    return Layer(
        name="drawn", **({"M": 1, "C": 1} | extents), stride=tuple(map(int, strides)),
        dilation=tuple(map(int, dilations)), sparsity=Sparsity(iact=shares[0], weight=shares[1]),
    )  # fmt: skip


def _mapping(random: np.random.Generator, layer: Layer, machine: Accelerator) -> MappingArrays:
    """Small PE tiles, so that there are many steps; DRAM tiles of whole array tiles."""
    axes = {axis: dict.fromkeys(DIMS, 1) for axis in AXES}
    for axis, factors in axes.items():
        room = getattr(machine, axis)
        for d in random.permutation(list(DIMS))[:3]:
            factors[d] = int(random.integers(1, min(room, layer.extent(d)) + 1))
            room //= factors[d]
    spad, glb = {}, {}
    for d in DIMS:
        extent = layer.extent(d)
        spad[d] = int(random.choice([1, min(extent, 3), min(extent, 16), -(-extent // 2), extent]))
        array = spad[d] * int(np.prod([axes[axis][d] for axis in AXES]))
        steps = -(-extent // array)
        glb[d] = min(array * int(random.choice([1, -(-steps // 3), steps])), extent)
    orders = [LoopOrder(*map(float, random.permutation(3))) for _ in range(2)]
    levels = {axis: Dims(**factors) for axis, factors in axes.items()}
    return MappingArrays(glb=Dims(**glb), spad=Dims(**spad), **levels, dram_order=orders[0], glb_order=orders[1])
