"""The words of one pass on the networks on chip, simulated router by router, beside the law of delivery."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eyeriss_jax.functional.noc import BusDelivery, Collection, Delivery, FirstPass
from eyeriss_jax.report.table import Column, Table


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkUse:
    """What one network did in one pass.

    Attributes:
        mode: how the words spread, in the paper's words; for psums over how many clusters they add up.
        sent: words that entered the network.
        arrived: words at PEs, one that several of them take counted each time; psums: words at the GLB.
        law_cycles: cycles by the law, which knows no latency.
        cycles: cycles of the simulation, from the first word sent to the last one there.
        busiest_link: words over the busiest link between two clusters; 0 where there is none.
        exact: whether every PE got exactly what it needs, or every psum came back once and right.
    """

    mode: str
    sent: int
    arrived: int
    law_cycles: int
    cycles: int
    busiest_link: int
    exact: bool


def network_use(found: Delivery | Collection | BusDelivery) -> NetworkUse:
    """The figures of one simulated pass."""
    if isinstance(found, Delivery):
        return NetworkUse(
            mode=found.mode.value, sent=int(found.words_per_source.sum()), arrived=found.taken,
            law_cycles=found.law_cycles, cycles=found.cycles, busiest_link=int(found.words_per_link.max()),
            exact=found.exact,
        )  # fmt: skip
    if isinstance(found, Collection):
        length = found.chains.length
        return NetworkUse(
            mode=f"chains of {length} clusters" if length > 1 else "within clusters",
            sent=int(found.refills.sum()), arrived=int(found.words_per_port.sum()), law_cycles=found.law_cycles,
            cycles=found.cycles, busiest_link=int(found.words_per_link.max()), exact=found.exact,
        )  # fmt: skip
    return NetworkUse(
        mode="bus", sent=len(found.words), arrived=int(found.received.sum()),
        law_cycles=-(-len(found.words) // found.values), cycles=found.cycles, busiest_link=0, exact=found.exact,
    )  # fmt: skip


def noc_table(passes: Sequence[FirstPass]) -> Table:
    """One row a layer and data type."""
    rows = [
        (each.layer.name, data_type, network_use(found)) for each in passes for data_type, found in each.over.items()
    ]
    uses = [use for *_, use in rows]
    reuse = [use.arrived / use.sent for use in uses]
    verdicts = {True: "exact", False: "WRONG"}
    columns = (
        Column.of("layer", "layer", [name for name, *_ in rows], numeric=False, priority=0),
        Column.of("type", "data", [data_type for _, data_type, _ in rows], numeric=False, priority=0),
        Column.of("mode", "mode", [use.mode for use in uses], numeric=False, priority=1),
        Column.of("sent_words", "words\nsent", [use.sent for use in uses], "{:,}".format, priority=2),
        Column.of("arrived_words", "words\narrived", [use.arrived for use in uses], "{:,}".format, priority=4),
        Column.of("arrived_per_sent", "arrived\nper sent", reuse, "{:.1f}".format, priority=2),
        Column.of("law_cycles", "cycles\nby law", [use.law_cycles for use in uses], "{:,}".format, priority=3),
        Column.of("cycles", "cycles\nsimulated", [use.cycles for use in uses], "{:,}".format, priority=3),
        Column.of(
            "busiest_link_words", "busiest\nlink (words)", [use.busiest_link for use in uses], "{:,}".format, priority=5
        ),
        Column.of("exact", "", [use.exact for use in uses], verdicts.__getitem__, numeric=False, priority=1),
    )
    return Table(name="noc", title="Networks on chip: the first pass, simulated", columns=columns)


def refusals(passes: Sequence[FirstPass]) -> list[str]:
    """Why networks could not be simulated: each reason once, with how often it holds."""
    reasons: dict[str, list[str]] = {}
    for each in passes:
        for data_type, why in each.refused.items():
            reasons.setdefault(why, []).append(f"{each.layer.name} ({data_type})")
    return [
        f"not simulated on the network: {names[0]}{f' and {len(names) - 1:,} more' if names[1:] else ''}: {why}"
        for why, names in reasons.items()
    ]


def summarised(one_pass: FirstPass) -> dict[str, dict[str, Any]]:
    """Per data type the figures, or why there are none."""
    found = {name: asdict(network_use(found)) for name, found in one_pass.over.items()}
    return found | {name: {"refused": why} for name, why in one_pass.refused.items()}


def clusters_words(found: Delivery | Collection | BusDelivery) -> np.ndarray:
    """Words that each cluster received or, psums, wrote to its GLB; on a bus those of each PE; ``[rows, cols]``."""
    return found.received.sum(axis=0) if isinstance(found, BusDelivery) else found.words_per_cluster
