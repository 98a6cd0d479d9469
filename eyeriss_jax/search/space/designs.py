"""A design space: a base accelerator, axes over its fields, and constraints. A design is one index.

The index is a mixed-radix number whose digits choose a value per axis. Axes that decide which mappings there are
(:data:`SHAPE_FIELDS`) come first, so that all designs of one array shape are one contiguous stretch.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from eyeriss_jax.errors import SpecError, gathered
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.checks import known_name, unknown_name
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.search.space.axes import RANGE_KEYS, Axis, axis
from eyeriss_jax.search.space.costs import costs_of
from eyeriss_jax.search.space.metrics import NETWORK_TARGETS, TARGETS
from eyeriss_jax.search.space.quantities import QUANTITIES

BOUNDED: tuple[str, ...] = (*QUANTITIES, *TARGETS)
"""What a constraint can bound: what a machine is, and what it achieves."""

_SLACK = 1e-6
"""By what share a bound that names an accelerator is wider than its own value: in float32 that value has other last
digits on a device than on the host, and neither may leave out the very accelerator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """``quantity`` must lie between two bounds, both included.

    It is one of :data:`eyeriss_jax.search.space.quantities.QUANTITIES`, or of
    :data:`eyeriss_jax.search.space.metrics.TARGETS`, alone or of one network (``resnet50:inferences_per_s``).
    """

    quantity: str
    at_least: float = -math.inf
    at_most: float = math.inf

    @property
    def network(self) -> str:
        """The network that a metric is of; empty for the mean over all."""
        return self.quantity.rpartition(":")[0]

    @property
    def metric(self) -> str:
        """The quantity without the network."""
        return self.quantity.rpartition(":")[2]

    def is_met(self, value: float) -> bool:
        """Whether ``value`` lies between the bounds."""
        return self.at_least <= value <= self.at_most

    def broken_by(self, value: float) -> str:
        """How ``value`` breaks the constraint, in words; empty if it does not."""
        if value > self.at_most:
            found, limit = _apart(value, self.at_most)
            return f"{self.quantity} is {found}, {by(value, self.at_most)} above at_most {limit}"
        if value < self.at_least:
            found, limit = _apart(value, self.at_least)
            return f"{self.quantity} is {found}, {_percent(1 - value / self.at_least)} below at_least {limit}"
        return ""


def by(value: float, limit: float) -> str:
    """How far a value is above a limit: as a share of it, or as a factor from three times the limit on."""
    return _percent(value / limit - 1) if value < 3 * limit else f"a factor of {value / limit:.3g}"


def _percent(share: float) -> str:
    """A share above 0 with as many digits as it takes to see that it is not 0."""
    return f"{100 * share:.1f} %" if share >= 5e-4 else "less than 0.1 %"


def _apart(value: float, limit: float) -> tuple[str, str]:
    """Two numbers that differ, with six digits or as many as it takes to see that they do."""
    texts = ((f"{value:,.{digits}g}", f"{limit:,.{digits}g}") for digits in range(6, 18))
    return next(pair for pair in texts if pair[0] != pair[1])


@dataclass(frozen=True, kw_only=True)
class DesignSpace:
    """All designs that the axes span around ``base``; those that break a constraint count as infeasible.

    ``axes`` are sorted: those that shape mappings first, the last one changes fastest. ``constraints`` bound what the
    machine is, ``targets`` what it achieves on networks.
    """

    base: Accelerator
    axes: tuple[Axis, ...]
    constraints: tuple[Constraint, ...] = ()
    targets: tuple[Constraint, ...] = ()

    @cached_property
    def costs(self) -> dict[str, tuple[str, ...]]:
        """Per axis that leaves the base design what it costs: ``area``, ``energy``, both, or nothing in this model."""
        moving = (each for each in self.axes if not self._stays(each))
        return {each.field: costs_of(each, self.base) for each in moving}

    def _stays(self, of: Axis) -> bool:
        """Whether an axis has the base design's value alone."""
        value = field_of(self.base, of.field)
        return of.values in ((value,), (getattr(value, "name", value),))

    @property
    def free(self) -> tuple[str, ...]:
        """The axes whose values cost nothing in this model."""
        return tuple(field for field, costs in self.costs.items() if not costs)

    def for_zeros(self) -> "DesignSpace":
        """The same space for layers with zeros, whose mappings depend on compressed ports as well.

        Its designs may be numbered otherwise.
        """
        return replace(self, axes=_shapes_first([replace(each, skips_zeros=True) for each in self.axes]))

    @property
    def base_values(self) -> dict[str, Any]:
        """What the base design has in the place of each axis."""
        return {each.field: field_of(self.base, each.field) for each in self.axes}

    @property
    def base_index(self) -> int | None:
        """The design that is the base, None if it is no point of the space."""
        index = 0
        for each in self.axes:
            value = field_of(self.base, each.field)
            place = [i for i, v in enumerate(each.values) if v in (value, getattr(value, "name", value))]
            if not place:
                return None
            index = index * len(each.values) + place[0]
        return index

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
        axes: per field its values (:func:`eyeriss_jax.search.space.axes.axis`); fields with one value per data type may
            be nested: ``{"noc_words_per_cycle": {"iact": [3, 9]}}`` or ``{"noc_words_per_cycle.iact": [3, 9]}``.
        constraints: per quantity or metric ``at_least`` and ``at_most``; a bound of a quantity may be a number or the
            name of an accelerator, which then stands for its own value. A metric may be that of one network:
            ``{"resnet50:inferences_per_s": {"at_least": 30}}``, or nested.
        named: looks up an accelerator by name.

    Raises:
        SpecError: no such field or quantity, an empty or non-numeric range, or bounds that nothing can keep.
    """
    given = _flat(axes)
    names = [field for field, _ in given]
    bounds = _by_network(constraints or {})
    found, limits = gathered(
        [partial(axis, field, values, base, others=names) for field, values in given],
        [partial(_constraint, name, bound, named) for name, bound in bounds],
    )
    if not found:
        raise SpecError("axes: there is nothing to sweep; name at least one field of the accelerator with its values")
    space = DesignSpace(
        base=base,
        axes=_shapes_first(found),
        constraints=tuple(limit for limit in limits if limit.quantity in QUANTITIES),
        targets=tuple(limit for limit in limits if limit.quantity not in QUANTITIES),
    )
    _check_combinations(space)
    return space


def _shapes_first(axes: list[Axis]) -> tuple[Axis, ...]:
    return (*(a for a in axes if a.shapes_mappings), *(a for a in axes if not a.shapes_mappings))


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


def _by_network(constraints: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Constraints with ``network:metric`` in the place of nesting."""
    found = []
    for name, bounds in constraints.items():
        nested = isinstance(bounds, Mapping) and bounds and all(isinstance(b, Mapping) for b in bounds.values())
        found += [(f"{network}:{name}", b) for network, b in bounds.items()] if nested else [(name, bounds)]
    return found


def _constraint(name: str, bounds: Any, named: Callable[[str], Accelerator] | None) -> Constraint:
    of_network, colon, metric = name.rpartition(":")
    if colon and not of_network:
        raise SpecError(f"constraint {name}: write network:metric, or the metric alone for all networks")
    known_name(f"constraint {name}" if of_network else "constraint", metric, NETWORK_TARGETS if of_network else BOUNDED)
    if not isinstance(bounds, Mapping) or not bounds:
        raise SpecError(f"constraint {name} = {bounds!r} must give at_least, at_most or both")
    limits: dict[str, float] = {}
    for side, given in bounds.items():
        if side not in ("at_least", "at_most"):
            raise unknown_name(f"constraint {name}", side, ("at_least", "at_most"))
        bound = _number(given)
        if isinstance(bound, str) and named is not None and name in QUANTITIES:
            bound = float(QUANTITIES[name](named(bound).build())) * (1 - _SLACK if side == "at_least" else 1 + _SLACK)
        if isinstance(bound, bool) or not isinstance(bound, int | float) or math.isnan(bound):
            also = " or the name of an accelerator" if name in QUANTITIES else ""
            raise SpecError(f"constraint {name}: {side} = {bound!r} must be a number{also}")
        limits[side] = float(bound)
    # Everything that can be bounded is positive, and a share at most one.
    if limits.get("at_most", math.inf) <= 0 or limits.get("at_least", 0.0) == math.inf:
        raise SpecError(f"constraint {name} = {bounds!r}: no design has that; at_most must be above 0, at_least finite")
    if metric == "utilization" and limits.get("at_least", 0.0) > 1:
        raise SpecError(f"constraint {name} = {bounds!r}: no design has that; a utilization is at most 1")
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
