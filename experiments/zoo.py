"""Many networks on one accelerator in one picture: how busy the array is, and which Eyexam step loses the rest.

  python -m experiments.zoo --config=configs/zoo.py --output_dir=output/zoo
  python -m experiments.zoo --accelerator=eyeriss_v1_5 --networks=alexnet,vit_b16,gpt2_decode_512

Writes networks.json as it goes, then zoo.png, zoo.svg and summary.json. A run that was interrupted goes on with the
networks that are missing; those that are there are kept as long as neither they, the accelerator nor the model changed.
"""

import dataclasses
from functools import partial
from typing import Any

from experiments.harness import (
    COMPILING,
    CONFIGS,
    Experiment,
    Kept,
    define_accelerator,
    define_batch,
    define_networks,
    define_objective,
    key_of,
    layer_progress,
)
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Network
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.figures.zoo import zoo
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.zoo import ZooLine, zoo_table
from eyeriss_jax.search.mapping import map_network
from eyeriss_jax.search.objectives import objective
from eyeriss_jax.source import source_digest

_EXPERIMENT = Experiment("zoo", CONFIGS / "zoo.py", resumes=True)
_NETWORKS = define_networks()
_ACCELERATOR = define_accelerator()
_OBJECTIVE = define_objective()
_BATCH = define_batch()


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ZooConfig:
    """Which networks, on what, minimising what."""

    networks: tuple[str, ...]
    accelerator: str
    objective: str = "cycles"
    batch: int = 1

    def __post_init__(self) -> None:
        """Refuses an objective that does not exist, and an empty list."""
        objective(self.objective)
        if not self.names:
            raise SpecError("config field networks is empty; name networks, e.g. ('alexnet', 'vit_b16')")

    @property
    def names(self) -> tuple[str, ...]:
        """The networks, each once."""
        return tuple(dict.fromkeys(name.strip() for name in self.networks if name.strip()))


def main() -> None:
    """Reads the flags, maps the networks that are missing, writes and prints the comparison."""
    config = _EXPERIMENT.config(
        ZooConfig,
        networks=tuple(_NETWORKS.value) if _NETWORKS.value is not None else None,
        accelerator=_ACCELERATOR.value,
        objective=_OBJECTIVE.value,
        batch=_BATCH.value,
    )
    workloads = [_EXPERIMENT.network(name, batch=config.batch) for name in config.names]
    machine = accelerator(config.accelerator)
    folder = _EXPERIMENT.start(config)
    kept, lines = Kept.open(folder / "networks.json"), []
    for number, (name, workload) in enumerate(zip(config.names, workloads, strict=True), start=1):
        make = partial(_line, workload, machine, config, f"{number}/{len(workloads)} {workload.name}")
        lines.append(kept.or_made(name, _key(workload, machine, config), make, ZooLine.from_plain))
    written = save(zoo(lines, machine.name), folder / "zoo")
    write_json(folder / "summary.json", _summary(lines, machine, config))
    note = f"\nwrote {folder}/: {', '.join(path.name for path in written)}, summary.json"
    table = zoo_table(lines, machine.energy.unit)
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), [note])


def _line(workload: Network, machine: Accelerator, config: ZooConfig, what: str) -> dict[str, Any]:
    """Maps one network: its line as plain data."""
    with layer_progress(what, first=COMPILING) as progress:
        found = map_network(workload, machine, objective=config.objective, progress=progress)
    return dataclasses.asdict(ZooLine.of(found))


def _key(workload: Network, machine: Accelerator, config: ZooConfig) -> str:
    """What a line depends on: network, accelerator, objective and the state of the model."""
    return key_of(repr(workload), accelerator_yaml(machine), config.objective, source_digest(), versions())


def _summary(lines: list[ZooLine], machine: Accelerator, config: ZooConfig) -> dict[str, object]:
    return {
        "networks": [dataclasses.asdict(line) for line in lines],
        "energy_unit": machine.energy.unit,
        "config": dataclasses.asdict(config),
        "git_revision": git_revision(),
        "versions": versions(),
    }


if __name__ == "__main__":
    _EXPERIMENT.run(main)
