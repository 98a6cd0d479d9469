"""Exact merging of what devices, parts and processes kept: fronts, best designs, marginals. On the host, in NumPy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eyeriss_jax.search.sweep.summary import LOG_SCALE, SHARE_SCALE


@dataclass(frozen=True, kw_only=True)
class Designs:
    """Some designs of a space: global ``index`` ``[N]``, objective ``values`` ``[O, N]`` (more is better), ``rows``."""

    index: np.ndarray
    values: np.ndarray
    rows: np.ndarray

    def at(self, chosen: np.ndarray) -> "Designs":
        """Some of them."""
        return Designs(index=self.index[chosen], values=self.values[:, chosen], rows=self.rows[:, chosen])

    @staticmethod
    def joined(several: Iterable["Designs"]) -> "Designs":
        """All of them, by rising index."""
        several = list(several)
        both = Designs(
            index=np.concatenate([d.index for d in several]),
            values=np.concatenate([d.values for d in several], axis=1),
            rows=np.concatenate([d.rows for d in several], axis=1),
        )
        return both.at(np.argsort(both.index, kind="stable"))


def front_of(designs: Designs) -> Designs:
    """The designs that no other dominates; of equal ones the one with the smallest index."""
    order = np.lexsort((designs.index, *-designs.values[::-1]))
    kept: list[int] = []
    values = designs.values.T
    held = np.empty((0, values.shape[1]), values.dtype)
    for i in order:  # none of the later ones can dominate an earlier one
        if not (held >= values[i]).all(1).any():
            kept.append(int(i))
            held = np.concatenate([held, values[i][None]])
    return designs.at(np.sort(np.array(kept, int)))


def top_of(designs: Designs, count: int) -> Designs:
    """The ``count`` best by the first objective; of equal ones those with the smaller index."""
    return designs.at(np.lexsort((designs.index, -designs.values[0]))[:count])


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a sweep, or a part of one, found; fields as of :class:`~eyeriss_jax.search.sweep.summary.Summary`.

    ``log_sum`` ``[O, V]`` are sums of log2 in units of 1 / LOG_SCALE, ``shares`` in units of 1 / SHARE_SCALE: integers.
    ``unmapped``: designs that meet the constraints and have a layer without a mapping in the shortlist, however wide.
    """

    front: Designs
    top: Designs
    seen: int
    feasible: int
    unmapped: int
    evaluations: int
    count: np.ndarray
    best: np.ndarray
    log_sum: np.ndarray
    binds: np.ndarray
    shares: np.ndarray
    excess: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """Geometric mean of each objective per axis value ``[O, V]``; NaN where no design is feasible."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return 2.0 ** (self.log_sum / LOG_SCALE / self.count[None, :])

    @property
    def mean_shares(self) -> np.ndarray:
        """Mean share of cycles, useful ones first, then by loss."""
        return self.shares / SHARE_SCALE / max(self.feasible, 1)

    def arrays(self) -> dict[str, np.ndarray]:
        """The form that a part file holds."""
        found: dict[str, Any] = {name: np.asarray(getattr(self, name)) for name in _PLAIN}
        for name in ("front", "top"):
            for field in ("index", "values", "rows"):
                found[f"{name}_{field}"] = getattr(getattr(self, name), field)
        return found

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> "Result":
        """The inverse of :meth:`arrays`."""
        kept = {
            name: Designs(**{field: arrays[f"{name}_{field}"] for field in ("index", "values", "rows")})
            for name in ("front", "top")
        }
        numbers = {name: int(arrays[name]) for name in ("seen", "feasible", "unmapped", "evaluations")}
        tables = {name: arrays[name] for name in _PLAIN if name not in numbers}
        return Result(**kept, **numbers, **tables)  # type: ignore[arg-type]


_PLAIN = ("seen", "feasible", "unmapped", "evaluations", "count", "best", "log_sum", "binds", "shares", "excess")


def merged(first: Result, second: Result, top: int) -> Result:
    """Both together; the order does not matter, nor how designs were divided between them."""
    return Result(
        front=front_of(Designs.joined([first.front, second.front])),
        top=top_of(Designs.joined([first.top, second.top]), top),
        best=np.maximum(first.best, second.best),
        excess=np.minimum(first.excess, second.excess),
        **{name: getattr(first, name) + getattr(second, name) for name in _PLAIN if name not in ("best", "excess")},
    )
