"""A machine that you can hold in your hands: a page on this computer where every number is a slider.

  python -m experiments.explore --network=mobilenet_v1_0.5_128 --accelerator=eyeriss_v2
  python -m experiments.explore --network=alexnet_sparse --accelerator=eyeriss_v2 --objective=edp

Opens a page in the browser (its address is printed as well). Moving a slider re-scores all layers under their present
mappings at once, and re-maps them in the background. The page is for this user of this computer alone: it is served at
127.0.0.1 under an address that nobody can guess. Files that are saved go to --output_dir. Ctrl-C ends it.
"""

import dataclasses
import math
import os
import sys
import webbrowser
from functools import partial
from typing import Any

import jax
from absl import flags

from experiments.explorer import Address, Studio, application, bound, kept_token, serve
from experiments.harness import (
    CONFIGS,
    Experiment,
    as_made_for,
    check_made_for,
    define_accelerator,
    define_batch,
    define_dataflow,
    define_network,
    define_objective,
    define_text,
    layer_progress,
    mapping_file,
    names_config,
)
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.report.explorer import control_data, explorer_page
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import counted
from eyeriss_jax.search.explore import MOST_PES
from eyeriss_jax.search.mapping import check_mappable, map_network
from eyeriss_jax.search.objectives import objective
from eyeriss_jax.search.space import METRICS
from eyeriss_jax.search.sweep import shortlisted

PORT = 8642
MOST_LAYERS = 400
"""Layers that a page shows; a move of more would not be answered while the hand moves."""

_EXPERIMENT = Experiment("explore", CONFIGS / "eyeriss_v2_mobilenet.py")
_NETWORK = define_network()
_ACCELERATOR = define_accelerator()
_DATAFLOW = define_dataflow()
_OBJECTIVE = define_objective()
_BATCH = define_batch()
_MAPPING = define_text("mapping", "Mappings to begin with, a mappings.yaml, instead of those of a shortlist.")
_PORT = flags.DEFINE_integer(
    "port", PORT, "Port of 127.0.0.1; where somebody has it, another one.", 1, 65535, allow_override=True
)
_SECONDS = flags.DEFINE_float(
    "seconds", 0.0, "Ends after so many seconds; 0 goes on until Ctrl-C.", 0.0, allow_override=True
)
_OPEN = flags.DEFINE_bool("open", True, "Open the page in a browser.", allow_override=True)


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExploreConfig:
    """What to explore, by name, the batch size, and what mappings are chosen by.

    An empty ``dataflow`` stands for the accelerator's own.
    """

    network: str
    accelerator: str
    dataflow: str = ""
    objective: str = "cycles"
    batch: int = 1

    def __post_init__(self) -> None:
        """Refuses names that are looked up late; network and accelerator are looked up right away."""
        objective(self.objective)
        if self.dataflow:
            dataflow(self.dataflow)


def main() -> None:
    """Reads the flags, maps the network once, and serves the page."""
    file = mapping_file(_MAPPING.value)
    asked = {
        "network": _NETWORK.value,
        "accelerator": _ACCELERATOR.value,
        "dataflow": _DATAFLOW.value,
        "objective": _OBJECTIVE.value,
        "batch": _BATCH.value,
    }
    if not math.isfinite(_SECONDS.value):
        raise SpecError(f"--seconds={_SECONDS.value} is no number of seconds; 0 goes on until Ctrl-C")
    config = _EXPERIMENT.config(ExploreConfig, **(asked if names_config() else as_made_for(asked, file.made_for)))
    check_made_for(_MAPPING.value, file.made_for, config)
    workload = _EXPERIMENT.network(config.network, batch=config.batch)
    base = accelerator(config.accelerator)
    if config.dataflow:
        base = base.replace(dataflow=config.dataflow)
    if len(workload.layers) > MOST_LAYERS:
        raise SpecError(
            f"{workload.name} has {len(workload.layers):,} layers; up to {MOST_LAYERS} are explored by hand: take "
            "experiments.eyexam"
        )
    if base.pes > MOST_PES:
        raise SpecError(
            f"{base.name} has {base.pes:,} PEs; up to {MOST_PES:,} are explored by hand: take experiments.eyexam"
        )
    check_mappable(workload, base, dataflow(base.dataflow), file.mappings, OURS)
    folder = _EXPERIMENT.start(config)
    if not os.environ.get("JAX_PLATFORMS"):  # a move is a few points; the process that maps takes what there is
        jax.config.update("jax_platforms", "cpu")
    with layer_progress(f"mapping {counted(len(workload.layers), 'layer')} of {workload.name} on {base.name}") as at:
        if file.mappings:
            found = map_network(workload, base, objective=config.objective, mappings=file.mappings, progress=at)
            mappings = {layer.layer.name: layer.mapping for layer in found.layers}
        else:
            mappings = shortlisted(workload, base, config.objective, progress=at)
        studio = Studio(workload, base, mappings, folder, config)
        at(len(workload.layers), len(workload.layers), "compiling")
        studio.warm()
    socket, port = bound(_PORT.value)
    address = Address(port=port, token=kept_token())
    if port != _PORT.value:
        print(f"note: port {_PORT.value} is in use; the page is at another one", file=sys.stderr)
    app = application(address, studio, partial(_page, studio, address, config))
    serve(socket, app, studio, lambda: _opened(address, studio), _SECONDS.value)


def _page(studio: Studio, address: Address, config: ExploreConfig, start: dict[str, Any]) -> str:
    """The page, as it begins."""
    explored = {
        "network": studio.network.name,
        "accelerator": studio.base.name,
        "how": "given" if _MAPPING.value else "shortlist",
        "start": start,
        "controls": control_data(studio.controls),
        "layers": [layer.name for layer in studio.network.layers],
        "metrics": METRICS,
    }
    known = {"config": dataclasses.asdict(config), "git_revision": git_revision(), "versions": versions()}
    return explorer_page(f"{studio.network.name} on {studio.base.name}", explored, known, address.socket)


def _opened(address: Address, studio: Studio) -> None:
    """Says where the page is, and opens it."""
    columns = (
        Column.of("network", "network", [studio.network.name], numeric=False, priority=1),
        Column.of("accelerator", "accelerator", [studio.base.name], numeric=False, priority=2),
        Column(key="address", values=(address.url,)),
    )
    table = Table(name="explorer", title="Live explorer", columns=columns)
    note = f"{address.url}\nis the page, for you alone; Ctrl-C ends it"
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), [note])
    sys.stdout.flush()
    if _OPEN.value and _has_screen():
        webbrowser.open(address.url)


def _has_screen() -> bool:
    """Whether a browser would have a window; one of a terminal would take this command's."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


if __name__ == "__main__":
    _EXPERIMENT.run(main)
