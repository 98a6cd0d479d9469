"""What a clock costs: the supply voltage that it needs, and the energy of everything on the chip with its square."""

import dataclasses
import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.energy import EnergyTable
from eyeriss_jax.hardware.quantities import Types, decimal

if TYPE_CHECKING:
    from eyeriss_jax.hardware.accelerator import Accelerator


def volts(accelerator: "Accelerator", clock_hz: float) -> float:
    """The voltage that ``clock_hz`` needs, linear between the entries of ``clock_volts``.

    Raises:
        SpecError: the table ends before.
    """
    clocks, levels = zip(*accelerator.clock_volts, strict=True)
    if not clocks[0] <= clock_hz <= clocks[-1]:
        raise SpecError(
            f"accelerator {accelerator.name!r}: clock_hz = {clock_hz:,.6g} is not within {clocks[0]:,.6g} to "
            f"{clocks[-1]:,.6g} Hz, for which clock_volts gives a voltage; give it an entry there, or leave it empty"
        )
    return float(np.interp(clock_hz, clocks, levels))


def at_clock(accelerator: "Accelerator", clock_hz: float) -> "Accelerator":
    """``accelerator`` at another clock; where it has ``clock_volts``, at the voltage and the energies of that clock.

    An event on the chip takes energy as the square of the voltage, leakage included (a simplification); DRAM has its
    own supply. Without the table the clock costs nothing in this model.

    Raises:
        SpecError: a clock that is no positive number, or one outside the table.
    """
    if not accelerator.clock_volts or clock_hz == accelerator.clock_hz:
        return accelerator.replace(clock_hz=clock_hz)
    level = volts(accelerator, clock_hz)
    ratio = (level / volts(accelerator, accelerator.clock_hz)) ** 2
    return accelerator.replace(clock_hz=clock_hz, energy=_scaled(accelerator.energy, ratio, level))


def _scaled(table: EnergyTable, ratio: float, level: float) -> EnergyTable:
    def scaled(energy: Types) -> Types:
        return Types(**{t: decimal(energy[t] * ratio) for t in TYPES})

    return dataclasses.replace(
        table,
        name=f"{table.name.split(' at ')[0]} at {level:.3g} V",
        source=f"{table.source}; all but DRAM with the square of the voltage, at {level:.3g} V [D]",
        mac=decimal(table.mac * ratio),
        spad=scaled(table.spad),
        glb=scaled(table.glb),
        noc=scaled(table.noc),
        hop=scaled(table.hop),
        static_per_cycle=decimal(table.static_per_cycle * ratio),
    )


def check_clock_volts(where: str, table: object, clock_hz: float) -> None:
    """``table`` is pairs of a clock in Hz and the volts that it needs, both rising, and ``clock_hz`` lies within.

    Raises:
        SpecError: anything else.
    """
    rule = "must be pairs (clock in Hz, volts), both above 0 and rising, such as ((1e8, 0.82), (2e8, 1.0))"
    pairs = table if isinstance(table, tuple) else ()
    good = all(isinstance(pair, tuple) and len(pair) == 2 and all(map(_is_size, pair)) for pair in pairs)
    rising = good and all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(pairs))
    if not isinstance(table, tuple) or not rising:
        raise SpecError(f"clock_volts = {table!r} {rule}.", where=where, field="clock_volts")
    if pairs and not pairs[0][0] <= clock_hz <= pairs[-1][0]:
        raise SpecError(
            f"clock_volts = {table!r} must hold clock_hz = {clock_hz:,.6g}, whose voltage the energies are for.",
            where=where,
            field="clock_volts",
        )


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
