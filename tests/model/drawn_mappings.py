"""Random mappings of layers of every network of the registry, evaluated in one batch so that the law compiles once."""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import RS_PLUS
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, mapping_of, mapspace
from eyeriss_jax.hardware import AXES, Accelerator
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.networks.registry import NETWORKS
from eyeriss_jax.model.conventions import CONVENTIONS
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation

PER_NETWORK, POINTS = 3, 24
"""Layers of every network, spread from its first to its last, and mappings of each that are drawn."""


class Job(NamedTuple):
    """A layer on a machine, its mapspace, and mappings of it: leaves ``[POINTS]``, the fastest plan first."""

    layer: Layer
    machine: Accelerator
    space: MapSpace
    inner: Inner
    outer: Outer


@lru_cache
def jobs() -> tuple[Job, ...]:
    """On Eyeriss v1, v1.5 and v2 in turn; networks with zeros on v2."""
    random, found = np.random.default_rng(0), []
    for number, name in enumerate(NETWORKS):
        layers = network(name).layers
        dense = all(layer.sparsity.is_dense for layer in layers)
        machine = accelerator(("eyeriss_v2", "eyeriss_v1_5", "eyeriss_v2", "eyeriss_v1")[number % 4 if dense else 0])
        for at in np.linspace(0, len(layers) - 1, PER_NETWORK).astype(int):
            space = mapspace(layers[at], machine, RS_PLUS)
            plan = np.append(0, random.integers(space.plan_count, size=POINTS - 1))
            tile, part, order = (
                random.integers(count, size=POINTS)
                for count in (space.tile_count, space.parts_count, space.order_count)
            )
            inner = Inner(**{axis: _rows(space.plans[axis], plan) for axis in AXES}, spad=_rows(space.pe_tiles, tile))
            orders = _rows(space.dram_order, order), _rows(space.glb_order, order)
            outer = Outer(parts=_rows(space.parts, part), dram_order=orders[0], glb_order=orders[1])
            found.append(Job(layers[at], machine, space, inner, outer))
    return tuple(found)


def _rows(table: Any, at: np.ndarray) -> Any:
    return jax.tree.map(lambda column: np.asarray(column)[at].astype(np.float64), table)


@lru_cache
def evaluated(convention: str) -> Evaluation:
    """All of :func:`jobs` in float64, leaves ``[jobs x POINTS]``."""
    chosen = CONVENTIONS[convention]

    def law(machine: Any, layer: Any, inner: Inner, outer: Outer) -> Evaluation:
        return evaluate(machine, layer, mapping_of(layer.dims, inner, outer, nested=chosen.nested_tiles), chosen)

    machines, layers = (
        jax.tree.map(lambda *x: np.repeat(np.array(x, np.float64), POINTS), *trees)
        for trees in ([job.machine.build() for job in jobs()], [job.layer.build(sparse=True) for job in jobs()])
    )
    inner, outer = (
        jax.tree.map(lambda *x: np.concatenate(x), *trees)
        for trees in ([job.inner for job in jobs()], [job.outer for job in jobs()])
    )
    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, jit_unfused(jax.vmap(law))(machines, layers, inner, outer))
