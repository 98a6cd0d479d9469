"""What a sweep says of a design: the metrics that can be objectives, and the columns of its result rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.model.records import ENERGY_PARTS

METRICS: dict[str, int] = {
    "inferences_per_s": 1,
    "inferences_per_energy": 1,
    "area_mm2": -1,
    "edp": -1,
    "utilization": 1,
    "dram_words": -1,
}
"""Metric -> +1 where more is better, -1 where less is. Over several networks: geometric means.

``inferences_per_energy`` is per joule where the energy table is in joules or pJ, else per unit of the table;
``edp`` is energy x seconds per inference; ``dram_words`` are words per inference.
"""

TARGETS: tuple[str, ...] = (*(name for name in METRICS if name != "area_mm2"), "energy_per_inference")
"""Metrics that a constraint can bound; ``energy_per_inference`` is in joules where the energy table is in joules or pJ,
else in its unit."""

NETWORK_TARGETS: tuple[str, ...] = ("inferences_per_s", "inferences_per_energy", "energy_per_inference")
"""Those that it can bound for one network of several."""

JOULES: dict[str, float] = {"J": 1.0, "pJ": 1e-12}
"""Joules per unit of the energy tables that are in a unit of energy."""


def metric_units(energy_unit: str) -> dict[str, str]:
    """The unit of each metric, for files; ``energy_unit``: that of the energy table."""
    energy = "J" if energy_unit in JOULES else energy_unit
    return {
        "inferences_per_s": "1/s",
        "inferences_per_energy": f"1/{energy}",
        "area_mm2": "mm^2",
        "edp": f"{energy} x s",
        "utilization": "1",
        "dram_words": "words per inference",
    }


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What a run costs on each network ``[networks, ...]``, and the inputs that it takes ``[networks, 1...]``.

    ``energy`` is in the unit of the energy table, ``dram_words`` and ``work``, the MACs not skipped, are counts.
    """

    cycles: Any
    energy: Any
    dram_words: Any
    work: Any
    inferences: Any

    def rates(self, clock_hz: Any) -> Any:
        """Inferences per second."""
        return self.inferences * clock_hz / self.cycles

    def efficiencies(self, joules: Any) -> Any:
        """Inferences per unit of energy, which is ``joules`` joules or stays as it is (1)."""
        return self.inferences / (self.energy * joules)

    def metrics(
        self, clock_hz: Any, joules: float, area_mm2: Any, macs_per_cycle: Any, mean: Callable[[Any], Any]
    ) -> dict[str, Any]:
        """:data:`METRICS` of one design or of many; ``mean`` takes the axis of networks away."""
        rate, efficiency = mean(self.rates(clock_hz)), mean(self.efficiencies(joules))
        return {
            "inferences_per_s": rate,
            "inferences_per_energy": efficiency,
            "area_mm2": area_mm2,
            "edp": 1 / (rate * efficiency),
            "utilization": mean(self.work / (self.cycles * macs_per_cycle)),
            "dram_words": mean(self.dram_words / self.inferences),
        }

    def achieved(
        self, networks: Sequence[str], clock_hz: Any, joules: Any, macs_per_cycle: Any, mean: Callable[[Any], Any]
    ) -> dict[str, Any]:
        """What :func:`target_of` reads: the metrics over all ``networks``, and of each by its name."""
        row = self.metrics(clock_hz, joules, float("nan"), macs_per_cycle, mean)
        rates, efficiencies = self.rates(clock_hz), self.efficiencies(joules)
        for i, name in enumerate(networks):
            row |= {f"{name}:inferences_per_s": rates[i], f"{name}:inferences_per_energy": efficiencies[i]}
        return row


def target_of(row: Mapping[str, Any], quantity: str) -> Any:
    """One of :data:`TARGETS`, or ``network:metric``, from a result row."""
    of, colon, metric = quantity.rpartition(":")
    if metric == "energy_per_inference":
        return 1 / row[f"{of}{colon}inferences_per_energy"]
    return row[quantity]


def kept_objectives(names: tuple[str, ...]) -> tuple[str, ...]:
    """What the front of a sweep is kept in: ``names``, and what decides among designs that are as good (area, energy).

    A design that no other beats in ``names`` is on this larger front, or one that is as good is.
    """
    return (*names, *(name for name in ("area_mm2", "inferences_per_energy") if name not in names))


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a result row, for networks in the given order."""

    networks: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in the order that the device writes them."""
        return (
            *METRICS,
            *(f"{name}:inferences_per_s" for name in self.networks),
            *(f"{name}:inferences_per_energy" for name in self.networks),
            "useful share",
            *(f"{loss} share" for loss in LOSSES),
            *(f"{part} energy share" for part in ENERGY_PARTS),
        )


def objectives(names: tuple[str, ...]) -> tuple[str, ...]:
    """``names`` if they can be objectives.

    Raises:
        SpecError: none, one twice, or one that is not a metric.
    """
    if not names:
        raise SpecError(f"objectives: name at least one of {', '.join(METRICS)}")
    for name in names:
        known_name("objectives", name, METRICS)
        if names.count(name) > 1:
            raise SpecError(f"objectives: {name!r} is named twice; once is enough")
    return tuple(names)
