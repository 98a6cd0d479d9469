"""The mapper under the framework of ISCA 2016: the optimum of all points, for each of its dataflows."""

from typing import Any

import jax
import numpy as np
import pytest

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.mapping import MappingArrays
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, mapping_of, mapspace
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.presets.isca16 import ISCA16_DATAFLOWS, isca16
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import ISCA16
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.objectives import movement

BATCH = 1 << 12
LAYER = Layer.conv2d("conv", 3, 5, input_size=6, kernel=3, padding=1, batch=2)


def machine(flow: str) -> Accelerator:
    """Few PEs, and a GLB that cannot hold everything."""
    return isca16(flow).replace(pe_rows=20, glb_shared_bits=16 * 400)


@jit_unfused
def _decoded(tables: Any, at: Any) -> MappingArrays:
    """The mappings of points ``[B]``."""

    def one(plan: jax.Array, tile: jax.Array, outer: jax.Array) -> MappingArrays:
        axes, spad, choice = (
            jax.tree.map(lambda table, index=index: table[index], table)
            for table, index in zip(tables, (plan, tile, outer), strict=True)
        )
        return mapping_of(LAYER.build().dims, Inner(**axes, spad=spad), choice, nested=False)

    return jax.vmap(one)(*at)


@jit_unfused
def _judged(design: Any, mappings: MappingArrays) -> tuple[jax.Array, jax.Array]:
    """What moves under each mapping, and whether it fits: one program for all dataflows."""

    def one(mapping: MappingArrays) -> tuple[jax.Array, jax.Array]:
        result = evaluate(design, LAYER.build(), mapping, ISCA16)
        return movement(result), result.code

    return jax.vmap(one)(mappings)


def least_movement(space: MapSpace, design: Accelerator) -> float:
    """The best of all points, each evaluated by itself."""
    shape = (space.plan_count, space.tile_count, space.outer_count)
    at = [index.ravel() for index in np.indices(shape)]
    tables = jax.tree.map(np.asarray, (space.plans, space.pe_tiles, space.outer))
    best = np.inf
    with jax.enable_x64(True):
        for start in range(0, space.size, BATCH):
            some = [np.resize(index[start : start + BATCH], BATCH) for index in at]
            found, code = jax.device_get(_judged(design.build(), _decoded(tables, some)))
            best = min(best, np.min(found, where=code == 0, initial=np.inf))
    return float(best)


@pytest.mark.parametrize("flow", ISCA16_DATAFLOWS)
def test_nothing_moves_less_than_the_mapping_that_is_found(flow: str) -> None:
    design = machine(flow)
    found = map_layer(LAYER, design, DATAFLOWS[flow], objective="movement", conventions=ISCA16, chunk=512)
    assert found.primary == pytest.approx(least_movement(mapspace(LAYER, design, DATAFLOWS[flow]), design), rel=1e-12)
