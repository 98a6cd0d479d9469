"""MAC and weight counts of the networks against the literature. Weights exclude biases and normalisation."""

import dataclasses
from itertools import pairwise

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import NETWORKS, Layer, Network, network
from eyeriss_jax.layers.networks.squeezenet import squeezenet1_0, squeezenet1_1

M, G = 10**6, 10**9
CNNS = [name for name in NETWORKS if all(layer.operation == "conv" for layer in network(name).layers)]


def layer_of(net: Network, name: str) -> Layer:
    return next(layer for layer in net.layers if layer.name == name)


@pytest.mark.parametrize(
    ("name", "macs", "unit"),
    [
        pytest.param("alexnet", 724.4, M, id="alexnet: JETCAS 2019 Table VI"),
        pytest.param("vgg16", 15.47, G, id="vgg16: torchvision 15.470 GMAC"),
        pytest.param("resnet50", 4.089, G, id="resnet50 v1.5: torchvision 4.089 GMAC"),
        pytest.param("resnet50_v1", 3.86, G, id="resnet50 v1: Netscope 3.86 GMAC (He 2016: 3.8e9)"),
        pytest.param("inception_v3", 5.713, G, id="inception_v3: torchvision 5.713 GMAC"),
        pytest.param("mobilenet_v1", 569, M, id="mobilenet_v1: Howard 2017 Table 4"),
        pytest.param("mobilenet_v1_0.75_224", 325, M, id="mobilenet_v1 0.75: Howard 2017 Table 6"),
        pytest.param("mobilenet_v1_0.5_224", 149, M, id="mobilenet_v1 0.5: Howard 2017 Table 6"),
        pytest.param("mobilenet_v1_0.25_224", 41, M, id="mobilenet_v1 0.25: Howard 2017 Table 6"),
        pytest.param("mobilenet_v1_1.0_192", 418, M, id="mobilenet_v1 192: Howard 2017 Table 7"),
        pytest.param("mobilenet_v1_1.0_160", 290, M, id="mobilenet_v1 160: Howard 2017 Table 7"),
        pytest.param("mobilenet_v1_1.0_128", 186, M, id="mobilenet_v1 128: Howard 2017 Table 7"),
        pytest.param("mobilenet_v1_0.5_128", 49.2, M, id="mobilenet_v1 0.5-128: JETCAS 2019 Table VI"),
        pytest.param("mobilenet_v2", 0.301, G, id="mobilenet_v2: torchvision 0.301 GMAC"),
        pytest.param("mobilenet_v2_1.4_224", 582, M, id="mobilenet_v2 1.4: TF-slim"),
        pytest.param("mobilenet_v2_1.3_224", 509, M, id="mobilenet_v2 1.3: TF-slim"),
        pytest.param("mobilenet_v2_0.75_224", 209, M, id="mobilenet_v2 0.75: TF-slim"),
        pytest.param("mobilenet_v2_0.5_224", 97, M, id="mobilenet_v2 0.5: TF-slim"),
        pytest.param("mobilenet_v2_0.35_224", 59, M, id="mobilenet_v2 0.35: TF-slim"),
        pytest.param("mobilenet_v2_1.0_192", 221, M, id="mobilenet_v2 192: TF-slim"),
        pytest.param("mobilenet_v2_1.0_96", 56, M, id="mobilenet_v2 96: TF-slim"),
    ],
)
def test_macs_round_to_the_published_digits(name: str, macs: float, unit: int):
    digits = len(str(macs).partition(".")[2])
    # Published figures are rounded or cut off: one unit of the last digit.
    assert abs(network(name).macs / unit - macs) < 10**-digits


@pytest.mark.parametrize(
    ("name", "macs"),
    [
        ("alexnet", 724_406_816),
        ("googlenet", 1_582_671_872),
        ("mobilenet_v1_0.5_128", 49_160_192),
        ("mobilenet_v1", 568_740_352),
    ],
)
def test_macs_exactly(name: str, macs: int):
    assert network(name).macs == macs


@pytest.mark.parametrize(
    ("name", "parameters", "others"),
    [
        # (published parameters, of which biases and normalisation)
        pytest.param("alexnet", 60_965_224, 10_568, id="alexnet: BVLC Caffe model"),
        pytest.param("googlenet", 6_998_552, 7_280 + 1_000, id="googlenet: BVLC Caffe model"),
        pytest.param("vgg16", 138_357_544, 4_224 + 2 * 4_096 + 1_000, id="vgg16: torchvision"),
        pytest.param("resnet50", 25_557_032, 2 * 26_560 + 1_000, id="resnet50: torchvision"),
        pytest.param("squeezenet1.0", 1_248_424, 2_976 + 1_000, id="squeezenet1.0: torchvision"),
        pytest.param("squeezenet1.1", 1_235_496, 2_944 + 1_000, id="squeezenet1.1: torchvision"),
        pytest.param("inception_v3", 23_851_784, 3 * 17_216 + 1_000, id="inception_v3: Keras, no auxiliary head"),
        pytest.param("mobilenet_v1", 4_253_864, 4 * 10_944 + 1_000, id="mobilenet_v1: Keras"),
        pytest.param("mobilenet_v2", 3_504_872, 2 * 17_056 + 1_000, id="mobilenet_v2: torchvision"),
    ],
)
def test_weights_are_the_published_parameters_less_biases_and_normalisation(name: str, parameters: int, others: int):
    assert network(name).weights == parameters - others


def test_normalisation_parameters_are_counted_from_the_channels():
    # The numbers subtracted above: per output channel a bias; or scale and shift (and mean and variance in Keras).
    channels = {
        "alexnet": 9_568,
        "googlenet": 7_280,
        "resnet50": 26_560,
        "inception_v3": 17_216,
        "mobilenet_v1": 10_944,
        "mobilenet_v2": 17_056,
    }
    for name, count in channels.items():
        assert sum(layer.G * layer.M for layer in network(name).layers[:-1]) == count


@pytest.mark.parametrize(
    ("net", "gmacs"),
    [
        pytest.param(squeezenet1_0(224), 0.819, id="squeezenet1.0: torchvision at 224"),
        pytest.param(squeezenet1_1(224), 0.349, id="squeezenet1.1: torchvision at 224"),
    ],
)
def test_squeezenet_at_224(net: Network, gmacs: float):
    assert round(net.macs / G, 3) == gmacs


def test_squeezenet_1_0_as_released_for_caffe_computes_1_72_gflop():
    net = network("squeezenet1.0")
    assert layer_of(net, "CONV1").E == 111  # the paper's Table 1
    conv10 = layer_of(net, "CONV10")
    padded = dataclasses.replace(conv10, E=15, F=15, padding=((1, 1), (1, 1)))
    assert round(2 * (net.macs - conv10.macs + padded.macs) / G, 2) == 1.72  # the repository's table


# The "ops" column of Szegedy et al., CVPR 2015, Table 1, in millions. It is rounded loosely: 5a's 54 is really 51.1.
GOOGLENET_OPS = {
    "CONV2": 360,
    "3a": 128,
    "3b": 304,
    "4a": 73,
    "4b": 88,
    "4c": 100,
    "4d": 119,
    "4e": 170,
    "5a": 54,
    "5b": 71,
}


@pytest.mark.parametrize("module", GOOGLENET_OPS)
def test_googlenet_modules(module: str):
    macs = sum(layer.macs for layer in network("googlenet").layers if layer.name.startswith(module))
    assert macs / M == pytest.approx(GOOGLENET_OPS[module], rel=0.06)


@pytest.mark.parametrize("name", CNNS)
def test_feature_maps_shrink_from_the_image_to_the_classes(name: str):
    layers = network(name).layers
    assert layers[0].G * layers[0].C == 3
    assert layers[-1].G * layers[-1].M == 1000
    assert all(after.input_hw[0] <= before.input_hw[0] for before, after in pairwise(layers))


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "mobilenet_v1", "mobilenet_v1_0.35_128", "mobilenet_v2"])
def test_a_chain_passes_on_its_channels(name: str):
    assert all(after.G * after.C == before.G * before.M for before, after in pairwise(network(name).layers))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_a_source_and_a_name_that_resolves_to_it(name: str):
    net = network(name)
    assert net.source
    assert network(net.name) == net


@pytest.mark.parametrize("name", NETWORKS)
def test_batch_reaches_every_layer(name: str):
    one, three = network(name), network(name, batch=3)
    assert three.inferences == 3
    assert name not in CNNS or all(layer.N == 3 for layer in three.layers)
    assert three.macs == 3 * one.macs
    assert three.weights == one.weights


def test_a_network_needs_layers_with_names_of_their_own():
    layer = Layer.fully_connected("FC", 2, 3)
    with pytest.raises(SpecError, match="has no layers; give at least one"):
        Network(name="n", layers=(), source="s")
    with pytest.raises(SpecError, match="several layers called 'FC'; give each its own name"):
        Network(name="n", layers=(layer, layer), source="s")


def test_repeats_count_and_attention_has_no_weights():
    block = dataclasses.replace(Layer.matmul("mlp", 4, 5, 6), repeat=3)
    heads = dataclasses.replace(Layer.attention("heads", 7, 8, 9, groups=2), repeat=3)
    net = Network(name="toy", layers=(block, heads), source="made up", batch=2)
    assert net.macs == 3 * (4 * 5 * 6 + 2 * 7 * 8 * 9)
    assert net.weights == 3 * 4 * 5
    assert net.inferences == 2


def test_by_default_the_first_layer_says_how_many_inferences_a_run_has():
    assert network("alexnet", 4).inferences == 4
    with pytest.raises(SpecError, match="batch = 0 is below 1"):
        Network(name="toy", layers=(Layer.matmul("a", 1, 1, 1),), source="made up", batch=0)
