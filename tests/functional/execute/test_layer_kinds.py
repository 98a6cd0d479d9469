"""Bit-exact outputs for every kind of layer, on Eyeriss v2 and under hand-written mappings that do not divide."""

from functools import cache, partial

import jax
import numpy as np
import pytest

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import TYPES, Dims
from eyeriss_jax.functional.counting import Accounting, Plan
from eyeriss_jax.functional.execute.conv import run
from eyeriss_jax.functional.execute.execution import execute
from eyeriss_jax.functional.execute.sizes import Sizes, common_sizes
from eyeriss_jax.functional.execute.transposed import (
    TransposedConv,
    default_plans,
    run_transposed,
    stuff_zeros,
    transposed_conv2d,
)
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers.importers import from_jax
from eyeriss_jax.layers.layer import Layer
from tests.functional.execute.reference import convolution, jaxs_convolution, random_operands

V2 = eyeriss_v2()

KINDS = {
    "conv": Layer.conv2d("conv", 5, 7, 9, 3),
    "strided": Layer.conv2d("strided", 3, 8, (13, 11), (3, 5), stride=(2, 3)),
    "padded": Layer.conv2d("padded", 4, 6, 7, 3, padding=((2, 0), (1, 3))),
    "same_padded_strided": Layer.conv2d("same", 4, 6, 8, 3, stride=2, padding="same"),
    "dilated": Layer.conv2d("dilated", 4, 6, 11, 3, dilation=(2, 3), padding=2),
    "strided_and_dilated": Layer.conv2d("both", 3, 5, 15, 3, stride=(2, 4), dilation=(3, 2)),
    "grouped": Layer.conv2d("grouped", 6, 9, 6, 3, groups=3, padding=1),
    "depthwise": Layer.depthwise("depthwise", 20, 9, 3, padding=1),
    "depthwise_strided": Layer.depthwise("depthwise", 20, 9, 3, stride=2, padding="same"),
    "pointwise": Layer.conv2d("pointwise", 21, 17, 6, 1),
    "strided_pointwise": Layer.conv2d("pointwise", 7, 5, 9, 1, stride=2),
    "fully_connected": Layer.fully_connected("fc", 50, 33),
    "fully_connected_batched": Layer.fully_connected("fc", 50, 33, batch=5),
    "fc_as_conv": Layer.conv2d("fc6", 8, 30, 6, 6),
    "batched": Layer.conv2d("batched", 3, 4, 7, 3, batch=3, padding=1),
    "wide_filter": Layer.conv2d("wide", 2, 5, (20, 19), (11, 7), stride=4),
    "matmul": Layer.matmul("matmul", M=9, K=14, N=11, groups=2),
}

# Nothing divides; psums spill to DRAM and come back; one PE walks through several positions or holds one.
AWKWARD = {
    "spills": Mapping(
        glb=Dims(G=2, N=2, M=4, C=3, E=5, F=3, R=2, S=2),
        spad=Dims(M=3, C=2, E=2, F=2),
        pe_rows=Dims(S=2),
        pe_cols=Dims(M=2, F=2),
        cluster_rows=Dims(C=2, E=2),
        dram_order=("CRS", "NEF", "M"),
        glb_order=("NEF", "CRS", "M"),
    ),
    "stationary": Mapping(
        glb=Dims(G=1, N=1, M=5, C=4, E=3, F=7, R=3, S=3),
        spad=Dims(M=2, C=3),
        pe_rows=Dims(R=3),
        pe_cols=Dims(E=4),
        cluster_cols=Dims(M=2),
        cluster_rows=Dims(F=3, N=2),
        dram_order=("NEF", "M", "CRS"),
        glb_order=("M", "NEF", "CRS"),
    ),
}


def plan_of(kind: str, mapping: str) -> Plan:
    layer = KINDS[kind]
    return Plan.of(layer, AWKWARD[mapping] if mapping in AWKWARD else default_mapping(layer, V2), V2)


@cache
def sizes_of_all_kinds(mapping: str) -> Sizes:
    return common_sizes([plan_of(kind, mapping) for kind in KINDS])


@pytest.mark.parametrize("kind", ["padded", "same_padded_strided", "strided_and_dilated", "grouped", "matmul"])
def test_what_outputs_are_compared_with_is_jaxs_convolution(kind: str) -> None:
    operands = random_operands(KINDS[kind])
    np.testing.assert_array_equal(convolution(KINDS[kind], *operands), jaxs_convolution(KINDS[kind], *operands))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mapping", ["default", *AWKWARD])
def test_integers_are_bit_exact(kind: str, mapping: str) -> None:
    iacts, weights = random_operands(KINDS[kind], bound=48)
    execution = execute(plan_of(kind, mapping), iacts, weights, sizes=sizes_of_all_kinds(mapping))
    np.testing.assert_array_equal(execution.oacts, convolution(KINDS[kind], iacts, weights))
    assert execution.oacts.dtype == np.int32
    assert not execution.overflowed


def test_alexnet_conv3_on_eyeriss_v2() -> None:
    layer = Layer.conv2d("CONV3", 256, 384, 13, 3, padding=1)
    iacts, weights = random_operands(layer, bound=24)
    result = run(layer, default_mapping(layer, V2), V2, iacts, weights)
    np.testing.assert_array_equal(result.oacts, convolution(layer, iacts, weights))
    assert result.counts.macs == layer.macs == 149_520_384


DILATIONS, PADS = [(2, 2), (3, 1), (4, 2)], ((2, 1), (1, 2))


def upscaling(dilation: tuple[int, int], groups: int) -> TransposedConv:
    return transposed_conv2d("up", 4, 6, (5, 4), (3, 3), dilation, PADS, groups=groups, batch=2)


@cache
def sizes_of_all_phases() -> Sizes:
    """Room for all phases below, which then share one compiled program."""
    every = [upscaling(dilation, groups) for dilation in DILATIONS for groups in (1, 2)]
    return common_sizes([plan for convolution in every for plan in default_plans(convolution, V2)])


@pytest.mark.parametrize("dilation", DILATIONS)
@pytest.mark.parametrize("groups", [1, 2])
def test_transposed(dilation: tuple[int, int], groups: int) -> None:
    """The phases together are the convolution over the stuffed input; they run as many MACs as the model counts."""
    convolution = upscaling(dilation, groups)
    draw = np.random.default_rng(0)
    small = draw.integers(-50, 50, (groups, 2, 4 // groups, 5, 4)).astype(np.int8)
    weights = draw.integers(-50, 50, (groups, 6 // groups, 4 // groups, 3, 3)).astype(np.int8)
    oacts, done = run_transposed(convolution, V2, small, weights, sizes=sizes_of_all_phases())
    expected = jax.lax.conv_general_dilated(
        np.swapaxes(small, 0, 1).reshape(2, 4, 5, 4).astype(np.int32),
        weights.reshape(6, 4 // groups, 3, 3).astype(np.int32),
        (1, 1),
        PADS,
        lhs_dilation=dilation,
        feature_group_count=groups,
    )
    np.testing.assert_array_equal(np.swapaxes(oacts, 0, 1).reshape(expected.shape), expected)
    assert sum(result.counts.macs for result in done) == convolution.macs
    np.testing.assert_array_equal(stuff_zeros(jax.numpy.asarray(small), dilation), stuff_zeros(small, dilation))


def test_a_transposed_convolution_has_the_macs_of_its_importer() -> None:
    program = partial(
        jax.lax.conv_general_dilated, window_strides=(1, 1), padding=((2, 1), (1, 2)), lhs_dilation=(2, 3)
    )
    shapes = [jax.ShapeDtypeStruct(shape, np.float32) for shape in ((2, 4, 5, 4), (6, 4, 3, 3))]
    convolution = transposed_conv2d("up", 4, 6, (5, 4), (3, 3), (2, 3), ((2, 1), (1, 2)), batch=2)
    assert from_jax(program, *shapes).macs == convolution.macs


@pytest.mark.parametrize("unsigned", ["iacts", "weights", "both"])
def test_unsigned_operands(unsigned: str) -> None:
    layer = KINDS["padded"]
    iacts, weights = random_operands(layer)
    iacts = iacts.view(np.uint8) if unsigned != "weights" else iacts
    weights = weights.view(np.uint8) if unsigned != "iacts" else weights
    accelerator = V2.replace(word_bits=type(V2.word_bits)(iact=8, weight=8, psum=24))
    result = run(layer, AWKWARD["spills"], accelerator, iacts, weights)
    np.testing.assert_array_equal(result.oacts, convolution(layer, iacts, weights))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mapping", AWKWARD)
def test_floats_are_close(dtype: str, mapping: str) -> None:
    layer = KINDS["strided"]
    generator = np.random.default_rng(0)
    with jax.enable_x64(dtype == "float64"):
        iacts = generator.normal(size=(1, 1, 3, 13, 11)).astype(dtype)
        weights = generator.normal(size=(1, 8, 3, 3, 5)).astype(dtype)
        result = run(layer, AWKWARD[mapping], V2, iacts, weights)
        assert result.oacts.dtype == dtype
        tolerance = 1e-5 if dtype == "float32" else 1e-13
        np.testing.assert_allclose(
            result.oacts, convolution(layer, iacts, weights), rtol=tolerance, atol=10 * tolerance
        )


def test_integers_under_x64() -> None:
    layer = KINDS["grouped"]
    iacts, weights = random_operands(layer, bound=48)
    with jax.enable_x64(True):
        result = run(layer, AWKWARD["spills"], V2, iacts, weights)
    np.testing.assert_array_equal(result.oacts, convolution(layer, iacts, weights))


@pytest.mark.parametrize("keeps", [(), ("weight",), TYPES])
@pytest.mark.parametrize("accounting", [Accounting(sliding_window=False), Accounting(stationary_across_dram=False)])
def test_what_is_kept_does_not_change_the_outputs(keeps: tuple[str, ...], accounting: Accounting) -> None:
    layer = KINDS["same_padded_strided"]
    accelerator = V2.replace(glb_keeps=keeps, glb_shared_bits=1 << 20)
    iacts, weights = random_operands(layer, bound=48)
    result = run(layer, AWKWARD["spills"], accelerator, iacts, weights, accounting=accounting)
    np.testing.assert_array_equal(result.oacts, convolution(layer, iacts, weights))
    np.testing.assert_array_equal(result.spad_moved.iact, result.counts.instances.arrivals.iact)
    np.testing.assert_array_equal(result.spad_moved.weight, result.counts.instances.arrivals.weight)


def test_blocks_shorter_than_the_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memories carry over from block to block, in the middle of DRAM tiles as well."""
    layer, mapping = KINDS["padded"], AWKWARD["spills"]
    iacts, weights = random_operands(layer, bound=48)
    whole = run(layer, mapping, V2, iacts, weights)
    monkeypatch.setattr("eyeriss_jax.functional.counting.plan.BLOCK_PASSES", 7)
    parts = run(layer, mapping, V2, iacts, weights)
    assert whole.counts.passes > 7
    np.testing.assert_array_equal(parts.oacts, whole.oacts)
    assert (parts.counts.spad, parts.counts.dram) == (whole.counts.spad, whole.counts.dram)
    np.testing.assert_array_equal(parts.spad_moved.weight, whole.spad_moved.weight)
