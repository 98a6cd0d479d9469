"""Published accelerators beside Eyeriss on the same networks: how busy each is, and which Eyexam step loses the rest.

  python -m experiments.field --output_dir=output/field
  python -m experiments.field --chips=diannao,scnn,tpu_v1,eyeriss_v2 --networks=alexnet,mobilenet_v1

Each at its own size: docs/field.md says how the losses of their laws become the seven steps. Writes cells.json as it
goes, then field.png, field.svg, field_column.pdf (for one column of a paper), field.html and summary.json. A run that
was interrupted goes on with what is missing.
"""

import dataclasses
from functools import partial
from typing import Any

from absl import flags
from rich.text import Text

from experiments.harness import CONFIGS, Experiment, Kept, define_networks, key_of, layer_progress
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator, checks
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.hardware.field import FieldMachine
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator
from eyeriss_jax.hardware.presets.field import FIELD_MACHINES, field_machine
from eyeriss_jax.layers import Network
from eyeriss_jax.report.field import (
    FieldCell,
    FieldMatrix,
    Missing,
    cell_of_field,
    cell_of_result,
    chip_of,
    claim_in_words,
    field_page,
    field_table,
    left_out_in_words,
    reason_against,
    short_in_words,
)
from eyeriss_jax.report.figures.field import field
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.terminal import spaced, terminal_table
from eyeriss_jax.search.mapping import map_network
from eyeriss_jax.source import source_digest

KNOWN = (*FIELD_MACHINES, *ACCELERATORS)

_EXPERIMENT = Experiment("field", CONFIGS / "field.py", resumes=True)
_CHIPS = flags.DEFINE_list(
    "chips", None, f"Machines with commas between, instead of the config's: {', '.join(KNOWN)}.", allow_override=True
)
_NETWORKS = define_networks()


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FieldConfig:
    """Which machines on which networks; every pair is a cell."""

    chips: tuple[str, ...]
    networks: tuple[str, ...]

    def __post_init__(self) -> None:
        """Takes each name once; refuses an empty list and machines that do not exist."""
        for name, example in (("chips", "('tpu_v1', 'eyeriss_v2')"), ("networks", "('alexnet', 'bert_base')")):
            once = tuple(dict.fromkeys(each.strip() for each in getattr(self, name) if each.strip()))
            if not once:
                raise SpecError(f"config field {name} is empty; name some, e.g. {example}")
            object.__setattr__(self, name, once)
        for chip in self.chips:
            checks.known_name("machine", chip, KNOWN)


def main() -> None:
    """Reads the flags, computes the cells that are missing, writes and prints the picture."""
    config = _EXPERIMENT.config(
        FieldConfig,
        chips=tuple(_CHIPS.value) if _CHIPS.value is not None else None,
        networks=tuple(_NETWORKS.value) if _NETWORKS.value is not None else None,
    )
    workloads = {name: _EXPERIMENT.network(name) for name in config.networks}
    machines = {name: field_machine(name) if name in FIELD_MACHINES else accelerator(name) for name in config.chips}
    folder = _EXPERIMENT.start(config)
    kept = Kept.open(folder / "cells.json")
    matrix = FieldMatrix(
        chips=tuple(chip_of(name, machine) for name, machine in machines.items()),
        networks=config.networks,
        cells=_cells(workloads, machines, kept),
    )
    summary = {
        "answer": claim_in_words(matrix), **matrix.plain(), "config": dataclasses.asdict(config),
        "git_revision": git_revision(), "versions": versions(),
    }  # fmt: skip
    write_json(folder / "summary.json", summary)
    write_text(folder / "field.html", field_page(matrix, summary))
    written = save(field(matrix), folder / "field")
    written += save(field(matrix, title=False, column=True), folder / "field_column", ("pdf",))
    table = field_table(matrix)
    names = ", ".join(path.name for path in written)
    _EXPERIMENT.show(
        [table],
        lambda width: spaced(
            [
                Text(claim_in_words(matrix), style="bold"),
                terminal_table(table, width),
                Text(f"{short_in_words()} {left_out_in_words(matrix)}"),
            ]
        ),
        [f"\nwrote {folder}/: field.html, {names}, summary.json"],
    )


def _cells(
    workloads: dict[str, Network], machines: dict[str, FieldMachine | Accelerator], kept: Kept
) -> dict[tuple[str, str], FieldCell | Missing]:
    """Every pair, those that were kept as they were."""
    pairs = [(chip, name) for chip in machines for name in workloads]
    ours = source_digest(), versions()
    cells: dict[tuple[str, str], FieldCell | Missing] = {}
    with layer_progress(f"{len(machines)} machines on {len(workloads)} networks") as progress:
        for done, (chip, name) in enumerate(pairs):
            progress(done, len(pairs), f"{name} on {chip}")
            machine, workload = machines[chip], workloads[name]
            if reason := reason_against(workload, machine):
                cells[chip, name] = Missing(reason)
                continue
            what = accelerator_yaml(machine) if isinstance(machine, Accelerator) else repr(machine)
            key = key_of(repr(workload), what, *ours)
            make = partial(_made, workload, machine)
            cells[chip, name] = kept.or_made(f"{name} on {chip}", key, make, FieldCell.from_plain)
    return cells


def _made(workload: Network, machine: FieldMachine | Accelerator) -> dict[str, Any]:
    """A cell as plain data: the best mapping of an accelerator, the law of a machine of the field."""
    if isinstance(machine, Accelerator):
        return dataclasses.asdict(cell_of_result(map_network(workload, machine)))
    return dataclasses.asdict(cell_of_field(workload, machine))


if __name__ == "__main__":
    _EXPERIMENT.run(main)
