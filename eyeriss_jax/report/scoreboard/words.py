"""A line of the scoreboard in words."""

import math
from collections.abc import Iterable

from eyeriss_jax.published import Claim, Entry
from eyeriss_jax.report.units import significant


def published(claim: Claim) -> str:
    """The published figure or range as printed, with its unit."""
    low, high = claim.range
    if low == high:
        text = _as_printed(low)
    elif math.isinf(low):
        text = f"at most {_as_printed(high)}"
    elif math.isinf(high):
        text = f"at least {_as_printed(low)}"
    else:
        text = f"{_as_printed(low)} to {_as_printed(high)}"
    return f"{text} {claim.unit}".rstrip()


def _as_printed(value: float) -> str:
    """A published figure with all its digits."""
    return f"{value:,.10g}"


def ours(entry: Entry) -> str:
    """Our figure with its unit: whole numbers in full, others with four significant digits."""
    value = entry.ours
    text = f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"
    return f"{text} {entry.claim.unit}".rstrip()


def error(entry: Entry) -> str:
    """The error as a percentage, or with its unit where the tolerance is absolute; never a zero with a sign."""
    value = entry.error
    if entry.claim.absolute:
        return "0" if value == 0 else f"{value:+.3g} {_difference_unit(entry.claim, value)}".rstrip()
    if 0 < abs(value) < 0.0005:
        return "<0.1 %"
    return "0 %" if value == 0 else f"{100 * value:+.1f} %"


def tolerance(claim: Claim) -> str:
    """The tolerance in the same form as the error."""
    if claim.tolerance == 0:
        return "exact"
    if claim.absolute:
        return f"{claim.tolerance:g} {_difference_unit(claim, claim.tolerance)}".rstrip()
    return f"{100 * claim.tolerance:g} %"


def _difference_unit(claim: Claim, difference: float) -> str:
    """The unit of a difference: two percentages differ by points."""
    points = "point" if abs(difference) == 1 else "points"
    return points if claim.unit == "%" else claim.unit


def tally(entries: Iterable[Entry]) -> str:
    """How many figures hold, and how many of the others are soft."""
    entries = tuple(entries)
    held = sum(entry.holds for entry in entries)
    soft = sum(entry.claim.soft for entry in entries if not entry.holds)
    missed = len(entries) - held
    text = f"{held} of {len(entries)} figures within their tolerance, {missed} missed"
    return text + (f" ({soft} of them soft)" if soft else "")


def median_error(entries: Iterable[Entry]) -> str:
    """The median size of the relative errors; "-" where there are none."""
    errors = sorted(abs(entry.error) for entry in entries if not entry.claim.absolute)
    if not errors:
        return "-"
    middle = len(errors) // 2
    median = errors[middle] if len(errors) % 2 else (errors[middle - 1] + errors[middle]) / 2
    return f"{significant(100 * median)} %"
