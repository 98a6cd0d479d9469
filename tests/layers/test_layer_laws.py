"""Laws that hold for every layer, among them agreement with JAX's own convolution."""

import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from jax import lax

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer

extent = st.integers(1, 50)


def pairs(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high))


conv_arguments = st.fixed_dictionaries(
    {
        "input_size": pairs(1, 24),
        "kernel": pairs(1, 5),
        "stride": pairs(1, 4),
        "dilation": pairs(1, 3),
        "padding": st.one_of(st.just("same"), st.integers(0, 4), st.tuples(pairs(0, 4), pairs(0, 4))),
        "groups": st.integers(1, 3),
        "batch": st.integers(1, 3),
    }
)


def convolve(arguments: dict[str, Any], C: int = 2, M: int = 3) -> Layer:
    """The layer of C and M channels per group, or no example where it would be refused."""
    groups = arguments["groups"]
    try:
        return Layer.conv2d("L", groups * C, groups * M, **arguments)
    except SpecError:
        reject()


@given(extent, extent, extent, st.integers(1, 8))
def test_matmul_counts(M: int, K: int, N: int, groups: int):
    layer = Layer.matmul("L", M, K, N, groups)
    assert layer.macs == groups * M * K * N
    assert (layer.weights, layer.iacts, layer.oacts) == (groups * M * K, groups * K * N, groups * M * N)


@settings(deadline=None, max_examples=60)
@given(conv_arguments)
def test_conv2d_has_the_output_shape_of_jax(arguments: dict[str, Any]):
    layer = convolve(arguments)
    lhs = jax.ShapeDtypeStruct((layer.N, layer.G * layer.C, *layer.input_hw), jnp.float32)
    rhs = jax.ShapeDtypeStruct((layer.G * layer.M, layer.C, layer.R, layer.S), jnp.float32)
    padding = "SAME" if arguments["padding"] == "same" else layer.padding

    def conv(x: jax.Array, w: jax.Array) -> jax.Array:
        return lax.conv_general_dilated(
            x, w, layer.stride, padding, rhs_dilation=layer.dilation, feature_group_count=layer.G
        )

    if padding == "SAME":
        spans = (layer.rows.filter_span, layer.cols.filter_span)
        assert tuple(lax.padtype_to_pads(layer.input_hw, spans, layer.stride, "SAME")) == layer.padding
    assert jax.eval_shape(conv, lhs, rhs).shape == (layer.N, layer.G * layer.M, layer.E, layer.F)


@given(conv_arguments)
def test_touched_input_equals_a_brute_force_count(arguments: dict[str, Any]):
    layer = convolve(arguments)
    arrays = layer.build()
    counts = []
    for axis, outputs, taps in ((0, layer.E, layer.R), (1, layer.F, layer.S)):
        reads = {e * layer.stride[axis] + r * layer.dilation[axis] for e in range(outputs) for r in range(taps)}
        first, end = layer.padding[axis][0], layer.padding[axis][0] + layer.input_hw[axis]
        counts.append(
            [sum(p < first for p in reads), sum(first <= p < end for p in reads), sum(p >= end for p in reads)]
        )
    (pad_h, rows, pad_end_h), (pad_w, cols, pad_end_w) = counts
    assert layer.touched_input == (rows, cols)
    assert (arrays.pad_h, arrays.pad_end_h) == (pad_h, pad_end_h)
    assert (arrays.pad_w, arrays.pad_end_w) == (pad_w, pad_end_w)


@given(conv_arguments)
def test_build_gives_finite_integers_with_coprime_steps(arguments: dict[str, Any]):
    arrays = convolve(arguments).build()
    assert all(type(leaf) is int for leaf in jax.tree.leaves(arrays))
    assert math.gcd(arrays.stride_h, arrays.dilation_h) == math.gcd(arrays.stride_w, arrays.dilation_w) == 1


@given(conv_arguments)
def test_counts_are_products_of_extents(arguments: dict[str, Any]):
    layer = convolve(arguments)
    assert layer.macs == layer.weights * layer.N * layer.E * layer.F == layer.oacts * layer.C * layer.R * layer.S
    assert layer.iacts >= layer.G * layer.N * layer.C * math.prod(layer.touched_input)


@given(conv_arguments)
def test_groups_divide_the_work(arguments: dict[str, Any]):
    grouped = convolve(arguments)
    groups = grouped.G
    whole = dataclasses.replace(grouped, G=1, C=groups * grouped.C, M=groups * grouped.M)
    assert whole.macs == groups * grouped.macs
    assert (whole.iacts, whole.oacts) == (grouped.iacts, grouped.oacts)


@given(conv_arguments)
def test_one_more_output_than_conv2d_gives_is_refused(arguments: dict[str, Any]):
    layer = convolve(arguments)
    with pytest.raises(SpecError, match="outputs of height"):
        dataclasses.replace(layer, E=layer.E + 1)
    with pytest.raises(SpecError, match="outputs of width"):
        dataclasses.replace(layer, F=layer.F + 1)


@given(conv_arguments)
def test_the_batch_multiplies_all_but_the_weights(arguments: dict[str, Any]):
    one, many = convolve(arguments | {"batch": 1}), convolve(arguments | {"batch": 7})
    assert (many.macs, many.iacts, many.oacts) == (7 * one.macs, 7 * one.iacts, 7 * one.oacts)
    assert many.weights == one.weights
