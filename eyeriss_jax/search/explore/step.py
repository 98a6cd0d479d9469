"""A step along the slopes within an area: one field a stop further, paid for where need be by another one.

Slopes only say what to try: every candidate is scored, and the best one is taken. Fields that cost nothing in this
model stay, since a slope along them praises what nobody has priced.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dictionary
from typing import Any

from eyeriss_jax.search.explore.controls import Control
from eyeriss_jax.search.space import METRICS

MOST_TRIED = 24
"""Designs that one step may score."""

_MOVES, _PAYERS = 8, 3

Worth = Callable[[dict[str, Any]], tuple[float, float] | None]
"""Area and metric of the design with some changes; None where it does not exist or a mapping does not fit."""


def better_changes(
    changes: Dictionary[str, Any],
    controls: tuple[Control, ...],
    slopes: Dictionary[str, Dictionary[str, float]],
    metric: str,
    most_area: float,
    worth: Worth,
) -> dict[str, Any] | None:
    """``changes`` with the step that improves ``metric`` most within ``most_area``; None if none does.

    ``slopes``: as :class:`~eyeriss_jax.search.explore.slopes.Slopes` gives them.
    """
    here = worth(dict(changes))
    best, least = None, None if here is None else METRICS[metric] * here[1]
    for tried, candidate in enumerate(_candidates(changes, controls, slopes, metric)):
        if tried == MOST_TRIED:
            break
        found = worth(candidate)
        if found is None or found[0] > most_area * (1 + 1e-6):
            continue
        value = METRICS[metric] * found[1]
        if least is None or value > least + 1e-9 * abs(least):
            best, least = candidate, value
    return best


def _candidates(
    changes: Dictionary[str, Any], controls: tuple[Control, ...], slopes: Dictionary[str, Any], metric: str
) -> Iterator[dict[str, Any]]:
    """The steepest moves, each alone and then with something that gives area back at little loss."""
    known = {each.field: each for each in controls if each.numeric and each.costs and each.field in slopes}
    gain = {field: METRICS[metric] * slopes[field][metric] for field in known}
    steep = sorted((field for field in known if gain[field]), key=lambda field: -abs(gain[field]))[:_MOVES]
    saves = [field for field in known if slopes[field]["area_mm2"] > 0]
    payers = sorted(saves, key=lambda field: gain[field] / slopes[field]["area_mm2"])[: _PAYERS + 1]
    for field in steep:
        moved = _moved(changes, known[field], 1 if gain[field] > 0 else -1)
        if moved is None:
            continue
        yield moved
        for payer in [each for each in payers if each != field][:_PAYERS]:
            if (paid := _moved(moved, known[payer], -1)) is not None and gain[field] > 0:
                yield paid


def _moved(changes: Dictionary[str, Any], control: Control, way: int) -> dict[str, Any] | None:
    """One stop further, None at the end; nothing and what never limits are no ends of a step."""
    value = changes.get(control.field, control.value)
    further = [x for x in control.stops if 0 < x < float("inf") and (x - value) * way > 0]
    if not further:
        return None
    return {**changes, control.field: min(further, key=lambda x: abs(x - value))}
