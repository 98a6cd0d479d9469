"""Where descents over densities start: the layers that gain most per loss are pruned, the others at their bounds."""

from collections.abc import Callable

import numpy as np

STARTS = 8
"""Most prefixes of the ranking."""

_SMALL_STEP = 1e-3
"""Below its upper bound by so much in the logarithm, a layer moves with the budget."""


def ranked_by_gain(
    costs: Callable[[np.ndarray], np.ndarray],
    losses: Callable[[np.ndarray], np.ndarray],
    least: np.ndarray,
    most: np.ndarray,
    trials: tuple[float, ...],
) -> np.ndarray:
    """Layers by the most that pruning one of them alone saves per loss, best first.

    Args:
        costs: of points [points, layers].
        losses: likewise.
        least: smallest densities, [layers].
        most: largest densities.
        trials: densities to try in every layer.
    """
    layers = len(most)
    points = np.tile(most, (len(trials), layers, 1))
    diagonal = np.arange(layers)
    points[:, diagonal, diagonal] = np.clip(np.asarray(trials)[:, None], least, most)
    points = np.concatenate([most[None], points.reshape(-1, layers)])
    saved, lost = np.log(costs(points)), losses(points)
    saved, lost = (saved[0] - saved[1:]), np.maximum(lost[1:] - lost[0], 0.0)
    gain = np.where(saved > 0, saved / np.maximum(lost, 1e-9), 0.0).reshape(len(trials), layers).max(0)
    return np.argsort(-gain, kind="stable")


def starts(ranking: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Logarithms [starts, layers] of at most :data:`STARTS` points, each of which prunes the first of the ranking.

    The pruned layers lie a little below their upper bounds, from where the budget moves them down together.
    """
    counts = np.unique(np.linspace(1, len(ranking), min(STARTS, len(ranking))).round().astype(int))
    place = np.argsort(ranking)
    lower = np.maximum(np.log(most) - _SMALL_STEP, np.log(least))
    return np.where(place[None] < counts[:, None], lower[None], np.log(most)[None])
