"""The machine drawn to the scale of the area model: where every part lies and how large it is, in millimetres.

As in the papers a cluster is its GLB, its routers and its PEs side by side; clusters make a grid. Areas are those of
:mod:`eyeriss_jax.hardware.area`, shapes are ours: the law knows no wires and no aspect ratios.
"""

import math
from typing import Any, NamedTuple

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, TYPES
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.area import TSMC65, Area

MOST_CELLS = 2048
"""PEs up to which the grid shows each of them; of larger arrays every cluster is one field."""

_MOST_BOXES = 1536


class Box(NamedTuple):
    """A rectangle in mm; ``mark`` is what a page calls it, ``part`` whose fields it stands for."""

    mark: str
    part: str
    x: float
    y: float
    width: float
    height: float


def _parts_mm2(machine: Accelerator, found: Area) -> dict[str, float]:
    """The area of every part of one cluster, in mm2: what the PEs, banks and routers of it take."""
    scale = TSMC65.um2_per_gate * 1e-6 / machine.clusters
    per_pe = scale / (machine.pe_rows * machine.pe_cols)
    parts = {"pes": found.pes * scale, "noc": found.noc * scale, "glb": found.glb * scale}
    parts |= {"mac": found.macs * per_pe, "control": found.pe_control * per_pe, "spads": found.spads * per_pe}
    return parts


def cluster_boxes(machine: Accelerator, found: Area) -> list[Box]:
    """One cluster: banks by data type, routers by data type, PEs with their SPads; from its upper left corner."""
    mm2 = _parts_mm2(machine, found)
    height = math.sqrt(sum(mm2[each] for each in ("pes", "noc", "glb")) / 1.5)
    boxes, x = [], 0.0
    banks = {t: machine.glb_bits[t] for t in TYPES} | {"shared": machine.glb_shared_bits}
    ports = _port_shares(machine)
    for part, total, shares in (("glb", mm2["glb"], banks), ("noc", mm2["noc"], ports)):
        width = total / height
        name = "router" if part == "noc" else "glb"
        boxes += _column(name, part, x, width, height, shares)
        x += width
    boxes += _pe_boxes(machine, mm2, x, height)
    return boxes


def _column(name: str, part: str, x: float, width: float, height: float, shares: dict[str, float]) -> list[Box]:
    """Boxes one below the other, as high as their share."""
    whole, y, boxes = sum(shares.values()), 0.0, []
    for key, share in shares.items():
        if share > 0 and width > 0:
            boxes.append(Box(f"{name}-{key}", part, x, y, width, height * share / whole))
            y += height * share / whole
    return boxes


def _port_shares(machine: Accelerator) -> dict[str, float]:
    """How the routers' area is split in the picture: by the bits that a cluster's ports of each type move."""
    ports = {"iact": 1, "weight": machine.pe_rows, "psum": machine.pe_cols}
    bits = {t: machine.noc_words_per_cycle[t] * machine.word_bits[t] * ports[t] for t in TYPES}
    return {t: value if math.isfinite(value) else 0.0 for t, value in bits.items()}


def _pe_boxes(machine: Accelerator, mm2: dict[str, float], x: float, height: float) -> list[Box]:
    """The PEs of a cluster, each with its SPads, its MACs and its control."""
    width = mm2["pes"] / height
    w, h = width / machine.pe_cols, height / machine.pe_rows
    one = mm2["pes"] / (machine.pe_rows * machine.pe_cols)
    spads = _spad_shares(machine)
    inside = {f"spad-{t}": mm2["spads"] * share for t, share in spads.items()}
    inside |= {"mac": mm2["mac"], "control": mm2["control"]}
    boxes = []
    for row in range(machine.pe_rows):
        for col in range(machine.pe_cols):
            at, top = x + col * w, row * h
            boxes.append(Box(f"pe-{row}-{col}", "pe", at, top, w, h))
            y = top
            for mark, size in inside.items():
                part = "spad" if mark.startswith("spad") else "pe"
                boxes.append(Box(mark, part, at, y, w, h * size / one))
                y += h * size / one
    return boxes


def _spad_shares(machine: Accelerator) -> dict[str, float]:
    """How the area of the SPads is split: by bits, those of registers dearer than those of SRAM, as the law has it."""
    bits = {t: machine.spad_words[t] * machine.word_bits[t] for t in TYPES}
    if machine.sparse_pe is not None:
        pe = machine.sparse_pe
        bits["weight"], bits["iact"] = pe.weight_pairs * pe.pair_bits, pe.iact_pairs * pe.pair_bits
    dear = {"iact": TSMC65.register_bit, "weight": TSMC65.spad_sram_bit, "psum": TSMC65.register_bit}
    gates = {t: bits[t] * dear[t] for t in TYPES}
    whole = sum(gates.values()) or 1.0
    return {t: value / whole for t, value in gates.items()}


def floorplan(machine: Accelerator, mapping: Mapping, found: Area) -> dict[str, Any]:
    """The chip and one cluster as plain data for the page, and which PEs ``mapping`` gives work in a full pass.

    ``found``: the area of ``machine``.
    """
    boxes = cluster_boxes(machine, found)
    width, height = max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)
    used = {axis: math.prod(getattr(mapping, axis)[d] for d in DIMS) for axis in AXES}
    return {
        "width": width,
        "height": height,
        "shape": [getattr(machine, axis) for axis in AXES],
        "used": [min(used[axis], getattr(machine, axis)) for axis in AXES],
        "cells": machine.pes <= MOST_CELLS,
        "blocks": {
            part: [min(b.x for b in of), min(b.y for b in of), max(b.x + b.width for b in of), height]
            for part in ("glb", "noc", "pe")
            if (of := [b for b in boxes if b.part == part])
        },
        "boxes": [[b.mark, b.part, *(float(f"{x:.5g}") for x in b[2:])] for b in _drawn(boxes)],
    }


def _drawn(boxes: list[Box]) -> list[Box]:
    """All of them; of a cluster with very many PEs only the first PE with its parts."""
    if len(boxes) <= _MOST_BOXES:
        return boxes
    first: dict[str, Box] = {}
    for box in boxes:
        first.setdefault(box.mark, box)
    return list(first.values())
