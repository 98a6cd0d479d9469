"""Design spaces: axes over the fields of an accelerator, what designs are bounded by, and what is said of them."""

from eyeriss_jax.search.space.axes import Axis, axis, sweepable_fields
from eyeriss_jax.search.space.costs import cost_in_words, costs_of
from eyeriss_jax.search.space.designs import BOUNDED, Constraint, DesignSpace, design_space, digits_of
from eyeriss_jax.search.space.limits import check_reachable, closest, excess_of, loosened, why_none
from eyeriss_jax.search.space.metrics import (
    JOULES,
    METRICS,
    TARGETS,
    Columns,
    Totals,
    kept_objectives,
    metric_units,
    objectives,
    target_of,
)
from eyeriss_jax.search.space.quantities import QUANTITIES, leaves_of, quantities_of

__all__ = [
    "BOUNDED",
    "JOULES",
    "METRICS",
    "QUANTITIES",
    "TARGETS",
    "Axis",
    "Columns",
    "Constraint",
    "DesignSpace",
    "Totals",
    "axis",
    "check_reachable",
    "closest",
    "cost_in_words",
    "costs_of",
    "design_space",
    "digits_of",
    "excess_of",
    "kept_objectives",
    "leaves_of",
    "loosened",
    "metric_units",
    "objectives",
    "quantities_of",
    "sweepable_fields",
    "target_of",
    "why_none",
]
