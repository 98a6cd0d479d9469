"""What the numbers mean, in sentences."""

from collections import Counter
from collections.abc import Sequence

from eyeriss_jax.layers.bits import Bits
from eyeriss_jax.layers.other_work import operations_by_kind
from eyeriss_jax.model.eyexam import CHOICE
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.causes import costliest_layers, main_cause
from eyeriss_jax.report.losses import layer_losses, network_losses
from eyeriss_jax.report.steps import STEPS, Step
from eyeriss_jax.report.units import counted, duration, frequency, percent, scaled, significant
from eyeriss_jax.search.mapping import LEAVES_OUT, REPLAYED

# float32 is how networks are trained, not what anyone builds an accelerator for.
_AS_TRAINED = Bits(32, 32)
_MOST_LAYERS_NAMED = 3
_LEAST_PART_NAMED = 1 / 3
_NEGLIGIBLE_SHARE = 0.005


def headline(result: NetworkResult) -> str:
    """The result in two sentences: how fast, and what holds it back."""
    return f"{result.network} on {result.accelerator.name}: {speed(result)} {largest_loss(result)}"


def speed(result: NetworkResult) -> str:
    """How fast, and how near the array's peak."""
    return (
        f"{significant(result.inferences_per_s)} inferences/s at {frequency(result.accelerator.clock_hz)}, "
        f"{percent(result.utilization)} of the array's peak of {result.accelerator.macs_per_cycle:,} MAC/cycle."
    )


def largest_loss(result: NetworkResult) -> str:
    """The step of Eyexam that costs the network most, and in which layers."""
    losses = network_losses(result)
    step = losses.largest
    share = losses.shares[step.number - 1]
    if share < _NEGLIGIBLE_SHARE:
        return "No step of Eyexam costs a noticeable part of the array's cycles."
    cause = main_cause(result, step)
    mostly = f", mostly {cause}" if cause else ""
    return f"{percent(share)} of the array's cycles are lost to {step.label}{mostly}, {_where(result, step)}."


def _where(result: NetworkResult, step: Step) -> str:
    """The layers that make up most of what a step costs, or that none does."""
    culprits = costliest_layers(result, step)
    named = culprits[:_MOST_LAYERS_NAMED]
    part = sum(cost for _, cost in named) / sum(cost for _, cost in culprits)
    if part < _LEAST_PART_NAMED:
        return f"spread over {len(culprits)} layers"
    names = [layer.layer.name for layer, _ in named]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"all of it in {listed}" if len(named) == len(culprits) else f"{percent(part)} of that in {listed}"


def losses_in_words(layer: LayerResult, result: NetworkResult) -> str:
    """Why a layer is not faster: each step that costs time, its share of the layer's cycles and the reason."""
    losses = layer_losses(layer, result.accelerator)
    lines = [f"{percent(losses.useful_share)} useful work at the full rate"]
    for step, share, reason in zip(STEPS, losses.shares, layer.reasons, strict=True):
        if share >= _NEGLIGIBLE_SHARE:
            lines.append(f"{percent(share)} {step.label}: {reason or step.loss}")
    return "\n".join(lines)


_OWN_STEPS = (
    "Eyexam's steps 5 and 6 of a given mapping are its own: which mapping would be faster there, only a search tells."
)


def search_in_words(result: NetworkResult) -> str:
    """How the mappings were found and how sure it is that none is better."""
    searched = [layer for layer in result.layers if layer.certificate != REPLAYED]
    if not searched:
        return f"The mappings were given: none was searched. {_OWN_STEPS}"
    certified = sum(layer.certified for layer in searched)
    evaluated = scaled(sum(layer.evaluated for layer in searched))
    exist = scaled(sum(layer.mapspace_size for layer in searched))
    sure = "every one" if certified == len(searched) else f"{certified} of {len(searched)}"
    given = len(result.layers) - len(searched)
    replayed = f"{counted(given, 'mapping was', 'mappings were')} given. {_OWN_STEPS} " if given else ""
    return (
        f"{replayed}Best mapping per layer by {result.objective}: {evaluated} of {exist} mappings evaluated; "
        f"{sure} certified, that is, no mapping in the mapspace is better.{_left_out(searched)}"
    )


def _left_out(searched: Sequence[LayerResult]) -> str:
    """What the mapspaces of layers do not hold, as their certificates say; empty where none says it."""
    parts = dict.fromkeys(layer.certificate.partition(LEAVES_OUT)[2] for layer in searched if layer.certified)
    return "".join(f" The mapspace leaves out {part}." for part in parts if part)


def others_in_words(result: NetworkResult) -> str:
    """What the network computes that was not mapped; empty where everything was."""
    if not result.others:
        return ""
    parts = [
        f"{kind} ({scaled(count)} operations)" if count else kind
        for kind, count in operations_by_kind(result.others).items()
    ]
    return f"Neither mapped nor timed: {', '.join(parts)}."


def notes_in_words(result: NetworkResult) -> str:
    """How the network's source was read, where that is not plain, and the widths of operands that it states."""
    notes = [f"Note: {note}." for note in result.notes]
    widths = Counter(layer.layer.bits for layer in result.layers if layer.layer.bits)
    widths.pop(_AS_TRAINED, None)
    machine = result.accelerator.word_bits
    if widths and widths.keys() != {(machine.iact, machine.weight)}:
        told = ", ".join(f"{bits} in {counted(count, 'layer')}" for bits, count in widths.most_common())
        notes.append(
            f"Widths in the network's source: {told}; words here have {machine.iact} and {machine.weight} bits "
            f"(--word_bits=network takes the source's, where all layers have the same)."
        )
    return " ".join(notes)


def bounds_in_words(headers: Sequence[str]) -> str:
    """What the bounds among the ``headers`` of a table of layers are: b3, b4, ... and MAC/cycle."""
    shown = [
        f"b{step.number} {step.label}" for step in STEPS if any(h.startswith(f"b{step.number}\n") for h in headers)
    ]
    last = "MAC/cycle is what is left after all seven steps of Eyexam"
    if not shown:
        return f"{last}; the limiter is the step that costs most."
    return f"{', '.join(shown)}: MAC/cycle that Eyexam's step of that name leaves possible; {last}."


def choice_in_words(result: NetworkResult) -> str:
    """What "mapping choice" is, where it limits a layer or most of the network; empty elsewhere."""
    named = [layer.limiter for layer in result.layers] + [main_cause(result, network_losses(result).largest)]
    if CHOICE not in named:
        return ""
    return (
        f"Limited by {CHOICE}: another mapping that fits is faster on average (step 6), but this one is better by "
        f"{result.objective} once bursts are counted. It is no fault of the hardware."
    )


def latency(result: NetworkResult) -> str:
    """The time of one pass through the network (one batch)."""
    return duration(result.cycles / result.accelerator.clock_hz)
