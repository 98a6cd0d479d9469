r"""Eyexam of a network on an accelerator: how fast, how efficient, and what exactly holds it back.

Finds the best mapping of every layer, then shows the seven bounds that performance falls through.

  python -m experiments.eyexam --config=configs/eyeriss_v2_mobilenet.py --output_dir=output/eyexam
  python -m experiments.eyexam --network=alexnet --accelerator=eyeriss_v1 --objective=energy
  python -m experiments.eyexam --network=onnx:model.onnx --batch=4
  python -m experiments.eyexam --mapping=output/eyexam/mappings.yaml
  python -m experiments.eyexam --format=csv > layers.csv
  python -m experiments.eyexam --network=timeloop:docs/examples/problem.yaml \
      --mapping=timeloop:docs/examples/mapping.yaml --accelerator=timeloop_e168 --conventions=timeloop

``model.onnx`` is written by ``python docs/examples/onnx_files.py``. Writes report.html, summary.json, mappings.yaml and
the figures as PNG and SVG. Plain flags override the config.
"""

import dataclasses
from functools import partial
from pathlib import Path

from absl import flags

from experiments.harness import (
    COMPILING,
    CONFIGS,
    Experiment,
    as_made_for,
    check_made_for,
    check_timeloop,
    check_word_bits,
    define_accelerator,
    define_batch,
    define_conventions,
    define_dataflow,
    define_network,
    define_objective,
    define_text,
    given_mappings,
    layer_progress,
    mapping_file,
    names_config,
    reading,
    with_word_bits,
    write_timeloop,
)
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.constrained import constrained
from eyeriss_jax.dataflow.timeloop_constraints import read_constraints
from eyeriss_jax.hardware.accelerator_file import SUFFIXES
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import network
from eyeriss_jax.layers.densities import read_densities
from eyeriss_jax.model.conventions import conventions
from eyeriss_jax.report import FORMATS, MOST_DRAWN, check_formats, network_tables, terminal_report, write_report
from eyeriss_jax.report.units import counted
from eyeriss_jax.search.mapping import check_mappable, map_network
from eyeriss_jax.search.objectives import objective

_EXPERIMENT = Experiment("eyexam", CONFIGS / "eyeriss_v2_mobilenet.py")
_NETWORK = define_network()
_ACCELERATOR = define_accelerator()
_DATAFLOW = define_dataflow()
_OBJECTIVE = define_objective()
_BATCH = define_batch()
_MAPPING = define_text(
    "mapping", "Mappings to use instead of searching those layers: a mappings.yaml, or timeloop:<path>."
)
_TIMELOOP = define_text(
    "write_timeloop", "Version of Timeloop files (0.4 or 0.3) to write for every layer, with the architecture."
)
_SPARSITY = define_text(
    "sparsity", "Densities (a file of experiments.densities), instead of the config's; empty for none.", empty=True
)
_DENSITIES = "densities of layers of this network, as python -m experiments.densities measures them"
_CONVENTIONS = define_conventions()
_CONSTRAINTS = define_text(
    "constraints",
    "Timeloop's mapper constraints (a file), instead of the config's; empty for none.",
    empty=True,
)
_WORD_BITS = define_text(
    "word_bits",
    "'network': words as wide as the network's source says that operands are; empty: the accelerator's own.",
    empty=True,
)
_FIGURES = flags.DEFINE_list(
    "figures",
    ["png", "svg"],
    f"Formats of the figures, with commas between: {', '.join(FORMATS)} (a PDF for a paper's column); empty for none.",
    allow_override=True,
)


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EyexamConfig:
    """What to examine, by name, the batch size, and (``conventions``) what counts as an access.

    An empty ``dataflow`` stands for the accelerator's own, an empty ``sparsity`` for the network's. ``word_bits`` may
    be ``network``: iacts, weights and oacts as wide as an ONNX file stores them, where all its layers agree.
    ``constraints`` is a file of Timeloop's mapper constraints, within which mappings are searched.
    """

    network: str
    accelerator: str
    dataflow: str = ""
    objective: str = "cycles"
    batch: int = 1
    conventions: str = "ours"
    sparsity: str = ""
    word_bits: str = ""
    constraints: str = ""

    def __post_init__(self) -> None:
        """Refuses names that are looked up late; network and accelerator are looked up right away."""
        objective(self.objective)
        conventions(self.conventions)
        check_word_bits(self.word_bits)
        if self.dataflow:
            dataflow(self.dataflow)


def main() -> None:
    """Reads the flags, maps the network, writes and prints the report."""
    file = mapping_file(_MAPPING.value)
    asked = {
        "network": _NETWORK.value,
        "accelerator": _ACCELERATOR.value,
        "dataflow": _DATAFLOW.value,
        "objective": _OBJECTIVE.value,
        "batch": _BATCH.value,
    }
    others = {
        "conventions": _CONVENTIONS.value,
        "sparsity": _SPARSITY.value,
        "word_bits": _WORD_BITS.value,
        "constraints": _CONSTRAINTS.value,
    }
    config = _EXPERIMENT.config(
        EyexamConfig, **(asked if names_config() else as_made_for(asked, file.made_for)), **others
    )
    check_made_for(_MAPPING.value, file.made_for, config)
    check_formats(_FIGURES.value)
    reading_densities = partial(reading, "sparsity", config.sparsity, _DENSITIES, (".json", *SUFFIXES, ".npz"))
    densities = None
    if config.sparsity:  # before the network, which may take long
        with reading_densities():
            densities = read_densities(Path(config.sparsity))
    workload = network(config.network, batch=config.batch)  # the report tells its notes
    if densities is not None:
        with reading_densities():
            workload = densities.of(workload)
    machine = with_word_bits(config.word_bits, accelerator(config.accelerator), workload)
    check_timeloop(_TIMELOOP.value, machine)
    workload, file = given_mappings(_MAPPING.value, file, config.network, workload, machine)
    mappings = file.mappings
    flow, accounting = dataflow(config.dataflow or machine.dataflow), conventions(config.conventions)
    own = dataclasses.replace(config, dataflow="") if flow.name == machine.dataflow else config
    if config.constraints:
        with reading("constraints", config.constraints, "Timeloop's mapper constraints", SUFFIXES):
            limits = read_constraints(Path(config.constraints), machine)
        flow = constrained(flow, limits)
        unused = (f"not applied of {limits.source}: {part}" for part in limits.unused)
        workload = dataclasses.replace(workload, notes=(*workload.notes, *unused))
    check_mappable(workload, machine, flow, mappings, accounting, file.places)
    folder = _EXPERIMENT.start(own, *(("replayed",) if mappings else ()))
    what = f"mapping {counted(len(workload.layers), 'layer')} of {workload.name} on {machine.name}"
    with layer_progress(what, first=COMPILING) as progress:
        result = map_network(
            workload,
            machine,
            objective=config.objective,
            dataflow=flow if config.constraints else flow.name,
            mappings=mappings,
            conventions=accounting,
            progress=progress,
        )
    with layer_progress(f"writing the report of {counted(len(result.layers), 'layer')}", announced=False):
        written = write_report(result, dataclasses.asdict(config), folder, _FIGURES.value)
    written += write_timeloop(result, folder, _TIMELOOP.value)
    notes = [f"\nwrote {folder}/: {', '.join(path.name for path in written)}"]
    if len(result.layers) > MOST_DRAWN:
        notes.insert(0, f"\nno page and no figures of more than {MOST_DRAWN:,} layers: summary.json has them all")
    if machine.sparse_pe is None and not all(layer.sparsity.is_dense for layer in workload.layers):
        notes.insert(0, f"\n{machine.name} skips no zeros: {workload.name} takes as long on it as if it were dense")
    _EXPERIMENT.show(network_tables(result), lambda width: terminal_report(result, width), notes)


if __name__ == "__main__":
    _EXPERIMENT.run(main)
