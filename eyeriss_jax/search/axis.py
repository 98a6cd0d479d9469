"""One axis of a design space: a field of the accelerator and the values it takes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator, Types
from eyeriss_jax.hardware.checks import known_name, unknown_name
from eyeriss_jax.hardware.energy import energy_table
from eyeriss_jax.hardware.file_fields import kinds_of
from eyeriss_jax.hardware.quantities import decimal

RANGE_KEYS: tuple[str, ...] = ("first", "last", "step", "factor", "points")

SHAPE_FIELDS: tuple[str, ...] = (
    *(*AXES, "lanes", "spad_words", "reduce_axes", "chained_axes", "dataflow", "sparse_pe"),
    *("noc", "overlap", "sends_windows_ahead", "glb_keeps", "oacts_bypass_glb", "gates_zero_iacts"),
)
"""Fields that decide which mappings there are, or how words move; along all others the same candidates are priced."""

_NOT_SWEPT = ("name", "description", "sources", "sparse_pe")


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """``field`` of the accelerator, nested ones with a dot (``noc_words_per_cycle.iact``), takes each of ``values``."""

    field: str
    values: tuple[Any, ...]

    @property
    def shapes_mappings(self) -> bool:
        """Whether the field decides which mappings there are."""
        return self.field.split(".", 1)[0] in SHAPE_FIELDS

    def apply(self, accelerator: Accelerator, value: Any) -> Accelerator:
        """``accelerator`` with the field set to ``value``.

        Raises:
            SpecError: a value that no hardware has.
        """
        name, _, data_type = self.field.partition(".")
        if data_type:
            kept = getattr(accelerator, name)
            value = Types(**{t: value if t == data_type else kept[t] for t in TYPES})
        elif name == "energy":
            value = energy_table(value)
        elif isinstance(value, list):
            value = tuple(value)
        try:
            return accelerator.replace(**{name: value})
        except SpecError as error:
            raise SpecError(f"axis {self.field}: {error}") from error


def axis(field: str, values: Any, base: Accelerator) -> Axis:
    """The axis that a config describes.

    Args:
        field: name of the field; ``noc_words_per_cycle.iact`` for one of a data type.
        values: a list of values, or a range: ``first``, ``last`` and ``step`` (arithmetic), ``factor`` (geometric) or
            ``points`` (that many in geometric progression).
        base: the design that is swept; says what type the field has.

    Raises:
        SpecError: no such field (with the closest one), no values, or a range of something else than numbers.
    """
    _check_field(field, base)
    where = f"axis {field}"
    if isinstance(values, Mapping):
        numbers = _range(where, values)
        if _is_whole(field):
            numbers = [round(x) for x in numbers]
        found = list(dict.fromkeys(numbers))
    elif isinstance(values, Sequence) and not isinstance(values, str):
        found = [tuple(v) if isinstance(v, list) else v for v in values]
    else:
        found = [values]
    if not found:
        raise SpecError(f"{where} has no values; list at least one, or leave the axis out")
    repeated = next((v for i, v in enumerate(found) if v in found[:i]), None)
    if repeated is not None:
        raise SpecError(f"{where} lists {repeated!r} twice; every value once")
    result = Axis(field=field, values=tuple(found))
    for value in found:
        result.apply(base, value)
    return result


def sweepable_fields(base: Accelerator) -> list[str]:
    """The names that an axis can have."""
    names = []
    for item in fields(Accelerator):
        if item.name in _NOT_SWEPT:
            continue
        nested = isinstance(getattr(base, item.name), Types)
        names += [f"{item.name}.{t}" for t in TYPES] if nested else [item.name]
    return names


def _check_field(field: str, base: Accelerator) -> None:
    known = sweepable_fields(base)
    name = field.split(".", 1)[0]
    if field not in known and any(k.startswith(f"{name}.") for k in known) and "." not in field:
        raise SpecError(f"axis {field} has one value per data type; name one of {field}.iact, .weight and .psum")
    known_name("axis", field, known)


def _is_whole(field: str) -> bool:
    """Whether the field counts something: its value is an integer, or a whole number that must stay one."""
    name = field.split(".", 1)[0]
    return name in ("spad_words", "word_bits", "glb_bits") or kinds_of(Accelerator)[name] is int


def _range(where: str, spec: Mapping[str, Any]) -> list[float]:
    """The numbers of a range."""
    for key, value in spec.items():
        if key not in RANGE_KEYS:
            raise unknown_name(f"{where}: range", key, RANGE_KEYS)
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise SpecError(f"{where}: {key} = {value!r} must be a finite number")
    how = [key for key in ("step", "factor", "points") if key in spec]
    if "first" not in spec or "last" not in spec or len(how) != 1:
        raise SpecError(f"{where}: a range needs first, last and one of step, factor and points; found {dict(spec)}")
    first, last, by = spec["first"], spec["last"], spec[how[0]]
    if last < first:
        raise SpecError(f"{where}: the range from {first} to {last} is empty; exchange first and last")
    if how == ["step"]:
        if by <= 0:
            raise SpecError(f"{where}: step = {by} must be above 0")
        return [_tidy(first + i * by) for i in range(math.floor((last - first) / by + 1e-9) + 1)]
    if first <= 0:
        raise SpecError(f"{where}: a geometric range must start above 0, not at {first}; use step instead")
    if how == ["factor"]:
        if by <= 1:
            raise SpecError(f"{where}: factor = {by} must be above 1")
        return [_tidy(first * by**i) for i in range(math.floor(math.log(last / first) / math.log(by) + 1e-9) + 1)]
    if by != int(by) or by < 2:
        raise SpecError(f"{where}: points = {by} must be an integer of at least 2")
    inner = (decimal(first * (last / first) ** (i / (by - 1))) for i in range(1, int(by) - 1))
    return [first, *inner, last]


def _tidy(value: float) -> float:
    """A real number of a range without the last digits of floating point; an integer as it is."""
    return decimal(value, 12) if isinstance(value, float) else value
