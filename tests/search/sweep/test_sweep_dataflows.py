"""A sweep takes every dataflow, and its shortlist of a small layer holds the whole mapspace."""

import numpy as np
import pytest

from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.mapspace import Inner, mapspace
from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import AXES, Accelerator
from eyeriss_jax.hardware.presets.isca16 import ISCA16_DATAFLOWS, isca16
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.conventions import ISCA16
from eyeriss_jax.search.mapping import evaluate_exactly, map_layer
from eyeriss_jax.search.space import design_space
from eyeriss_jax.search.sweep import Settings, Sweep
from eyeriss_jax.search.sweep.shortlist import shortlist

LAYER = Layer.conv2d("conv", 3, 5, input_size=6, kernel=3, padding=1, batch=2)
LENGTHS = {"inners": 256, "tilings": 128}


def machine(flow: str) -> Accelerator:
    """Few PEs, and a GLB that cannot hold everything."""
    return isca16(flow).replace(pe_rows=20, glb_shared_bits=16 * 400)


def rows_of(table: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(row.ravel().tolist()) for row in table}


@pytest.mark.parametrize("flow", ISCA16_DATAFLOWS)
def test_the_shortlist_of_a_small_layer_is_the_mapspace(flow: str) -> None:
    # So no mapping is better under any objective than the best of the shortlist.
    space = mapspace(LAYER, machine(flow), DATAFLOWS[flow])
    plan, tile = (at.ravel() for at in np.indices((space.plan_count, space.tile_count)))
    inner = Inner(**space.plans_at(plan), spad=space.pe_tiles.build(lambda d: space.pe_tiles[d][tile]))
    levels = [[getattr(inner, level)[d] for d in DIMS] for level in (*AXES, "spad")]
    ranks = [[getattr(order, g) for g in ("M", "CRS", "NEF")] for order in (space.dram_order, space.glb_order)]
    found = shortlist(LAYER, (machine(flow),), **LENGTHS, conventions=ISCA16)
    assert rows_of(np.moveaxis(found.inner, -1, 0)) == rows_of(np.moveaxis(np.array(levels), -1, 0))
    assert rows_of(found.parts) == rows_of(np.stack([space.parts[d] for d in DIMS], axis=1))
    assert rows_of(found.orders) == rows_of(np.moveaxis(np.array(ranks), -1, 0))


@pytest.mark.slow  # the programs of a sweep, and of the mapper
@pytest.mark.parametrize("objective", ["cycles", "movement"])
def test_a_sweep_over_dataflows_finds_what_the_mapper_finds(objective: str) -> None:
    base = machine("rs_isca16").replace(glb_shared_bits=16 * 2000)
    space = design_space(base, {"dataflow": ISCA16_DATAFLOWS})
    network = Network(name="one", layers=(LAYER,), source="made up")
    settings = Settings(**LENGTHS, conventions="isca16", mapping_objective=objective)
    sweep = Sweep(space=space, networks=(network,), objectives=("inferences_per_s", "area_mm2"), settings=settings)
    index, feasible, rows = sweep.run_part(0)[1].fetch()
    assert feasible.sum() == len(index) > 1
    for number, rate in zip(index, rows[sweep.program.columns.names.index("inferences_per_s")], strict=True):
        design = space.design(int(number))
        found = map_layer(LAYER, design, objective=objective, conventions=ISCA16, chunk=512)
        cycles = evaluate_exactly(design, LAYER, found.mapping, ISCA16).cycles.total
        assert rate == pytest.approx(LAYER.N * design.clock_hz / cycles, rel=1e-5), design.dataflow


def test_a_pe_without_spads_needs_the_conventions_of_one_rf() -> None:
    with pytest.raises(SpecError, match=r"no SPad for iact and psum; enlarge spad_words, or count by conventions"):
        shortlist(LAYER, (machine("ws"),), 8, 8)
