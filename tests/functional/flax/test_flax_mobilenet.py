"""MobileNet-v1 in Flax, Linen and NNX, with its convolutions on Eyeriss v2: the same layers, counts and outputs."""

from dataclasses import replace
from typing import Any

import flax.linen as nn
import jax
import numpy as np
from flax import nnx

from eyeriss_jax.functional.counting import count
from eyeriss_jax.functional.flax import (
    COLLECTION,
    Execution,
    LinenMobileNet,
    linen_conv,
    linen_conv_on,
    linen_executions,
    relative_error,
)
from eyeriss_jax.functional.flax.mobilenet import NnxMobileNet, nnx_conv, nnx_conv_on, nnx_executions
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer, network

V2 = eyeriss_v2()
WHOLE = network("mobilenet_v1_0.25_32").layers
# The first convolution, the first depthwise one and a classifier, which is pointwise: one layer of each kind.
SHORT = (*WHOLE[:2], Layer.fully_connected("FC", WHOLE[1].G, 10))
MAPPINGS = {layer.name: replace(default_mapping(layer, V2), glb_order=("NEF", "M", "CRS")) for layer in SHORT}


def image(seed: int = 0) -> jax.Array:
    return jax.random.uniform(jax.random.key(seed), (1, 32, 32, 3), minval=-1, maxval=1)


def assert_ran(executions: dict[str, Execution]) -> None:
    """Every layer is the network's, was counted as if it ran alone by its mapping, and lost little to 8 bits."""
    assert list(executions) == [layer.name for layer in SHORT]
    for layer in SHORT:
        execution = executions[layer.name]
        assert execution.mapping == MAPPINGS[layer.name]
        assert execution.layer == replace(layer, input_size=layer.input_hw)
        alone = count(layer, execution.mapping, V2)
        for level in ("macs", "compute_cycles", "spad", "noc", "port", "glb", "dram"):
            assert getattr(execution.counts, level) == getattr(alone, level), (layer.name, level)
        assert 0 < execution.iact_density <= 1
        assert 0 < execution.output_error < 0.03
        assert not execution.overflowed


def test_linen_and_nnx_run_the_same_layers_to_the_same_outputs() -> None:
    plain = LinenMobileNet(SHORT, linen_conv)
    variables = jax.jit(plain.init)(jax.random.key(1), image())
    assert set(variables["params"]) == {layer.name for layer in SHORT}
    placed = LinenMobileNet(SHORT, linen_conv_on(V2, MAPPINGS))
    logits, records = placed.apply(variables, image(), mutable=[COLLECTION])
    assert_ran(linen_executions(dict(records)))
    exact: Any = plain.apply(variables, image())
    assert 0 < relative_error(logits, exact) < 0.05

    in_nnx = NnxMobileNet(SHORT, nnx_conv_on(V2, MAPPINGS), rngs=nnx.Rngs(0))
    in_float = NnxMobileNet(SHORT, nnx_conv, rngs=nnx.Rngs(0))
    for model in (in_nnx, in_float):
        for conv, layer in zip(model.convs, SHORT, strict=True):
            conv.kernel.set_value(variables["params"][layer.name]["kernel"])
    np.testing.assert_array_equal(in_nnx(image()), logits)
    np.testing.assert_allclose(in_float(image()), exact, rtol=1e-4, atol=1e-5)
    assert_ran(nnx_executions(in_nnx))


def test_a_convolution_outside_a_network_is_flaxs_own() -> None:
    conv = linen_conv(WHOLE[1])
    assert isinstance(conv, nn.Conv)
    assert (conv.features, conv.feature_group_count, conv.name) == (WHOLE[1].G, WHOLE[1].G, "block1-DW")
