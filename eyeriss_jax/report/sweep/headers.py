"""What the metrics of a sweep are called, and one design in one line."""

from collections.abc import Sequence

from eyeriss_jax.report.units import significant
from eyeriss_jax.search.space import JOULES
from eyeriss_jax.search.sweep import First

NAMES: dict[str, str] = {
    "inferences_per_s": "inferences per second",
    "inferences_per_energy": "inferences per energy",
    "area_mm2": "area",
    "edp": "EDP",
    "utilization": "utilization",
    "dram_words": "DRAM words",
}
"""What the metrics are called in a sentence or a title."""


def units(energy_unit: str) -> dict[str, str]:
    """Headers of the metrics; ``energy_unit`` is that of the energy table."""
    energy = "J" if energy_unit in JOULES else "energy"
    return {
        "inferences_per_s": "inf/s",
        "inferences_per_energy": f"inf/{energy}",
        "area_mm2": "mm²",
        "edp": f"EDP {energy}·s",
        "utilization": "utilization",
        "dram_words": "DRAM words",
    }


def axis_labels(energy_unit: str) -> dict[str, str]:
    """What the metrics are called along the axis of a picture, with their units."""
    energy = "J" if energy_unit in JOULES else "unit of energy"
    return {
        "inferences_per_s": "inferences/s",
        "inferences_per_energy": f"inferences/{energy}",
        "area_mm2": "area (mm²)",
        "edp": f"EDP ({energy} × s)",
        "utilization": "MAC utilization",
        "dram_words": "DRAM words per inference",
    }


def base_breaks(name: str, broken: Sequence[str]) -> str:
    """What to know of the base design before all else: which constraints it breaks; empty if it breaks none."""
    what = "a constraint" if len(broken) == 1 else "constraints"
    return f"The base design {name} breaks {what}: {'; '.join(broken)}." if broken else ""


def first_line(first: First, objectives: tuple[str, ...], energy_unit: str) -> str:
    """The first design that is known, with the metrics that the sweep is about."""
    called = units(energy_unit)
    metrics = ", ".join(f"{significant(first.row[name])} {called[name]}" for name in objectives)
    return f"first result: design {first.index:,}: {metrics}"
