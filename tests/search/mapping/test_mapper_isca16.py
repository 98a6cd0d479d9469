"""The mapper under the framework of ISCA 2016: the optimum of all points, for each of its dataflows."""

import jax
import numpy as np
import pytest

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, mapping_of, mapspace
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.presets.isca16 import ISCA16_DATAFLOWS, isca16
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import ISCA16
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.objectives import movement

LAYER = Layer.conv2d("conv", 3, 5, input_size=6, kernel=3, padding=1, batch=2)


def machine(flow: str) -> Accelerator:
    """Few PEs, and a GLB that cannot hold everything."""
    return isca16(flow).replace(pe_rows=20, glb_shared_bits=16 * 400)


def least_movement(space: MapSpace, design: Accelerator) -> float:
    """The best of all points, each evaluated by itself."""
    shape = (space.plan_count, space.tile_count, space.outer_count)
    plan, tile, outer = (index.ravel() for index in np.indices(shape))

    tables = (space.plans, space.pe_tiles, space.outer)

    def objective(*at: jax.Array) -> tuple[jax.Array, jax.Array]:
        axes, spad, choice = (
            jax.tree.map(lambda table, index=index: jax.numpy.asarray(table)[index], table)
            for table, index in zip(tables, at, strict=True)
        )
        mapping = mapping_of(LAYER.build().dims, Inner(**axes, spad=spad), choice, nested=False)
        result = evaluate(design.build(), LAYER.build(), mapping, ISCA16)
        return movement(result), result.code

    with jax.enable_x64(True):
        found, code = jit_unfused(jax.vmap(objective))(plan, tile, outer)
    return float(np.min(np.where(np.asarray(code) == 0, np.asarray(found), np.inf)))


@pytest.mark.parametrize("flow", ISCA16_DATAFLOWS)
def test_nothing_moves_less_than_the_mapping_that_is_found(flow: str) -> None:
    design = machine(flow)
    found = map_layer(LAYER, design, DATAFLOWS[flow], objective="movement", conventions=ISCA16, chunk=512)
    assert found.primary == pytest.approx(least_movement(mapspace(LAYER, design, DATAFLOWS[flow]), design), rel=1e-12)
