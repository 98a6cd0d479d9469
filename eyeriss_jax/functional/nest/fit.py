"""Refusals of mappings that do not fit the accelerator, before anything runs.

The rules are those of the hardware, counted here from index sets and not from the analytical model.
"""

import math

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, RELEVANT
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest.schedule import Schedule
from eyeriss_jax.functional.nest.tiles import Ints
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer


def check_fit(layer: Layer, mapping: Mapping, accelerator: Accelerator, schedule: Schedule, *, slides: bool) -> None:
    """Refuses a mapping that the accelerator has no PEs, SPad words or GLB bits for.

    Raises:
        SpecError: with what is needed, what there is, and what to lower.
    """
    where = f"layer {layer.name!r} on {accelerator.name!r}"
    for axis in AXES:
        factors = getattr(mapping, axis)
        used, length = math.prod(factors[dim] for dim in DIMS), getattr(accelerator, axis)
        if used > length:
            named = " x ".join(f"{dim}{factors[dim]}" for dim in DIMS if factors[dim] > 1)
            raise SpecError(f"{where}: mapping.{axis} = {named} needs {used} places but there are {length}; lower one")
        summed = [dim for dim in GROUPS["CRS"] if factors[dim] > 1]
        if summed and axis not in accelerator.reduce_axes:
            raise SpecError(
                f"{where}: mapping.{axis} spreads {', '.join(summed)}, but psums cannot be added up along that axis; "
                f"use {' or '.join(accelerator.reduce_axes) or 'one PE'}"
            )
    _check_spads(where, layer, mapping, accelerator, schedule, slides=slides)
    _check_glb(where, layer, mapping, accelerator, schedule)


def spad_words(layer: Layer, schedule: Schedule, *, slides: bool) -> dict[str, int]:
    """Words of each data type in the fullest PE: one position's window and psums, and the weights of the PE tile."""
    pe = {dim: schedule.tiles[dim].pe for dim in DIMS}
    rows = pe["R"]
    if slides and pe["E"] > 1:  # a row stays until the last tap of a later output has used it
        rows = (rows - 1) * (layer.dilation[0] // math.gcd(layer.stride[0], layer.dilation[0])) + 1
    return {
        "iact": pe["G"] * pe["C"] * rows * pe["S"],
        "weight": pe["G"] * pe["M"] * pe["C"] * pe["R"] * pe["S"],
        "psum": pe["G"] * pe["M"],
    }


def _check_spads(
    where: str, layer: Layer, mapping: Mapping, accelerator: Accelerator, schedule: Schedule, *, slides: bool
) -> None:
    """The SPads hold what :func:`spad_words` says, and the slide rule holds."""
    pe = {dim: schedule.tiles[dim].pe for dim in DIMS}
    step = math.gcd(layer.stride[0], layer.dilation[0])
    need = spad_words(layer, schedule, slides=slides)
    lower = {"iact": "spad.C, spad.R or spad.S", "weight": "spad.M or spad.C", "psum": "spad.M"}
    for data_type, words in need.items():
        room = accelerator.spad_words[data_type]
        if words > room:
            raise SpecError(
                f"{where}: a PE needs {words} {data_type} words but its SPad has {room:.0f}; lower mapping's "
                f"{lower[data_type]}"
            )
    split = mapping.pe_rows.R * mapping.pe_cols.R > 1
    if slides and pe["E"] > 1 and split and pe["R"] > layer.stride[0] // step:
        raise SpecError(
            f"{where}: PEs that slide along E (mapping's spad.E = {mapping.spad.E}) share rows with PEs of the same "
            f"cluster that hold other taps; keep R off the PE axes or set spad.R or spad.E to 1"
        )


def _check_glb(where: str, layer: Layer, mapping: Mapping, accelerator: Accelerator, schedule: Schedule) -> None:
    """The busiest GLB cluster holds its share of a DRAM tile, each data type in its own banks first."""
    need = glb_words(layer, mapping, accelerator, schedule)
    bits = {t: need[t] * accelerator.word_bits[t] for t in accelerator.glb_keeps}
    spilled = sum(max(bits[t] - accelerator.glb_bits[t], 0) for t in bits)
    if spilled > accelerator.glb_shared_bits:
        needs = ", ".join(f"{need[t]} {t} words ({bits[t]:.0f} of {accelerator.glb_bits[t]:.0f} bits)" for t in bits)
        raise SpecError(
            f"{where}: a DRAM tile exceeds the GLB: one cluster needs {needs} and has {accelerator.glb_shared_bits} "
            f"shared bits; lower mapping's glb tile of M, E, F, C or N"
        )


def glb_words(layer: Layer, mapping: Mapping, accelerator: Accelerator, schedule: Schedule) -> dict[str, int]:
    """Words of each data type in GLB cluster 0 for the first DRAM tile, the busiest.

    Clusters that differ only in M hold one copy of their iacts between them; finished oacts that bypass the GLB need
    no room where no psum ever comes back.
    """
    share = {dim: _cluster_share(mapping, schedule, dim) for dim in DIMS}
    words = {t: math.prod(len(share[dim]) for dim in RELEVANT[t]) for t in ("weight", "psum")}
    rows = np.add.outer(share["E"] * layer.stride[0], share["R"] * layer.dilation[0])
    columns = np.add.outer(share["F"] * layer.stride[1], share["S"] * layer.dilation[1])
    planes = math.prod(len(share[dim]) for dim in "GNC")
    pe = schedule.tiles["M"]
    clusters = mapping.cluster_rows.M * mapping.cluster_cols.M
    sharing = min(clusters, -(-int(pe.size[0]) * clusters // mapping.array_tile("M")))
    words["iact"] = -(-planes * len(np.unique(rows)) * len(np.unique(columns)) // sharing)
    comes_back = math.prod(len(schedule.tiles[dim].start) for dim in "CRS") > 1
    if accelerator.oacts_bypass_glb and not comes_back:
        words["psum"] = 0
    return words


def _cluster_share(mapping: Mapping, schedule: Schedule, dim: str) -> Ints:
    """Indices of ``dim`` that cluster 0 works on in the first DRAM tile."""
    clusters = mapping.cluster_rows[dim] * mapping.cluster_cols[dim]
    index = np.arange(schedule.tiles[dim].dram_size[0])
    return index[index % mapping.array_tile(dim) < mapping.array_tile(dim) // clusters]
