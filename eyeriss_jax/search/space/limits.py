"""Constraints that no design meets: which one to loosen, and by how much.

How far a design is outside a constraint is its *excess*: log2 of the ratio between its value and the bound, negative
inside. From the least excess of each constraint, over all designs and over those that meet all others, follows whether
loosening one of them is enough.
"""

import math

import jax
import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.space.designs import Constraint, DesignSpace, by
from eyeriss_jax.search.space.quantities import leaves_of, quantities_of_leaves

_COUNTED = 1 << 18
"""Designs that are looked at to tell which constraint to loosen."""


def excess_of(limit: Constraint, values: np.ndarray) -> np.ndarray:
    """log2 of how far values are outside a constraint, negative inside."""
    with np.errstate(divide="ignore"):
        found, least, most = np.log2(values), np.log2(max(limit.at_least, 0.0)), np.log2(limit.at_most)
    return np.maximum(least - found, found - most)


def closest(excess: np.ndarray) -> np.ndarray:
    """``[2, C]`` from ``[C, N]``: the least excess of all designs, and of those that meet all other constraints."""
    met = excess <= 0
    others = met.sum(0)[None, :] - met == len(met) - 1
    return np.stack([excess.min(1, initial=np.inf), np.where(others, excess, np.inf).min(1, initial=np.inf)])


def loosened(limits: tuple[Constraint, ...], excess: np.ndarray) -> str:
    """Which of ``limits`` to loosen, and how far, from :func:`closest`; in words."""
    alone, last = excess
    if np.isfinite(last).any():
        which = int(np.argmin(last))
        return f"loosen {_bound(limits[which], last[which])}: a design that meets all others has that"
    unmet = [_bound(limit, x) for limit, x in zip(limits, alone, strict=True) if 0 < x < math.inf]
    if not unmet and not np.isfinite(alone).all():
        return "no design was mapped, so that none says how far to loosen them"
    if unmet:
        return f"no design comes closer than {'; '.join(unmet)}, whatever else it meets: loosen each so far at least"
    names = ", ".join(limit.quantity for limit in limits)
    return f"each of {names} is met by some design, but no one of them makes room if loosened alone: loosen two"


def check_reachable(space: DesignSpace) -> None:
    """Refuses a constraint that the smallest, or the largest, of all designs cannot meet.

    Raises:
        SpecError: the message says which, and by how much.
    """
    if not space.constraints:
        return
    ends = _quantities(space, _ends(space))
    for limit in space.constraints:
        low, high = sorted(map(float, ends[limit.quantity]))
        if low > limit.at_most:
            raise SpecError(
                f"constraint {limit.quantity}: the smallest design has {low:g}, {by(low, limit.at_most)} above "
                f"at_most {limit.at_most:g}; raise it, or allow smaller values on the axes"
            )
        if high < limit.at_least:
            raise SpecError(
                f"constraint {limit.quantity}: the largest design has {high:g}, "
                f"{100 - 100 * high / limit.at_least:.1f} % below at_least {limit.at_least:g}; lower it, "
                "or allow larger values on the axes"
            )


def why_none(space: DesignSpace, refusal: str) -> str:
    """Why a space has no design to map: constraints that exclude one another, or the ``refusal`` of an array shape."""
    if space.constraints:
        radices = [len(axis.values) for axis in space.axes]
        designs = np.arange(0, space.size, -(-space.size // _COUNTED))
        values = _quantities(space, np.array(np.unravel_index(designs, radices)))
        excess = np.stack([excess_of(limit, values[limit.quantity]) for limit in space.constraints])
        if not (excess <= 0).all(0).any():
            return f"no design of the space meets the constraints: {loosened(space.constraints, closest(excess))}"
    return f"no design of the space runs every layer: {refusal}"


def _ends(space: DesignSpace) -> np.ndarray:
    """The digits of the smallest and of the largest design ``[axes, 2]``."""
    digits = []
    for axis in space.axes:
        numbers = all(isinstance(v, int | float) for v in axis.values)
        order = sorted(range(len(axis.values)), key=axis.values.__getitem__) if numbers else range(len(axis.values))
        digits.append((order[0], order[-1]))
    return np.array(digits)


def _quantities(space: DesignSpace, digits: np.ndarray) -> dict[str, np.ndarray]:
    """The bounded quantities of the designs with ``digits`` ``[axes, N]``."""
    base = leaves_of(space.base)
    leaves = np.repeat(base[:, None], digits.shape[1], axis=1)
    for axis, chosen in zip(space.axes, digits, strict=True):
        used, at = np.unique(chosen, return_inverse=True)
        rows = np.array([leaves_of(axis.apply(space.base, axis.values[i])) for i in used])  # [values, leaves]
        changed = ~np.all(rows == base[None, :], axis=0)
        leaves[changed] = rows.T[changed][:, at]
    names = tuple(limit.quantity for limit in space.constraints)
    return quantities_of_leaves(leaves, jax.tree.structure(space.base.build()), names)


def _bound(limit: Constraint, excess: float) -> str:
    """A constraint with the bound that ``excess`` asks for."""
    if limit.at_most < math.inf and limit.at_least > -math.inf:
        return f"{limit.quantity}: its bounds by {100 * 2.0**excess - 100:.1f} %"
    if limit.at_most < math.inf:
        wanted, side, bound = limit.at_most * 2.0**excess, "at_most", limit.at_most
        return f"{limit.quantity}: {side} {bound:,.6g} to {_rounded(wanted, up=True):,.6g} ({by(wanted, bound)} more)"
    wanted, side, bound = limit.at_least * 2.0**-excess, "at_least", limit.at_least
    less = f"{100 - 100 * wanted / bound:.1f} % less"
    return f"{limit.quantity}: {side} {bound:,.6g} to {_rounded(wanted, up=False):,.6g} ({less})"


def _rounded(value: float, *, up: bool) -> float:
    """``value`` with four digits, away from the bound that it replaces."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 3) if value > 0 else 1.0
    return (math.ceil if up else math.floor)(value / unit * (1 + (-1e-6 if up else 1e-6))) * unit
