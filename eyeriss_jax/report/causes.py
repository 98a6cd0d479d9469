"""What a step's loss consists of, over all layers: steps 6 and 7 have several causes, which the model tells apart."""

from collections import defaultdict

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.eyexam import IN_STEP, causes
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.losses import layer_losses
from eyeriss_jax.report.steps import STEPS, Step

_BANDWIDTH, _BURSTINESS = STEPS[5], STEPS[6]


def main_cause(result: NetworkResult, step: Step) -> str:
    """The cause behind most of what ``step`` costs the network; empty for a step that is its own cause."""
    if step not in (_BANDWIDTH, _BURSTINESS):
        return ""
    cycles: dict[str, float] = defaultdict(float)
    for layer in result.layers:
        by_cause = causes(layer.evaluation, layer.bounds, result.accelerator.macs_per_cycle)
        for cause in IN_STEP[step.number - 1]:
            cycles[cause] += by_cause[cause] * layer.layer.repeat
    cause = max(cycles, key=lambda cause: cycles[cause])
    return _in_a_sentence(cause) if cycles[cause] > 0 else ""


def _in_a_sentence(cause: str) -> str:
    """The cause as the step that it belongs to does not say it already."""
    port = cause.removesuffix(" bandwidth")
    return f"{port} delivery" if port in TYPES else port


def costliest_layers(result: NetworkResult, step: Step) -> list[tuple[LayerResult, float]]:
    """The layers in which a step costs cycles, and how many, worst first."""
    costs = [(layer, layer_losses(layer, result.accelerator).steps[step.number - 1]) for layer in result.layers]
    return sorted((cost for cost in costs if cost[1] > 0), key=lambda cost: -cost[1])
