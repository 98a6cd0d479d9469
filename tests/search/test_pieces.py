"""A program in pieces computes what it computes whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.search.pieces import in_pieces


def long_chain(x, y):
    unused = jnp.tanh(x)
    for i in range(7):
        x, y = jnp.sin(x) + y["a"] * i, {"a": jnp.where(x > 0, y["a"], -y["a"])}
    return {"x": x, "same": y["a"], "number": jnp.float32(3.0)}, (x, unused * 0)


@pytest.mark.parametrize("length", [1, 3, 10, 10_000])
def test_every_length_gives_the_same_results(length):
    arguments = jnp.linspace(-2.0, 2.0, 5), {"a": jnp.arange(5.0)}
    pieced = jax.jit(in_pieces(long_chain, length))(jnp.asarray(True), *arguments)
    jax.tree.map(np.testing.assert_allclose, pieced, jax.jit(long_chain)(*arguments))


def test_gradients_in_pieces_are_gradients():
    function = jax.value_and_grad(lambda x: long_chain(x, {"a": x})[0]["x"].sum())
    x = jnp.linspace(0.1, 1.0, 4)
    for pieced, whole in zip(in_pieces(function, 5)(jnp.asarray(True), x), function(x), strict=True):
        np.testing.assert_allclose(pieced, whole, rtol=1e-6)


def test_what_keeps_pieces_apart_is_known_at_run_time_only():
    arguments = jnp.linspace(-2.0, 2.0, 5), {"a": jnp.arange(5.0)}
    off = jax.jit(in_pieces(long_chain, 3))(jnp.asarray(False), *arguments)
    assert not np.any(off[0]["x"])
