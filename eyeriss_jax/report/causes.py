"""What a step's loss consists of, over all layers: steps 6 and 7 have several causes, which the model tells apart."""

from collections import defaultdict

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.eyexam import burst_cycles, limiting_port
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.losses import layer_losses
from eyeriss_jax.report.steps import STEPS, Step

_BANDWIDTH, _BURSTINESS = STEPS[5], STEPS[6]


def main_cause(result: NetworkResult, step: Step) -> str:
    """The cause behind most of what ``step`` costs the network; empty for a step that is its own cause."""
    cycles: dict[str, float] = defaultdict(float)
    for layer, cost in costliest_layers(result, step):
        weights = _causes(layer.evaluation, step)
        for cause, weight in weights.items():
            cycles[cause] += cost * weight / sum(weights.values())
    return max(cycles, key=lambda cause: cycles[cause]) if cycles else ""


def _causes(evaluation: Evaluation, step: Step) -> dict[str, float]:
    """The causes of a step's loss in one layer with their weights; none of weight zero."""
    if step is _BANDWIDTH:
        port = limiting_port(evaluation)
        return {f"{port} delivery" if port in TYPES else port: 1.0}
    if step is _BURSTINESS:
        return {cause: cycles for cause, cycles in burst_cycles(evaluation).items() if cycles > 0}
    return {}


def costliest_layers(result: NetworkResult, step: Step) -> list[tuple[LayerResult, float]]:
    """The layers in which a step costs cycles, and how many, worst first."""
    costs = [(layer, layer_losses(layer, result.accelerator).steps[step.number - 1]) for layer in result.layers]
    return sorted((cost for cost in costs if cost[1] > 0), key=lambda cost: -cost[1])
