"""Staging: the staged law is the law, operation by operation, and packs shrink it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.dims import DIMS, Dims, product
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.search.best_mappings import staged_law
from eyeriss_jax.search.staging import Staged


def law(machine, sizes, tile):
    """A little law with everything that staging treats: constants, jit, packs, shared parts, arrays."""
    steps = Dims.build(lambda d: jnp.floor((sizes[d] - 0.5) / tile[d]) + 1.0)
    ragged = Dims.build(lambda d: sizes[d] - (steps[d] - 1.0) * tile[d])
    total = product(steps[d] for d in DIMS) * jnp.where(ragged.M > 1, 2.0, 1.0)
    nodes = jnp.sum(jnp.exp(-jnp.arange(3.0) * machine))  # an array inside the law
    return {"total": total * machine, "nodes": nodes + ragged.C, "constant": jnp.float32(3.0) * 2.0}


LEVELS = (1, Dims.build(lambda d: 0), Dims.build(lambda d: 0))
EXAMPLES = (jnp.float32(1), Dims.build(lambda d: jnp.float32(4)), Dims.build(lambda d: jnp.float32(2)))


@pytest.fixture(scope="module")
def staged():
    return Staged(law, LEVELS, EXAMPLES)


def drawn(data):
    """Two machines, and three points of sizes and tiles."""
    three = st.lists(st.integers(1, 40), min_size=3, max_size=3).map(np.float32)
    sizes, tiles = (Dims(**{d: data.draw(three) for d in DIMS}) for _ in range(2))
    return np.float32([0.5, 2.0]), sizes, tiles


def evaluate(staged, machine, sizes, tile):
    """The staged law on axes [machines, points]."""
    arguments = (machine, sizes, tile)
    early = staged.run(0, staged.inputs(0, arguments, lambda x: jnp.asarray(x)[None, None, :]))
    return staged.finish(early | staged.inputs(1, arguments, lambda x: jnp.asarray(x)[None, :, None]))


@given(st.data())
def test_staged_law_is_the_law(staged, data):
    arguments = drawn(data)
    found = evaluate(staged, *arguments)
    one = jax.vmap(law, in_axes=(None, 0, 0))
    both = jax.vmap(one, in_axes=(0, None, None))(*arguments)
    for name, value in both.items():
        np.testing.assert_allclose(np.broadcast_to(found[name], value.shape), value, rtol=1e-6)


@given(st.data())
def test_an_interpreted_stage_is_the_stage(staged, data):
    arguments = drawn(data)
    given = staged.inputs(0, arguments, lambda x: jnp.asarray(x)[None, None, :])
    rows = staged.rows(0, {}, given, (1, 3))
    late = staged.inputs(1, arguments, lambda x: jnp.asarray(x)[None, :, None])
    interpreted, compiled = staged.finish(staged.values(rows, 1) | late), evaluate(staged, *arguments)
    jax.tree.map(np.testing.assert_array_equal, interpreted, compiled)


@pytest.fixture(scope="module")
def of_scalars():
    """The law without its array, which NumPy does not execute."""

    def scalars(machine, sizes, tile):
        found = law(machine, sizes, tile)
        power = jnp.where(jnp.isfinite(machine), machine**2, 0.0)
        return {"total": found["total"] + power, "constant": found["constant"], "tile": tile.C}

    return Staged(scalars, LEVELS, EXAMPLES)


@given(st.data())
def test_on_the_host_it_is_the_law(of_scalars, data):
    machine, sizes, tile = arguments = drawn(data)
    shapes = ((1, 1, -1), (1, -1, 1))
    found = of_scalars.on_host.run(arguments, lambda level, x: np.asarray(x).reshape(shapes[level]))
    compiled = evaluate(of_scalars, machine, sizes, tile)
    for name, value in compiled.items():
        np.testing.assert_allclose(np.broadcast_to(found[name], value.shape), value, rtol=1e-6)


def test_the_host_refuses_a_law_with_arrays(staged):
    with pytest.raises(NotImplementedError):
        _ = staged.on_host


def test_a_stage_with_arrays_is_compiled(staged):
    assert [program is None for program in staged._programs] == [False, True]
    rows = staged.rows(0, {}, staged.examples(0, (1, 1)), (1, 1))
    rows = staged.rows(1, rows, staged.examples(1, (1, 1)), (1, 1))
    assert rows[1].shape == (0, 1, 1)  # nothing comes after the last stage


def test_all_stages_before_the_rates_can_be_interpreted():
    assert [program is None for program in staged_law(OURS)._programs[:4]] == [False] * 4


def test_dimensions_are_computed_together(staged):
    alone = 8 * 6 + 8  # steps and ragged of each dimension, and their product, at the least
    assert sum(o.level == 0 for o in staged._operations) < alone / 2


def test_what_is_known_early_is_computed_early(staged):
    arguments = EXAMPLES
    known = staged.run(0, staged.inputs(0, arguments, lambda x: jnp.asarray(x)[None, None, None]))
    assert len(known) <= 4  # the product of the steps with the condition, and the ragged C
