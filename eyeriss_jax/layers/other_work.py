"""What a network computes beside convolutions and matmuls: it is listed, not mapped.

Moving values (reshapes, slices, gathers) is no work in this sense.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherWork:
    """Work of one kind in one part of the network.

    Attributes:
        name: the module that does it, as layers are named.
        kind: e.g. ``element-wise``, ``pooling``, ``normalisation``, ``softmax``.
        operations: element operations of one run; 0 for communication.
        repeat: how often the network runs it.
    """

    name: str
    kind: str
    operations: int
    repeat: int = 1


def operations_by_kind(others: Iterable[OtherWork]) -> dict[str, int]:
    """Element operations per kind, repeats included, most first."""
    totals: dict[str, int] = {}
    for work in others:
        totals[work.kind] = totals.get(work.kind, 0) + work.operations * work.repeat
    return dict(sorted(totals.items(), key=lambda item: -item[1]))
