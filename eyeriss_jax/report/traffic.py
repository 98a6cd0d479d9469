"""Words and bits moved, as rows to print: per level and data type, and over the DRAM interface."""

import math
from dataclasses import dataclass

from eyeriss_jax.dims import RELEVANT, TYPES
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult, NetworkResult

LEVELS: tuple[str, ...] = ("dram", "glb", "spad")


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """Words of one data type at one level; over the NoC, ``arrivals`` reach PEs and ``hops`` go between clusters."""

    level: str
    data_type: str
    reads: float = 0.0
    fills: float = 0.0
    updates: float = 0.0
    arrivals: float = 0.0
    hops: float = 0.0


def traffic_rows(layer: LayerResult) -> list[TrafficRow]:
    """Traffic of one layer from DRAM inwards, one row per level and data type."""
    evaluation = layer.evaluation
    rows = []
    for level in LEVELS:
        if level == "spad":
            moved = evaluation.noc, evaluation.hops
            rows += [TrafficRow("noc", t, arrivals=moved[0][t], hops=moved[1][t]) for t in TYPES]
        for name in TYPES:
            access = getattr(evaluation, level)[name]
            rows.append(TrafficRow(level, name, reads=access.reads, fills=access.fills, updates=access.updates))
    return rows


def words(layer: LayerResult) -> dict[str, dict[str, dict[str, float]]]:
    """Traffic of one layer as plain data: level -> data type -> kind of access -> words."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for row in traffic_rows(layer):
        kinds = {"arrivals": row.arrivals, "hops": row.hops}
        if row.level != "noc":
            kinds = {"reads": row.reads, "fills": row.fills, "updates": row.updates}
        result.setdefault(row.level, {})[row.data_type] = kinds
    return result


def outputs(layer: LayerResult) -> int:
    """Finished psums of the layer."""
    return math.prod(layer.layer.extent(dim) for dim in RELEVANT["psum"])


def dram_bits_by_type(layer: LayerResult, accelerator: Accelerator) -> dict[str, float]:
    """Bits over the DRAM interface of one run: finished psums in the width of an oact, unfinished ones in their own."""
    dram = layer.evaluation.dram
    unfinished = dram.psum.reads + dram.psum.updates - outputs(layer)
    return {
        "iact": dram.iact.reads * accelerator.word_bits.iact,
        "weight": dram.weight.reads * accelerator.word_bits.weight,
        "psum": unfinished * accelerator.word_bits.psum + outputs(layer) * layer.evaluation.oact_bits,
    }


def dram_bits(layer: LayerResult, accelerator: Accelerator) -> float:
    """Bits over the DRAM interface of one run, all data types together."""
    return sum(dram_bits_by_type(layer, accelerator).values())


def network_dram_bits(result: NetworkResult) -> float:
    """Bits over the DRAM interface for all layers."""
    return sum(dram_bits(layer, result.accelerator) * layer.layer.repeat for layer in result.layers)


def array_words(layer: LayerResult, data_type: str, accelerator: Accelerator) -> float:
    """Words that enter the array from the level that supplies it (psums: that leave it), copies counted once."""
    kept = data_type in accelerator.glb_keeps
    access = (layer.evaluation.glb if kept else layer.evaluation.dram)[data_type]
    if data_type != "psum":
        return access.reads
    return access.updates + (outputs(layer) if kept and accelerator.oacts_bypass_glb else 0)


def array_bandwidth(data_type: str, accelerator: Accelerator) -> float:
    """Words per cycle that the NoC can bring to the array when every source port sends unique words."""
    bandwidth = getattr(accelerator.noc_words_per_cycle, data_type)
    if accelerator.noc == "bus":
        return bandwidth
    ports = {"iact": 1, "weight": accelerator.pe_rows, "psum": accelerator.pe_cols}[data_type]
    return bandwidth * accelerator.cluster_rows * accelerator.cluster_cols * ports
