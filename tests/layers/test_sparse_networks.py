"""The sparse networks: their published totals, and what was assumed where a density is not published."""

import csv
import math
from pathlib import Path

import pytest

from eyeriss_jax.layers import network
from eyeriss_jax.layers.networks.sparse_alexnet import alexnet_sparse
from eyeriss_jax.layers.networks.sparse_mobilenet import EFFECTUAL, WEIGHT_SHARE, densities

FILE = Path(__file__).parents[1] / "data" / "sparseloop" / "sparseloop_fig12_eyerissv2_pe_mobilenet05_128.csv"


with FILE.open() as _file:
    TRUTH = {row["name"]: row for row in csv.DictReader(_file)}


def effectual(name):
    return sum(layer.macs * layer.sparsity.iact * layer.sparsity.weight for layer in network(name).layers)


def test_mobilenet_has_the_shares_of_the_ground_truth():
    for layer in network("mobilenet_v1_0.5_128_sparse").layers:
        share, truth = layer.sparsity.iact * layer.sparsity.weight, float(TRUTH[layer.name]["gt_over_dense"])
        if layer.kind == "depthwise":  # the PE skips nothing there
            assert share == 1
        elif TRUTH[layer.name]["iact_density"]:
            # Active channels have more weights than others: the product of the two densities is up to 6.5 % less.
            assert 0.93 * truth < share < truth, layer.name
        else:
            assert share == pytest.approx(truth, rel=1e-12), layer.name


def test_mobilenets_known_factors_are_the_published_ones():
    for row in TRUTH.values():
        if row["iact_density"] and row["type"] == "pw":
            assert densities(row["name"]) == (float(row["weight_density"]), float(row["iact_density"]))


def test_unknown_shares_are_split_as_the_known_ones_are_on_average():
    known = [values for values in EFFECTUAL.values() if len(values) == 3]
    assert len(known) == 8
    parts = [math.log(weight) / math.log(weight * iact) for _, weight, iact in known]
    assert sum(parts) / len(parts) == pytest.approx(WEIGHT_SHARE, abs=0.005)


def test_the_unpruned_mobilenet_has_the_same_iacts_and_dense_weights():
    pruned, natural = (network(f"mobilenet_v1_0.5_128_{kind}") for kind in ("sparse", "natural"))
    assert [layer.sparsity.iact for layer in natural.layers] == [layer.sparsity.iact for layer in pruned.layers]
    assert {layer.sparsity.weight for layer in natural.layers} == {1.0}


def test_pruned_alexnet_has_the_published_totals():
    # Yang et al., CVPR 2017: 5.73 M nonzero weights, 0.56e8 MACs that are not skipped.
    layers = network("alexnet_sparse").layers
    assert sum(layer.weights * layer.sparsity.weight for layer in layers) == pytest.approx(5.73e6, rel=0.005)
    assert effectual("alexnet_sparse") == pytest.approx(0.56e8, rel=0.005)


def test_densities_of_alexnet_can_be_chosen():
    layers = {layer.name: layer.sparsity.weight for layer in alexnet_sparse(conv=0.4, fc=0.2).layers}
    assert (layers["CONV3"], layers["FC7"]) == (0.4, 0.2)


@pytest.mark.parametrize(
    ("name", "dense"),
    [
        ("alexnet_natural", "alexnet"),
        ("alexnet_sparse", "alexnet"),
        ("mobilenet_v1_0.5_128_natural", "mobilenet_v1_0.5_128"),
        ("mobilenet_v1_0.5_128_sparse", "mobilenet_v1_0.5_128"),
    ],
)
def test_shapes_are_those_of_the_dense_network(name, dense):
    assert network(name).macs == network(dense).macs
    assert network(name).with_sparsity({layer.name: layer.sparsity for layer in network(dense).layers}).layers == (
        network(dense).layers
    )
    assert network(dense).layers[0].sparsity.is_dense
