"""The rules that the numbers of a layer keep, each with its error message written once."""

from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.names import called
from eyeriss_jax.traced import refuse_traced

Pair = tuple[int, int]

# Host integers become int32 on the device unless x64 is on, and would wrap there without a word.
LARGEST_INTEGER = 2**31 - 1

_LONGEST_NUMBER = 24


def layer_label(name: Any) -> str:
    """How error messages call a layer.

    Raises:
        SpecError: the name could not label a report.
    """
    if not isinstance(name, str) or not name:
        raise SpecError(f"layer name {name!r} must be a non-empty string; name the layer as in its paper, e.g. 'CONV1'")
    return f"layer {name!r}"


def check_integer(where: str, label: str, value: Any, minimum: int = 1, *, smaller: str = "") -> None:
    """Refuses anything but a Python int from ``minimum`` to 2**31 - 1 (a bool is not a size).

    Args:
        where: the thing that holds the value, e.g. ``layer 'CONV1'``.
        label: the name of the value, e.g. ``C``.
        value: what the user gave.
        minimum: the least that is allowed.
        smaller: how a value that is too large is made smaller, where a smaller number alone would not mend it.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if type(value) is not int:
        refuse_traced(f"{where}: {label}", value)
        raise SpecError(f"{where}: {label} = {value!r} is {called(value)}, but must be an integer; pass a Python int")
    if value < minimum:
        raise SpecError(f"{where}: {label} = {value} is below {minimum}; pass an integer of at least {minimum}")
    if value > LARGEST_INTEGER:
        raise _too_large(where, label, str(value), smaller)


def integer_of(where: str, label: str, digits: str) -> int:
    """The number that a user wrote in ``digits``, however many there are.

    Raises:
        SpecError: it does not fit in 32 bits.
    """
    if len(digits.lstrip("0")) > len(str(LARGEST_INTEGER)):  # Python itself refuses thousands of digits
        raise _too_large(where, label, digits)
    check_integer(where, label, int(digits), minimum=0)
    return int(digits)


def _too_large(where: str, label: str, value: str, smaller: str = "") -> SpecError:
    shown = value if len(value) <= _LONGEST_NUMBER else f"{value[:_LONGEST_NUMBER]}... ({len(value)} digits)"
    largest = f"the largest is {LARGEST_INTEGER}{f': {smaller}' if smaller else ''}"
    return SpecError(f"{where}: {label} = {shown} does not fit in 32 bits; {largest}")


def check_batch(where: str, value: Any) -> None:
    """Refuses anything but a batch that 32 bits hold.

    Raises:
        SpecError: with the value and the largest batch.
    """
    if type(value) is int and value > LARGEST_INTEGER:
        raise SpecError(f"{where}: batch = {value} is too large; the largest batch is {LARGEST_INTEGER}")
    check_integer(where, "batch", value)


def check_pair(where: str, label: str, value: Any, minimum: int = 1) -> None:
    """Refuses anything but a (height, width) tuple of integers of at least ``minimum``.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if not isinstance(value, tuple) or len(value) != 2:
        raise SpecError(f"{where}: {label} = {value!r} must be a (height, width) tuple; write e.g. (2, 2)")
    for part, item in zip(("height", "width"), value, strict=True):
        check_integer(where, f"{label} ({part})", item, minimum)


def to_pair(where: str, label: str, value: Any, minimum: int = 1) -> Pair:
    """``value`` as a checked (height, width); a single integer serves both.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if not isinstance(value, tuple):
        check_integer(where, label, value, minimum)
        return value, value
    check_pair(where, label, value, minimum)
    return value


def channels_per_group(where: str, label: str, channels: Any, groups: Any) -> int:
    """Channels of one of ``groups`` groups.

    Raises:
        SpecError: the groups do not divide the channels.
    """
    check_integer(where, label, channels)
    check_integer(where, "groups", groups)
    if channels % groups:
        raise SpecError(
            f"{where}: groups = {groups} does not divide {label} = {channels}; "
            f"pass the channels of all groups together, or another number of groups"
        )
    return channels // groups
