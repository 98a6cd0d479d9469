"""Layer shapes against the tables of published figures."""

import csv
from pathlib import Path

import pytest

from eyeriss_jax.layers import Layer, network

TESTS = Path(__file__).resolve().parents[1]
MOBILENET = TESTS / "data" / "sparseloop" / "sparseloop_fig12_eyerissv2_pe_mobilenet05_128.csv"
ALEXNET = TESTS.parent / "eyeriss_jax" / "published" / "data" / "eyeriss_v1_alexnet.csv"

# The papers write C, M of all groups together; depthwise layers count each channel once.
KIND = {"conv": "conv", "dw": "depthwise", "pw": "pointwise", "fc": "fc"}


def published_columns(layer: Layer) -> tuple[int, ...]:
    return (layer.G * layer.C, layer.G * layer.M, layer.E, layer.F, layer.R, layer.S, *set(layer.stride))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_all_layers_of_mobilenet_05_128():
    rows = rows_of(MOBILENET)
    layers = network("mobilenet_v1_0.5_128").layers
    assert len(layers) == len(rows) == 28
    for layer, row in zip(layers, rows, strict=True):
        assert layer.name == row["name"]
        assert layer.kind == KIND[row["type"]]
        assert published_columns(layer) == tuple(int(row[key]) for key in ("C", "M", "E", "F", "R", "S", "stride"))
        assert layer.macs == int(row["dense_macs"])
        assert layer.weights == int(row["weight_elems"])


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        # (C, M, E, F, R, S, stride), Sparseloop MICRO 2022 Fig 12
        ("CONV1", (3, 16, 64, 64, 3, 3, 2)),
        ("block1-DW", (16, 16, 64, 64, 3, 3, 1)),
        ("block1-PW", (16, 32, 64, 64, 1, 1, 1)),
        ("block2-DW", (32, 32, 32, 32, 3, 3, 2)),
        ("block12-DW", (256, 256, 4, 4, 3, 3, 2)),
        ("block13-DW", (512, 512, 4, 4, 3, 3, 1)),
        ("block13-PW", (512, 512, 4, 4, 1, 1, 1)),
        ("FC", (512, 1000, 1, 1, 1, 1, 1)),
    ],
)
def test_some_layers_of_mobilenet_05_128(name: str, columns: tuple[int, ...]):
    layers = {layer.name: layer for layer in network("mobilenet_v1_0.5_128").layers}
    assert published_columns(layers[name]) == columns


def test_alexnet_conv_layers_as_eyeriss_ran_them():
    layers = {layer.name: layer for layer in network("alexnet", batch=4).layers}
    for row in (row for row in rows_of(ALEXNET) if row["layer"].startswith("CONV")):
        layer = layers[row["layer"]]
        published = tuple(int(row[key]) for key in ("groups", "C_per_group", "R", "E", "U", "H_padded"))
        assert published == (layer.G, layer.C, layer.R, layer.E, layer.stride[0], layer.padded_span[0])
        assert abs(layer.macs / 1e6 - float(row["MACs_M_batch4"])) < 0.15
        assert abs(layer.weights / 1e3 - float(row["weights_k"])) < 0.1


@pytest.mark.parametrize(
    ("name", "batch", "macs", "tolerance"),
    [
        pytest.param("alexnet", 4, 2663e6, 0.5e6, id="AlexNet CONV, N=4: ISSCC 2016"),
        pytest.param("vgg16", 3, 46.04e9, 0.005e9, id="VGG-16 CONV, N=3: JSSC 2017"),
    ],
)
def test_conv_layers_of_the_first_chip(name: str, batch: int, macs: float, tolerance: float):
    conv = [layer for layer in network(name, batch).layers if layer.name.startswith("CONV")]
    assert abs(sum(layer.macs for layer in conv) - macs) < tolerance


# H (padded), R, E, C, M, U per group, groups: ISCA 2016 Table II.
ISCA16 = {
    "CONV1": (227, 11, 55, 3, 96, 4, 1),
    "CONV2": (31, 5, 27, 48, 256, 1, 2),
    "CONV3": (15, 3, 13, 256, 384, 1, 1),
    "CONV4": (15, 3, 13, 192, 384, 1, 2),
    "CONV5": (15, 3, 13, 192, 256, 1, 2),
    "FC6": (6, 6, 1, 256, 4096, 1, 1),
    "FC7": (1, 1, 1, 4096, 4096, 1, 1),
    "FC8": (1, 1, 1, 4096, 1000, 1, 1),
}


def test_alexnet_shapes_of_isca16():
    layers = network("alexnet").layers
    assert [layer.name for layer in layers] == list(ISCA16)
    for layer in layers:
        span, stride = layer.padded_span[0], layer.stride[0]
        assert (span, layer.R, layer.E, layer.C, layer.G * layer.M, stride, layer.G) == ISCA16[layer.name]
