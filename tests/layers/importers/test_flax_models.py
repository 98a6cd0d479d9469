"""Networks that Flax users run, against the literature's tables and closed forms; no weight is ever made."""

import time
from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import pytest
from flax import linen as nn
from flax import nnx

from eyeriss_jax import from_jax
from eyeriss_jax.dims import DIMS
from eyeriss_jax.layers import Layer, Network, network
from eyeriss_jax.layers.other_work import operations_by_kind
from tests.layers.importers.language_models import Gpt2, llama, llama_cache, llama_shapes
from tests.layers.importers.vision_models import MobileNetV1, ResNet50, ViT


def images(batch: int = 1, size: int = 224) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((batch, size, size, 3), jnp.float32)


def extents(net: Network) -> Counter[tuple[int, ...]]:
    return Counter(tuple(layer.extent(dim) for dim in DIMS) for layer in net.layers)


def by_name(net: Network) -> dict[str, Layer]:
    return {layer.name: layer for layer in net.layers}


def test_resnet50_is_the_table_layer_by_layer():
    net = from_jax(partial(ResNet50(), train=False), images(2))
    assert extents(net) == extents(network("resnet50", 2))
    assert net.macs == 2 * 4_089_184_256
    assert net.weights == 25_502_912
    assert (net.name, net.inferences) == ("ResNet50", 2)
    layers = by_name(net)
    assert layers["stem"].shape == "7x7 s2 3→64 @112x112 n2"
    assert layers["stage2_block1/middle"].shape == "3x3 s2 128→128 @28x28 n2"
    assert layers["classifier"].kind == "matmul"
    assert {"pooling", "normalisation", "element-wise"} <= set(operations_by_kind(net.others))


def test_training_mode_may_write_its_statistics():
    class Small(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return nn.BatchNorm(use_running_average=False)(nn.Conv(4, (3, 3))(x))

    net = from_jax(Small(), images(2, 8))
    assert (net.layers[0].name, net.macs) == ("Conv_0", 2 * 64 * 9 * 3 * 4)


def test_mobilenet_is_the_table_layer_by_layer():
    net = from_jax(MobileNetV1(), images())
    assert extents(net) == extents(network("mobilenet_v1"))
    assert sum(layer.kind == "depthwise" for layer in net.layers) == 13


def test_vit_b16_in_closed_form():
    model = nnx.eval_shape(lambda: ViT(nnx.Rngs(0)))
    net = from_jax(model, images())
    tokens, width, depth = 197, 768, 12
    block = 4 * tokens * width**2 + 2 * tokens**2 * width + 8 * tokens * width**2
    assert net.macs == 196 * 3 * 256 * width + depth * block + width * 1000
    assert net.weights == 3 * 256 * width + depth * 12 * width**2 + width * 1000
    layers = by_name(net)
    assert layers["blocks/7/attention/query"].shape == "768x768 · 768x197"
    assert layers["blocks/7/attention/product"].shape == "197x64 · 64x197 g12"
    assert layers["blocks/7/down"].shape == "768x3072 · 3072x197"
    assert net.inferences == 1
    norms = {work.name for work in net.others if work.kind == "normalisation"}
    assert {"norm", "blocks/0/norm1", "blocks/11/norm2"} <= norms
    assert {work.name for work in net.others if work.kind == "softmax"} == {f"blocks/{i}/attention" for i in range(12)}


def test_gpt2_blocks_are_one_block_repeated():
    tokens, width, depth, vocabulary = 1024, 768, 12, 50257
    net = from_jax(Gpt2(), jax.ShapeDtypeStruct((1, tokens), jnp.int32))
    block = 12 * tokens * width**2 + 2 * tokens**2 * width
    assert net.macs == depth * block + tokens * width * vocabulary
    assert net.weights == depth * 12 * width**2 + width * vocabulary
    repeats = {layer.name: layer.repeat for layer in net.layers}
    assert repeats.pop("embed.attend") == 1
    assert set(repeats.values()) == {depth}
    assert {"blocks/attention/query", "blocks/attention/product_2", "blocks/up"} <= set(repeats)


LLAMA_8B = {"depth": 32, "width": 4096, "heads": 32, "kv_heads": 8, "hidden": 14336, "vocabulary": 128256}


def llama_macs(tokens: int, context: int, depth: int, width: int, heads: int, kv_heads: int, **sizes: int) -> int:
    """MACs of ``tokens`` new tokens of one sequence that attend to ``context``, logits of the last."""
    projections = 2 * width**2 + 2 * width * (width // heads) * kv_heads
    attention = 2 * context * width
    return depth * tokens * (projections + attention + 3 * width * sizes["hidden"]) + width * sizes["vocabulary"]


@pytest.mark.parametrize(("tokens", "batch"), [(512, 1), (1, 4)], ids=["prefill", "decode step"])
def test_llama_in_closed_form(tokens: int, batch: int):
    context, sizes = 2048, LLAMA_8B
    head = sizes["width"] // sizes["heads"]
    net = from_jax(
        llama,
        llama_shapes(**sizes),
        jax.ShapeDtypeStruct((batch, tokens), jnp.int32),
        llama_cache(sizes["depth"], batch, context, sizes["kv_heads"], head),
        jax.ShapeDtypeStruct((), jnp.int32),
    )
    assert net.macs == batch * llama_macs(tokens, context, **sizes)
    layers = by_name(net)
    heads, grouped = sizes["kv_heads"], sizes["heads"] // sizes["kv_heads"]
    scores = layers["attention/product"]
    assert (scores.kind, scores.G, scores.M, scores.C) == ("attention", batch * heads, context, head)
    assert grouped * tokens == scores.N
    assert layers["layers/31/gate"].shape == f"14336x4096 · 4096x{batch * tokens}"
    assert layers["layers/0/q"].weights == 4096 * 4096
    assert net.inferences == batch


def test_37_thousand_million_parameters_are_walked_in_seconds():
    sizes = {"depth": 68, "width": 6144, "heads": 48, "kv_heads": 8, "hidden": 24576, "vocabulary": 100_000}
    start = time.thread_time()
    net = from_jax(
        llama,
        llama_shapes(**sizes),
        jax.ShapeDtypeStruct((1, 1), jnp.int32),
        llama_cache(sizes["depth"], 1, 4096, 8, 128),
        jax.ShapeDtypeStruct((), jnp.int32),
    )
    assert net.weights > 37 * 10**9
    assert time.thread_time() - start < 20


def test_nnx_layers_in_a_scan_are_named_by_their_parameters():
    class Stack(nnx.Module):
        def __init__(self, rngs: nnx.Rngs) -> None:
            self.layers = nnx.vmap(lambda rngs: nnx.Linear(8, 8, rngs=rngs))(rngs.split(5))

        def __call__(self, x: jax.Array) -> jax.Array:
            return nnx.scan(lambda layer, x: layer(x), in_axes=(0, nnx.Carry), out_axes=nnx.Carry)(self.layers, x)

    net = from_jax(nnx.eval_shape(lambda: Stack(nnx.Rngs(0))), jax.ShapeDtypeStruct((2, 8), jnp.float32))
    (layer,) = net.layers
    assert (layer.repeat, layer.shape) == (5, "8x8 · 8x2 ×5")
    assert "Linear" in layer.name or "layers" in layer.name


def test_a_bound_linen_module_keeps_its_variables():
    model = nn.Dense(4)
    bound = model.bind(model.init(jax.random.key(0), jnp.ones((2, 3))))
    assert from_jax(bound, jax.ShapeDtypeStruct((5, 3), jnp.float32)).layers[0].shape == "4x3 · 3x5"


def test_the_classes_of_a_traced_nnx_model_are_left_as_they_were():
    before = nnx.Linear.__call__
    from_jax(nnx.Linear(3, 4, rngs=nnx.Rngs(0)), jax.ShapeDtypeStruct((2, 3), jnp.float32))
    assert nnx.Linear.__call__ is before
