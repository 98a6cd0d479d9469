"""Two or more ``summary.json`` side by side: what changed per layer, and why."""

from eyeriss_jax.report.comparison.changes import LayerChange, changes, why
from eyeriss_jax.report.comparison.page import comparison_page
from eyeriss_jax.report.comparison.read import Run, read_runs
from eyeriss_jax.report.comparison.tables import comparison_tables
from eyeriss_jax.report.comparison.work import made_equal, same_network

__all__ = [
    "LayerChange",
    "Run",
    "changes",
    "comparison_page",
    "comparison_tables",
    "made_equal",
    "read_runs",
    "same_network",
    "why",
]
