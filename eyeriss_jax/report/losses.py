"""Where the array's cycles go: the seven bounds turned into shares of time that add up to one.

A layer with ``macs`` MACs to do takes ``macs / b`` cycles at a bound of ``b`` MAC/cycle, and no fewer than
``macs / peak`` on an array that can do ``peak`` MAC/cycle. Cutting every bound off at the peak therefore splits
a layer's cycles, without remainder, into useful work at the full rate and the cycles added by each step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.eyexam import cycles_by_step
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.steps import STEPS, Step


@dataclass(frozen=True, slots=True)
class Losses:
    """Cycles of useful work at the peak rate, and the cycles that each of the seven steps adds."""

    useful: float
    steps: tuple[float, ...]

    @property
    def total(self) -> float:
        """All cycles."""
        return self.useful + sum(self.steps)

    @property
    def useful_share(self) -> float:
        """Share of the time that the whole array works, 0 to 1."""
        return self.useful / self.total

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the time lost at each step, 0 to 1."""
        return tuple(step / self.total for step in self.steps)

    @property
    def largest(self) -> Step:
        """The step that costs most time."""
        return max(STEPS, key=lambda step: self.steps[step.number - 1])


def layer_losses(layer: LayerResult, accelerator: Accelerator) -> Losses:
    """The cycles of one layer with its repeats, split by the step that adds them."""
    return split_cycles(layer.work, layer.bounds, accelerator.macs_per_cycle)


def split_cycles(macs: float, bounds: Sequence[float], peak: float) -> Losses:
    """The cycles of ``macs`` MACs under the seven ``bounds`` on an array of ``peak`` MAC/cycle."""
    return _split(macs, tuple(bounds), peak)


@lru_cache(maxsize=4096)
def _split(macs: float, bounds: tuple[float, ...], peak: float) -> Losses:
    """Remembered, since words, tables and pictures of one result all ask for the same layers."""
    useful = macs / peak
    added = cycles_by_step(useful, [macs / bound for bound in bounds])
    return Losses(useful, tuple(max(0.0, float(cycles)) for cycles in added))


def total_losses(losses: Iterable[Losses]) -> Losses:
    """The losses of layers that run one after the other."""
    columns = zip(*((loss.useful, *loss.steps) for loss in losses), strict=True)
    useful, *steps = (sum(column) for column in columns)
    return Losses(useful, tuple(steps))


def network_losses(result: NetworkResult) -> Losses:
    """The cycles of a whole network, split by the step that adds them."""
    return total_losses(layer_losses(layer, result.accelerator) for layer in result.layers)


def network_bounds(result: NetworkResult) -> tuple[float, ...]:
    """The seven bounds of the network in MAC/cycle: total MACs over the sum of the layers' cycles at each."""
    return tuple(
        result.work / sum(layer.work / layer.bounds[step.number - 1] for layer in result.layers) for step in STEPS
    )
