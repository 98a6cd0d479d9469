"""What the walk makes of each construct of JAX, and what it says of those that it cannot count."""

from functools import partial
from typing import Any

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from jax import lax
from jax.sharding import AbstractMesh, PartitionSpec

from eyeriss_jax import Layer, SpecError, from_jax
from eyeriss_jax.layers.importers.collector import STUFFED
from eyeriss_jax.layers.importers.jax_primitives import KINDS, MOVEMENT
from eyeriss_jax.layers.other_work import operations_by_kind


def array(*shape: int, dtype: Any = jnp.float32) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)


X, W = array(3, 8), array(8, 8)


@jax.custom_vjp
def with_own_gradient(x: Any, w: Any) -> Any:
    return x @ w


with_own_gradient.defvjp(lambda x, w: (x @ w, (x, w)), lambda saved, g: (g @ saved[1].T, saved[0].T @ g))


@jax.custom_jvp
def with_own_tangent(x: Any, w: Any) -> Any:
    return x @ w


with_own_tangent.defjvp(lambda primals, tangents: (primals[0] @ primals[1], tangents[0] @ primals[1]))


def counted_while(x: Any, w: Any) -> Any:
    return lax.while_loop(lambda c: c[0] < 17, lambda c: (c[0] + 3, c[1] @ w), (2, x))[1]


def scanned(x: Any, w: Any, length: int = 5) -> Any:
    return lax.scan(lambda carry, _: (carry @ w, None), x, length=length)[0]


ONE_MATMUL = 3 * 8 * 8
PROGRAMS = {
    "plain": (lambda x, w: x @ w, 1),
    "jit": (jax.jit(lambda x, w: x @ w), 1),
    "jit in jit": (jax.jit(lambda x, w: jax.jit(lambda y: y @ w)(x)), 1),
    "remat": (jax.checkpoint(lambda x, w: x @ w), 1),
    "custom_vjp": (with_own_gradient, 1),
    "custom_jvp": (with_own_tangent, 1),
    "scan": (scanned, 5),
    "scan in scan": (lambda x, w: lax.scan(lambda c, _: (scanned(c, w), None), x, length=4)[0], 20),
    "fori_loop": (lambda x, w: lax.fori_loop(0, 7, lambda _, c: c @ w, x), 7),
    "while that counts": (counted_while, 5),
    "while that never starts": (lambda x, w: x @ w + lax.while_loop(lambda c: c[0] < 0, lambda c: c, (0, x))[1], 1),
    "map": (lambda x, w: lax.map(lambda row: row @ w, x), 1),
    "cond": (lambda x, w: lax.cond(x[0, 0] > 0, lambda: x @ w, lambda: x @ w @ w), 2),
    "switch": (lambda x, w: lax.switch(2, [lambda: x, lambda: x @ w, lambda: x @ w @ w @ w]), 3),
    "gradient": (jax.grad(lambda x, w: ((x @ w) ** 2).sum(), (0, 1)), 3),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_construct_counts_its_matmuls(name: str):
    program, matmuls = PROGRAMS[name]
    assert from_jax(program, X, W, weights=[1]).macs == matmuls * ONE_MATMUL


def test_shard_map_counts_every_device():
    mesh = AbstractMesh((4,), ("x",))
    split, whole = PartitionSpec("x"), PartitionSpec()
    program = jax.shard_map(lambda x, w: x @ w, mesh=mesh, in_specs=(split, whole), out_specs=split)
    (layer,) = from_jax(program, array(8, 8), W).layers
    assert (layer.N, layer.repeat) == (2, 4)


def test_vmap_makes_groups_of_products_with_different_weights_and_a_batch_of_the_same():
    different = from_jax(jax.vmap(lambda x, w: x @ w), array(5, 3, 8), array(5, 8, 8), weights=[1]).layers[0]
    same = from_jax(jax.vmap(lambda x, w: x @ w, in_axes=(0, None)), array(5, 3, 8), W, weights=[1]).layers[0]
    assert (different.G, different.N) == (5, 3)
    assert (same.G, same.N) == (1, 15)


def test_vmap_of_a_convolution_is_grouped():
    program = jax.vmap(partial(lax.conv_general_dilated, window_strides=(1, 1), padding="SAME"))
    (layer,) = from_jax(program, array(5, 2, 3, 8, 8), array(5, 4, 3, 3, 3)).layers
    assert (layer.G, layer.N, layer.M, layer.C, layer.E) == (5, 2, 4, 3, 8)


def convolve(x: Any, w: Any, **options: Any) -> Layer:
    options = {"window_strides": (1,) * (len(x.shape) - 2), "padding": "VALID"} | options
    (layer,) = from_jax(partial(lax.conv_general_dilated, **options), x, w).layers
    return layer


def test_depthwise_dilated_and_strided():
    layer = convolve(
        array(2, 6, 9, 9), array(6, 1, 3, 3),
        feature_group_count=6, rhs_dilation=(2, 1), window_strides=(1, 2), padding="SAME",
    )  # fmt: skip
    assert (layer.kind, layer.G, layer.dilation, layer.stride) == ("depthwise", 6, (2, 1), (1, 2))
    assert (layer.E, layer.F) == (9, 5)


def test_a_transposed_convolution_runs_as_sub_pixel_phases():
    """A 4x4 filter of stride 2 is four 2x2 filters; three quarters of the stuffed input's MACs are zeros."""
    program = partial(lax.conv_transpose, strides=(2, 2), padding="SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    net = from_jax(program, array(1, 7, 7, 16), array(4, 4, 16, 8))
    assert [layer.name for layer in net.layers] == [f"phase{row}x{col}" for row in (0, 1) for col in (0, 1)]
    assert {(layer.E, layer.F, layer.R, layer.S, layer.C, layer.M) for layer in net.layers} == {(7, 7, 2, 2, 16, 8)}
    assert {layer.padding for layer in net.layers} == {(rows, cols) for rows in PADS for cols in PADS}
    assert operations_by_kind(net.others)[STUFFED] == 3 * net.macs


PADS = ((1, 0), (0, 1))


def test_a_convolution_of_three_axes_is_one_of_two_per_output_plane():
    program = partial(lax.conv_general_dilated, window_strides=(1, 1, 1), padding="SAME")
    net = from_jax(program, array(1, 2, 4, 5, 6), array(7, 2, 3, 3, 3))
    assert net.macs == 4 * 5 * 6 * 7 * 2 * 27
    assert (net.layers[0].N, net.layers[0].C) == (4, 2 * 3)
    assert "with the planes of its filter as channels" in net.notes[0]


def test_one_dimensional_convolution_has_height_one():
    layer = convolve(array(2, 5, 100), array(7, 5, 9), window_strides=(2,))
    assert (layer.E, layer.R, layer.F, layer.S, layer.stride) == (1, 1, 46, 9, (1, 2))


def test_negative_padding_that_crops_all_leaves_no_layer():
    """Such outputs read padding alone: they are listed, and other layers count as ever."""

    def call(x, w, v):
        dimensions = ("NHWC", "HWIO", "NHWC")
        gone = jax.lax.conv_general_dilated(x, w, (1, 1), [(-6, 10), (0, 0)], dimension_numbers=dimensions)
        return gone.sum() + v @ v

    net = from_jax(call, array(1, 4, 4, 3), array(2, 2, 3, 5), array(3, 3))
    assert net.macs == 27
    assert [work.operations for work in net.others if "padding alone" in work.kind] == [7 * 3 * 2 * 2 * 3 * 5]


def test_negative_padding_crops():
    layer = convolve(array(1, 1, 9, 9), array(1, 1, 3, 3), padding=((-2, 1), (0, 0)))
    assert (layer.input_hw, layer.padding, layer.E) == ((7, 9), ((0, 1), (0, 0)), 6)


def test_batch_groups_come_out_of_the_batch():
    layer = convolve(array(6, 5, 8, 8), array(9, 5, 3, 3), batch_group_count=3)
    assert (layer.G, layer.N, layer.M, layer.C) == (3, 2, 3, 5)


@given(st.data())
def test_outputs_are_those_of_jax(data: st.DataObject):
    """Law: the layer has as many outputs as JAX's convolution, and each sums C·R·S products."""
    small = st.integers(1, 3)
    groups, batch, M, C = (data.draw(small) for _ in range(4))
    size, taps, stride, dilation, zeros = (data.draw(st.tuples(small, small)) for _ in range(5))
    size = (4 * size[0], 4 * size[1])
    padding = data.draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2))
    program = partial(
        lax.conv_general_dilated, window_strides=stride, padding=padding,
        lhs_dilation=zeros, rhs_dilation=dilation, feature_group_count=groups,
    )  # fmt: skip
    operands = array(batch, groups * C, *size), array(groups * M, C, *taps)
    outputs = jax.eval_shape(program, *operands)
    assume(0 not in outputs.shape)
    nominal = outputs.size * C * taps[0] * taps[1]
    if zeros == (1, 1):
        net = from_jax(program, *operands)
        (layer,) = net.layers
        assert outputs.shape == (layer.N, layer.G * layer.M, layer.E, layer.F)
        assert layer.macs == nominal
    else:
        # A matrix product beside it, as the convolution may read nothing but padding and stuffed zeros.
        net = from_jax(lambda *both: (program(*both), jnp.ones((1, 2)) @ jnp.ones((2, 3))), *operands)
        nominal += 6
        assert net.macs + operations_by_kind(net.others).get(STUFFED, 0) == nominal


@given(st.data())
def test_products_have_the_macs_of_their_einsum(data: st.DataObject):
    """Law: whatever the order of operands and axes, MACs are the product of all extents."""
    letters = {letter: data.draw(st.integers(1, 4), label=letter) for letter in "bghkmn"}
    left, right, out = (data.draw(st.permutations(axes)) for axes in ("bgkm", "bgkhn", "bgmhn"))
    spec = f"{''.join(left)},{''.join(right)}->{''.join(out)}"
    operands = [array(*(letters[letter] for letter in axes)) for axes in (left, right)]
    (layer,) = from_jax(partial(jnp.einsum, spec), *operands).layers
    assert layer.macs == np.prod(list(letters.values()))
    assert layer.operation == "attention"


def test_the_parameter_is_the_weight_on_either_side():
    params = {"params": {"w": W}}
    for program in (lambda p, x: x @ p["params"]["w"], lambda p, x: p["params"]["w"].T @ x.T):
        (layer,) = from_jax(program, params, X).layers
        assert (layer.name, layer.operation, layer.M, layer.N) == ("w", "matmul", 8, 3)


def test_what_depends_on_parameters_alone_is_a_parameter():
    """Dequantised, transposed, sliced in a loop: still weights."""

    def program(p: Any, x: Any) -> Any:
        table = p["params"]["table"].astype(jnp.float32) * 0.5

        def step(i: Any, x: Any) -> Any:
            return x @ lax.dynamic_index_in_dim(table, i, keepdims=False).T

        return lax.fori_loop(0, 4, step, x)

    (layer,) = from_jax(program, {"params": {"table": array(4, 8, 8, dtype=jnp.int8)}}, X).layers
    assert (layer.name, layer.operation, layer.repeat) == ("table", "matmul", 4)


def test_what_a_loop_changes_is_no_parameter():
    def program(x: Any, w: Any) -> Any:
        return lax.fori_loop(0, 3, lambda _, changed: x @ changed, w)

    (layer,) = from_jax(program, W, W, weights=[1]).layers
    assert (layer.operation, layer.repeat) == ("attention", 3)


def test_keys_and_values_take_the_weights_place_whatever_their_order():
    def attend(q: Any, k: Any, v: Any) -> Any:
        scores = jax.nn.softmax(jnp.einsum("td,sd->ts", q, k))
        swapped = jnp.einsum("sd,td->st", k, q)
        return jnp.einsum("ts,sd->td", scores, v) + jnp.einsum("sd,ts->td", v, swapped.T)

    layers = from_jax(attend, array(2, 16), array(50, 16), array(50, 16)).layers
    assert [(layer.M, layer.C, layer.N) for layer in layers] == [(50, 16, 2), (50, 16, 2), (16, 50, 2), (16, 50, 2)]


def test_outer_products_sum_nothing():
    net = from_jax(lambda x, w: x @ w + jnp.outer(x[:, 0], w[0]), X, W)
    assert net.macs == ONE_MATMUL
    assert any(work.kind == "element-wise" and work.operations >= 24 for work in net.others)


def test_other_work_is_counted_by_module():
    def program(x: Any, w: Any) -> Any:
        with jax.named_scope("model/pool"):
            x = lax.reduce_window(x, 0.0, lax.add, (1, 2), (1, 2), "VALID")
        with jax.named_scope("model/fc"):
            x = x @ w[:4]
        with jax.named_scope("model/norm"):
            x = x * lax.rsqrt((x * x).sum(-1, keepdims=True))
        return jnp.sort(x)

    net = from_jax(program, X, W, weights=[1])
    found = {(work.name, work.kind): work.operations for work in net.others}
    assert found["pool", "pooling"] == 3 * 4 * 2
    assert found["norm", "normalisation"] == 24 + 24 + 3 + 24
    assert found["", "selection"] == 24
    assert net.layers[0].name == "fc"


def test_equal_names_are_told_apart():
    def program(x: Any, w: Any) -> Any:
        with jax.named_scope("a"):
            x = x @ w @ w
        with jax.named_scope("a_2"):
            return x @ w

    assert [layer.name for layer in from_jax(program, X, W, weights=[1]).layers] == ["a", "a_3", "a_2"]


def unbounded(x: Any, w: Any) -> Any:
    return lax.while_loop(lambda c: c.sum() < 9, lambda c: c @ w, x)


REFUSED = {
    "while": (unbounded, (X, W), "but how often it runs is known only when it runs; use jax.lax.scan"),
    "callback": (
        lambda x: jax.pure_callback(lambda y: y, x, x), (X,), "'pure_callback' in the program is no operation",
    ),
    "ffi": (lambda x: jax.ffi.ffi_call("f", x)(x), (X,), "pass unknown='list' to from_jax"),
    "ragged": (
        lambda x, w: lax.ragged_dot(x, w, jnp.array([1, 2])), (X, array(2, 8, 4)), "'ragged_dot_general' in",
    ),
    "inverse": (jnp.linalg.inv, (W,), "is no operation that can be counted"),
    "nothing": (lambda x: x + 1, (X,), "has no convolution or matmul to map, only element-wise"),
    "no elements": (
        lambda x, w: jax.named_scope("fc")(lambda: x @ w)(), (array(2, 0), array(0, 4)),
        "has nothing to map: an axis of size 0 in fc (2x0, 0x4); give it a shape without zeros",
    ),
    "loops": (
        lambda x, w: lax.fori_loop(0, 10**9, lambda _, c: lax.fori_loop(0, 10**9, lambda _, d: d @ w, c), x), (X, W),
        "run 1000000000000000000 times in all",
    ),
    "huge": (lambda x, w: x @ w, (array(2**31, 8), W), "M = 2147483648 does not fit in 32 bits"),
    "shapes": (lambda x, w: x @ w, (X, X), "tracing it failed with TypeError: dot_general"),
    "values": (lambda x: x if x[0, 0] > 0 else -x, (X,), "TracerBoolConversionError"),
    "arguments": (lambda x: x, (), "missing 1 required positional argument"),
    "no array": (lambda x: x @ x.T, ("text",), "tracing it failed with TypeError"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_how_to_go_on(name: str):
    program, shapes, message = REFUSED[name]
    with pytest.raises(SpecError) as error:
        from_jax(program, *shapes)
    assert message in str(error.value)


def test_a_product_of_no_elements_is_listed_by_its_name():
    def program(x: Any, w: Any) -> Any:
        with jax.named_scope("none"):
            empty = x[:, :0] @ w[:0]
        with jax.named_scope("some"):
            return empty + x @ w

    net = from_jax(program, X, W)
    assert net.macs == ONE_MATMUL
    assert ("none", "product of no elements", 0) in {(work.name, work.kind, work.operations) for work in net.others}


def test_listed_on_request():
    net = from_jax(lambda x, w: unbounded(x @ w, w) + jax.pure_callback(lambda y: y, x, x), X, W, unknown="list")
    assert net.macs == ONE_MATMUL
    listed = {work.kind: work.operations for work in net.others}
    assert listed["loop of unknown length"] == ONE_MATMUL
    assert listed["unknown (pure_callback)"] == 24
    with pytest.raises(SpecError, match="unknown = 'ignore' must be one of refuse, list"):
        from_jax(lambda x, w: x @ w, X, W, unknown="ignore")  # pyright: ignore[reportArgumentType]


def test_a_loop_of_unknown_length_without_matmuls_is_listed_only():
    net = from_jax(lambda x, w: lax.while_loop(lambda c: c.sum() < 9, lambda c: c * 2, x) @ w, X, W)
    assert net.macs == ONE_MATMUL
    assert ("loop of unknown length", 0) in {(work.kind, work.operations) for work in net.others}


def test_a_thousand_million_trips_are_one_layer():
    (layer,) = from_jax(partial(scanned, length=10**9), X, W).layers
    assert layer.repeat == 10**9


def test_no_primitive_is_on_two_lists():
    assert not set(KINDS) & MOVEMENT
