"""Words and bits moved, as rows to print: per level and data type, and over the DRAM interface."""

import math
from dataclasses import dataclass

from eyeriss_jax.dims import RELEVANT, TYPES
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult, NetworkResult

LEVELS: tuple[str, ...] = ("dram", "glb", "spad")


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """Words of one data type at one level; ``arrivals`` are words that reach PEs over the NoC."""

    level: str
    data_type: str
    reads: float = 0.0
    fills: float = 0.0
    updates: float = 0.0
    arrivals: float = 0.0


def traffic_rows(layer: LayerResult) -> list[TrafficRow]:
    """Traffic of one layer from DRAM inwards, one row per level and data type."""
    evaluation = layer.evaluation
    rows = []
    for level in LEVELS:
        if level == "spad":
            rows += [TrafficRow("noc", name, arrivals=evaluation.noc[name]) for name in TYPES]
        for name in TYPES:
            access = getattr(evaluation, level)[name]
            rows.append(TrafficRow(level, name, reads=access.reads, fills=access.fills, updates=access.updates))
    return rows


def words(layer: LayerResult) -> dict[str, dict[str, dict[str, float]]]:
    """Traffic of one layer as plain data: level -> data type -> kind of access -> words."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for row in traffic_rows(layer):
        kinds = {"arrivals": row.arrivals}
        if row.level != "noc":
            kinds = {"reads": row.reads, "fills": row.fills, "updates": row.updates}
        result.setdefault(row.level, {})[row.data_type] = kinds
    return result


def dram_bits(layer: LayerResult, accelerator: Accelerator) -> float:
    """Bits over the DRAM interface: finished outputs in their own width, unfinished psums in the psum's."""
    dram = layer.evaluation.dram
    outputs = min(dram.psum.updates, math.prod(layer.layer.extent(dim) for dim in RELEVANT["psum"]))
    unfinished = dram.psum.reads + dram.psum.updates - outputs
    return (
        dram.iact.reads * accelerator.bits.iact
        + dram.weight.reads * accelerator.bits.weight
        + unfinished * accelerator.bits.psum
        + outputs * accelerator.oact_bits
    )


def network_dram_bits(result: NetworkResult) -> float:
    """Bits over the DRAM interface for all layers."""
    return sum(dram_bits(layer, result.accelerator) for layer in result.layers)


def array_words(layer: LayerResult, data_type: str, accelerator: Accelerator) -> float:
    """Unique words that the array's supplier (GLB, or DRAM where the GLB keeps none) exchanges with the array.

    Multicast copies count once. For psums, which move both ways, the busier direction.
    """
    level = layer.evaluation.glb if data_type in accelerator.glb_keeps else layer.evaluation.dram
    access = level[data_type]
    return max(access.reads, access.updates)


def array_bandwidth(data_type: str, accelerator: Accelerator) -> float:
    """Words per cycle that the NoC can bring to the array when every source port sends unique words."""
    bandwidth = getattr(accelerator.noc_words, data_type)
    if accelerator.noc == "bus":
        return bandwidth
    ports = {"iact": 1, "weight": accelerator.pe_rows, "psum": accelerator.pe_cols}[data_type]
    return bandwidth * accelerator.cluster_rows * accelerator.cluster_cols * ports
