"""Branch and bound over a mapspace: first (plan, PE tile), then DRAM tiles, then loop orders.

Each inner choice (plan, PE tile) is bounded from below by its compute cycles, which are cheap, and those that may win
by the model itself with every tile fetched once; their DRAM tilings, by the model with the GLB's loops in whatever
order is best for each data type; the tilings that may still win are evaluated under all loop orders. Plans come in the
order of the compute cycles that they allow with unlimited storage, so that the search can stop when even that exceeds
the best. Of every stretch of plans the most promising inner choices are tried at once, to have something good to
compare with, and the others when all are bounded. Nothing that could win is skipped.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import jax
import numpy as np

from eyeriss_jax.dataflow.mapspace import MapSpace
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.search.mapping.dram_floor import least_dram_energy
from eyeriss_jax.search.mapping.kernels import (
    CAPACITY,
    PLAN_ROWS,
    TILING_BLOCK,
    Best,
    Tables,
    best_orders,
    device_tables,
    with_free_glb_order,
    with_plans,
    with_smallest_tiles,
)
from eyeriss_jax.search.objectives import OBJECTIVES

BOUNDED_FROM = TILING_BLOCK
"""Fewer DRAM tilings cost no more than one block, so that to bound them would save nothing."""

# Bounds and results are float64 sums of exact integers times energies: only their last bits can differ.
_SLACK = 1 + 1e-12


@dataclass(frozen=True)
class Candidates:
    """Inner choices ``[B]`` (plan x T + PE tile) with lower bounds of the objective and of what decides ties."""

    inner: np.ndarray
    primary: np.ndarray
    secondary: np.ndarray

    def __getitem__(self, which: np.ndarray | slice) -> "Candidates":
        """Some of them."""
        return Candidates(self.inner[which], self.primary[which], self.secondary[which])

    def __len__(self) -> int:
        """B."""
        return len(self.inner)

    def best_first(self) -> "Candidates":
        """Those that fit, the lowest bound first."""
        order = np.lexsort((self.inner, self.secondary, self.primary))
        return self[order[np.isfinite(self.primary[order])]]

    @staticmethod
    def of(parts: "list[Candidates]") -> "Candidates":
        """All of them together."""
        columns = ([getattr(part, column.name) for part in parts] for column in fields(Candidates))
        return Candidates(*(np.concatenate(column) for column in columns))


@dataclass(kw_only=True)
class BranchAndBound:
    """One search; run it under x64.

    ``chunk``: inner choices a step; it changes memory and speed, never the result. After :meth:`run`: ``primary``,
    ``secondary`` and ``index`` of the best point (-1 where nothing fits), how many points and bounds were
    ``evaluated``, and the fewest cycles of compute, and of compute and every port, of any inner choice that fits.
    """

    layer: Layer
    accelerator: Accelerator
    space: MapSpace
    objective: str
    conventions: Conventions
    chunk: int
    primary: float = math.inf
    secondary: float = math.inf
    index: int = -1
    evaluated: int = 0
    least_compute: float = math.inf
    least_bandwidth: float = math.inf
    _floor: Callable[[Any], tuple[Any, Any]] = field(init=False, repr=False)
    _dram_floor: float = field(init=False, repr=False)
    _tables: Tables = field(init=False, repr=False)
    _smallest: Tables = field(init=False, repr=False)
    _kernel: Callable[..., Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Makes what all steps share."""
        arrays = self.accelerator.build(), self.layer.build()
        self._floor = OBJECTIVES[self.objective].floor(self.layer, self.accelerator)
        self._tables = jax.device_put(device_tables(self.space))
        self._smallest = jax.device_put(with_smallest_tiles(device_tables(self.space)))
        self._dram_floor = least_dram_energy(self.layer, self.accelerator, self.space)
        self._kernel = partial(best_orders, *arrays, conventions=self.conventions)

    def run(self) -> None:
        """Searches the whole mapspace."""
        plans = min(PLAN_ROWS, max(1, self.chunk // self.space.tile_count))
        waiting = []
        for first in range(0, self.space.plan_count, plans):
            if not self._promising(*self._floor(self.space.plan_cycles[first])):
                break
            candidates = self._bounded(np.arange(first, min(first + plans, self.space.plan_count)))
            tried = max(1, self._tilings // self.space.parts_count)
            if len(candidates):
                self._try(candidates[:tried])
            waiting.append(candidates[tried:])
        self._try_all(Candidates.of(waiting).best_first())

    @property
    def _tilings(self) -> int:
        """DRAM tilings a step: each is evaluated several times."""
        return max(TILING_BLOCK, self.chunk // 8)

    def _bounded(self, plans: np.ndarray) -> Candidates:
        """The inner choices of ``plans`` that fit and may win, the lowest bound first."""
        inner = (plans[:, None] * self.space.tile_count + np.arange(self.space.tile_count)).ravel()
        cycles = self.space.compute_cycles(self.layer, self.accelerator, plans).ravel()
        inner = inner[self._promising(*self._floor(cycles))]
        if not len(inner):
            return Candidates(inner, np.zeros(0), np.zeros(0))
        local = inner - plans[0] * self.space.tile_count
        found = self._best_orders(
            with_plans(self._smallest, self.space, plans),
            local,
            np.zeros_like(local),
            at_least=True,
            dram_floor=self._dram_floor,
        )
        self.least_compute = min(self.least_compute, float(found.compute.min()))
        self.least_bandwidth = min(self.least_bandwidth, float(found.bandwidth.min()))
        candidates = Candidates(inner, found.primary, found.secondary)
        return candidates[self._promising(candidates.primary, candidates.secondary)].best_first()

    def _try_all(self, candidates: Candidates) -> None:
        """Tries those that may win, as many at a time as their DRAM tilings fill a step."""
        size = max(1, self._tilings // self.space.parts_count)
        while len(candidates := candidates[self._promising(candidates.primary, candidates.secondary)]):
            some, candidates = candidates[:size], candidates[size:]
            tilings = self._try(some)
            # Many numbers of DRAM tiles make the same tiles, so more inner choices fill a step than it seems.
            size = min(PLAN_ROWS, max(1, self._tilings * len(some) // max(tilings, 1)))

    def _try(self, candidates: Candidates) -> int:
        """Takes the best of all points of ``candidates``; returns how many DRAM tilings they have."""
        inner = np.sort(candidates.inner)
        at, parts = self.space.distinct_tilings(self.layer, inner, nested=self.conventions.nested_tiles)
        tilings = len(at)
        plans, row = np.unique(inner // self.space.tile_count, return_inverse=True)
        tables = with_plans(self._tables, self.space, plans)
        local = row * self.space.tile_count + inner % self.space.tile_count
        point = inner[at] * self.space.parts_count + parts
        if tilings > BOUNDED_FROM and not self.conventions.visits_save_reads:
            free = with_free_glb_order(tables, self.space)
            bounds = self._best_orders(free, local[at], parts, dram_floor=self._dram_floor)
            kept = self._promising(bounds.primary, bounds.secondary)
            at, parts, point = at[kept], parts[kept], point[kept]
        found = self._best_orders(tables, local[at], parts)
        if len(found.primary):
            winner = np.lexsort((point, found.secondary, found.primary))[0]
            best = found.primary[winner], found.secondary[winner], point[winner] * self.space.order_count
            self._take(float(best[0]), float(best[1]), int(best[2] + found.order[winner]))
        return tilings

    def _best_orders(
        self, tables: Tables, inners: np.ndarray, parts: np.ndarray, *, at_least: bool = False, dram_floor: float = 0.0
    ) -> Best:
        """:func:`~eyeriss_jax.search.mapping.kernels.best_orders` of any number of tilings."""
        step = _whole_blocks(max(self.chunk, self._tilings), TILING_BLOCK)
        room, number = max(step, CAPACITY), np.int32(list(OBJECTIVES).index(self.objective))
        found = [Best(np.zeros(0), np.zeros(0), np.zeros(0, np.int32), np.zeros(0), np.zeros(0))]
        for start in range(0, len(inners), step):
            count = min(step, len(inners) - start)
            columns = (np.pad(c[start : start + count], (0, room - count)).astype(np.int32) for c in (inners, parts))
            best = self._kernel(tables, *columns, np.int32(count), np.bool_(at_least), np.float64(dram_floor), number)
            found.append(jax.tree.map(lambda leaf, count=count: np.asarray(leaf)[:count], best))
        self.evaluated += len(inners) * int(tables.order_count)
        return jax.tree.map(lambda *leaves: np.concatenate(leaves), *found)

    def _promising(self, primary: Any, secondary: Any) -> Any:
        """Which bounds do not exceed the best point."""
        ties = (primary <= self.primary * _SLACK) & (secondary <= self.secondary * _SLACK)
        return (primary < self.primary) | ties

    def _take(self, primary: float, secondary: float, index: int) -> None:
        """Adopts a better point that fits; of equal ones the one with the smaller index."""
        if math.isfinite(primary) and (primary, secondary, index) < (self.primary, self.secondary, self.index):
            self.primary, self.secondary, self.index = primary, secondary, index


def _whole_blocks(count: int, block: int) -> int:
    """``count`` rounded up to whole blocks."""
    return -(-count // block) * block
