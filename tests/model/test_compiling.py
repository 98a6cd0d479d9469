"""A law compiled in stages: the same values, fewer operations, and a plain program where another one surrounds it."""

from functools import partial

import jax
import numpy as np
import pytest

import eyeriss_jax as ej
from eyeriss_jax.compiling import IN_STAGES, apart, compiled, compiled_in_stages
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.many import _evaluate_many

POINTS = 64
on_a_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="stages are for XLA's CPU compiler")


@pytest.fixture(scope="module")
def points():
    layer = ej.Layer.conv2d("conv", in_channels=24, out_channels=40, input_size=12, kernel=3, padding=1)
    machine = ej.accelerator("eyeriss_v2")
    mapping = ej.map_layer(layer, machine).mapping.build()
    draw = np.random.default_rng(0).integers
    machines = machine.build().replace(
        lanes=draw(1, 4, POINTS), dram_total_bits_per_cycle=draw(8, 64, POINTS), psum_chain_cycles=draw(0, 9, POINTS)
    )
    mappings = mapping.replace(glb=mapping.glb.replace(M=draw(4, 41, POINTS), C=draw(1, 25, POINTS)))
    return machines, layer.build(), mappings


@on_a_cpu
def test_stages_change_no_value(points):
    staged = ej.evaluate_many(*points)
    plain = jax.jit(ej.evaluate_many)(*points)
    for found, expected in zip(jax.tree.leaves(staged), jax.tree.leaves(plain), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@on_a_cpu
def test_what_is_used_often_is_computed_once(points):
    """The compiled law has less than half of the operations: without stages XLA repeats what several kernels use."""

    every_leaf = jax.tree.map(lambda x: jax.ShapeDtypeStruct((POINTS,), np.float32), points)

    def operations(program):
        return program.lower(*every_leaf).compile().cost_analysis()["flops"]

    def law(*some, in_stages):
        return jax.vmap(lambda *one: ej.evaluate(*one, in_stages=in_stages))(*some)

    assert operations(compiled_in_stages(law)) < operations(jax.jit(jax.vmap(ej.evaluate))) / 2


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
