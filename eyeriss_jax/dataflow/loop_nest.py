"""A mapping as text: the loop nest people read and the dictionary that files hold."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from eyeriss_jax.dataflow.loops import Loop, loops
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.layers.layer import Layer

_LEVELS = ("glb", *AXES, "spad")
_ORDERS = ("dram_order", "glb_order")


_COMMENTS = {
    "DRAM": "# DRAM",
    "GLB": "# GLB: holds iacts and psums of the tile",
    "PE": "# PE: the weights of the tile stay, the iact window and psums are one position's",
}


def loop_nest(mapping: Mapping, layer: Layer) -> str:
    """The loop nest of ``layer`` under ``mapping``, one loop a line, with where each tensor stays."""
    lines: list[str] = []
    depth = 0
    by_level = {level: list(found) for level, found in groupby(loops(mapping, layer), lambda loop: loop.level)}
    for level in ("DRAM", "GLB", *AXES, "PE"):
        found = by_level.get(level, [])
        lines += ["  " * depth + _COMMENTS[level]] if level in _COMMENTS else []
        for text in [in_words(found)] if level in AXES and found else [in_words([loop]) for loop in found]:
            lines.append("  " * depth + text)
            depth += 1
    return "\n".join([*lines, "  " * depth + "psum += iact * weight"])


def in_words(found: Sequence[Loop]) -> str:
    """One loop, or all dimensions that are spread over one axis, as a line of the loop nest."""
    loop = found[0]
    if loop.level in AXES:
        factors = ", ".join(f"{each.dim}={each.count}" for each in found)
        return f"parallel over {loop.level.replace('_', ' ').replace('pe', 'PE')}: {factors}"
    if loop.level == "PE":
        return f"for {loop.dim} in {loop.count}"
    last = "" if loop.last == loop.tile else f", last {loop.last}"
    return f"for {loop.dim} in {loop.count} tiles of {loop.tile}{last}"


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
