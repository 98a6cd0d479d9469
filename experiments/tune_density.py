"""Weight densities of least energy within an accuracy budget, on a network that is really pruned and executed.

Trains a small CNN on images of digits, measures the densities of its activations and how sensitive each layer is to
pruning, tunes one weight density per layer under budgets of the expected loss, prunes by magnitude to them, trains
again and runs the pruned network in 8 bits through the functional model. Beside it, the same with one density for all
layers, and with one for all but the first and the last.

  python -m experiments.tune_density --config=configs/tune_density_digits.py --output_dir=output/tune_density
  python -m experiments.tune_density --config.objective=cycles --config.budgets='(0.1,)'

Writes budgets.json as it goes, then tune_density.png, .svg and summary.json; an interrupted run goes on with the
budgets that are missing. Needs scikit-learn, for the images.
"""

import dataclasses
import math
from functools import cache, partial
from typing import Any

from experiments.digits import Schedule, TrainedDigits, load_digits
from experiments.harness import (
    CONFIGS,
    Experiment,
    Kept,
    LayerProgress,
    define_accelerator,
    define_objective,
    key_of,
    layer_progress,
)
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.report.figures.pruning import pruning
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.pruning import PrunedNetwork, densities_table, pruning_table
from eyeriss_jax.report.terminal import terminal_tables
from eyeriss_jax.report.units import counted
from eyeriss_jax.search.density import DensityTuner, Sensitivity, check_densities, check_skips_zeros
from eyeriss_jax.search.objectives import objective
from eyeriss_jax.source import source_digest

_EXPERIMENT = Experiment("tune_density", CONFIGS / "tune_density_digits.py", resumes=True)
_ACCELERATOR = define_accelerator()
_OBJECTIVE = define_objective()


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TuneDensityConfig:
    """The network, how it is trained, and what it is tuned for.

    Attributes:
        accelerator: a machine that skips zero weights.
        objective: what densities and mappings minimise.
        budgets: of the proxy's loss, in nats.
        widths: output channels of the four hidden layers.
        measured_at: densities at which the sensitivity of a layer is measured, rising to 1; the first bounds tuning.
        epochs: of training; ``rate``: the first of Adam. The same with ``fine_tune_`` after pruning.
        rate: see ``epochs``.
        fine_tune_epochs: see ``epochs``.
        fine_tune_rate: see ``epochs``.
        images: of the test set that are executed; accuracies are of these.
        steps: of a descent; ``rounds``: descents at most.
        rounds: see ``steps``.
        seed: of the split, the initial weights and the order of the images.
    """

    accelerator: str
    objective: str
    budgets: tuple[float, ...]
    widths: tuple[int, ...]
    measured_at: tuple[float, ...]
    epochs: int
    rate: float
    fine_tune_epochs: int
    fine_tune_rate: float
    images: int
    steps: int
    rounds: int
    seed: int

    def __post_init__(self) -> None:
        """Refuses what could not be trained or tuned, before any work."""
        objective(self.objective)
        for name in ("budgets", "measured_at"):
            if not all(type(value) in (int, float) for value in getattr(self, name)):
                raise SpecError(f"config field {name} = {getattr(self, name)} must hold numbers only")
        check_densities(self.measured_at)
        check_skips_zeros(accelerator(self.accelerator))
        if not self.budgets or not all(0 < budget < math.inf for budget in self.budgets):
            raise SpecError(f"config field budgets = {self.budgets} must name positive numbers, in nats")
        if len(self.widths) != 4 or not all(isinstance(width, int) and width > 0 for width in self.widths):
            raise SpecError(f"config field widths = {self.widths} must be four positive integers")
        for name in ("epochs", "rate", "fine_tune_epochs", "fine_tune_rate", "images", "steps", "rounds"):
            if not 0 < getattr(self, name) < math.inf:
                raise SpecError(f"config field {name} = {getattr(self, name)} must be positive and finite")
        if self.seed < 0:
            raise SpecError(f"config field seed = {self.seed} must not be negative")

    @property
    def schedule(self) -> Schedule:
        """How it is trained."""
        return Schedule(**{field.name: getattr(self, field.name) for field in dataclasses.fields(Schedule)})


def main() -> None:
    """Reads the flags, does what is not done yet, writes and prints."""
    config = _EXPERIMENT.config(TuneDensityConfig, accelerator=_ACCELERATOR.value, objective=_OBJECTIVE.value)
    machine = accelerator(config.accelerator)
    load_digits(config.seed)
    folder = _EXPERIMENT.start(config)
    with layer_progress(f"pruning digits for {machine.name} at {counted(len(config.budgets), 'budget')}") as progress:
        parts = study(config, machine, Kept.open(folder / "budgets.json"), progress)
    networks = [PrunedNetwork(**plain) for part in parts for plain in part["networks"]]
    title = f"Digits pruned for {machine.name}: least {config.objective}"
    written = save(pruning(networks, title), folder / "tune_density")
    write_json(folder / "summary.json", _summary(parts, config, machine))
    tables = [pruning_table(networks, machine.energy.unit), densities_table(networks)]
    note = f"\nwrote {folder}/: {', '.join(path.name for path in written)}, summary.json"
    _EXPERIMENT.show(tables, lambda width: terminal_tables(tables, width), [note])


def study(config: TuneDensityConfig, machine: Accelerator, kept: Kept, progress: LayerProgress) -> list[dict[str, Any]]:
    """The dense network, then every budget from the smallest: what is kept is not computed again."""

    @cache
    def prepared() -> tuple[TrainedDigits, Sensitivity, DensityTuner, DensityTuner]:
        progress(0, len(config.budgets) + 1, "training")
        trained = TrainedDigits.of(config.widths, machine, config.objective, config.schedule, config.seed)
        progress(0, len(config.budgets) + 1, "measuring")
        proxy = trained.sensitivity(config.measured_at)
        tuner = partial(
            DensityTuner, trained.network, machine, proxy,
            objective=config.objective, steps=config.steps, rounds=config.rounds,
        )  # fmt: skip
        first, *hidden, last = [layer.name for layer in trained.network.layers]
        limits = (config.measured_at[0], 1.0)
        dense_ends = {first: (1.0, 1.0), last: (1.0, 1.0)} | dict.fromkeys(hidden, limits)
        return trained, proxy, tuner(bounds=limits), tuner(bounds=dense_ends)

    def dense() -> dict[str, Any]:
        trained, proxy, tuner, _ = prepared()
        network = trained.pruned(tuner.point(tuner.most), "dense", None, config.images)
        return {"networks": [network.plain()], "sensitivity": dict(zip(tuner.names, proxy.increases, strict=True))}

    def at_budget(budget: float) -> dict[str, Any]:
        trained, _, tuner, hidden_only = prepared()
        found = tuner.tune(budget)
        points = {"uniform": found.uniform, "hidden": hidden_only.uniform(budget), "tuned": found.tuned}
        networks = [trained.pruned(point, method, budget, config.images) for method, point in points.items()]
        return {
            "networks": [network.plain() for network in networks],
            "rounds": [dataclasses.asdict(each) for each in found.rounds],
        }

    budgets = sorted(set(config.budgets))
    same = dataclasses.replace(config, budgets=(1.0,))
    key = key_of(same, accelerator_yaml(machine), source_digest(), git_revision(), versions())
    parts = []
    for done, budget in enumerate([None, *budgets]):
        progress(done, len(budgets) + 1, "dense" if budget is None else f"budget {budget:g}")
        name = "dense" if budget is None else f"{budget:g}"
        parts.append(kept.or_made(name, key, dense if budget is None else partial(at_budget, budget), _part))
    return parts


def _part(plain: Any) -> dict[str, Any]:
    """The dense network, or those of a budget, as they were kept.

    Raises:
        ValueError, KeyError, TypeError: they cannot be.
    """
    for each in plain["networks"]:
        network = PrunedNetwork(**each)
        shares = (
            *(network.accuracy, network.quantized_accuracy, network.accelerator_accuracy),
            *network.densities.values(), *network.measured_densities.values(),
        )  # fmt: skip
        costs = (network.energy, network.cycles, network.measured_energy, network.measured_cycles)
        if not (all(0 <= share <= 1 for share in shares) and all(0 < cost < math.inf for cost in costs)):
            raise ValueError("a number is out of range")
    if plain["networks"][0]["method"] == "dense":
        dict(plain["sensitivity"])
    else:
        list(plain["rounds"])
    return plain


def _summary(parts: list[dict[str, Any]], config: TuneDensityConfig, machine: Accelerator) -> dict[str, Any]:
    dense, *budgets = parts
    return {
        "energy_unit": machine.energy.unit,
        "dense": dense["networks"][0],
        "sensitivity_nats": {"densities": config.measured_at, "increases": dense["sensitivity"]},
        "budgets": [
            {each["method"]: each for each in part["networks"]} | {"rounds": part["rounds"]} for part in budgets
        ],
        "config": dataclasses.asdict(config),
        "git_revision": git_revision(),
        "versions": versions(),
    }


if __name__ == "__main__":
    _EXPERIMENT.run(main)
