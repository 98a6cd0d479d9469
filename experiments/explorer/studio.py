"""What all browsers share: the network and the machine that it began with, compiled programs, where files are saved."""

from collections.abc import Mapping as Dictionary
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.explorer.remapper import Remapper
from experiments.explorer.worker import Work
from eyeriss_jax.dataflow import Mapping, dataflow
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.layers import Network
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.files import write_text
from eyeriss_jax.report.mapping_file import write_mappings
from eyeriss_jax.search.explore import Slopes, controls
from eyeriss_jax.search.mapping import Rescore

_REMEMBERED = 64
"""Certified designs that are remembered."""


class Studio:
    """One network on one machine and all its changes."""

    def __init__(
        self,
        network: Network,
        base: Accelerator,
        mappings: Dictionary[str, Mapping],
        folder: Path,
        config: Any,
        *,
        conventions: Conventions = OURS,
        keep: bool = True,
    ) -> None:
        """``mappings``: what the page begins with, of all layers; ``config``: what was asked."""
        self.network, self.base, self.folder, self.config = network, base, folder, config
        self.mappings = dict(mappings)
        self._certified: dict[Accelerator, NetworkResult] = {}
        self.controls = controls(base)
        self.score = Rescore(network, dataflow(base.dataflow), config.objective, conventions)
        self.slopes = Slopes(network, [each.field for each in self.controls if each.numeric], conventions)
        self.remapper = Remapper(Work(network, config.objective, conventions, keep))

    def warm(self) -> NetworkResult:
        """Compiles what every move needs, so that the first one is as quick as all others.

        Raises:
            SpecError: the mappings do not fit.
        """
        result = self.score(self.base, self.mappings)
        self.slopes(self.base, self.mappings)
        return result

    def certified(self, design: Accelerator) -> NetworkResult | None:
        """The certified result of a design that was mapped before, for whichever page."""
        return self._certified.get(design)

    def certify(self, design: Accelerator, result: NetworkResult) -> None:
        """Remembers a certified result; the oldest of more than :data:`_REMEMBERED` is forgotten."""
        self._certified[design] = result
        if len(self._certified) > _REMEMBERED:
            self._certified.pop(next(iter(self._certified)))

    def save(self, result: NetworkResult) -> Path:
        """Writes the machine and the mappings of ``result`` into a new folder, as files that every experiment takes."""
        number = 1
        while (folder := self.folder / f"design-{number}").exists():
            number += 1
        folder.mkdir(parents=True)
        write_text(folder / "accelerator.yaml", accelerator_yaml(result.accelerator))
        asked = asdict(self.config) | {"accelerator": str(folder / "accelerator.yaml")}
        write_mappings(folder / "mappings.yaml", result, asked)
        return folder
