"""Transformers: MACs against closed forms and the literature, weights against the published parameter counts."""

import dataclasses

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.networks.transformer import GPT2, LLAMA2_7B, LLAMA3_8B

G, M = 10**9, 10**6


def encoder_macs(blocks: int, width: int, tokens: int) -> int:
    """A block with a feed-forward part four times as wide: 12 T d² in products with weights, 2 T² d in attention."""
    return blocks * (12 * tokens * width**2 + 2 * tokens**2 * width)


def test_vit_b16():
    net = network("vit_b16")
    assert net.macs == encoder_macs(12, 768, 197) + 196 * 768 * 3 * 16**2 + 768 * 1000
    assert net.macs / G == pytest.approx(17.56, abs=0.01)  # torchvision: 17.56 GFLOPS (of multiply-accumulates)
    # 86.6 M parameters (torchvision), of which 0.2 M are biases, norms, the class token and position embeddings.
    assert net.weights / M == pytest.approx(86.57 - 0.28, abs=0.02)


@pytest.mark.parametrize("tokens", [1, 128, 384, 512])
def test_bert_base(tokens):
    net = network(f"bert_base_{tokens}")
    assert net.macs == encoder_macs(12, 768, tokens)
    assert net.weights == 12 * 12 * 768**2


@pytest.mark.parametrize("context", [1, 100, 1024])
def test_decoding_gpt2_is_one_token_that_attends_to_all(context):
    net = network(f"gpt2_decode_{context}")
    attention = 12 * 2 * context * 768
    assert net.macs == net.weights + attention
    # 124 M parameters less positions (0.8 M), biases and norms: every weight is used once per word.
    assert net.weights / M == pytest.approx(123.5, abs=0.1)


def test_reading_a_prompt_is_all_tokens_but_one_word():
    net = network("gpt2_prefill_64")
    assert net.macs == encoder_macs(12, 768, 64) + 768 * 50257


@pytest.mark.parametrize(
    ("name", "model", "parameters"),
    [("llama2_7b_decode", LLAMA2_7B, 6.738), ("llama3_8b_decode", LLAMA3_8B, 8.03)],
)
def test_llama_has_its_published_parameters(name, model, parameters):
    """Published counts include the table of embeddings, as large as the last product, and the norms (0.3 M)."""
    net = network(name)
    assert (net.weights + model.outputs * model.width) / G == pytest.approx(parameters, abs=0.001)


def test_query_heads_that_share_keys_are_columns_of_one_product():
    scores = next(layer for layer in network("llama3_8b_decode_512", batch=3).layers if layer.name == "scores")
    assert scores == dataclasses.replace(Layer.attention("scores", M=512, K=128, N=4, groups=8 * 3), repeat=32)
    assert scores.product == {"M": 512, "K": 128, "N": 4, "groups": 24}
    assert scores.shape == "512x128 · 128x4 g24 ×32"


def test_sequences_of_a_batch_share_weights_but_no_keys():
    one, four = network("gpt2_decode_64"), network("gpt2_decode_64", batch=4)
    assert four.macs == 4 * one.macs
    assert four.weights == one.weights
    assert four.inferences == 4
    assert GPT2.layers(1, 64, 4, 1)[1].G == 4 * 12


@pytest.mark.parametrize("name", ["bert_base_0", "gpt2_decode_4000000000", "gpt2_decode_x", "bert_base_" + "9" * 5000])
def test_bad_lengths(name):
    with pytest.raises(SpecError):
        network(name)
