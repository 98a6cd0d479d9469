"""A mapping as a list of loops, and for every loop where each tensor stays while it runs."""

import math
from typing import NamedTuple

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, RELEVANT
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.layers.layer import Layer

TEMPORAL: tuple[str, ...] = ("DRAM", "GLB")
"""The levels whose loops run one after the other outside the array."""


class Loop(NamedTuple):
    """One loop, or one dimension spread over a physical axis.

    Attributes:
        level: ``"DRAM"``, ``"GLB"``, a physical axis of :data:`eyeriss_jax.hardware.accelerator.AXES` or ``"PE"``.
        dim: the dimension.
        count: iterations, or places on the axis; above 1.
        tile: extent that each iteration works on.
        last: extent of the last iteration; ``tile`` where nothing is left over.
    """

    level: str
    dim: str
    count: int
    tile: int
    last: int


def loops(mapping: Mapping, layer: Layer) -> tuple[Loop, ...]:
    """The loops of ``layer`` under ``mapping`` that iterate, outermost first."""
    glb = {d: min(mapping.glb[d], layer.extent(d)) for d in DIMS}
    array = {d: min(mapping.array_tile(d), glb[d]) for d in DIMS}
    found = _temporal("DRAM", mapping.dram_order, {d: layer.extent(d) for d in DIMS}, glb)
    found += _temporal("GLB", mapping.glb_order, glb, array)
    for axis in AXES:
        factors = getattr(mapping, axis)
        found += [Loop(axis, d, factors[d], mapping.spad[d], mapping.spad[d]) for d in DIMS if factors[d] > 1]
    for dim in ("F", "N", "E", "C", "R", "S", "G", "M"):
        size = min(mapping.spad[dim], array[dim])
        found += [Loop("PE", dim, size, 1, 1)] if size > 1 else []
    return tuple(found)


def _temporal(level: str, order: tuple[str, ...], outer: dict[str, int], inner: dict[str, int]) -> list[Loop]:
    """The loops over tiles of ``inner`` in ``outer``; G is outside all groups."""
    found = []
    for dim in ("G", *(d for group in order for d in GROUPS[group])):
        count = math.ceil(outer[dim] / inner[dim])
        if count > 1:
            found.append(Loop(level, dim, count, inner[dim], outer[dim] - (count - 1) * inner[dim]))
    return found


def residence(nest: tuple[Loop, ...], data_type: str, glb_keeps: tuple[str, ...]) -> tuple[str, ...]:
    """For each loop of ``nest``, what becomes of the tensor ``data_type`` as the loop advances.

    ``"next"``: another tile of it. ``"stays in GLB"``, ``"stays in PE"``: the same tile, which is still there.
    ``"again"``: the same tile, which has to come again from the level above (psums: is spilled and comes back).
    Over a physical axis: ``"split"`` (each place has its own part), ``"shared"`` (all places have the same) or, for
    psums, ``"added up"``. Full tiles are meant; the laws (:mod:`eyeriss_jax.model.reuse`) count the short ones too.
    """
    relevant = RELEVANT[data_type]
    streams = data_type != "weight" and any(loop.level == "PE" and loop.dim in GROUPS["NEF"] for loop in nest)

    def comes_again(at: int, levels: tuple[str, ...]) -> bool:
        inside = (loop for loop in nest[at + 1 :] if loop.level in levels)
        return any(loop.dim in relevant for loop in inside)

    def what(at: int, loop: Loop) -> str:
        if loop.level in AXES:
            return "split" if loop.dim in relevant else "added up" if data_type == "psum" else "shared"
        if loop.dim in relevant:
            return "next"
        if loop.level == "PE":
            return "stays in PE"
        if not streams and not comes_again(at, TEMPORAL):
            return "stays in PE"
        if loop.level == "DRAM" and data_type in glb_keeps and not comes_again(at, ("DRAM",)):
            return "stays in GLB"
        return "again"

    return tuple(what(at, loop) for at, loop in enumerate(nest))
