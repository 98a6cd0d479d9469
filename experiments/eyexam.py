r"""Eyexam of a network on an accelerator: how fast, how efficient, and what exactly holds it back.

Finds the best mapping of every layer, then shows the seven bounds that performance falls through.

  python -m experiments.eyexam --config=configs/eyeriss_v2_mobilenet.py --output_dir=output/eyexam
  python -m experiments.eyexam --network=alexnet --accelerator=eyeriss_v1 --objective=energy
  python -m experiments.eyexam --network=onnx:model.onnx --batch=4
  python -m experiments.eyexam --mapping=output/eyexam/mappings.yaml
  python -m experiments.eyexam --format=csv > layers.csv
  python -m experiments.eyexam --network=timeloop:problem.yaml --mapping=timeloop:mapping.yaml \
      --accelerator=timeloop_e168 --conventions=timeloop

Writes report.html, summary.json, mappings.yaml and the figures as PNG and SVG. Plain flags override the config.
"""

import dataclasses
from pathlib import Path

import jax
from absl import flags

from experiments.command_line import (
    CONFIGS,
    define_accelerator,
    define_batch,
    define_config,
    define_network,
    define_output_dir,
    prepare_output_dir,
    run,
)
from experiments.compilation_cache import define_compilation_cache, enable_compilation_cache
from experiments.configuration import freeze
from experiments.given_mappings import given_mappings
from experiments.output import define_format, show
from experiments.progress import layer_progress
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import network
from eyeriss_jax.layers.densities import read_densities
from eyeriss_jax.model.conventions import conventions
from eyeriss_jax.report import FORMATS, check_formats, network_tables, terminal_report, write_report
from eyeriss_jax.search.network import map_network
from eyeriss_jax.search.objectives import objective

_CONFIG = define_config()
_NETWORK = define_network()
_ACCELERATOR = define_accelerator()
_DATAFLOW = flags.DEFINE_string("dataflow", None, "Dataflow, instead of the config's.")
_OBJECTIVE = flags.DEFINE_string("objective", None, "What the mapper minimises, instead of the config's.")
_BATCH = define_batch()
_MAPPING = flags.DEFINE_string(
    "mapping", None, "YAML file of mappings to use instead of searching those layers, or timeloop:<path>."
)
_SPARSITY = flags.DEFINE_string("sparsity", None, "File of densities (see experiments.densities), not the config's.")
_CONVENTIONS = flags.DEFINE_string("conventions", None, "What counts as an access, instead of the config's.")
_FIGURES = flags.DEFINE_list(
    "figures", ["png", "svg"], f"Formats of the figures: {', '.join(FORMATS)} (a PDF for one column of a paper)."
)
_OUTPUT_DIR = define_output_dir("output/eyexam")
_FORMAT = define_format()
_COMPILATION_CACHE = define_compilation_cache()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EyexamConfig:
    """What to examine, by name, the batch size, and (``conventions``) what counts as an access.

    An empty ``dataflow`` stands for the accelerator's own, an empty ``sparsity`` for the network's.
    """

    network: str
    accelerator: str
    dataflow: str = ""
    objective: str = "cycles"
    batch: int = 1
    conventions: str = "ours"
    sparsity: str = ""

    def __post_init__(self) -> None:
        """Refuses names that are looked up late; network and accelerator are looked up right away."""
        objective(self.objective)
        conventions(self.conventions)
        if self.dataflow:
            dataflow(self.dataflow)


def main() -> None:
    """Reads the flags, maps the network, writes and prints the report."""
    config = freeze(
        _CONFIG.value,
        EyexamConfig,
        network=_NETWORK.value,
        accelerator=_ACCELERATOR.value,
        dataflow=_DATAFLOW.value,
        objective=_OBJECTIVE.value,
        batch=_BATCH.value,
        conventions=_CONVENTIONS.value,
        sparsity=_SPARSITY.value,
    )
    workload = network(config.network, batch=config.batch)
    if config.sparsity:
        workload = read_densities(Path(config.sparsity)).of(workload)
    machine = accelerator(config.accelerator)
    workload, mappings = given_mappings(_MAPPING.value, config.network, workload, machine)
    check_formats(_FIGURES.value)
    folder = prepare_output_dir(_OUTPUT_DIR.value)
    if _COMPILATION_CACHE.value:
        enable_compilation_cache()
    what = f"mapping the {len(workload.layers)} layers of {workload.name} on {machine.name}"
    with layer_progress(what) as progress:
        result = map_network(
            workload,
            machine,
            objective=config.objective,
            dataflow=config.dataflow or None,
            mappings=mappings,
            conventions=conventions(config.conventions),
            progress=progress,
        )
    written = write_report(result, dataclasses.asdict(config), folder, _FIGURES.value)
    note = f"\nwrote {folder}/: {', '.join(path.name for path in written)}"
    show(_FORMAT.value, network_tables(result), lambda width: terminal_report(result, width), [note])


if __name__ == "__main__":
    jax.config.parse_flags_with_absl()
    run(main, default_config=CONFIGS / "eyeriss_v2_mobilenet.py")
