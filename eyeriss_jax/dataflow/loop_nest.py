"""A mapping as text: the loop nest people read and the dictionary that files hold."""

import math
from typing import Any

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.layers.layer import Layer

_LEVELS = ("glb", *AXES, "spad")
_ORDERS = ("dram_order", "glb_order")


def loop_nest(mapping: Mapping, layer: Layer) -> str:
    """The loop nest of ``layer`` under ``mapping``, one loop a line, with where each tensor stays."""
    lines: list[str] = []
    depth = 0

    def emit(text: str) -> None:
        nonlocal depth
        lines.append("  " * depth + text)
        depth += 1

    def temporal(level: str, order: tuple[str, ...], tiles: dict[str, tuple[int, int]]) -> None:
        lines.append("  " * depth + f"# {level}")
        for dim in ("G", *(d for group in order for d in GROUPS[group])):
            outer, inner = tiles[dim]
            if inner < outer:
                short = "" if outer % inner == 0 else f", last {outer - (math.ceil(outer / inner) - 1) * inner}"
                emit(f"for {dim} in {math.ceil(outer / inner)} tiles of {inner}{short}")

    glb = {d: min(mapping.glb[d], layer.extent(d)) for d in DIMS}
    array = {d: min(mapping.array_tile(d), glb[d]) for d in DIMS}
    temporal("DRAM", mapping.dram_order, {d: (layer.extent(d), glb[d]) for d in DIMS})
    temporal("GLB: holds iacts and psums of the tile", mapping.glb_order, {d: (glb[d], array[d]) for d in DIMS})
    for axis in AXES:
        factors = [f"{d}={getattr(mapping, axis)[d]}" for d in DIMS if getattr(mapping, axis)[d] > 1]
        if factors:
            emit(f"parallel over {axis.replace('_', ' ').replace('pe', 'PE')}: {', '.join(factors)}")
    lines.append("  " * depth + "# PE: the weights of the tile stay, the iact window and psums are one position's")
    for dim in ("F", "N", "E", "C", "R", "S", "G", "M"):
        size = min(mapping.spad[dim], array[dim])
        if size > 1:
            emit(f"for {dim} in {size}")
    emit("psum += iact * weight")
    return "\n".join(lines)


def to_dict(mapping: Mapping) -> dict[str, Any]:
    """``mapping`` as plain data: factors of 1 are left out, except that the GLB and PE tiles are complete."""
    complete = {level: {d: getattr(mapping, level)[d] for d in DIMS} for level in ("glb", "spad")}
    spread = {axis: {d: getattr(mapping, axis)[d] for d in DIMS if getattr(mapping, axis)[d] > 1} for axis in AXES}
    return {
        "dram_order": list(mapping.dram_order),
        "glb": complete["glb"],
        "glb_order": list(mapping.glb_order),
        **spread,
        "spad": complete["spad"],
    }


def from_dict(data: Any, where: str = "mapping") -> Mapping:
    """The mapping that ``data`` describes.

    Raises:
        SpecError: not the structure that :func:`to_dict` writes; the message names the field.
    """
    if not isinstance(data, dict):
        raise SpecError(f"{where}: expected fields {', '.join((*_LEVELS, *_ORDERS))}, found {type(data).__name__}")
    unknown = [key for key in data if key not in (*_LEVELS, *_ORDERS)]
    if unknown:
        raise SpecError(f"{where}: unknown field {unknown[0]!r}; the fields are {', '.join((*_LEVELS, *_ORDERS))}")
    missing = [level for level in ("glb", "spad") if level not in data]
    if missing:
        raise SpecError(f"{where}: field {missing[0]!r} is missing; give a tile size per dimension")
    levels = {level: _dims(data[level], f"{where}: {level}") for level in _LEVELS if level in data}
    orders = {level: _order(data[level], f"{where}: {level}") for level in _ORDERS if level in data}
    try:
        return Mapping(**levels, **orders)
    except SpecError as error:
        raise SpecError(f"{where}: {str(error).removeprefix('mapping: ')}") from error


def _dims(data: Any, where: str) -> Dims:
    if not isinstance(data, dict) or any(key not in DIMS for key in data):
        raise SpecError(f"{where} = {data!r} must give integers for some of {', '.join(DIMS)}")
    return Dims(**data)


def _order(data: Any, where: str) -> Any:
    if not isinstance(data, (list, tuple)) or sorted(map(str, data)) != sorted(GROUPS):
        raise SpecError(f"{where} = {data!r} must name M, CRS and NEF once each, outermost first")
    return tuple(data)
