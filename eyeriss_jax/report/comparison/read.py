"""Reading summaries that :func:`eyeriss_jax.report.summary.summary` wrote, of this version or another."""

import json
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.report.losses import Losses, split_cycles

_NEEDED = ("network", "accelerator", "cycles", "macs", "peak_macs_per_cycle", "energy", "dram_bytes", "layers")
_NEEDED_OF_A_LAYER = ("name", "macs", "cycles", "bounds_macs_per_cycle", "reasons", "energy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One summary under a label that tells it from the others.

    ``per_inference``: whether its counts were divided by its batch size
    (:func:`eyeriss_jax.report.comparison.work.made_equal`).
    """

    label: str
    data: Dictionary[str, Any]
    per_inference: bool = False

    @property
    def inferences(self) -> int:
        """The batch size: what the rate and the latency of the run give, or else its configuration."""
        rate, latency = self.data.get("inferences_per_s"), self.data.get("latency_s")
        if rate and latency:
            return max(1, round(rate * latency))
        return int((self.data.get("config") or {}).get("batch") or 1)

    @property
    def energy_unit(self) -> str:
        """The unit of its energies."""
        return self.data.get("energy_unit") or "unknown unit"

    @property
    def layers(self) -> dict[str, Dictionary[str, Any]]:
        """The layers by name, in the order of the network."""
        return {layer["name"]: layer for layer in self.data["layers"]}

    def losses(self, layer: Dictionary[str, Any]) -> Losses:
        """The cycles of one run of a layer, split by the step of Eyexam that adds them."""
        work = layer.get("macs_not_skipped", layer["macs"])  # written only since layers can be sparse
        return split_cycles(work, layer["bounds_macs_per_cycle"], self.data["peak_macs_per_cycle"])


def read_runs(paths: Sequence[Path]) -> tuple[Run, ...]:
    """The runs behind ``paths``: files, or folders with a ``summary.json``.

    Raises:
        SpecError: fewer than two, a file that cannot be read, or one that is not the summary of a network.
    """
    if len(paths) < 2:
        raise SpecError(
            f"a comparison needs at least two summaries, found {len(paths)}; name the first, then the others: "
            "python -m experiments.compare output/eyexam/before output/eyexam/after"
        )
    files = [path / "summary.json" if path.is_dir() else path for path in paths]
    data = [_read(file) for file in files]
    return tuple(Run(label=label, data=each) for label, each in zip(_labels(files, data), data, strict=True))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"summary {path}: {getattr(error, 'strerror', None) or 'not a text file'}") from error
    except json.JSONDecodeError as error:
        raise SpecError(f"summary {path}: not JSON in line {error.lineno}: {error.msg}") from error
    missing = [key for key in _NEEDED if not isinstance(data, dict) or key not in data]
    if missing or not isinstance(data["layers"], list) or not data["layers"]:
        what = f"it has no {missing[0]!r}" if missing else "it has no layers"
        raise SpecError(f"summary {path}: {what}; compare what experiments.eyexam wrote")
    for layer in data["layers"]:
        missing = [key for key in _NEEDED_OF_A_LAYER if not isinstance(layer, dict) or key not in layer]
        if missing:
            raise SpecError(f"summary {path}: a layer has no {missing[0]!r}; compare what experiments.eyexam wrote")
    return data


def _labels(files: Sequence[Path], data: Sequence[Dictionary[str, Any]]) -> list[str]:
    """What tells the runs apart: the accelerator, the network, the folder, or the path."""
    for candidates in (
        [str(each["accelerator"]) for each in data],
        [str(each["network"]) for each in data],
        [f"{each['network']} on {each['accelerator']}" for each in data],
        [file.resolve().parent.name for file in files],
    ):
        if len(set(candidates)) == len(candidates):
            return candidates
    return [f"{index}: {file}" for index, file in enumerate(files, 1)]
