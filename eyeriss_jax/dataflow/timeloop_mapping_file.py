"""A mapping as a Timeloop mapping file, so that it can be checked there.

The levels are DRAM, shared_glb, PE_row, DummyBuffer, ifmap_spad, weights_spad and psum_spad, as
:mod:`eyeriss_jax.hardware.timeloop_architecture_file` writes them: shared_glb fans out to rows of PEs and a row to its
PEs, since one directive cannot have a dimension on both axes. The positions that a PE walks are the innermost loops of
the GLB, or loops of DummyBuffer, which stores nothing, where they could not be told from others there. Tiles that do
not divide are loops with a last round of fewer steps (``R=3,2``).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.timeloop_architecture_file import SPAD_NAMES, check_flat
from eyeriss_jax.layers.importers.timeloop_problem_file import SPACES, TIMELOOP_DIMS, VERSIONS
from eyeriss_jax.layers.layer import Layer

_STREAM = ("F", "N", "E")
_FANS = {"shared_glb": "pe_rows", "PE_row": "pe_cols"}


class _Loop(NamedTuple):
    """A loop: the level, whether it fans out, our dimension, its steps, and those of the last round."""

    level: str
    spatial: bool
    dim: str
    bound: int
    last: int = 1


def mapping_yaml(layer: Layer, mapping: Mapping, accelerator: Accelerator, version: str = VERSIONS[0]) -> str:
    """``mapping`` of ``layer`` on ``accelerator`` as a mapping file of ``version``.

    Raises:
        SpecError: the machine is none of Timeloop's, or no loop nest there has these tiles.
    """
    check_flat(accelerator)
    loops = _loops(layer, mapping)
    keeps = {"DRAM": TYPES, "shared_glb": accelerator.glb_keeps} | {spad: (t,) for t, spad in SPAD_NAMES.items()}
    directives: list[dict[str, Any]] = []
    for level in ("DRAM", "shared_glb", "PE_row", "DummyBuffer", *SPAD_NAMES.values()):
        for spatial in (False, True) if level in _FANS else (False,):
            mine = [loop for loop in loops if (loop.level, loop.spatial) == (level, spatial)]
            directives.append({"target": level, "type": "spatial" if spatial else "temporal"} | _factors(mine, version))
        directives[-1] |= {"split": {"shared_glb": 0, "PE_row": len(DIMS)}[level]} if level in _FANS else {}
        kept = [SPACES[t] for t in TYPES if t in keeps.get(level, ())]
        bypass = [space for space in SPACES.values() if space not in kept]
        kind = "dataspace" if version == "0.4" else "bypass"
        directives.append({"target": level, "type": kind, "keep": kept, "bypass": bypass})
    return yaml.safe_dump({"mapping": directives}, sort_keys=False, default_flow_style=None, width=120)


def _factors(loops: list[_Loop], version: str) -> dict[str, Any]:
    """Factors, and the permutation, which names the innermost loop first."""
    order = loops[::-1]
    names = [TIMELOOP_DIMS[loop.dim] for loop in order]
    factors = [
        f"{name}={loop.bound}" + (f",{loop.last}" if loop.last != loop.bound else "")
        for name, loop in zip(names, order, strict=True)
    ]
    names += [name for name in TIMELOOP_DIMS.values() if name not in names]
    if version == "0.4":
        return {"factors": factors, "permutation": names}
    return {"factors": " ".join(factors), "permutation": "".join(names)}


def _loops(layer: Layer, mapping: Mapping) -> list[_Loop]:
    """All loops that iterate, outermost first, with the steps of their last round."""
    spad = {d: min(mapping.spad[d], layer.extent(d)) for d in DIMS}
    needed = {d: -(-layer.extent(d) // spad[d]) for d in DIMS}
    factors: dict[str, dict[str, int]] = {}
    for axis in ("pe_cols", "pe_rows"):  # from the inside: places beyond the extent stay idle
        factors[axis] = {d: min(getattr(mapping, axis)[d], needed[d]) for d in DIMS}
        needed = {d: -(-needed[d] // factors[axis][d]) for d in DIMS}
    steps = {d: _outer_steps(layer, mapping, d) for d in DIMS}
    spread = {d for axis in factors.values() for d, factor in axis.items() if factor > 1}
    apart = any(spad[d] > 1 and (d in spread or steps[d][1] > 1) for d in _STREAM)

    def temporal(level: str, order: tuple[str, ...], which: int) -> Iterator[_Loop]:
        for d in ("G", *(d for group in order for d in GROUPS[group])):
            yield _Loop(level, False, d, steps[d][which])

    nest = [*temporal("DRAM", mapping.dram_order, 0), *temporal("shared_glb", mapping.glb_order, 1)]
    stream = [_Loop("DummyBuffer" if apart else "shared_glb", False, d, spad[d]) for d in _STREAM]
    fans = [_Loop(level, True, d, factors[axis][d]) for level, axis in _FANS.items() for d in DIMS]
    nest += [*fans, *stream] if apart else [*stream, *fans]
    nest += [_Loop("weights_spad", False, d, spad[d]) for d in "CRS"]
    nest += [_Loop("psum_spad", False, d, spad[d]) for d in "GM"]
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
