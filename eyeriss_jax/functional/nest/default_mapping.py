"""A mapping that fits, in the manner of RS+: not the best one, but one to execute without a search.

A PE holds the whole filter column and slides along E; then come as many input and output channels as the SPads hold.
The array takes, axis by axis, the dimensions that still have the most to gain there. The DRAM tile is the whole layer,
halved until the GLB holds it; where even one array tile is too large, the PEs slide along half of E.
"""

import math
from dataclasses import replace

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest.fit import check_fit
from eyeriss_jax.functional.nest.schedule import Schedule
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer

# What each axis takes first; C and S only where psums can be added up.
_PREFERENCE: dict[str, tuple[str, ...]] = {
    "pe_rows": ("S", "C", "G", "F", "M", "N"),
    "pe_cols": ("F", "M", "G", "N"),
    "cluster_cols": ("M", "G", "F", "N"),
    "cluster_rows": ("C", "G", "F", "M", "N"),
}
# What shrinks first where a DRAM tile does not fit the GLB.
_SHRINKS: tuple[str, ...] = ("N", "G", "M", "F", "E", "C", "S", "R")


def default_mapping(layer: Layer, accelerator: Accelerator) -> Mapping:
    """A mapping of ``layer`` that fits ``accelerator``.

    Raises:
        SpecError: not even a tile of single indices fits.
    """
    E = layer.E
    while True:
        spad = _pe_tile(layer, accelerator, E)
        try:
            return _with_glb_tile(layer, accelerator, spad, _spread(layer, accelerator, spad), whole=E > 1)
        except SpecError:
            if E == 1:
                raise
            E = -(-E // 2)


def _with_glb_tile(
    layer: Layer, accelerator: Accelerator, spad: dict[str, int], axes: dict[str, Dims], *, whole: bool
) -> Mapping:
    """The mapping with the DRAM tile halved until it fits; ``whole``: never below one array tile."""
    glb = {dim: layer.extent(dim) for dim in DIMS}
    start = Mapping(
        glb=Dims(), spad=Dims(**spad), dram_order=("M", "NEF", "CRS"),
        cluster_rows=axes["cluster_rows"], cluster_cols=axes["cluster_cols"],
        pe_rows=axes["pe_rows"], pe_cols=axes["pe_cols"],
    )  # fmt: skip
    while True:
        mapping = replace(start, glb=Dims(**glb))
        try:
            check_fit(layer, mapping, accelerator, Schedule.of(layer, mapping), slides=True)
        except SpecError:
            shrinking = [dim for dim in _SHRINKS if glb[dim] > mapping.array_tile(dim)]
            if not shrinking and not whole:
                shrinking = [dim for dim in _SHRINKS if glb[dim] > 1]
            if not shrinking:
                raise
            dim = shrinking[0]
            glb[dim] = -(-glb[dim] // 2) if not whole else max(-(-glb[dim] // 2), mapping.array_tile(dim))
        else:
            return mapping


def _pe_tile(layer: Layer, accelerator: Accelerator, E: int) -> dict[str, int]:
    """The tile of one PE that slides along ``E`` outputs, within the SPads; tiles of even size."""
    room = accelerator.spad_words
    step = layer.dilation[0] // math.gcd(layer.stride[0], layer.dilation[0])
    if (layer.R - 1) * step + 1 > room.iact:
        E = 1
    R = max(min(layer.R, int(room.iact), int(room.weight)), 1)
    window = (R - 1) * step + 1 if E > 1 else R
    C = _even(layer.C, min(int(room.iact) // window, int(room.weight) // R))
    M = _even(layer.M, min(int(room.psum), int(room.weight) // (C * R)))
    return {"M": M, "C": C, "E": E, "R": R}


def _even(extent: int, most: int) -> int:
    """The tile size of at most ``most`` that cuts ``extent`` most evenly in the fewest tiles."""
    return -(-extent // -(-extent // max(most, 1)))


def _spread(layer: Layer, accelerator: Accelerator, spad: dict[str, int]) -> dict[str, Dims]:
    """Spatial factors per axis; a dimension takes no more places than it has PE tiles."""
    left = {dim: -(-layer.extent(dim) // spad.get(dim, 1)) for dim in DIMS}
    axes = {}
    for axis in reversed(AXES):
        room, factors = getattr(accelerator, axis), {}
        for dim in _PREFERENCE[axis]:
            if dim in ("C", "S") and axis not in accelerator.reduce_axes:
                continue
            factors[dim] = min(room, left[dim])
            room, left[dim] = room // factors[dim], -(-left[dim] // factors[dim])
        axes[axis] = Dims(**factors)
    return axes
