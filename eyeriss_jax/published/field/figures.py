"""The published figures of the field, and claims made of them."""

import csv
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from eyeriss_jax.published.claim import Claim


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of ``data/field.csv``: ``value`` in ``unit`` of a ``quantity`` of a ``workload`` on a ``chip``."""

    chip: str
    workload: str
    quantity: str
    value: float
    unit: str
    source: str
    tag: str


@cache
def figures() -> tuple[Figure, ...]:
    """All rows."""
    file = resources.files("eyeriss_jax.published").joinpath("data", "field.csv")
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple(
        Figure(
            chip=row["chip"],
            workload=row["workload"],
            quantity=row["quantity"],
            value=float(row["value"]),
            unit=row["unit"],
            source=row["source"],
            tag=row["tag"],
        )
        for row in rows
    )


def figures_of(chip: str, quantity: str) -> tuple[Figure, ...]:
    """The rows of one quantity of one chip, in their order."""
    return tuple(each for each in figures() if (each.chip, each.quantity) == (chip, quantity))


def value_of(chip: str, quantity: str, workload: str) -> float:
    """The figure of one workload, such as a condition that a paper prints beside its results."""
    return next(each.value for each in figures_of(chip, quantity) if each.workload == workload)


def claims_of(
    chip: str,
    quantity: str,
    ours: Callable[[Figure], float],
    *,
    statement: str,
    tolerance: float,
    absolute: bool = False,
    fitted: str | Mapping[str, str] = "",
    explanations: Mapping[str, str] | None = None,
    unit: str | None = None,
    headline: Collection[str] = (),
) -> tuple[Claim, ...]:
    """A claim for every row of ``quantity`` of ``chip``.

    Args:
        chip: as in the rows.
        quantity: likewise.
        ours: computes our figure of a row.
        statement: what the figures say; the chip comes before it and the workload after.
        tolerance: of :class:`Claim`, as ``absolute``.
        absolute: see ``tolerance``.
        fitted: what was chosen with the figures in sight, for all rows or by workload.
        explanations: why ours misses, by workload.
        unit: instead of the unit of the rows.
        headline: the workloads that README shows.
    """
    return tuple(
        Claim(
            id=claim_id(chip, quantity, row.workload),
            statement=f"{chip}: {statement}, {row.workload}",
            source=row.source,
            tag=row.tag,
            published=row.value,
            unit=row.unit if unit is None else unit,
            tolerance=tolerance,
            absolute=absolute,
            fitted=fitted if isinstance(fitted, str) else fitted.get(row.workload, ""),
            explanation=(explanations or {}).get(row.workload, ""),
            headline=row.workload in headline,
            ours=lambda _, row=row: ours(row),
        )
        for row in figures_of(chip, quantity)
    )


def claim_id(chip: str, quantity: str, workload: str) -> str:
    """The id of a claim: ``FIELD.<chip>.<quantity>.<workload>`` in letters, digits and dots."""
    return ".".join(re.sub(r"[^A-Za-z0-9]+", "_", part).strip("_") for part in ("FIELD", chip, quantity, workload))
