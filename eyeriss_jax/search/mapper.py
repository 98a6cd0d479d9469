"""The mapper: the best mapping of a layer over a whole mapspace, with a certificate.

Branch and bound over (plan, PE tile) x (DRAM tiles, loop orders). Each inner choice (plan, PE tile) is bounded from
below by the model itself with every tile fetched once; then the outer choices are evaluated only for inner
choices whose bound does not exceed the best mapping found. Plans come in the order of the compute cycles that they
allow with unlimited storage, so that the search can stop when even that exceeds the best. Nothing that could win is
skipped, so the result is the optimum of the mapspace and depends neither on chunk size nor on device count.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np

from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, host_mapping, mapping_of, mapspace
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.search.kernels import (
    INNER_BLOCK,
    PLAN_ROWS,
    TILING_BLOCK,
    Best,
    Bounds,
    best_of,
    device_tables,
    inner_bounds,
    with_plans,
)
from eyeriss_jax.search.objectives import objective as check_objective

CHUNK = 1 << 16
CERTIFICATE = "exhaustive over the mapspace: the rest was excluded by lower bounds of the same model"

# Bounds and results are float64 sums of exact integers times energies: only their last bits can differ.
_TOLERANCE = 1e-12


@dataclass
class Search:
    """State of one search: the incumbent and the tightest Eyexam bounds seen."""

    primary: float = math.inf
    secondary: float = math.inf
    index: int = -1
    evaluated: int = 0
    least_compute: float = math.inf
    least_bandwidth: float = math.inf

    def promising(self, primary: np.ndarray, secondary: np.ndarray) -> np.ndarray:
        """Inner choices whose bounds do not exceed the incumbent."""
        slack = 1 + _TOLERANCE
        ties = (primary <= self.primary * slack) & (secondary <= self.secondary * slack)
        return (primary < self.primary) | ties

    def take(self, primary: float, secondary: float, index: int) -> None:
        """Adopts a better mapping; of equal ones the one with the smaller index."""
        if (primary, secondary, index) < (self.primary, self.secondary, self.index) or self.index < 0:
            self.primary, self.secondary, self.index = primary, secondary, index


@dataclass(frozen=True)
class MapperResult:
    """The best mapping of a layer.

    ``least_compute`` and ``least_bandwidth``: the fewest compute cycles, and the fewest cycles under compute and
    every port, that any mapping which fits can have (Eyexam steps 5 and 6). ``space``: what was searched.
    """

    mapping: Mapping
    primary: float
    secondary: float
    evaluated: int
    least_compute: float
    least_bandwidth: float
    space: MapSpace = field(repr=False)
    certified: bool = True
    certificate: str = CERTIFICATE


def map_layer(
    layer: Layer,
    accelerator: Accelerator,
    dataflow: Dataflow,
    *,
    objective: str = "cycles",
    conventions: Conventions = OURS,
    chunk: int = CHUNK,
) -> MapperResult:
    """The best mapping of ``layer`` on ``accelerator`` under ``dataflow``.

    Args:
        layer: the layer.
        accelerator: the machine.
        dataflow: the constraints that make the mapspace.
        objective: ``cycles`` (ties: energy), ``edp``, ``energy`` or ``accesses`` (DRAM words; ties: cycles).
        conventions: what counts as an access.
        chunk: points per device step; changes memory and speed, never the result.

    Raises:
        SpecError: unknown objective, or no mapping fits; the message says what to enlarge.

    Example:
        >>> layer = Layer.fully_connected("fc", in_features=64, out_features=10)
        >>> found = map_layer(layer, accelerator("eyeriss_v2"), DATAFLOWS["rs_plus"])
        >>> found.certified, found.mapping.places("M")
        (True, 8)
    """
    check_objective(objective)
    space = mapspace(layer, accelerator, dataflow)
    with jax.enable_x64(True):
        state = _branch_and_bound(layer, accelerator, space, objective, conventions, chunk)
        if state.index < 0:
            raise SpecError(
                f"layer {layer.name!r}: none of the {space.size:,} mappings under {dataflow.name} fits "
                f"{accelerator.name!r}; enlarge its GLB (now {accelerator.glb_total_bits / 8:,.0f} bytes) or SPads"
            )
        mapping = host_mapping(_decode(layer, space, state.index))
    return MapperResult(
        mapping=mapping,
        primary=state.primary,
        secondary=state.secondary,
        evaluated=state.evaluated,
        least_compute=state.least_compute,
        least_bandwidth=state.least_bandwidth,
        space=space,
    )


def _branch_and_bound(
    layer: Layer, accelerator: Accelerator, space: MapSpace, objective: str, conventions: Conventions, chunk: int
) -> Search:
    tables = device_tables(space)
    arrays = (accelerator.build(), layer.build())
    static = {"conventions": conventions, "objective": objective}
    plans = min(PLAN_ROWS, max(1, chunk // space.tile_count))
    capacity = _whole_blocks(max(chunk, space.tile_count), INNER_BLOCK)
    floor = _floor(layer, accelerator, objective)
    state = Search()
    for first in range(0, space.plan_count, plans):
        if floor(space.plan_cycles[first]) > state.primary * (1 + _TOLERANCE):
            break
        some = jax.device_put(with_plans(tables, space, first))
        count = min(plans, space.plan_count - first) * space.tile_count
        bounds = inner_bounds(*arrays, some, np.int32(count), capacity=capacity, **static)
        bounds = jax.tree.map(np.asarray, bounds)
        state.evaluated += count
        state.least_compute = min(state.least_compute, float(bounds.compute.min()))
        state.least_bandwidth = min(state.least_bandwidth, float(bounds.bandwidth.min()))
        best = partial(best_of, *arrays, some, **static)
        _expand(layer, space, bounds, first * space.tile_count, state, best, max(chunk // 8, 1))
    return state


def _expand(
    layer: Layer, space: MapSpace, bounds: Bounds, start: int, state: Search, best_of: Callable[..., Best], group: int
) -> None:
    """Evaluates the inner choices that may still win, best bound first and about ``group`` DRAM tilings at a time."""
    order = np.lexsort((bounds.secondary, bounds.primary))
    order = order[np.isfinite(bounds.primary[order])]
    inners = max(1, group // space.parts_count)
    while True:
        order = order[state.promising(bounds.primary[order], bounds.secondary[order])]
        chosen, order = np.sort(order[:inners]), order[inners:]
        if not len(chosen):
            return
        at, parts = space.distinct_tilings(layer, start + chosen)
        for first in range(0, len(at), group):
            some = slice(first, first + group)
            best = _best_tiling(best_of, chosen[at[some]], parts[some], group)
            state.evaluated += len(at[some]) * space.order_count
            if np.isfinite(best.primary):
                tiling = (start + int(chosen[at[some][best.tiling]])) * space.parts_count + int(
                    parts[some][best.tiling]
                )
                state.take(float(best.primary), float(best.secondary), tiling * space.order_count + int(best.order))
        # Most tilings of an inner choice make the same tiles; the next group takes as many as this one shows to fit.
        inners = max(1, group * len(chosen) // len(at))


def _best_tiling(best_of: Callable[..., Best], inners: np.ndarray, parts: np.ndarray, group: int) -> Best:
    """:func:`~eyeriss_jax.search.kernels.best_of` of at most ``group`` tilings, padded so that it compiles once."""
    padding = (0, _whole_blocks(group, TILING_BLOCK) - len(inners))
    found = best_of(*(np.pad(column, padding).astype(np.int32) for column in (inners, parts)), np.int32(len(inners)))
    return jax.tree.map(np.asarray, found)


def _whole_blocks(count: int, block: int) -> int:
    """``count`` rounded up to whole blocks."""
    return -(-count // block) * block


def _floor(layer: Layer, accelerator: Accelerator, objective: str) -> Callable[[float], float]:
    """A lower bound of the objective from a plan's compute cycles alone."""
    table = accelerator.energy
    density = layer.sparsity
    may_skip = accelerator.sparse_pe is not None or accelerator.gates_zero_iacts
    macs = layer.macs * (density.iact * density.weight if may_skip else 1.0)
    weights = layer.weights * (density.weight if accelerator.sparse_pe is not None else 1.0)
    energy = table.dram.weight * weights + (table.mac + table.spad.weight + table.spad.psum) * macs
    return {
        "cycles": lambda cycles: cycles,
        "edp": lambda cycles: cycles * (energy + cycles * table.static_per_cycle),
        "energy": lambda cycles: energy + cycles * table.static_per_cycle,
        "accesses": lambda cycles: weights,
    }[objective]


def _decode(layer: Layer, space: MapSpace, index: int) -> MappingArrays:
    tiling, order = divmod(index, space.order_count)
    inner, parts = divmod(tiling, space.parts_count)
    plan, tile = divmod(inner, space.tile_count)

    def row(table: Any, at: int) -> Any:
        return jax.tree.map(lambda column: int(column[at]), table)

    choice = Outer(
        parts=row(space.parts, parts), dram_order=row(space.dram_order, order), glb_order=row(space.glb_order, order)
    )
    return mapping_of(layer.build().dims, Inner(**row(space.plans, plan), spad=row(space.pe_tiles, tile)), choice)
