"""The least DRAM energy that bounds start from: no mapping is below it, and of a large matmul it is near."""

import math

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from eyeriss_jax.dataflow import RS, RS_PLUS
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.hardware import Accelerator, Types
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer
from eyeriss_jax.search.mapping import evaluate_exactly, map_layer
from eyeriss_jax.search.mapping.dram_floor import least_dram_energy
from tests.dataflow.strategies import layers, machines
from tests.search.mapping.brute_force import every_point
from tests.search.mapping.test_mapper import JOBS, MESH

SMALL = MESH.replace(name="small GLB", glb_bits=Types(iact=256, weight=0, psum=800), oacts_bypass_glb=False)
GLBS = {
    "small": SMALL,
    "oacts pass by": SMALL.replace(oacts_bypass_glb=True),
    "shared": SMALL.replace(glb_bits=Types(iact=0, weight=0, psum=0), glb_shared_bits=1200),
    "weights stay": SMALL.replace(glb_keeps=("iact", "weight", "psum"), glb_bits=Types(iact=256, weight=512, psum=800)),
    "iacts pass by": SMALL.replace(glb_keeps=("psum",)),
    "psums pass by": SMALL.replace(glb_keeps=("iact",)),
}
MATMULS = (Layer.matmul("wide", 12, 10, 9), Layer.matmul("deep", 6, 40, 8), Layer.matmul("two", 6, 8, 6, groups=2))


def assert_nothing_below(layer: Layer, machine: Accelerator, flow: Dataflow = RS_PLUS) -> int:
    """Compares the floor with all points that fit; returns how many do."""
    points, floor = every_point(layer, machine, flow), least_dram_energy(layer, machine, mapspace(layer, machine, flow))
    least = points.dram_energy[points.code == 0]
    assert (floor <= least * (1 + 1e-12)).all()
    return len(least)


@pytest.mark.parametrize("job", JOBS)
def test_no_point_of_a_mapspace_is_below(job: str) -> None:
    assert assert_nothing_below(*JOBS[job]) > 0


@pytest.mark.parametrize("layer", MATMULS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("glb", GLBS)
def test_whatever_the_glb_keeps_no_point_is_below(glb: str, layer: Layer) -> None:
    assert assert_nothing_below(layer, GLBS[glb]) > 0


@pytest.mark.slow
@given(layers(), machines(), st.sampled_from((1.0, 0.3, 0.1)), st.sampled_from((RS, RS_PLUS)))
def test_nothing_that_is_drawn_is_below(layer: Layer, machine: Accelerator, share: float, flow: Dataflow) -> None:
    banks = {t: max(math.floor(machine.glb_bits[t] * share), 1) for t in machine.glb_keeps}
    smaller = machine.replace(
        glb_bits=Types(**{t: banks.get(t, machine.glb_bits[t]) for t in ("iact", "weight", "psum")})
    )
    assume(mapspace(layer, smaller, flow).size <= 1 << 20)
    event(f"some fit: {assert_nothing_below(layer, smaller, flow) > 0}")


def test_of_a_large_matmul_it_is_near_what_the_best_mapping_takes() -> None:
    layer, machine = Layer.matmul("1024", 1024, 1024, 1024), eyeriss_v2()
    best = map_layer(layer, machine, objective="energy")
    taken = evaluate_exactly(machine, layer, best.mapping).energy.dram
    once = np.dot([layer.weights, layer.iacts], [machine.energy.dram.weight, machine.energy.dram.iact])
    assert 5 * once < 0.9 * taken < least_dram_energy(layer, machine, best.space) <= taken
