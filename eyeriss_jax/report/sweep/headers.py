"""What the metrics of a sweep are called, and one design in one line."""

from eyeriss_jax.report.units import significant
from eyeriss_jax.search.sweep import First

UNITS: dict[str, str] = {
    "inferences_per_s": "inf/s",
    "inferences_per_energy": "inf/energy",
    "area_mm2": "mm²",
    "energy_delay_product": "energy·s",
    "utilization": "utilization",
    "dram_words": "DRAM words",
}
"""Headers of the metrics."""


def first_line(first: First, objectives: tuple[str, ...]) -> str:
    """The first design that is known, with the metrics that the sweep is about."""
    metrics = ", ".join(f"{significant(first.row[name])} {UNITS[name]}" for name in objectives)
    return f"first result: design {first.index:,}: {metrics}"
