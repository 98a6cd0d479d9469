"""Scaling of Eyeriss v1 and v2: cycles of whole networks, each layer with its best mapping, on ever larger arrays.

  python -m experiments.scaling --output_dir=output/scaling
  python -m experiments.scaling --config=configs/scaling_zoo.py --output_dir=output/scaling_zoo
  python -m experiments.scaling --networks=onnx:model.onnx,jax:mymodels:small

Writes cycles.json as it goes (a second run on the same folder continues from it), then summary.json and the figure
scaling.png/.svg.
"""

import dataclasses
import math
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from experiments.harness import COMPILING, CONFIGS, Experiment, Kept, define_networks, key_of, layer_progress
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Network, network
from eyeriss_jax.report.figures import save
from eyeriss_jax.report.figures.scaling import scaling
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import counted, scaled, significant
from eyeriss_jax.search.mapping import map_network
from eyeriss_jax.source import source_digest

_EXPERIMENT = Experiment("scaling", CONFIGS / "scaling.py", resumes=True)
_NETWORKS = define_networks()

VERSIONS = ("v1", "v2")


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ScalingConfig:
    """Networks, array sizes (16 x powers of two) and versions of Eyeriss; every combination is searched."""

    networks: tuple[str, ...]
    pes: tuple[int, ...]
    versions: tuple[str, ...] = VERSIONS

    def __post_init__(self) -> None:
        """Refuses an empty study and names that do not exist, before any search."""
        for name in ("networks", "pes", "versions"):
            if not getattr(self, name):
                raise SpecError(f"config field {name} is empty; name at least one")
            if twice := [each for each, count in Counter(getattr(self, name)).items() if count > 1]:
                raise SpecError(f"config field {name} names {twice[0]} twice; name each once")
        for version in self.versions:
            if version not in VERSIONS:
                raise SpecError(f"config field versions: {version!r} must be one of {', '.join(VERSIONS)}")
        for _, machine in self.machines:
            accelerator(machine)
        for name in self.networks:
            network(name)

    @property
    def machines(self) -> list[tuple[int, str]]:
        """(PEs, preset) of every array, small ones first."""
        return [(pes, f"eyeriss_{version}_{pes}") for pes in sorted(self.pes) for version in self.versions]


def main() -> None:
    """Reads the flags, searches what is not done yet, writes and prints."""
    config = _EXPERIMENT.config(ScalingConfig, networks=tuple(_NETWORKS.value) if _NETWORKS.value is not None else None)
    folder = _EXPERIMENT.start(config)
    cycles = _search(config, folder / "cycles.json")
    curves = {
        version: {
            name: {pes: cycles[f"{name} eyeriss_{version}_{pes}"] for pes in config.pes} for name in config.networks
        }
        for version in config.versions
    }
    files = save(scaling(curves), folder / "scaling")
    table = scaling_table(config, cycles)
    summary = {
        "study": table.records, "config": dataclasses.asdict(config), "git_revision": git_revision(),
        "versions": versions(),
    }  # fmt: skip
    write_json(folder / "summary.json", summary)
    names = ", ".join(path.name for path in (*files, folder / "summary.json"))
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), [f"\nwrote {folder}/: {names}"])


def _search(config: ScalingConfig, path: Path) -> dict[str, float]:
    """Cycles by ``network preset``; what ``path`` holds of the same contents and source is not searched again."""
    kept, cycles = Kept.open(path), {}
    workloads = {name: _EXPERIMENT.network(name) for name in config.networks}
    todo = [(name, machine) for _, machine in config.machines for name in workloads]
    what = f"mapping {counted(len(config.networks), 'network')} on {counted(len(config.machines), 'array')}"
    with layer_progress(what, first=COMPILING) as progress:
        for done, (name, preset) in enumerate(todo):
            progress(done, len(todo), f"{name} on {preset}")
            workload, machine = workloads[name], accelerator(preset)
            key = key_of(repr(workload), accelerator_yaml(machine), source_digest())
            search = partial(_cycles, workload, machine)
            cycles[f"{name} {preset}"] = kept.or_made(f"{name} {preset}", key, search, _positive)
    return cycles


def _cycles(workload: Network, machine: Accelerator) -> float:
    return map_network(workload, machine).cycles


def _positive(kept: Any) -> float:
    """Cycles as they were kept.

    Raises:
        ValueError: no run takes so many.
    """
    cycles = float(kept)
    if not 0 < cycles < math.inf:
        raise ValueError(f"{kept!r} are no cycles")
    return cycles


def scaling_table(config: ScalingConfig, cycles: dict[str, float]) -> Table:
    """One row per network and array size: cycles of each version, and how much faster v2 is than v1."""
    rows = [(name, pes) for name in config.networks for pes in sorted(config.pes)]
    columns = [
        Column.of("network", "network", (name for name, _ in rows), numeric=False, priority=0),
        Column.of("pes", "PEs", (pes for _, pes in rows), "{:,}".format, priority=0),
    ]
    of = {v: [cycles[f"{name} eyeriss_{v}_{pes}"] for name, pes in rows] for v in config.versions}
    columns += [Column.of(f"cycles_{v}", f"cycles of {v}", of[v], scaled, priority=2) for v in config.versions]
    if set(VERSIONS) <= set(config.versions):
        speedups = [v1 / v2 for v1, v2 in zip(of["v1"], of["v2"], strict=True)]
        columns.append(Column.of("speedup", "speed-up", speedups, significant, priority=1))
    return Table(name="scaling", title="v2 against v1", columns=tuple(columns))


if __name__ == "__main__":
    _EXPERIMENT.run(main)
