"""A mapping as a Timeloop mapping file, so that it can be checked there.

The levels are DRAM, shared_glb, (for clusters) PE_array, DummyBuffer, ifmap_spad, weights_spad and psum_spad, as
:mod:`eyeriss_jax.hardware.timeloop_architecture_file` writes them. Each fan-out belongs to the level above it. The
positions that a PE walks are the innermost loops of the GLB, or loops of DummyBuffer, which stores nothing, where they
could not be told from others there. Tiles that do not divide are loops with a last round of fewer steps (``R=3,2``).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.importers.timeloop_problem_file import SPACES, TIMELOOP_DIMS, VERSIONS
from eyeriss_jax.layers.layer import Layer

_STREAM = ("F", "N", "E")
_SPADS = {"ifmap_spad": "iact", "weights_spad": "weight", "psum_spad": "psum"}


class _Loop(NamedTuple):
    """A loop: the level, ``temporal``, ``X`` or ``Y``, our dimension, its steps, and those of the last round."""

    level: str
    kind: str
    dim: str
    bound: int
    last: int = 1


def mapping_yaml(layer: Layer, mapping: Mapping, accelerator: Accelerator, version: str = VERSIONS[0]) -> str:
    """``mapping`` of ``layer`` on ``accelerator`` as a mapping file of ``version``.

    Raises:
        SpecError: no loop nest of Timeloop's has these tiles, or a PE of this machine is none of Timeloop's.
    """
    loops = _loops(layer, mapping, accelerator)
    nested = accelerator.clusters > 1
    levels = ("DRAM", "shared_glb", *(("PE_array",) if nested else ()), "DummyBuffer", *_SPADS)
    fans = ("shared_glb", *(("PE_array",) if nested else ()))
    directives: list[dict[str, Any]] = []
    for level in levels:
        temporal = [loop for loop in loops if loop.level == level and loop.kind == "temporal"]
        directives.append({"target": level, "type": "temporal"} | _factors(temporal, [], version))
        if level in fans:
            across, down = ([loop for loop in loops if loop.level == level and loop.kind == kind] for kind in "XY")
            directives.append({"target": level, "type": "spatial"} | _factors(across, down, version))
            directives[-1]["split"] = len(across)
        kept = {"DRAM": TYPES, "shared_glb": accelerator.glb_keeps}.get(level, (_SPADS[level],) if level in _SPADS else ())
        store = {"target": level, "type": "dataspace" if version == "0.4" else "bypass"}
        names = {True: [SPACES[t] for t in TYPES if t in kept], False: [SPACES[t] for t in TYPES if t not in kept]}
        directives.append(store | {"keep": names[True], "bypass": names[False]})
    return yaml.safe_dump({"mapping": directives}, sort_keys=False, default_flow_style=None, width=120)


def _factors(inner: list[_Loop], outer: list[_Loop], version: str) -> dict[str, Any]:
    """Factors and permutation, which names the innermost loop first: those of ``inner``, then those of ``outer``."""
    order = [*reversed(inner), *reversed(outer)]
    factors = [
        f"{TIMELOOP_DIMS[loop.dim]}={loop.bound}" + (f",{loop.last}" if loop.last != loop.bound else "")
        for loop in order
    ]
    names = [TIMELOOP_DIMS[loop.dim] for loop in order]
    names += [name for name in TIMELOOP_DIMS.values() if name not in names]
    if version == "0.4":
        return {"factors": factors, "permutation": names}
    return {"factors": " ".join(factors), "permutation": "".join(names)}


def _loops(layer: Layer, mapping: Mapping, accelerator: Accelerator) -> list[_Loop]:
    """All loops, outermost first, with the steps of their last round."""
    if accelerator.lanes > 1:
        raise SpecError(
            f"{accelerator.name!r} has {accelerator.lanes} MACs per PE, which Timeloop's nest would fan out over; "
            "its mappings are not written"
        )
    needed = {d: -(-layer.extent(d) // mapping.spad[d]) for d in DIMS}
    factors: dict[tuple[str, str], int] = {}
    for axis in reversed(AXES):  # from the inside: what lies beyond the extent stays idle
        for d in DIMS:
            factors[axis, d] = min(getattr(mapping, axis)[d], needed[d])
            needed[d] = -(-needed[d] // factors[axis, d])
    steps = {d: _outer_steps(layer, mapping, d) for d in DIMS}
    stream = {d: min(mapping.spad[d], layer.extent(d)) for d in _STREAM}
    spread = {d for (axis, d), factor in factors.items() if factor > 1}
    apart = any(stream[d] > 1 and (d in spread or steps[d][1] > 1) for d in _STREAM)

    def temporal(level: str, order: tuple[str, ...], which: int) -> Iterator[_Loop]:
        for d in ("G", *(d for group in order for d in GROUPS[group])):
            yield _Loop(level, "temporal", d, steps[d][which])

    inside = [_Loop("DummyBuffer" if apart else "shared_glb", "temporal", d, stream[d]) for d in _STREAM]
    outer = "shared_glb"
    inner = "PE_array" if accelerator.clusters > 1 else outer
    nest = [*temporal("DRAM", mapping.dram_order, 0), *temporal("shared_glb", mapping.glb_order, 1)]
    nest += [] if apart else inside
    for rows, cols, level in (("cluster_rows", "cluster_cols", outer), ("pe_rows", "pe_cols", inner)):
        for axis, kind in ((rows, "Y"), (cols, "X")):
            nest += [_Loop(level, kind, d, factors[axis, d]) for d in DIMS]
    nest += inside if apart else []
    nest += [_Loop("weights_spad", "temporal", d, min(mapping.spad[d], layer.extent(d))) for d in "CRS"]
    nest += [_Loop("psum_spad", "temporal", d, min(mapping.spad[d], layer.extent(d))) for d in "GM"]
    return _completed([loop for loop in nest if loop.bound > 1], layer)


def _outer_steps(layer: Layer, mapping: Mapping, dim: str) -> tuple[int, int]:
    """Steps of ``dim`` at DRAM and at the GLB."""
    extent, array = layer.extent(dim), mapping.array_tile(dim)
    tile = min(mapping.glb[dim], extent)
    in_dram = -(-extent // tile)
    if in_dram > 1 and tile % array:
        raise SpecError(
            f"layer {layer.name!r}: the GLB's tile of {tile} along {dim} is no multiple of the array's {array}, which "
            f"no loop nest of Timeloop's says; write glb.{dim} as a multiple"
        )
    return in_dram, -(-tile // array)


def _completed(nest: list[_Loop], layer: Layer) -> list[_Loop]:
    """``nest`` with the steps of each last round: the digits of the last index in the radices of its loops."""
    inside, completed = dict.fromkeys(DIMS, 1), []
    for loop in reversed(nest):
        last = (layer.extent(loop.dim) - 1) // inside[loop.dim]
        completed.insert(0, loop._replace(last=last % loop.bound + 1))
        inside[loop.dim] *= loop.bound
    return completed
