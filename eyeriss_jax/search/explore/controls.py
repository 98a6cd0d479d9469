"""What a hand can set: every field of a machine that can be swept, with the values to step through."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.accelerator_file import CHOICES
from eyeriss_jax.hardware.coupled import field_of, is_whole, partner_of
from eyeriss_jax.hardware.energy import ENERGY_TABLES, EnergyTable
from eyeriss_jax.hardware.file_fields import Meaning, meanings_of
from eyeriss_jax.hardware.quantities import decimal
from eyeriss_jax.hardware.sparse_pe import SparsePe
from eyeriss_jax.search.explore.designs import ENERGIES, changed_design, settable_fields
from eyeriss_jax.search.space import Axis, costs_of

Kind = Literal["number", "switch", "choice", "several"]

_EACH = 64
"""Up to this value of a count the stops are every whole number, from none to four times the value."""

_OCTAVES, _STOPS_PER_OCTAVE = 4, 4
"""How far up and down other stops reach, and how many double a value."""

_LEFT_OUT = ("dataflow", "sparse_pe")  # what a search is run by, and a whole of which the parts have controls

_INSIDE: dict[str, type] = {"sparse_pe": SparsePe, "energy": EnergyTable}


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """One field.

    ``stops``: the values of a slider, rising, the last one infinite where nothing may limit; or all that can be chosen.
    ``partner``: the field that moves with it. ``costs``: ``area``, ``energy``, both or neither.
    """

    field: str
    kind: Kind
    value: Any
    stops: tuple[Any, ...]
    meaning: Meaning
    source: str
    partner: str = ""
    costs: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether it is a number."""
        return self.kind == "number"


def controls(base: Accelerator) -> tuple[Control, ...]:
    """The controls of a design, in the order of the fields."""
    return tuple(_control(field, base) for field in settable_fields(base) if field not in _LEFT_OUT)


def _control(field: str, base: Accelerator) -> Control:
    value, (name, *inner) = field_of(base, field), field.split(".")
    spec = _INSIDE.get(name) if inner else None
    kind, stops = _stops(field, value, base)
    partner = partner_of(field, base, ())
    meaning = meanings_of(Accelerator)[name] if spec is None else meanings_of(spec)[inner[0]]
    if spec is EnergyTable:
        meaning = meaning._replace(unit=meaning.unit.replace("unit", base.energy.unit))
    return Control(
        field=field,
        kind=kind,
        value=value.name if isinstance(value, EnergyTable) else value,
        stops=stops,
        meaning=meaning,
        source=base.energy.source if name == "energy" else base.sources.get(name, ""),
        partner=partner,
        costs=_costs(field, value, partner, base) if kind == "number" and field not in ENERGIES else (),
    )


def _stops(field: str, value: Any, base: Accelerator) -> tuple[Kind, tuple[Any, ...]]:
    if isinstance(value, bool):
        return "switch", (False, True)
    if isinstance(value, EnergyTable):
        return "choice", tuple(dict.fromkeys((value.name, *ENERGY_TABLES)))
    if isinstance(value, tuple):
        return "several", CHOICES[field]
    if isinstance(value, str):
        return "choice", CHOICES[field]
    whole = is_whole(field)
    return "number", _numbers(value, whole=whole, endless=not whole and _may_be_endless(field, base))


def _may_be_endless(field: str, base: Accelerator) -> bool:
    """Whether the field is a bandwidth, which may never limit."""
    try:
        changed_design(base, {field: math.inf})
    except SpecError:
        return False
    return True


def _numbers(value: float, *, whole: bool, endless: bool) -> tuple[float, ...]:
    """Values to step through, ``value`` among them; none at all is one of them, so that one sees what it breaks."""
    if whole and 0 < value <= _EACH:
        return tuple(range(max(8, 4 * int(value)) + 1))
    middle = value if 0 < value < math.inf else 1024 if whole else 16
    reach = _OCTAVES * _STOPS_PER_OCTAVE
    steps = (middle * 2 ** (k / _STOPS_PER_OCTAVE) for k in range(-reach, reach + 1))
    found = {round(x) if whole else decimal(x, 3) for x in steps} | {0, value}
    if endless:
        found |= {math.inf}
    return tuple(sorted(found))


def _costs(field: str, value: Any, partner: str, base: Accelerator) -> tuple[str, ...]:
    """What another value costs: twice as much, or half where there is no table for more."""
    for factor in (2, 0.5):
        other = value * factor if 0 < value < math.inf else 1024 * factor
        ends = (value, round(other) if is_whole(field) else other)
        try:
            return costs_of(Axis(field=field, values=ends, partner=partner), base)
        except SpecError:
            continue
    return ()
