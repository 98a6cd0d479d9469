"""The Flax drop-ins: on integers they are Flax's own convolutions, and they record what ran."""

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.flax import COLLECTION, Execution, LinenConv, quantize, relative_error
from eyeriss_jax.functional.flax.conv import NnxConv
from eyeriss_jax.functional.flax.image_conv import ImageConv
from eyeriss_jax.functional.flax.quantize import density
from eyeriss_jax.hardware.presets import eyeriss_v2

V2 = eyeriss_v2()

OPTIONS: dict[str, dict[str, Any]] = {
    "same": {"kernel_size": (3, 3)},
    "valid_strided": {"kernel_size": (3, 3), "strides": 2, "padding": "VALID"},
    "explicit_padding": {"kernel_size": (3, 2), "padding": ((2, 1), (0, 1))},
    "one_number_of_padding": {"kernel_size": (3, 3), "padding": 1, "strides": (2, 1)},
    "circular": {"kernel_size": (3, 3), "padding": "CIRCULAR"},
    "kernel_dilation": {"kernel_size": (3, 3), "kernel_dilation": 2},
    "input_dilation": {"kernel_size": (3, 3), "input_dilation": (2, 3), "padding": ((1, 2), (2, 0))},
    "grouped": {"kernel_size": (3, 3), "feature_group_count": 2},
    "depthwise": {"kernel_size": (3, 3), "feature_group_count": 4, "features": 4},
    "pointwise": {"kernel_size": (1, 1), "use_bias": False},
}


def integers(shape: tuple[int, ...], seed: int, bound: int = 20) -> jax.Array:
    """Integers as float32; the largest magnitude of the tensor and of every output channel is 127."""
    values = np.random.default_rng(seed).integers(-bound, bound, shape).astype(np.float32)
    values[(0,) * (len(shape) - 1)] = 127
    return jnp.asarray(values)


def mapped_call(conv: nn.Module, variables: Any, images: jax.Array) -> tuple[jax.Array, Execution]:
    outputs, records = conv.apply(variables, images, mutable=[COLLECTION])
    (execution,) = jax.device_get(records)[COLLECTION]["execution"]
    assert isinstance(execution, Execution)
    return outputs, execution


def parameters(conv: nn.Conv, images: jax.Array) -> dict[str, Any]:
    shapes = jax.eval_shape(conv.init, jax.random.key(0), images)["params"]
    return {"params": {name: integers(shape.shape, seed) for seed, (name, shape) in enumerate(shapes.items())}}


@pytest.mark.parametrize("option", OPTIONS)
def test_linen_equals_flax_on_integers(option: str) -> None:
    options = {"features": 6, **OPTIONS[option]}
    images = integers((2, 7, 8, 4), 9)
    reference, mapped = nn.Conv(**options), LinenConv(**options, accelerator=V2)
    variables = parameters(reference, images)
    outputs, execution = mapped_call(mapped, variables, images)
    np.testing.assert_array_equal(outputs, reference.apply(variables, images))
    assert execution.macs == sum(part.layer.macs for part in execution.parts)
    assert execution.cycles >= execution.macs / V2.macs_per_cycle
    assert float(execution.output_error) == float(execution.iact_error) == 0
    assert not execution.overflowed


def test_a_transposed_convolution_runs_as_phases() -> None:
    """Six of 2 x 3: a sixth of the MACs over the stuffed input, and outputs that read nothing are zero."""
    options = {"features": 6, "kernel_size": (2, 3), "input_dilation": (2, 3), "padding": ((1, 2), (2, 0))}
    images, kernel = (2, 7, 8, 4), (2, 3, 4, 6)
    convolve = ImageConv(
        name="up", strides=(1, 1), padding=((1, 2), (2, 0)), input_dilation=(2, 3), kernel_dilation=(1, 1), groups=1,
        accelerator=V2,
    )  # fmt: skip
    outputs, execution = convolve(integers(images, 9), integers(kernel, 1))
    expected = nn.Conv(**options, use_bias=False).apply(
        {"params": {"kernel": integers(kernel, 1)}}, integers(images, 9)
    )
    np.testing.assert_array_equal(outputs, expected)
    assert len(execution.parts) == 6
    assert execution.macs * 6 == outputs.size * 4 * 2 * 3
    with pytest.raises(SpecError, match=r"ran as 6 sub-pixel phases, .*; read execution\.parts"):
        _ = execution.counts
    with pytest.raises(SpecError, match="one mapping does not describe; leave it out"):
        dataclasses.replace(convolve, mapping=Mapping(glb=Dims(M=1), spad=Dims(M=1))).shaped(
            jnp.ones(images), jnp.ones(kernel)
        )


def test_linen_has_the_parameters_of_flax() -> None:
    images = jnp.ones((1, 6, 6, 3))
    key = jax.random.key(3)
    ours = LinenConv(5, (3, 3), accelerator=V2).init(key, images)
    theirs = nn.Conv(5, (3, 3)).init(key, images)
    jax.tree.map(np.testing.assert_array_equal, ours, theirs)


def test_batch_axes_one_image_axis_and_no_batch() -> None:
    conv = LinenConv(4, 3, accelerator=V2)
    row = integers((9, 3), 0)
    variables = parameters(nn.Conv(4, 3), row)
    np.testing.assert_array_equal(conv.apply(variables, row), nn.Conv(4, 3).apply(variables, row))
    rows = jnp.stack([row, -row]).reshape(1, 2, 9, 3)
    np.testing.assert_array_equal(conv.apply(variables, rows), nn.Conv(4, 3).apply(variables, rows))


def test_quantisation_error_is_recorded_and_small() -> None:
    images = jax.random.normal(jax.random.key(0), (1, 10, 10, 8))
    mapped = LinenConv(12, (3, 3), accelerator=V2)
    variables = nn.Conv(12, (3, 3)).init(jax.random.key(1), images)
    outputs, execution = mapped_call(mapped, variables, images)
    exact = nn.Conv(12, (3, 3), precision="highest").apply(variables, images)
    assert 0 < execution.iact_error < 0.02
    assert 0 < execution.weight_error < 0.02
    np.testing.assert_allclose(execution.output_error, relative_error(outputs, exact), rtol=1e-3)
    assert execution.output_error < 0.02


def test_densities() -> None:
    images = jnp.zeros((1, 4, 4, 2)).at[0, :2].set(100.0)
    mapped = LinenConv(3, (1, 1), accelerator=V2, use_bias=False, kernel_init=nn.initializers.ones)
    _, execution = mapped_call(mapped, mapped.init(jax.random.key(0), images), images)
    assert (execution.iact_density, execution.weight_density, execution.oact_density) == (0.5, 1, 0.5)


def test_a_network_under_jit_with_a_mapping() -> None:
    class Network(nn.Module):
        @nn.compact
        def __call__(self, images: jax.Array) -> jax.Array:
            mapping = Mapping(glb=Dims(M=4, C=3, E=6, F=6, R=3, S=3), spad=Dims(M=4, C=3, R=3), pe_rows=Dims(S=3))
            images = nn.relu(LinenConv(4, (3, 3), accelerator=V2, mapping=mapping, name="first")(images))
            return LinenConv(5, (1, 1), accelerator=V2, name="second")(images)

    network, images = Network(), jax.random.normal(jax.random.key(0), (1, 6, 6, 3))
    variables = network.init(jax.random.key(1), images)
    assert set(variables) == {"params"}

    def apply(variables: Any, images: jax.Array) -> tuple[jax.Array, dict[str, Any]]:
        outputs, records = network.apply(variables, images, mutable=[COLLECTION])
        return outputs, {name: record["execution"][0] for name, record in dict(records)[COLLECTION].items()}

    eager, records = apply(variables, images)
    jitted, executions = jax.jit(apply)(variables, images)
    np.testing.assert_allclose(jitted, eager, rtol=1e-5)
    assert [executions[name].layer.name for name in ("first", "second")] == ["first", "second"]
    assert executions["first"].counts.macs == 4 * 3 * 36 * 9
    assert executions["first"].counts.dram == records["first"].counts.dram


def test_nnx_equals_flax_on_integers() -> None:
    options = {"feature_group_count": 2, "strides": 2}
    reference = nnx.Conv(4, 6, (3, 3), rngs=nnx.Rngs(0), **options)
    mapped = NnxConv(4, 6, (3, 3), accelerator=V2, rngs=nnx.Rngs(0), name="block", **options)
    np.testing.assert_array_equal(mapped.kernel[...], reference.kernel[...])
    for conv in (reference, mapped):
        conv.kernel.set_value(integers((3, 3, 2, 6), 1))
    images = integers((1, 9, 9, 4), 2)
    np.testing.assert_array_equal(mapped(images), reference(images))
    assert mapped.execution.get_value().layer.name == "block"
    np.testing.assert_array_equal(nnx.jit(lambda conv, x: conv(x))(mapped, images), reference(images))
    assert mapped.execution.get_value().counts.macs == 5 * 5 * 6 * 2 * 9


def test_what_is_refused() -> None:
    with pytest.raises(SpecError, match="accelerator is missing"):
        LinenConv(4, (3, 3))
    with pytest.raises(SpecError, match="3 image axes"):
        LinenConv(4, (3, 3, 3), accelerator=V2).init(jax.random.key(0), jnp.ones((1, 5, 5, 5, 2)))
    too_large = Mapping(glb=Dims(M=4, C=2, E=5, F=5, R=3, S=3), spad=Dims(C=2, R=3, S=3))
    with pytest.raises(SpecError, match="a PE needs 18 iact words"):
        LinenConv(4, (3, 3), accelerator=V2, mapping=too_large).init(jax.random.key(0), jnp.ones((1, 5, 5, 2)))


def test_quantize() -> None:
    tensor = jnp.asarray([[1.0, -2.0], [0.5, 0.0]])
    whole, columns = quantize(tensor, 8), quantize(tensor, 8, axes=(0,))
    np.testing.assert_array_equal(whole.values, [[64, -127], [32, 0]])
    np.testing.assert_array_equal(columns.values, [[127, -127], [64, 0]])
    assert whole.values.dtype == jnp.int8
    assert float(density(whole.values)) == 0.75
    nothing = quantize(jnp.zeros((2, 2)), 8)
    assert float(nothing.error) == 0
    np.testing.assert_array_equal(nothing.values, 0)
