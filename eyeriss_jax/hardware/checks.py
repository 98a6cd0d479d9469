"""Checks of host values. Each raises one ``SpecError`` that names the value, the rule it breaks and the fix.

``where`` is the path of the value as the user wrote it, such as ``"eyeriss_v2: spad_words.iact"``.
"""

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from numbers import Integral, Real
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError, gathered, joined
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.names import suggestion
from eyeriss_jax.traced import refuse_traced

LEAST_BANDWIDTH: float = 1e-6
"""Words, pairs or bits per cycle that a port or a DRAM may have at least."""

CLOCKS: tuple[float, float] = (1.0, 1e12)
"""Clocks that a file may ask for, in Hz: beyond them is a mistake of the unit."""

MAX_AXIS: int = 4096
"""Places on one physical axis that a file may ask for: few enough for a mapper to try what fits on it."""


def unknown_name(where: str, name: Any, known: Iterable[str]) -> SpecError:
    """The error for a ``name`` that is not in ``known``: suggests the closest one and lists them all."""
    known = tuple(known)
    hint = suggestion(str(name), known)
    return SpecError(f"{where}: unknown name {name!r}{hint} Known names: {', '.join(known)}.")


def kind(where: str, value: Any, wanted: type, example: str) -> None:
    """``value`` is a ``wanted``; ``example`` is how one is made."""
    if not isinstance(value, wanted):
        given = repr(value) if isinstance(value, str | int | float | None) else f"<{type(value).__name__}>"
        raise SpecError(f"{where} = {given} must be of type {wanted.__name__}; give {example}.")


def known_name(where: str, name: Any, known: Iterable[str]) -> None:
    """``name`` is one of ``known``."""
    known = tuple(known)
    if name not in known:
        raise unknown_name(where, name, known)


def known_names(where: str, names: Any, known: Iterable[str]) -> None:
    """``names`` is a tuple of names that are all in ``known``."""
    if not isinstance(names, tuple):
        raise SpecError(f"{where} = {names!r} must be a tuple of names; write ('a', 'b'), or ('a',) for a single one.")
    known = tuple(known)
    unknown = [name for name in names if name not in known]
    if len(unknown) == 1:
        raise unknown_name(where, unknown[0], known)
    if unknown:
        each = joined(f"unknown name {name!r}{suggestion(str(name), known)}" for name in unknown)
        raise SpecError(f"{where}: {each} Known names: {', '.join(known)}.")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise SpecError(f"{where} = {names!r} names {', '.join(map(repr, twice))} more than once; name each once.")


def named(where: str, value: Any) -> None:
    """``value`` is text that can be seen."""
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{where} = {value!r} must be text that is not empty; messages and reports use it.")


def integer(where: str, value: Any, *, least: int) -> None:
    """``value`` is an integer (not a float, not a bool) of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise SpecError(f"{where} = {value!r} must be an integer of at least {least}; for example {max(least, 1)}.")


def whole_number(where: str, value: Any, *, least: int) -> None:
    """``value`` is a finite whole number, of either number type, of at least ``least``."""
    if not _is_number(value) or not float(value).is_integer() or value < least:
        raise SpecError(f"{where} = {value!r} must be a whole number of at least {least}; round it or raise it.")


def truth(where: str, value: Any) -> None:
    """``value`` is True or False."""
    if not isinstance(value, bool):
        raise SpecError(f"{where} = {value!r} must be True or False.")


def finite(where: str, value: Any) -> None:
    """``value`` is a finite number of at least 0."""
    if not _is_number(value) or not math.isfinite(value) or value < 0:
        raise SpecError(f"{where} = {value!r} must be a finite number of at least 0; use 0 to leave it out.")


def positive(where: str, value: Any) -> None:
    """``value`` is a finite number above 0."""
    if not _is_number(value) or not math.isfinite(value) or value <= 0:
        raise SpecError(f"{where} = {value!r} must be a finite number above 0; give a positive one.")


def clock(where: str, value: Any) -> None:
    """``value`` is a frequency in Hz that a circuit may have."""
    positive(where, value)
    if not CLOCKS[0] <= value <= CLOCKS[1]:
        raise SpecError(
            f"{where} = {value!r} must be between {CLOCKS[0]:g} and {CLOCKS[1]:g} Hz; check the unit: 200 MHz is 200e6."
        )


def bandwidth(where: str, value: Any) -> None:
    """``value`` is at least :data:`LEAST_BANDWIDTH` and may be infinite; NaN is refused."""
    if not _is_number(value) or not value > 0:
        raise SpecError(
            f"{where} = {value!r} must be a bandwidth above 0; for one that never limits write math.inf, in "
            "a file unlimited."
        )
    if value < LEAST_BANDWIDTH:
        raise SpecError(
            f"{where} = {value!r} must be at least {LEAST_BANDWIDTH:g} a cycle: a port that takes more than a million "
            "cycles for one is no hardware, and cycles would outgrow what float32 counts; check the unit."
        )


def per_type(where: str, values: Any, check: Callable[[str, Any], None]) -> None:
    """``values`` is a ``Types`` whose three values pass ``check``."""
    if not isinstance(values, Types):
        raise SpecError(f"{where} = {values!r} must be a Types; write Types(iact=..., weight=..., psum=...).")
    for data_type in TYPES:
        _of(f"{where}.{data_type}", check, values[data_type])


Rule = Callable[[str, Any], None]
"""A check of one value by itself, called with where it stands and the value."""


def fields(where: str, spec: Any, rules: Mapping[str, Rule]) -> None:
    """The fields of ``spec`` obey the ``rules`` that are given for them; what breaks any is told at once."""
    gathered(partial(_of, name, rule, getattr(spec, name), where) for name, rule in rules.items())


def _of(field: str, rule: Rule, value: Any, where: str = "") -> None:
    """``value`` obeys ``rule``; what is refused knows its ``field``, and ``where`` that is."""
    try:
        refuse_traced(field, value)
        rule(field, value)
    except SpecError as error:
        raise SpecError(error.message, where=where, field=error.field or field) from error


def _is_number(value: Any) -> bool:
    """Whether ``value`` is a number that a float can be near; Python's integers have no end."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return isinstance(value, Real)
