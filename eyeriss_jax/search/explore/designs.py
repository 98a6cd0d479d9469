"""A design as what somebody changed of another one: fields by name, each with its new value."""

import math
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.hardware.coupled import field_of, is_whole, partner_of
from eyeriss_jax.hardware.energy import EnergyTable
from eyeriss_jax.hardware.file_fields import UNLIMITED, kinds_of
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.search.space import Axis, sweepable_fields

ENERGIES: tuple[str, ...] = tuple(
    f"energy.{name}{inner}"
    for name, kind in kinds_of(EnergyTable).items()
    for inner in ([f".{t}" for t in TYPES] if kind is Types else [""] if kind is float else [])
)
"""The energies of a table, each a field of its own; a sweep takes tables as a whole."""

_CHANGED = ", changed"

MOST = 1e15
"""As in files of accelerators."""

MOST_PES = 1 << 16
"""PEs of a design that is explored by hand: as many as a picture can hold."""


def settable_fields(base: Accelerator) -> list[str]:
    """What can be changed by hand: all that can be swept, and the energies one by one."""
    return [*sweepable_fields(base), *ENERGIES]


def read_changes(changes: Dictionary[str, Any], base: Accelerator) -> dict[str, Any]:
    """What a page spells, as the fields take it: a list is several names, ``unlimited`` is infinite.

    Raises:
        SpecError: no such field.
    """
    known = settable_fields(base)
    for field in changes:
        known_name("field", field, known)
    return {field: _read(field, value) for field, value in changes.items()}


def _read(field: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if value == UNLIMITED:
        return math.inf
    whole = isinstance(value, float) and value.is_integer() and is_whole(field)
    return int(value) if whole else value


def _changed(design: Accelerator, field: str, value: Any, partner: str) -> Accelerator:
    """``design`` with one field changed. Energies come last: what is given for them stands, whatever the clock is."""
    if field not in ENERGIES:
        return Axis(field=field, values=(value,), partner=partner).apply(design, value)
    table, (_, name, *inner) = design.energy, field.split(".")
    if inner:
        value = replace(getattr(table, name), **{inner[0]: value})
    named = table.name if table.name.endswith(_CHANGED) else f"{table.name}{_CHANGED}"
    return design.replace(energy=replace(table, name=named, **{name: value}))


def _check_size(field: str, value: Any) -> None:
    """Refuses numbers that no machine has and of which sums would be infinite; a bandwidth may be infinite itself."""
    if isinstance(value, int | float) and value != math.inf and not abs(value) < MOST:
        raise SpecError(
            f"{field} = {str(value)[:20]} is more than any machine has; give less than {MOST:g}", field=field
        )


def changed_design(base: Accelerator, changes: Dictionary[str, Any]) -> Accelerator:
    """``base`` with other values of some fields; what is one with them goes along, unless it is changed as well.

    Raises:
        SpecError: a design that does not exist; ``field`` is the one that is refused, of several the last one tried.
    """
    design = base
    for field in (known for known in settable_fields(base) if known in changes):
        _check_size(field, changes[field])
        try:
            design = _changed(design, field, changes[field], partner_of(field, base, tuple(changes)))
        except SpecError as error:
            said = str(error).removeprefix(f"axis {field}: ").removeprefix(f"accelerator {base.name!r}: ")
            raise SpecError(said, field=field) from error
    if design.pes > MOST_PES:
        widest = max(("cluster_rows", "cluster_cols", "pe_rows", "pe_cols"), key=lambda axis: field_of(design, axis))
        raise SpecError(
            f"{design.pes:,} PEs; at most {MOST_PES:,} are explored by hand: lower {widest}, or use experiments.sweep",
            field=widest,
        )
    return design.replace(name=f"{base.name}{_CHANGED}") if changes else design
