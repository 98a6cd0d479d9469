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

import jax
import numpy as np

from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, host_mapping, mapping_of, mapspace
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.search.kernels import Bounds, Tables, best_of, device_tables, inner_bounds
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
        objective: ``cycles`` (ties: energy), ``edp``, ``energy``, ``movement`` (energy of DRAM, GLB and array; ties:
            cycles) or ``accesses`` (DRAM words; ties: cycles).
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
    chunk = max(chunk, space.outer_count)
    with jax.enable_x64(True):
        state = _branch_and_bound(layer, accelerator, space, objective, conventions, chunk)
        if state.index < 0:
            raise SpecError(
                f"layer {layer.name!r}: none of the {space.size:,} mappings under {dataflow.name} fits "
                f"{accelerator.name!r}; enlarge its GLB (now {accelerator.glb_total_bits / 8:,.0f} bytes) or SPads"
            )
        mapping = host_mapping(_decode(layer, space, state.index, conventions))
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
    tables = jax.device_put(device_tables(space))
    arrays = (accelerator.build(), layer.build())
    static = {"chunk": chunk, "conventions": conventions, "objective": objective}
    inner_count = space.plan_count * space.tile_count
    floor = _floor(layer, accelerator, objective)
    state = Search()
    for start in range(0, inner_count, chunk):
        if floor(space.plan_cycles[start // space.tile_count]) > state.primary * (1 + _TOLERANCE):
            break
        bounds = inner_bounds(*arrays, tables, np.int32(start), np.int32(inner_count), **static)
        bounds = jax.tree.map(np.asarray, bounds)
        state.evaluated += min(chunk, inner_count - start)
        state.least_compute = min(state.least_compute, float(bounds.compute.min()))
        state.least_bandwidth = min(state.least_bandwidth, float(bounds.bandwidth.min()))
        _expand(arrays, tables, space, bounds, start, state, static)
    return state


def _expand(
    arrays: tuple, tables: Tables, space: MapSpace, bounds: Bounds, start: int, state: Search, static: dict
) -> None:
    """Evaluates all outer choices of the inner choices that may still win, best bound first."""
    group = max(1, static["chunk"] // space.outer_count)
    order = np.lexsort((bounds.secondary, bounds.primary))
    order = order[np.isfinite(bounds.primary[order])]
    while len(order):
        order = order[state.promising(bounds.primary[order], bounds.secondary[order])]
        chosen, order = np.sort(order[:group]), order[group:]
        if not len(chosen):
            break
        inners = np.pad(start + chosen, (0, static["chunk"] - len(chosen))).astype(np.int32)
        count = len(chosen) * space.outer_count
        best = best_of(*arrays, tables, inners, np.int32(count), **static)
        state.evaluated += count
        if np.isfinite(best.primary):
            state.take(float(best.primary), float(best.secondary), int(best.index))


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
        "movement": lambda cycles: table.dram.weight * weights,
    }[objective]


def _decode(layer: Layer, space: MapSpace, index: int, conventions: Conventions) -> MappingArrays:
    point, outer = divmod(index, space.outer_count)
    plan, tile = divmod(point, space.tile_count)
    axes = jax.tree.map(lambda table: int(table[plan]), space.plans)
    spad = jax.tree.map(lambda table: int(table[tile]), space.pe_tiles)
    choice: Outer = jax.tree.map(lambda table: int(table[outer]), space.outer)
    inner = Inner(**axes, spad=spad)
    return mapping_of(layer.build().dims, inner, choice, nested=conventions.nested_tiles)
