"""AccelForge as a worker: the optimum of its mapspace for energy x delay, in one process, else as it comes.

Its mapper is called without its last step, which evaluates the mappings found once more to report details and draws
them with Graphviz.
"""

from pathlib import Path

import accelforge as af  # pyright: ignore[reportMissingImports]
from accelforge.mapper.FFM.main import map_workload_to_arch  # pyright: ignore[reportMissingImports]

from experiments.measure.beside.worker import Job, serve

_TENSORS = {"iact": "input", "weight": "weight", "psum": "output"}
_EDP = "Total<SEP>energy_delay_product"


def _memory(name: str, machine: Job, kept: list[str], words: str, energy: float, words_per_cycle: float | None) -> str:
    """One memory; reading and writing have a limit each."""
    bits = machine["word_bits"]
    limit = "" if words_per_cycle is None else f'total_latency: "max(a.n_calls for a in actions) / {words_per_cycle}"'
    actions = ", ".join(
        f"{{name: {way}, energy: {energy}, throughput: inf, bits_per_action: {bits}}}" for way in ("read", "write")
    )
    return f"""
  - !Memory
    name: {name}
    size: {words} * {bits}
    leak_power: 0
    area: 0
    {limit}
    tensors: {{keep: {" | ".join(_TENSORS[t] for t in kept)}}}
    actions: [{actions}]"""


def _architecture(machine: Job) -> str:
    energy, flow = machine["energy"], machine["words_per_cycle"]
    spads = [
        _memory(f"spad_{t}", machine, [t], str(words), energy["spad"], None)
        for t, words in machine["spad_words"].items()
    ]
    glb = machine["glb_keeps"], str(machine["glb_words"]), energy["glb"], flow["glb"]
    return f"""arch:
  nodes:{_memory("DRAM", machine, list(_TENSORS), "inf", energy["dram"], flow["dram"])}{_memory("GLB", machine, *glb)}
  - !Container
    name: PE
    spatial: [{{name: X, fanout: {machine["pe_cols"]}}}, {{name: Y, fanout: {machine["pe_rows"]}}}]{"".join(spads)}
  - !Compute
    name: MAC
    leak_power: 0
    area: 0
    actions: [{{name: compute, energy: {energy["mac"]}, throughput: 1}}]
"""


def _workload(layer: Job, bits: int) -> str:
    (v, u), (dy, dx) = layer["stride"], layer["dilation"]
    sizes = {d.lower(): layer[d] for d in "NMCEFRS" if layer[d] > 1}  # it takes long over loops of one step
    steps = {"n": 1, "c": 1, "e": v, "r": dy, "f": u, "s": dx}

    def position(dims: str) -> str:
        return " + ".join(f"{steps[d]} * {d}" if steps[d] > 1 else d for d in dims if d in sizes)

    ranks = {"N": position("n"), "C": position("c"), "H": position("er"), "W": position("fs")}
    iacts = ", ".join(f"{rank}: {index}" for rank, index in ranks.items() if index)
    weights, psums = (", ".join(d for d in dims if d in sizes) for dims in ("mcrs", "nmef"))
    shape = ", ".join(f"0 <= {d} < {size}" for d, size in sizes.items())
    return f"""workload:
  bits_per_value: {{All: {bits}}}
  einsums:
  - name: layer
    tensor_accesses:
    - {{name: I, projection: {{{iacts}}}}}
    - {{name: W, projection: [{weights}]}}
    - {{name: O, projection: [{psums}], output: True}}
    iteration_space_shape: [{shape}]
    renames: {{input: I, weight: W, output: O}}
"""


def best(layer: Job, machine: Job) -> float:
    """The least energy x delay that AccelForge finds."""
    af.set_n_parallel_jobs(1)
    file = Path("layer.yaml")
    file.write_text(_architecture(machine) + _workload(layer, machine["word_bits"]))
    spec = af.Spec.from_yaml(str(file))
    spec.mapper.metrics = af.Metrics.ENERGY_DELAY_PRODUCT
    found = map_workload_to_arch(spec, print_progress=False, eval_in_detail=False)
    return float(found.data[_EDP].min())


if __name__ == "__main__":
    serve(best)
