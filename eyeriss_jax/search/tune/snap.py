"""From real tiles to points of a mapspace, and the exhaustive search of their neighbourhood.

A point is (inner choice, outer choice) as in :mod:`eyeriss_jax.search.mapping.mapper`: whatever is found here can be
compared with the mapper's certificate, and is scored by the same laws in float64.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dataflow.mapspace import MapSpace, mapping_of
from eyeriss_jax.dims import DIMS
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.numerics import real
from eyeriss_jax.search.mapping import PLAN_ROWS, Tables, device_tables, inner_of, outer_of, with_plans
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.tune.relaxed_mapping import Tiles, overflow

_CHUNK = PLAN_ROWS
"""Points scored at once: however they lie, their plans fit on the device."""

_GROUPS, _LEAST = 8, 10_000
"""Into how many groups a polish divides its points at most, and for how many evaluations each."""

UNFIT = 1e30
"""The cost of a point that does not fit, times one more than log2 of its overflow: a way back to what fits."""


@dataclass
class Neighbourhood:
    """The points of a mapspace, how far they are apart, and what they cost.

    ``budget``: evaluations that may still be spent. ``best``: (objective, index of the point) found so far; an index is
    ``inner * O + outer``.
    """

    space: MapSpace
    accelerator: AcceleratorArrays
    layer: LayerArrays
    objective: str
    budget: int
    conventions: Conventions = OURS
    best: tuple[float, int] = (float("inf"), -1)
    spent: int = 0
    _known: dict[int, float] = field(default_factory=dict)

    def nearest(self, sizes: Tiles) -> np.ndarray:
        """The points nearest to real tiles: indices of the first of their loop orders.

        ``sizes`` holds log2 per level and dimension, leaves ``[S]`` or numbers.
        """
        plan = _closest(self._plan_logs, np.stack([_row(sizes[axis]) for axis in AXES]))
        tile = _closest(self._tile_logs[None], _row(sizes["spad"])[None])
        part = _closest(self._part_logs[None], _row(sizes["parts"])[None])
        inner = plan * self.space.tile_count + tile
        return inner * self.space.outer_count + part * self.orders

    @property
    def orders(self) -> int:
        """Pairs of loop orders per DRAM tiling; they are the fastest part of an index."""
        return self.space.order_count

    def with_all_orders(self, points: np.ndarray) -> np.ndarray:
        """``points`` with every pair of loop orders."""
        first = points - points % self.orders
        return np.unique((first[:, None] + np.arange(self.orders)).ravel())

    def score(self, points: np.ndarray) -> np.ndarray:
        """The objective of ``points``: from :data:`UNFIT` on where they do not fit, infinite beyond the budget."""
        new = np.array([p for p in dict.fromkeys(points.tolist()) if p not in self._known], np.int64)[: self.budget]
        self.budget -= len(new)
        self.spent += len(new)
        for start in range(0, len(new), _CHUNK):
            part = new[start : start + _CHUNK]
            padded = np.pad(part, (0, _CHUNK - len(part)), mode="edge")
            with jax.enable_x64(True):
                cost = _score(
                    self.accelerator, self.layer, *self._decoded(padded),
                    conventions=self.conventions, objective=self.objective,
                )  # fmt: skip
            self._known.update(zip(part.tolist(), np.asarray(cost)[: len(part)].tolist(), strict=True))
        found = np.array([self._known.get(int(p), np.inf) for p in points])
        if len(found):
            first = int(np.lexsort((points, found))[0])
            self.best = min(self.best, (float(found[first]), int(points[first])))
        return found

    def polish(self, points: np.ndarray) -> None:
        """Searches around ``points``, the best first and a few at a time, until the budget is spent.

        A round looks at what lies next to each of a group's best points, and at all loop orders of what it finds best.
        A group is done when a round finds nothing better.
        """
        points = self._best(points, len(points))
        groups = max(1, min(_GROUPS, self.budget // _LEAST))
        for group in range(groups):
            found, before = points[group::groups], np.inf
            while len(found) and self.budget > 0:
                share = self.budget // (groups - group)
                beams = max(2, min(16, share // 1500))
                chosen = self._best(found, beams)
                near = np.unique(np.concatenate([self._around(int(p), share // (2 * beams)) for p in chosen]))
                found = np.unique(np.concatenate([chosen, self.with_all_orders(self._best(near, beams))]))
                now = self.score(found).min()
                if now >= before:
                    break
                before = now
        if self.best[0] >= UNFIT and self.budget > 0:  # nothing near them fits: start again from what does anywhere
            self.score(np.linspace(0, self.space.size - 1, _CHUNK).astype(np.int64))
            if self.best[0] < UNFIT:
                self.polish(np.array([self.best[1]]))

    def _best(self, points: np.ndarray, many: int) -> np.ndarray:
        return points[np.lexsort((points, self.score(points)))[:many]]

    def _around(self, point: int, most: int) -> np.ndarray:
        """``most`` points near ``point``: other PE tiles on other plans, and other PE tiles with other DRAM tilings.

        A smaller PE tile alone may make a larger DRAM tile, as that is a whole number of array tiles.
        """
        T, outers = self.space.tile_count, self.space.outer_count
        inner, outer = divmod(point, outers)
        plan, tile = divmod(inner, T)
        part, order = divmod(outer, self.orders)
        side = math.isqrt(max(16, min(most, 4096)) // 2)
        tiles = _order_of(self._tile_logs[None], self._tile_logs[None, :, tile])[:side]
        plans = _near_and_far(_order_of(self._plan_logs, self._plan_logs[:, :, plan]), side)
        parts = _near_and_far(_order_of(self._part_logs[None], self._part_logs[None, :, part]), 2 * side)
        on_plans = (plans[:, None] * T + tiles) * outers + outer
        with_parts = (plan * T + tiles[: (side + 1) // 2, None]) * outers + parts * self.orders + order
        return np.concatenate([on_plans.ravel(), with_parts.ravel()])

    def _decoded(self, points: np.ndarray) -> tuple[Tables, np.ndarray, np.ndarray, np.ndarray]:
        """Tables with the plans of :data:`_CHUNK` ``points``, and each one's inner choice there, parts, orders."""
        tiling, order = np.divmod(points, self.space.order_count)
        inner, parts = np.divmod(tiling, self.space.parts_count)
        plan, tile = np.divmod(inner, self.space.tile_count)
        plans, row = np.unique(plan, return_inverse=True)
        return with_plans(self._tables, self.space, plans), row * self.space.tile_count + tile, parts, order

    @cached_property
    def _tables(self) -> Tables:
        return jax.device_put(device_tables(self.space))

    @cached_property
    def _plan_logs(self) -> np.ndarray:
        """log2 of the factors, ``[4, 8, P]``."""
        return np.log2(np.stack([np.stack([self.space.plans[axis][d] for d in DIMS]) for axis in AXES]))

    @cached_property
    def _tile_logs(self) -> np.ndarray:
        """log2 of the PE tiles, ``[8, T]``."""
        return np.log2(np.stack([self.space.pe_tiles[d] for d in DIMS]))

    @cached_property
    def _part_logs(self) -> np.ndarray:
        """log2 of the numbers of DRAM tiles, ``[8, parts]``."""
        return np.log2(np.stack([self.space.parts[d] for d in DIMS]))


@partial(jax.jit, static_argnames=("conventions", "objective"))
def _score(
    accelerator: Any,
    layer: Any,
    tables: Tables,
    inner: Any,
    parts: Any,
    order: Any,
    *,
    conventions: Conventions,
    objective: str,
) -> jax.Array:
    """The objective of points ``[chunk]``, from :data:`UNFIT` on where they do not fit."""
    accelerator, layer = jax.tree.map(real, (accelerator, layer))

    def one(inner: jax.Array, parts: jax.Array, order: jax.Array) -> jax.Array:
        outer = outer_of(tables, parts, order)
        mapping = mapping_of(layer.dims, inner_of(tables, inner), outer, nested=conventions.nested_tiles)
        result = evaluate(accelerator, layer, mapping, conventions)
        unfit = UNFIT * (1.0 + overflow(layer, accelerator, mapping))
        return jnp.where(result.code == 0, OBJECTIVES[objective](result)[0], unfit)

    return jax.vmap(one)(inner, parts, order)


def _row(dims: Any) -> np.ndarray:
    """Per dimension the values ``[8, S]``."""
    return np.stack(np.broadcast_arrays(*(np.atleast_1d(np.asarray(dims[d], float)) for d in DIMS)))


def _closest(table: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """For each of ``sizes`` ``[levels, 8, S]`` the nearest column of ``table`` ``[levels, 8, N]``."""
    wide = np.broadcast_to(sizes, (*sizes.shape[:2], sizes.shape[2]))
    return np.array([_order_of(table, wide[:, :, s])[0] for s in range(sizes.shape[2])])


def _near_and_far(ordered: np.ndarray, many: int) -> np.ndarray:
    """``many`` of ``ordered``: half of them the first, the others further and further on.

    A mapspace has thousands of plans, and the nearest ones differ in one factor by one: alone they would lead nowhere.
    """
    near = (many + 1) // 2
    far = np.geomspace(near, max(len(ordered), near + 1), many - near, endpoint=False).astype(int)
    return ordered[np.unique(np.concatenate([np.arange(near), far]).clip(0, len(ordered) - 1))]


def _order_of(table: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The columns of ``table`` ``[levels, 8, N]`` by distance in log2 from ``sizes`` ``[levels, 8]``."""
    return np.argsort(((table - sizes[:, :, None]) ** 2).sum((0, 1)), kind="stable")
