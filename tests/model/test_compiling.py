"""A law compiled in stages: the same values, fewer operations, and a plain program where another one surrounds it."""

from functools import partial

import jax
import numpy as np
import pytest

import eyeriss_jax as ej
from eyeriss_jax.compiling import IN_STAGES, apart, compiled, compiled_in_stages
from eyeriss_jax.dims import Dims
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.many import _evaluate_many

POINTS = 64
LAYER = ej.Layer.conv2d("conv", in_channels=24, out_channels=40, input_size=12, kernel=3, padding=1)
MAPPING = ej.Mapping(glb=Dims(M=8, C=4, E=12, F=12, R=3, S=3), spad=Dims(M=4, C=2, R=3), pe_cols=Dims(M=2))
on_a_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="stages are for XLA's CPU compiler")


def law(*points, in_stages=False):
    return jax.vmap(partial(ej.evaluate, in_stages=in_stages))(*points)


@pytest.fixture(scope="module")
def points():
    """Machines, layers and mappings, every scalar an array."""
    draw = np.random.default_rng(0).integers
    machines = ej.accelerator("eyeriss_v2").build()
    machines = machines.replace(
        lanes=draw(1, 4, POINTS), dram_total_bits_per_cycle=draw(8, 64, POINTS), psum_chain_cycles=draw(0, 9, POINTS)
    )
    mappings = MAPPING.build()
    mappings = mappings.replace(glb=mappings.glb.replace(M=draw(4, 41, POINTS), C=draw(1, 25, POINTS)))
    return jax.tree.map(lambda x: np.broadcast_to(np.float32(x), POINTS), (machines, LAYER.build(), mappings))


@pytest.fixture(scope="module")
def plain(points):
    return jax.jit(law).lower(*points).compile()


@pytest.fixture(scope="module")
def staged(points):
    return compiled(jax.jit(partial(law, in_stages=True)).lower(*points))


@on_a_cpu
def test_stages_change_no_value(points, plain, staged):
    for found, expected in zip(jax.tree.leaves(staged(*points)), jax.tree.leaves(plain(*points)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@on_a_cpu
def test_what_is_used_often_is_computed_once(plain, staged):
    """The compiled law has less than half of the operations: without stages XLA repeats what several kernels use."""
    assert staged.cost_analysis()["flops"] < plain.cost_analysis()["flops"] / 2


def test_inside_another_program_there_are_no_stages(points):
    """A surrounding program has options of its own, in which barriers would only be in the way."""
    around = str(jax.make_jaxpr(ej.evaluate_many)(*points))
    assert "optimization_barrier" not in around
    assert "optimization_barrier" in str(jax.make_jaxpr(apart)(1.0))


def test_the_program_that_is_lowered_is_the_one_that_runs(points):
    text = _evaluate_many.lower(*points, conventions=OURS, chunk=POINTS).as_text()
    assert ("optimization_barrier" in text) == (jax.default_backend() == "cpu")


def _counted(start, *, in_stages):
    def step(_, x):
        twice = 2 * x
        return (apart(twice) if in_stages else twice) + 1

    return jax.lax.fori_loop(0, 3, step, start)


@on_a_cpu
@pytest.mark.filterwarnings("ignore:.*Compute function stack")
def test_a_loop_too_small_for_barriers_does_without():
    """XLA makes one function of a loop over a few bytes, and knows no barrier inside; it would end in an error."""
    with pytest.raises(jax.errors.JaxRuntimeError, match="opt-barrier"):
        jax.jit(partial(_counted, in_stages=True)).lower(1.0).compile(compiler_options=IN_STAGES)
    assert compiled_in_stages(_counted)(1.0) == 15
    assert compiled(jax.jit(partial(_counted, in_stages=True)).lower(1.0))(1.0) == 15
