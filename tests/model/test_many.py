"""Many points in chunks: each has what it has alone, whatever the chunk, and bad points are refused in words."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import eyeriss_jax as ej
from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dims import Dims

LAYER = ej.Layer.conv2d("conv", in_channels=24, out_channels=40, input_size=12, kernel=3, padding=1)
MACHINE = ej.accelerator("eyeriss_v2").build()
MAPPING = ej.Mapping(glb=Dims(M=8, C=4, E=12, F=12, R=3, S=3), spad=Dims(M=4, C=2, R=3), pe_cols=Dims(M=2)).build()
POINTS = 13


@pytest.fixture(scope="module")
def points():
    draw = np.random.default_rng(0).integers
    machines = MACHINE.replace(lanes=draw(1, 4, POINTS), dram_total_bits_per_cycle=draw(8, 64, POINTS))
    mappings = MAPPING.replace(glb=MAPPING.glb.replace(M=draw(4, 41, POINTS)))
    return machines, LAYER.build(), mappings


@pytest.fixture(scope="module")
def alone(points):
    program = jit_unfused(ej.evaluate)
    rows = [jax.tree.map(lambda x, i=i: x[i] if np.ndim(x) else x, points) for i in range(POINTS)]
    return jax.tree.map(lambda *x: jnp.stack(x), *(program(*row) for row in rows))


@pytest.mark.parametrize("chunk", [5, 1000])
def test_every_point_has_what_it_has_alone(points, alone, chunk):
    found = ej.evaluate_many(*points, chunk=chunk)
    assert jax.tree.structure(found) == jax.tree.structure(alone)
    for leaf, expected in zip(jax.tree.leaves(found), jax.tree.leaves(alone), strict=True):
        assert leaf.shape == (POINTS,)  # those that no axis reaches too
        np.testing.assert_allclose(leaf, expected, rtol=1e-6)


def test_temporaries_are_less_than_one_value_a_point():
    """In chunks of 64; were the points evaluated at once, there would be hundreds of values of each."""
    from eyeriss_jax.model.conventions import OURS
    from eyeriss_jax.model.many import _evaluate_many

    points = 1 << 20
    lanes = jax.ShapeDtypeStruct((points,), np.float32)
    arguments = MACHINE.replace(lanes=lanes), LAYER.build(), MAPPING
    memory = _evaluate_many.lower(*arguments, conventions=OURS, chunk=64).compile().memory_analysis()
    assert memory is not None
    assert memory.temp_size_in_bytes < 4 * points


@pytest.mark.parametrize(
    ("lanes", "clock", "chunk", "words"),
    [
        (1, 2e8, 8, "scalars only"),
        ([1, 2], [1e8, 2e8, 3e8], 8, r"\(2,\), \(3,\)"),
        ([[1, 2]], 2e8, 8, r"\(1, 2\)"),
        ([1, 2], 2e8, 0, "chunk = 0"),
        ([1, 2], 2e8, 1.5, r"chunk = 1\.5 must be a whole number"),
    ],
)
def test_points_that_do_not_line_up_are_refused(lanes, clock, chunk, words):
    machine = MACHINE.replace(lanes=jnp.array(lanes), clock_hz=jnp.array(clock))
    with pytest.raises(ej.SpecError, match=words):
        ej.evaluate_many(machine, LAYER.build(), MAPPING, chunk=chunk)
