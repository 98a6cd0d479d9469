"""Networks by name: what resolves, and what a misspelling is told."""

from typing import Any

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import NETWORKS, network
from eyeriss_jax.layers.networks.mobilenet_v1 import mobilenet_v1
from eyeriss_jax.layers.networks.mobilenet_v2 import mobilenet_v2


def test_canonical_names():
    assert {"alexnet", "vgg16", "googlenet", "resnet50", "squeezenet1.0", "squeezenet1.1"} <= set(NETWORKS)
    assert {"inception_v3", "mobilenet_v1", "mobilenet_v1_0.5_128", "mobilenet_v2"} <= set(NETWORKS)


@pytest.mark.parametrize(
    ("short", "long"), [("mobilenet_v1", "mobilenet_v1_1.0_224"), ("mobilenet_v2", "mobilenet_v2_1_224")]
)
def test_a_bare_mobilenet_is_1_0_224(short: str, long: str):
    assert network(short) == network(long)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("alexnt", "network 'alexnt' is not known; did you mean 'alexnet'? Known: alexnet, alexnet_natural,"),
        ("AlexNet", "did you mean 'alexnet'"),
        ("resnet-50", "did you mean 'resnet50'"),
        ("mobilenet_v3", "did you mean 'mobilenet_v"),
        ("mobilenet_v1_0.5", "mobilenet_v1_<width>_<resolution>"),
        ("", "network '' is not known"),
        ("mobilenet_v1_half_128", "width multiplier 'half' must be a number; write e.g. mobilenet_v1_0.5_128"),
        ("mobilenet_v1_-1_128", "width multiplier '-1' must be a number"),
        ("mobilenet_v1_nan_128", "width multiplier 'nan' must be a number"),
        ("mobilenet_v2_0.5_128px", "resolution '128px' must be an integer; write e.g. mobilenet_v2_0.5_128"),
        ("mobilenet_v2_224_1.0", "resolution '1.0' must be an integer"),
        ("mobilenet_v1_0_128", "mobilenet_v1: width multiplier 0.0 must be a positive number"),
        ("mobilenet_v1_0.5_31", "mobilenet_v1: resolution = 31 is below 32"),
        ("mobilenet_v1_0.5_5000000000", "resolution = 5000000000 does not fit in 32 bits; the largest is 2147483647"),
        ("bert_base_9999999999", "tokens = 9999999999 does not fit in 32 bits; the largest is 2147483647"),
        (f"gpt2_decode_{'9' * 5000}", "tokens = 999999999999999999999999... (5000 digits) does not fit in 32 bits"),
    ],
)
def test_bad_names(name: str, message: str):
    with pytest.raises(SpecError) as error:
        network(name)
    assert message in str(error.value)


@pytest.mark.parametrize("batch", [0, -1, 1.0, True])
def test_bad_batch(batch: Any):
    with pytest.raises(SpecError, match="network 'alexnet': batch = "):
        network("alexnet", batch)


@pytest.mark.parametrize("family", [mobilenet_v1, mobilenet_v2])
@pytest.mark.parametrize("knobs", [{"width": True}, {"width": float("inf")}, {"width": "1"}, {"resolution": 224.0}])
def test_bad_knobs(family: Any, knobs: dict[str, Any]):
    with pytest.raises(SpecError, match=f"{family.__name__}: "):
        family(**knobs)


def test_mobilenet_v2_channels_are_multiples_of_eight():
    for width in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4):
        layers = mobilenet_v2(width).layers[:-1]
        assert all(layer.G * layer.M % 8 == 0 for layer in layers)


def test_mobilenet_v2_last_features_never_shrink():
    assert mobilenet_v2(0.35).layers[-1].C == 1280
    assert mobilenet_v2(1.4).layers[-1].C == 1792


@pytest.mark.parametrize(
    ("name", "batch", "largest"),
    [("alexnet", 10**12, 2**31 - 1), ("alexnet", 2**31, 2**31 - 1), ("bert_base_512", 2 * 10**9, (2**31 - 1) // 512)],
)
def test_a_batch_too_large_is_refused_with_the_largest(name, batch, largest):
    with pytest.raises(
        SpecError, match=rf"network '{name}': batch = {batch} is too large; the largest batch is {largest}$"
    ):
        network(name, batch=batch)
    assert network(name, batch=largest).inferences == largest


def test_a_wrong_name_is_told_before_a_batch_too_large():
    with pytest.raises(SpecError, match="tokens = 0 is below 1"):
        network("bert_base_0", batch=2 * 10**9)
