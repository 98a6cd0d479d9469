"""What an axis costs: whether another value of it changes the area, or the energy of the same events.

Nothing is free without saying so. What changes neither is *free in this model*: a faster clock without a table of
voltages, more DRAM bandwidth, a psum chain that adds faster. A sweep marks such axes, since its optimum lies at their
end for no reason that the model knows.
"""

from eyeriss_jax.dims import PerType
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.energy import Moved, energy
from eyeriss_jax.model.evaluation import Access
from eyeriss_jax.numerics import real
from eyeriss_jax.search.space.axes import Axis
from eyeriss_jax.search.space.quantities import quantities_of

FREE = "free in this model"


def costs_of(axis: Axis, base: Accelerator) -> tuple[str, ...]:
    """``area``, ``energy``, both or none: what differs among ``base`` and the ends of the axis."""
    numbers = all(isinstance(v, int | float) for v in axis.values)
    values = (min(axis.values), max(axis.values)) if numbers else axis.values
    machines = [base, *(axis.apply(base, value) for value in values)]
    areas = {quantities_of(machine, ("area_mm2",))["area_mm2"] for machine in machines}
    prices = {_price(machine) for machine in machines}
    return tuple(name for name, found in (("area", areas), ("energy", prices)) if len(found) > 1)


def cost_in_words(costs: tuple[str, ...] | None) -> str:
    """``area and energy``, or that it is free; a dash for an axis that stays where the base is."""
    return "–" if costs is None else " and ".join(costs) or FREE


def _price(machine: Accelerator) -> float:
    """Energy of one event of each kind."""
    unit = real(1)
    one = PerType.build(lambda _: 1.0)
    access = PerType.build(lambda _: Access(reads=1.0, fills=1.0, updates=1.0))
    arrays = machine.build()
    total = energy(unit, Moved(access, one, one, access, access), unit, real(arrays.oact_bits), unit, arrays).total
    return float(total)
