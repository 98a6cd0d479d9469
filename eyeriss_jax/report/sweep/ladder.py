"""Near ties and what the next per cent costs: the front as a ladder of designs that differ enough to choose between.

Values of an objective within a share of the best are equal; of equal designs the one of the smaller area is taken, and
of those with equal areas the one that takes less energy. What is left of a front of hundreds is a few rungs, each
worse by more than that share and smaller than the one before.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from eyeriss_jax.search.space import METRICS


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A design of the ladder; ``costs``: per cent of area that its last per cent of the objective takes.

    NaN on the last rung, below which there is nothing.
    """

    design: Any
    costs: float


def ladder(front: Iterable[Any], objective: str, share: float) -> tuple[Rung, ...]:
    """The rungs, the best first. ``front``: designs with a ``row`` of metrics and an ``index``."""
    sign = METRICS[objective]
    left = sorted(front, key=lambda f: (-sign * f.row[objective], f.index))
    chosen: list[Any] = []
    while left:
        best = left[0].row[objective]
        equal = [f for f in left if max(best / f.row[objective], f.row[objective] / best) <= 1 + share]
        left = left[len(equal) :]
        rung = _cheapest(equal, share)
        if not chosen or rung.row["area_mm2"] < chosen[-1].row["area_mm2"]:
            chosen.append(rung)
    costs = [_costs(better.row, worse.row, objective) for better, worse in pairwise(chosen)]
    return tuple(Rung(design=f, costs=c) for f, c in zip(chosen, [*costs, math.nan], strict=False))


def knee(rungs: tuple[Rung, ...], objective: str) -> Rung | None:
    """The rung with most of the objective per area: beyond it a per cent costs more than a per cent of area.

    None where there are fewer than three.
    """
    if len(rungs) < 3:
        return None
    sign = METRICS[objective]
    return max(rungs, key=lambda r: sign * math.log(r.design.row[objective]) - math.log(r.design.row["area_mm2"]))


def _cheapest(equal: list[Any], share: float) -> Any:
    small = min(f.row["area_mm2"] for f in equal)
    smallest = [f for f in equal if f.row["area_mm2"] <= small * (1 + share)]
    return min(smallest, key=lambda f: (-f.row["inferences_per_energy"], f.row["area_mm2"], f.index))


def _costs(better: dict[str, float], worse: dict[str, float], objective: str) -> float:
    """Per cent of area per per cent of the objective between two rungs."""
    gain = abs(math.log(better[objective] / worse[objective]))
    return math.log(better["area_mm2"] / worse["area_mm2"]) / gain
