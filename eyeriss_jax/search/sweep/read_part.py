"""What a part file holds, once it is known to be what that part of that sweep can have found.

Its checksum says that it is what was written, not that a sweep wrote it: shapes and ranges are checked as well.
"""

import numpy as np

from eyeriss_jax.search.store import CorruptPart, Store
from eyeriss_jax.search.sweep.pareto import Designs, Result
from eyeriss_jax.search.sweep.sweep import Sweep


def read_part(sweep: Sweep, store: Store, number: int) -> Result | None:
    """A part that is kept, None if it is not there.

    Raises:
        CorruptPart: it is not what was written, or not what the part can have found.
    """
    arrays = store.read(number)
    if arrays is None:
        return None
    try:
        found = Result.of(arrays)
        wrong = _wrong(found, sweep, number)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        wrong = f"lacks an array, or has one of another kind ({error})"
    if wrong:
        raise CorruptPart(f"{store.part(number)} {wrong}")
    return found


def _wrong(found: Result, sweep: Sweep, number: int) -> str:
    """What cannot be, in words that continue a sentence; empty for nothing."""
    part, blank = sweep.part(number), sweep.blank
    for name in ("count", "best", "log_sum", "binds", "shares", "excess"):
        has, wanted = getattr(found, name), getattr(blank, name)
        if (has.shape, has.dtype) != (wanted.shape, wanted.dtype):
            return f"has {name} of {has.dtype}{list(has.shape)} where {wanted.dtype}{list(wanted.shape)} belongs"
    numbers = {"seen": len(part), "feasible": found.feasible, "unmapped": found.unmapped}
    if found.seen != len(part) or min(numbers.values()) < 0 or found.feasible + found.unmapped > len(part):
        return f"tells of {numbers} designs of {len(part)}"
    if found.evaluations < 0 or (found.count < 0).any() or (found.count > found.feasible).any():
        return "has counts that cannot be"
    if not 0 <= found.binds.sum() <= found.feasible or (found.binds < 0).any():
        return "has counts of losses that cannot be"
    for name in ("best", "excess"):
        if np.isnan(getattr(found, name)).any():
            return f"has values of {name} that are no numbers"
    for name in ("front", "top"):
        if not _are_designs(getattr(found, name), getattr(blank, name), part, found.feasible):
            return f"has designs in {name} that are none of the part"
    return ""


def _are_designs(found: Designs, blank: Designs, part: range, feasible: int) -> bool:
    """Whether designs are of a part, each once, with finite values and rows of the right kind."""
    count = len(found.index)
    if count > feasible or (found.index.dtype, found.index.shape) != (blank.index.dtype, (count,)):
        return False
    if len(np.unique(found.index)) < count or any(int(index) not in part for index in found.index):
        return False
    return all(
        has.dtype == wanted.dtype and has.shape == (wanted.shape[0], count) and bool(np.isfinite(has).all())
        for has, wanted in ((found.values, blank.values), (found.rows, blank.rows))
    )
