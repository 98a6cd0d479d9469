"""One network on one machine, of the field or of Eyeriss, in the same words: useful share, seven losses, main cause."""

import dataclasses
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.field import FieldMachine
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.model.field.placement import best_placed
from eyeriss_jax.model.field.steps import STEP_OF, cycles_of_steps
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.causes import costliest_layers, main_cause
from eyeriss_jax.report.losses import Losses, network_losses, total_losses
from eyeriss_jax.report.steps import STEPS

_CAUSES = {
    "precision": "operands wider than the multipliers",
    "fetch": "fetches that fill no lane",
    "format": "entries that hold no non-zero",
    "weight_shift": "weights shifted in",
    "weight_bandwidth": "weight delivery",
    "link": "links between nodes",
    "imbalance": "workload imbalance",
    "ramp": "ramp-up",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldCell:
    """One network on one machine.

    Attributes:
        cycles: of one run.
        inferences_per_s: inferences per second at the machine's clock.
        utilization: share of the multipliers' cycles that is useful, 0 to 1.
        lost_shares: share lost at each of the seven Eyexam steps; with ``utilization`` they add up to one.
        cause: what the largest of them consists of; empty where the step says it.
        layer: the layer that loses most cycles at that step.
        layer_share: its share of what is lost there, 0 to 1.
    """

    cycles: float
    inferences_per_s: float
    utilization: float
    lost_shares: tuple[float, ...]
    cause: str
    layer: str
    layer_share: float

    @property
    def largest(self) -> int:
        """The index of the step that loses most."""
        return max(range(len(STEPS)), key=lambda index: self.lost_shares[index])

    @staticmethod
    def from_plain(data: Any) -> "FieldCell":
        """The cell that ``dataclasses.asdict`` made ``data`` of.

        Raises:
            SpecError, TypeError: anything else.
        """
        fields = {field.name for field in dataclasses.fields(FieldCell)}
        if not isinstance(data, dict) or set(data) != fields or len(data["lost_shares"]) != len(STEPS):
            raise SpecError("not a cell of this picture")
        values: dict[str, Any] = data | {"lost_shares": tuple(data["lost_shares"])}
        shares = (values["utilization"], *values["lost_shares"])
        if not (
            all(isinstance(values[name], str) for name in ("cause", "layer"))
            and all(0 <= share <= 1 for share in (*shares, values["layer_share"]))
            and math.isclose(math.fsum(shares), 1, abs_tol=1e-3)
            and all(0 < values[name] < math.inf for name in ("cycles", "inferences_per_s"))
        ):
            raise SpecError("a number of this cell is out of range")
        return FieldCell(**values)


@dataclass(frozen=True, slots=True)
class Missing:
    """A network that the machine cannot run, and why."""

    reason: str


def cell_of_result(result: NetworkResult) -> FieldCell:
    """The cell of an ``Accelerator``, by its mappings."""
    losses = network_losses(result)
    worst = costliest_layers(result, losses.largest)
    lost = losses.steps[losses.largest.number - 1]
    return _cell(
        losses,
        cycles=result.cycles,
        inferences_per_s=result.inferences_per_s,
        cause=main_cause(result, losses.largest),
        layer=worst[0][0].layer.name if worst else "",
        layer_share=worst[0][1] / lost if worst else 0.0,
    )


def cell_of_field(network: Network, machine: FieldMachine) -> FieldCell:
    """The cell of a machine of the field, by its law: layers one after the other, repeats counted.

    Raises:
        SpecError: as for :func:`eyeriss_jax.model.field.spent`.
    """
    of_layers: list[tuple[str, Losses]] = []
    causes: dict[str, float] = defaultdict(float)
    cycles = 0.0
    for layer in network.layers:
        placed, parts = best_placed(layer, machine)
        steps = cycles_of_steps(placed, machine, parts)
        of_layers.append((layer.name, Losses(parts.useful * layer.repeat, tuple(x * layer.repeat for x in steps))))
        cycles += parts.total * layer.repeat
        for loss in STEP_OF:
            causes[loss] += getattr(parts, loss) * layer.repeat
    losses = total_losses(of for _, of in of_layers)
    step = losses.largest.number
    name, worst = max(of_layers, key=lambda of: of[1].steps[step - 1])
    lost = losses.steps[step - 1]
    cause = max((loss for loss, of in STEP_OF.items() if of == step), key=lambda loss: causes[loss], default="")
    return _cell(
        losses,
        cycles=cycles,
        inferences_per_s=network.inferences * machine.clock_hz / cycles,
        cause=_CAUSES[cause] if cause and causes[cause] > lost / 2 else "",
        layer=name if lost else "",
        layer_share=worst.steps[step - 1] / lost if lost else 0.0,
    )


def _cell(losses: Losses, **rest: Any) -> FieldCell:
    return FieldCell(utilization=losses.useful_share, lost_shares=losses.shares, **rest)
