"""A step along the slopes within an area: one field a stop further, paid for where need be by another one.

Slopes only say what to try: every candidate is scored, and the best one is taken. Fields that cost nothing in this
model stay, since a slope along them praises what nobody has priced.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dictionary
from typing import Any

from eyeriss_jax.search.explore.controls import Control
from eyeriss_jax.search.space import METRICS

MOST_TRIED = 40
"""Designs that one step may score."""

_MOVES, _PAYERS = 6, 4

_WIDTHS = ("word_bits.", "oact_bits", "sparse_pe.pair_bits", "sparse_pe.address_bits")
"""Fields that stay as well: narrower words compute something else, narrower pairs and addresses hold less, and this
model prices neither."""

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
    priced = (each for each in controls if each.numeric and each.costs and not each.field.startswith(_WIDTHS))
    known = {each.field: each for each in priced if each.field in slopes}
    gain = {field: METRICS[metric] * slopes[field][metric] for field in known}
    here = worth(dict(changes))
    if here is None:
        return None
    steep = sorted((field for field in known if gain[field]), key=lambda field: -abs(gain[field]))[:_MOVES]
    payers = _payers(changes, known, slopes, metric, here, worth)
    best, most = None, METRICS[metric] * here[1]
    for candidate in _candidates(changes, known, gain, steep, payers):
        found = worth(candidate)
        if found is None or found[0] > most_area * (1 + 1e-6):
            continue
        if (value := METRICS[metric] * found[1]) > most + 1e-9 * abs(most):
            best, most = candidate, value
    return best


def _payers(
    changes: Dictionary[str, Any],
    known: dict[str, Control],
    slopes: Dictionary[str, Dictionary[str, float]],
    metric: str,
    here: tuple[float, float],
    worth: Worth,
) -> list[str]:
    """The fields of which a stop less gives area back, and all mappings still fit; the cheapest by the metric first."""
    costs = {}
    saving = sorted((f for f in known if slopes[f]["area_mm2"] > 0), key=lambda f: -slopes[f]["area_mm2"])
    for field in saving[: MOST_TRIED - 1 - _MOVES * _PAYERS]:
        less = _moved(changes, known[field], -1)
        found = None if less is None else worth(less)
        if found is not None and found[0] < here[0]:
            costs[field] = METRICS[metric] * (here[1] - found[1]) / (here[0] - found[0])
    return sorted(costs, key=lambda field: costs[field])[:_PAYERS]


def _candidates(
    changes: Dictionary[str, Any],
    known: dict[str, Control],
    gain: dict[str, float],
    steep: list[str],
    payers: list[str],
) -> Iterator[dict[str, Any]]:
    """The steepest moves, each alone and then with something that gives area back."""
    for field in steep:
        moved = _moved(changes, known[field], 1 if gain[field] > 0 else -1)
        if moved is None:
            continue
        yield moved
        for payer in [each for each in payers if each != field][: _PAYERS - 1]:
            if gain[field] > 0 and (paid := _moved(moved, known[payer], -1)) is not None:
                yield paid


def _moved(changes: Dictionary[str, Any], control: Control, way: int) -> dict[str, Any] | None:
    """One stop further, None at the end; nothing and what never limits are no ends of a step."""
    value = changes.get(control.field, control.value)
    further = [x for x in control.stops if 0 < x < float("inf") and (x - value) * way > 0]
    if not further:
        return None
    return {**changes, control.field: min(further, key=lambda x: abs(x - value))}
