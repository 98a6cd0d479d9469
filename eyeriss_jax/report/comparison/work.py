"""Whether two runs did the same work: only then is one of them so many times as fast as the other."""

import math
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.units import scaled

_EXTENSIVE = ("cycles", "macs", "dram_bytes", "energy")
_EXTENSIVE_OF_A_LAYER = ("macs", "macs_not_skipped", "cycles", "dram_bytes")


def made_equal(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs as they are if all have one batch size; otherwise all counts per inference."""
    if len({run.inferences for run in runs}) == 1:
        return tuple(runs)
    return tuple(replace(run, data=_per_inference(run), per_inference=True) for run in runs)


def _per_inference(run: Run) -> dict[str, Any]:
    """The summary with counts of one inference; the latency stays that of a batch."""
    count = run.inferences
    layers = [
        {key: value / count if key in _EXTENSIVE_OF_A_LAYER else value for key, value in layer.items()}
        | {"energy": {part: value / count for part, value in layer["energy"].items()}}
        for layer in run.data["layers"]
    ]
    return {**run.data, **{key: run.data[key] / count for key in _EXTENSIVE}, "layers": layers}


def same_work(first: Run, other: Run) -> bool:
    """Whether both runs computed the same layers, so that one is so many times as fast as the other.

    Runs of different batch sizes do as :func:`made_equal` leaves them.
    """
    before, after = ({name: _macs(layer) for name, layer in run.layers.items()} for run in (first, other))
    return before.keys() == after.keys() and all(
        math.isclose(macs, after[name], rel_tol=1e-9) for name, macs in before.items()
    )


def same_network(first: Run, other: Run) -> bool:
    """Whether layers of one name can be set side by side: one network, or the same layers under two names."""
    return first.data["network"] == other.data["network"] or same_work(first, other)


def _macs(layer: Dictionary[str, Any]) -> float:
    return layer["macs"] * layer.get("repeat", 1)


def differences_in_work(first: Run, other: Run) -> str:
    """What is to be known before any figure is compared, in a sentence or two; empty if the work is the same."""
    sentences = []
    was, now = first.data, other.data
    if not same_work(first, other):
        macs = f"{scaled(was['macs'] / _count(first))} and {scaled(now['macs'] / _count(other))} MACs per inference"
        if same_network(first, other):
            sentences.append(f"The layers of {was['network']} are not the same in the two runs: {macs}.")
        else:
            sentences.append(
                f"{was['network']} and {now['network']} are different networks ({macs}): neither is so many times as "
                "fast as the other. How well each uses its array can be compared."
            )
    if first.inferences != other.inferences:
        sentences.append(
            f"The batch sizes differ ({first.inferences:,} and {other.inferences:,}): counts are per inference, the "
            "latency is that of a batch."
        )
    return " ".join(sentences)


def _count(run: Run) -> int:
    """Inferences that the counts of ``run`` are of."""
    return 1 if run.per_inference else run.inferences
