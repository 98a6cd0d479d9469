"""One axis of a design space: a field of the accelerator and the values it takes.

Some fields are one thing seen twice (:mod:`~eyeriss_jax.hardware.coupled`). An axis over one of them moves the other in
proportion, unless that is an axis as well.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator, Types
from eyeriss_jax.hardware.checks import known_name, unknown_name
from eyeriss_jax.hardware.coupled import is_whole, moved, partner_of, with_field
from eyeriss_jax.hardware.energy import energy_table
from eyeriss_jax.hardware.file_fields import kinds_of
from eyeriss_jax.hardware.quantities import decimal
from eyeriss_jax.hardware.sparse_pe import SparsePe
from eyeriss_jax.hardware.voltage import at_clock
from eyeriss_jax.hardware.word_bits import fit_for_words

RANGE_KEYS: tuple[str, ...] = ("first", "last", "step", "factor", "points")

MOST_VALUES = 1 << 16
"""Values that an axis can have: what a sweep keeps grows with all values of all axes."""

_LARGEST = 1e300
"""Above what any field can have, and below where floats end."""

SHAPE_FIELDS: tuple[str, ...] = (
    *(*AXES, "lanes", "spad_words", "reduce_axes", "chained_axes", "dataflow", "sparse_pe"),
    *("noc", "overlap", "sends_windows_ahead", "glb_keeps", "oacts_bypass_glb", "gates_zero_iacts"),
)
"""Fields that decide which mappings there are, or how words move; along all others the same candidates are priced."""

_NOT_SWEPT = ("name", "description", "sources", "clock_volts")


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """``field`` of the accelerator, nested ones with a dot (``noc_words_per_cycle.iact``), takes each of ``values``.

    ``partner``: the field that moves with it in proportion, if there is one. ``skips_zeros``: whether layers with zeros
    are mapped, so that what only compressed data needs decides which mappings there are.
    """

    field: str
    values: tuple[Any, ...]
    partner: str = ""
    skips_zeros: bool = False

    @property
    def shapes_mappings(self) -> bool:
        """Whether the field, or the one that moves with it, decides which mappings there are."""
        moved = [self.field, self.partner] if self.skips_zeros else [self.field]
        return any(name.split(".", 1)[0] in SHAPE_FIELDS for name in moved)

    def apply(self, accelerator: Accelerator, value: Any) -> Accelerator:
        """``accelerator`` with the field set to ``value``, and with it its partner, or the energies of clock or widths.

        Raises:
            SpecError: a value that no hardware has.
        """
        try:
            if self.field == "clock_hz":
                return at_clock(accelerator, value)
            if self.field == "energy" and isinstance(value, str):
                value = energy_table(value)
            changed = with_field(accelerator, self.field, tuple(value) if isinstance(value, list) else value)
            if self.field.startswith("word_bits."):
                follows = fit_for_words(accelerator, changed.word_bits)
                return changed.replace(energy=follows.energy, sparse_pe=follows.sparse_pe)
            return moved(accelerator, changed, self.field, self.partner) if self.partner else changed
        except SpecError as error:
            raise SpecError(f"axis {self.field}: {error}") from error


def axis(field: str, values: Any, base: Accelerator, *, others: Iterable[str] = ()) -> Axis:
    """The axis that a config describes.

    Args:
        field: name of the field; ``noc_words_per_cycle.iact`` for one of a data type, ``sparse_pe.weight_pairs``
            for one of a sparse PE.
        values: a list of values, or a range: ``first``, ``last`` and ``step`` (arithmetic), ``factor`` (geometric) or
            ``points`` (that many in geometric progression).
        base: the design that is swept; says what type the field has.
        others: the fields of the other axes, which do not move with this one.

    Raises:
        SpecError: no such field (with the closest one), no values or more than :data:`MOST_VALUES`, or a range of
            something else than numbers.
    """
    _check_field(field, base)
    where = f"axis {field}"
    if isinstance(values, Mapping):
        numbers = _range(where, values)
        if is_whole(field):
            numbers = [round(x) for x in numbers]
        found = list(dict.fromkeys(numbers))
    elif isinstance(values, Sequence) and not isinstance(values, str):
        _check_count(where, len(values))
        found = [tuple(v) if isinstance(v, list) else v for v in values]
    else:
        found = [values]
    if not found:
        raise SpecError(f"{where} has no values; list at least one, or leave the axis out")
    _check_repeated(where, found)
    result = Axis(field=field, values=tuple(found), partner=partner_of(field, base, tuple(others)))
    for value in _telling(found):
        result.apply(base, value)
    return result


def sweepable_fields(base: Accelerator) -> list[str]:
    """The names that an axis can have."""
    names = []
    for item in fields(Accelerator):
        value = getattr(base, item.name)
        if item.name in _NOT_SWEPT or value is None:
            continue
        inner = TYPES if isinstance(value, Types) else kinds_of(SparsePe) if item.name == "sparse_pe" else ()
        names += [f"{item.name}.{t}" for t in inner] or [item.name]
    return names


def _telling(values: list[Any]) -> list[Any]:
    """Values that are fit for hardware if and only if all are: of numbers the ends, and one that is not whole."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and v == v for v in values)
    if not numbers:
        return values
    broken = next((v for v in values if isinstance(v, float) and not v.is_integer()), None)
    real = next((v for v in values if isinstance(v, float)), None)
    return [v for v in (values[0], broken, real, min(values), max(values)) if v is not None]


def _check_repeated(where: str, values: list[Any]) -> None:
    seen = set()
    for value in values:
        if not isinstance(value, Hashable):
            raise SpecError(f"{where} lists {value!r}, which no field can be; list numbers or names")
        if value in seen:
            raise SpecError(f"{where} lists {value!r} twice; every value once")
        seen.add(value)


def _check_count(where: str, count: float) -> None:
    whole = math.floor(count + 1e-9) if math.isfinite(count) else count
    if whole > MOST_VALUES:
        raise SpecError(f"{where} has {whole:,.0f} values; an axis may have up to {MOST_VALUES:,}: take a larger step")


def _check_field(field: str, base: Accelerator) -> None:
    known = sweepable_fields(base)
    name = field.split(".", 1)[0]
    if name == "sparse_pe" and base.sparse_pe is None:
        raise SpecError(f"axis {field}: the PEs of {base.name!r} are dense; sweep a design that has a sparse_pe")
    if field not in known and any(k.startswith(f"{name}.") for k in known) and "." not in field:
        inner = [k.removeprefix(field) for k in known if k.startswith(f"{name}.")]
        raise SpecError(f"axis {field} has several values; name one of {field}{', '.join(inner[:-1])} and {inner[-1]}")
    known_name("axis", field, known)


def _range(where: str, spec: Mapping[str, Any]) -> list[float]:
    """The numbers of a range; how many there are is checked first."""
    for key, value in spec.items():
        if key not in RANGE_KEYS:
            raise unknown_name(f"{where}: range", key, RANGE_KEYS)
        if isinstance(value, bool) or not isinstance(value, Real) or value != value:
            raise SpecError(f"{where}: {key} = {value!r} must be a finite number")
        size: Any = abs(value)
        if size > _LARGEST:
            raise SpecError(f"{where}: {key} must be a finite number up to {_LARGEST:g}")
    how = [key for key in ("step", "factor", "points") if key in spec]
    if "first" not in spec or "last" not in spec or len(how) != 1:
        raise SpecError(f"{where}: a range needs first, last and one of step, factor and points; found {dict(spec)}")
    first, last, by = spec["first"], spec["last"], spec[how[0]]
    if last < first:
        raise SpecError(f"{where}: the range from {first} to {last} is empty; exchange first and last")
    if how == ["step"]:
        if by <= 0:
            raise SpecError(f"{where}: step = {by} must be above 0")
        _check_count(where, (last - first) / by + 1)
        return [_tidy(first + i * by) for i in range(math.floor((last - first) / by + 1e-9) + 1)]
    if first <= 0:
        raise SpecError(f"{where}: a geometric range must start above 0, not at {first}; use step instead")
    if how == ["factor"]:
        if by <= 1:
            raise SpecError(f"{where}: factor = {by} must be above 1")
        _check_count(where, math.log(last / first) / math.log(by) + 1)
        return [_tidy(first * by**i) for i in range(math.floor(math.log(last / first) / math.log(by) + 1e-9) + 1)]
    if by != int(by) or by < 2:
        raise SpecError(f"{where}: points = {by} must be an integer of at least 2")
    _check_count(where, by)
    inner = (decimal(first * (last / first) ** (i / (by - 1))) for i in range(1, int(by) - 1))
    return [first, *inner, last]


def _tidy(value: float) -> float:
    """A real number of a range without the last digits of floating point; an integer as it is."""
    return decimal(value, 12) if isinstance(value, float) else value
