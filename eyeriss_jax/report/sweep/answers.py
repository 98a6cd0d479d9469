"""The answers that people look for in a sweep: front, best design per budget, sensitivity, what binds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.report.sweep.ladder import Rung, knee, ladder
from eyeriss_jax.search.space import METRICS, loosened
from eyeriss_jax.search.sweep import Base, Designs, Result, Sweep, front_of, top_of

BUDGETS = 8
"""Area budgets of the table "best design per budget", evenly spaced in ratio over the front."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One design: its index, the fields that were swept, its row, and the loss that costs it most cycles."""

    index: int
    fields: dict[str, Any]
    row: dict[str, float]

    @property
    def losses(self) -> dict[str, float]:
        """Share of the cycles lost, by cause."""
        return {loss: self.row[f"{loss} share"] for loss in LOSSES}

    @property
    def binds(self) -> str:
        """The cause that costs most cycles."""
        losses = self.losses
        return max(losses, key=lambda loss: losses[loss])


@dataclass(frozen=True, kw_only=True)
class FieldValue:
    """One value of one field over all feasible designs that have it; ``best`` and ``mean`` by objective."""

    field: str
    value: Any
    designs: int
    best: dict[str, float]
    mean: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """How much the first objective depends on a field.

    ``best_ratio``: between the values of the field with the best and the worst best design; ``mean_ratio``: the same
    of the means over all designs. 1 is no influence.
    """

    field: str
    best_value: Any
    best_ratio: float
    mean_ratio: float


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All answers of a sweep.

    ``base``: the design that was swept, under the same search. ``rungs``: the front as a ladder of designs that differ
    by more than ``tie_share`` (:mod:`eyeriss_jax.report.sweep.ladder`), ``top`` its first designs, ``knee`` the rung
    above which a per cent costs more than a per cent of area. ``costs``: per axis what it costs. ``unmapped``: designs
    without a mapping in the shortlist. ``loosen``: where no design is feasible, what to change.
    """

    objectives: tuple[str, ...]
    networks: tuple[str, ...]
    energy_unit: str
    designs: int
    feasible: int
    evaluations: int
    front: tuple[Found, ...]
    top: tuple[Found, ...]
    budgets: tuple[tuple[float, Found], ...]
    marginals: tuple[FieldValue, ...]
    sensitivity: tuple[Sensitivity, ...]
    binds: tuple[tuple[str, int, float], ...]
    base: Base | None = None
    tie_share: float = 0.01
    rungs: tuple[Rung, ...] = ()
    knee: Rung | None = None
    costs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmapped: int = 0
    loosen: str = ""

    @property
    def free(self) -> tuple[str, ...]:
        """The axes that cost nothing in this model."""
        return tuple(name for name, costs in self.costs.items() if not costs)

    def times_base(self, found: Found, metric: str) -> float:
        """A metric over that of the base design; NaN if the base has no mapping."""
        known = self.base is not None and self.base.row is not None
        return found.row[metric] / self.base.row[metric] if known else math.nan  # type: ignore[union-attr, index]


def answers(
    sweep: Sweep, result: Result, energy_unit: str, base: Base | None = None, tie_share: float = 0.01
) -> Answers:
    """What ``result`` says; ``binds`` are (loss, designs that it costs most, mean share of cycles)."""
    every = _found(sweep, result.front)
    ranked = sweep.objectives[0] != "area_mm2"  # by area, every design is its own cheapest
    rungs = ladder(every, sweep.objectives[0], tie_share) if ranked else ()
    front = _found(sweep, front_of(replace(result.front, values=result.front.values[: len(sweep.objectives)])))
    best = _found(sweep, top_of(result.top, sweep.settings.top))
    top = tuple(rung.design for rung in rungs[: sweep.settings.top]) if ranked else best
    marginals = _marginals(sweep, result)
    shares = result.mean_shares
    binds = [(loss, int(result.binds[i]), float(shares[1 + i])) for i, loss in enumerate(LOSSES)]
    return Answers(
        objectives=sweep.objectives,
        networks=tuple(n.name for n in sweep.networks),
        energy_unit=energy_unit,
        designs=result.seen,
        feasible=result.feasible,
        evaluations=result.evaluations,
        front=front,
        top=top,
        budgets=_budgets(every, sweep.objectives[0], tie_share),
        marginals=marginals,
        sensitivity=_sensitivity(marginals, sweep.objectives[0]),
        binds=tuple(sorted(binds, key=lambda each: -each[2])),
        base=base,
        tie_share=tie_share,
        rungs=rungs,
        knee=knee(rungs, sweep.objectives[0]),
        costs=sweep.space.costs,
        unmapped=result.unmapped,
        loosen="" if result.feasible or not sweep.space.targets else loosened(sweep.space.targets, result.excess),
    )


def _found(sweep: Sweep, designs: Designs) -> tuple[Found, ...]:
    names = sweep.program.columns.names
    return tuple(
        Found(
            index=int(index),
            fields=sweep.space.values(int(index)),
            row={name: float(x) for name, x in zip(names, designs.rows[:, i], strict=True)},
        )
        for i, index in enumerate(designs.index)
    )


def _budgets(front: tuple[Found, ...], objective: str, share: float) -> tuple[tuple[float, Found], ...]:
    """For a few areas the best design that is not larger; an area that buys no more than ``share`` is left out."""
    if not front or objective == "area_mm2":
        return ()
    areas = [f.row["area_mm2"] for f in front]
    found: list[tuple[float, Found]] = []
    for budget in np.geomspace(min(areas), max(areas), BUDGETS):
        within = [f for f in front if f.row["area_mm2"] <= budget * (1 + 1e-9)]
        best = ladder(within, objective, share)[0].design
        gain = METRICS[objective] * math.log(best.row[objective] / found[-1][1].row[objective]) if found else math.inf
        if gain > math.log1p(share):
            found.append((float(budget), best))
    return tuple(found)


def _marginals(sweep: Sweep, result: Result) -> tuple[FieldValue, ...]:
    found, at, means = [], 0, result.means
    signs = [METRICS[name] for name in sweep.objectives]
    for axis in sweep.space.axes:
        for value in axis.values:
            best = {n: float(result.best[i, at] * signs[i]) for i, n in enumerate(sweep.objectives)}
            mean = {n: float(means[i, at]) for i, n in enumerate(sweep.objectives)}
            found.append(FieldValue(field=axis.field, value=value, designs=int(result.count[at]), best=best, mean=mean))
            at += 1
    return tuple(found)


def _sensitivity(marginals: tuple[FieldValue, ...], objective: str) -> tuple[Sensitivity, ...]:
    found = []
    for name in dict.fromkeys(m.field for m in marginals):
        known = [m for m in marginals if m.field == name and m.designs]
        if not known:
            continue
        best = [m.best[objective] for m in known]
        mean = [m.mean[objective] for m in known]
        winner = max(known, key=lambda m: m.best[objective] * METRICS[objective])
        found.append(
            Sensitivity(
                field=name,
                best_value=winner.value,
                best_ratio=max(best) / min(best),
                mean_ratio=max(mean) / min(mean),
            )
        )
    return tuple(sorted(found, key=lambda s: -max(s.best_ratio, s.mean_ratio)))


def shown(value: Any) -> str:
    """The value of a field for people."""
    if isinstance(value, float):
        return "unlimited" if math.isinf(value) else f"{value:,.6g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
