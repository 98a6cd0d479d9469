"""ZigZag as a worker: its best of three spatial mappings and of LOMA's loop orders, as its API has it by default."""

import json
from pathlib import Path
from typing import Any

from zigzag.api import get_hardware_performance_zigzag  # pyright: ignore[reportMissingImports]

from experiments.measure.beside.worker import Job, serve

_OPERANDS = {"iact": "I1", "weight": "I2", "psum": "O"}
_SPAD_WORDS_PER_CYCLE = 2
"""No limit at one MAC per cycle: a psum and what refills it."""


def _memory(machine: Job, kept: list[str], words: int, energy: float, words_per_cycle: int, shared: bool) -> Job:
    """One memory with a read and a write port; ZigZag's costs are of an access as wide as the port."""
    inputs, outputs = [_OPERANDS[t] for t in kept if t != "psum"], ["O"] if "psum" in kept else []
    bits = machine["word_bits"]

    def port(way: str, allocation: list[str]) -> Job:
        widths = {"bandwidth_min": bits, "bandwidth_max": words_per_cycle * bits}
        return {"name": f"{way[0]}_port_1", "type": way, "allocation": allocation, **widths}

    return {
        "size": words * bits,
        "r_cost": energy * words_per_cycle,
        "w_cost": energy * words_per_cycle,
        "area": 0,
        "latency": 1,
        "operands": [*inputs, *outputs],
        "ports": [
            port("read", [f"{o}, tl" for o in inputs] + [f"{o}, {way}" for o in outputs for way in ("tl", "th")]),
            port("write", [f"{o}, fh" for o in inputs] + [f"{o}, {way}" for o in outputs for way in ("fh", "fl")]),
        ],
        "served_dimensions": ["D1", "D2"] if shared else [],
    }


def _accelerator(machine: Job) -> Job:
    energy, flow = machine["energy"], machine["words_per_cycle"]
    spads = {
        f"spad_{t}": _memory(machine, [t], words, energy["spad"], _SPAD_WORDS_PER_CYCLE, shared=False)
        for t, words in machine["spad_words"].items()
    }
    dram_words = 1 << 40  # more than any layer has
    return {
        "name": machine["name"],
        "memories": {
            **spads,
            "glb": _memory(machine, machine["glb_keeps"], machine["glb_words"], energy["glb"], flow["glb"], True),
            "dram": _memory(machine, list(_OPERANDS), dram_words, energy["dram"], flow["dram"], True),
        },
        "operational_array": {
            "unit_energy": energy["mac"],
            "unit_area": 0,
            "dimensions": ["D1", "D2"],
            "sizes": [machine["pe_cols"], machine["pe_rows"]],
        },
    }


def _workload(layer: Job, bits: int) -> list[Job]:
    (v, u), (dy, dx) = layer["stride"], layer["dilation"]
    extents = dict(zip(("B", "K", "C", "OY", "OX", "FY", "FX"), (layer[d] for d in "NMCEFRS"), strict=True))
    one: Job = {
        "id": 0,
        "name": layer["name"],
        "operator_type": "Conv",
        "equation": "O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]",
        "dimension_relations": [f"ix={u}*ox+{dx}*fx", f"iy={v}*oy+{dy}*fy"],
        "loop_dims": list(extents),
        "loop_sizes": list(extents.values()),
        "operand_precision": dict.fromkeys(("I", "W", "O", "O_final"), bits),
        "operand_source": {"I": 0, "W": 0},
    }
    return [one]


def best(layer: Job, machine: Job) -> float:
    """Energy x latency of the mapping that ZigZag chooses."""
    links = {"name": "default", "memory_operand_links": {"I": "I1", "W": "I2", "O": "O"}}
    written: dict[str, Any] = {
        "workload": _workload(layer, machine["word_bits"]),
        "accelerator": _accelerator(machine),
        "mapping": [links],
    }
    files = {name: f"{name}.yaml" for name in written}
    for name, value in written.items():
        Path(files[name]).write_text(json.dumps(value))  # JSON is YAML
    energy, latency, _ = get_hardware_performance_zigzag(
        **files, opt="EDP", dump_folder="zigzag", loma_show_progress_bar=False
    )
    return energy * latency


if __name__ == "__main__":
    serve(best)
