"""A design space: a base accelerator, axes over its fields, and constraints. A design is one index.

The index is a mixed-radix number whose digits choose a value per axis. Axes that decide which mappings there are
(:data:`SHAPE_FIELDS`) come first, so that all designs of one array shape are one contiguous stretch.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.checks import known_name, unknown_name
from eyeriss_jax.search.axis import RANGE_KEYS, Axis, axis
from eyeriss_jax.search.quantities import QUANTITIES


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """``quantity`` (of :data:`eyeriss_jax.search.quantities.QUANTITIES`) must lie between two bounds, both included."""

    quantity: str
    at_least: float = -math.inf
    at_most: float = math.inf


@dataclass(frozen=True, kw_only=True)
class DesignSpace:
    """All designs that the axes span around ``base``; those that break a constraint count as infeasible.

    ``axes`` are sorted: those that shape mappings first, the last one changes fastest.
    """

    base: Accelerator
    axes: tuple[Axis, ...]
    constraints: tuple[Constraint, ...] = ()

    @cached_property
    def shape_axes(self) -> tuple[Axis, ...]:
        """The axes that decide which mappings there are."""
        return tuple(a for a in self.axes if a.shapes_mappings)

    @cached_property
    def rate_axes(self) -> tuple[Axis, ...]:
        """The other axes."""
        return tuple(a for a in self.axes if not a.shapes_mappings)

    @property
    def shapes(self) -> int:
        """Number of array shapes."""
        return math.prod(len(a.values) for a in self.shape_axes)

    @property
    def rates(self) -> int:
        """Number of designs of one array shape."""
        return math.prod(len(a.values) for a in self.rate_axes)

    @property
    def size(self) -> int:
        """Number of designs, infeasible ones included."""
        return self.shapes * self.rates

    def digits(self, index: int) -> tuple[int, ...]:
        """The chosen value of each axis."""
        return digits_of(index, [len(a.values) for a in self.axes])

    def values(self, index: int) -> dict[str, Any]:
        """The value of each field that is swept."""
        chosen = zip(self.axes, self.digits(index), strict=True)
        return {a.field: a.values[digit] for a, digit in chosen}

    def shape(self, index: int) -> Accelerator:
        """The base design with array shape ``index``, not yet validated against the other axes."""
        return self._applied(
            zip(self.shape_axes, digits_of(index, [len(a.values) for a in self.shape_axes]), strict=True)
        )

    def design(self, index: int) -> Accelerator:
        """The design ``index``."""
        return self._applied(zip(self.axes, self.digits(index), strict=True)).replace(name=f"design {index}")

    def _applied(self, chosen: Any) -> Accelerator:
        accelerator = self.base
        for each, digit in chosen:
            accelerator = each.apply(accelerator, each.values[digit])
        return accelerator


def digits_of(index: int, radices: list[int]) -> tuple[int, ...]:
    """``index`` in mixed radix, the last digit fastest."""
    digits = []
    for radix in reversed(radices):
        index, digit = divmod(index, radix)
        digits.append(digit)
    return tuple(reversed(digits))


def design_space(
    base: Accelerator,
    axes: Mapping[str, Any],
    constraints: Mapping[str, Any] | None = None,
    named: Callable[[str], Accelerator] | None = None,
) -> DesignSpace:
    """The space that a config describes.

    Args:
        base: what all designs share.
        axes: per field its values (:func:`eyeriss_jax.search.axis.axis`); fields with one value per data type may be
            nested: ``{"noc_words_per_cycle": {"iact": [3, 9]}}`` or ``{"noc_words_per_cycle.iact": [3, 9]}``.
        constraints: per quantity ``at_least`` and ``at_most``; a bound may be a number or the name of an
            accelerator, which then stands for its own value.
        named: looks up an accelerator by name.

    Raises:
        SpecError: no such field or quantity, an empty or non-numeric range, or constraints that no design can meet.
    """
    found = [axis(field, values, base) for field, values in _flat(axes)]
    if not found:
        raise SpecError("axes: there is nothing to sweep; name at least one field of the accelerator with its values")
    ordered = (*(a for a in found if a.shapes_mappings), *(a for a in found if not a.shapes_mappings))
    limits = tuple(_constraint(name, bounds, named) for name, bounds in (constraints or {}).items())
    space = DesignSpace(base=base, axes=ordered, constraints=limits)
    _check_combinations(space)
    return space


def _flat(axes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Axes with dots in the place of nesting."""
    found = []
    for name, values in axes.items():
        if isinstance(values, Mapping) and not set(values) & set(RANGE_KEYS):
            if not values:
                raise SpecError(f"axis {name} has no values; list at least one, or leave the axis out")
            found += [(f"{name}.{inner}", of) for inner, of in values.items()]
        else:
            found.append((name, values))
    return found


def _constraint(name: str, bounds: Any, named: Callable[[str], Accelerator] | None) -> Constraint:
    known_name("constraint", name, QUANTITIES)
    if not isinstance(bounds, Mapping) or not bounds:
        raise SpecError(f"constraint {name} = {bounds!r} must give at_least, at_most or both")
    limits: dict[str, float] = {}
    for side, given in bounds.items():
        if side not in ("at_least", "at_most"):
            raise unknown_name(f"constraint {name}", side, ("at_least", "at_most"))
        bound = _number(given)
        if isinstance(bound, str) and named is not None:
            # As devices compute it and not as quantities_of does, or a bound might leave out the very accelerator.
            bound = float(QUANTITIES[name](named(bound).build()))
        if isinstance(bound, bool) or not isinstance(bound, int | float) or math.isnan(bound):
            raise SpecError(f"constraint {name}: {side} = {bound!r} must be a number or the name of an accelerator")
        limits[side] = float(bound)
    found = Constraint(quantity=name, **limits)
    if found.at_least > found.at_most:
        raise SpecError(
            f"constraint {name}: at_least {found.at_least:g} exceeds at_most {found.at_most:g}; exchange them"
        )
    return found


def _number(given: Any) -> Any:
    """``given``, as a number if it is the text of one: so a command line gives it where the config names a design."""
    try:
        return float(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _check_combinations(space: DesignSpace) -> None:
    """Refuses two axes that set the same scalar, such as an energy table and one of its parts."""
    seen: dict[str, str] = {}
    for each in space.axes:
        if each.field in seen:
            raise SpecError(f"axis {each.field} is given twice; merge its values")
        seen[each.field] = each.field
