"""The Eyeriss v2 PE on sparse MobileNet 0.5-128, against Sparseloop's published ground truth: tolerance zero.

Source: the artifact of Sparseloop (MICRO 2022): cycles of a PE with one MAC per cycle, masks of four pointwise layers.
"""

import csv
import hashlib
import json
from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest

from eyeriss_jax.functional.sparse import ArraySplit, array_work, column_words, real_masks
from eyeriss_jax.functional.sparse.csc_fit import worst_tile_pairs
from eyeriss_jax.functional.sparse.pe import run_pe
from eyeriss_jax.functional.sparse.pe_design import PeDesign
from eyeriss_jax.functional.sparse.pe_tile import PeTile, pe_streams
from eyeriss_jax.layers import network
from tests.quick import LITTLE_EFFORT

DATA = Path(__file__).resolve().parents[1] / "data" / "sparseloop"


def table(name):
    with open(DATA / name, newline="") as file:
        return list(csv.DictReader(file))


LAYERS = {row["layer"]: row for row in table("sparseloop_fig12_eyerissv2_pe_mobilenet05_128.csv")}
CHANNELS = table("sparseloop_channel_nnz_4layers.csv")
SIMD = table("sparseloop_simd2_stats_4layers.csv")
MASK_DIGESTS = json.loads((DATA / "mask_digests.json").read_text())
MASKED = sorted(real_masks())
# Nonzero weights of the depthwise layers that are not dense.
DEPTHWISE_NONZEROS = {"L02": 133, "L04": 272, "L06": 501, "L08": 570, "L10": 1058, "L18": 1939}


def effectual_macs(weights, iacts):
    """MACs of two nonzeros: a 1x1 layer's channel pairs every weight with every iact."""
    return int((np.asarray(weights) * np.asarray(iacts)).sum())


def column(layer, name):
    return np.asarray([int(row[name]) for row in CHANNELS if row["layer"] == layer])


def truth(layer):
    return int(LAYERS[layer]["gt_cycles_1mac_pe"])


@pytest.mark.parametrize("layer", MASKED)
def test_the_masks_are_the_published_ones(layer):
    masks = real_masks()[layer]
    for name, mask in (("weights", masks.weights[..., 0, 0]), ("iacts", masks.iacts.reshape(masks.layer.C, -1).T)):
        digits = "".join(mask.astype(int).astype(str).ravel())
        assert hashlib.sha256(digits.encode()).hexdigest() == MASK_DIGESTS[f"{layer}_{name}"]


def test_the_layers_are_those_of_mobilenet():
    for row, layer in zip(LAYERS.values(), network("mobilenet_v1_0.5_128").layers, strict=True):
        assert (int(row["dense_macs"]), int(row["weight_elems"])) == (layer.macs, layer.weights)
    assert sum(int(row["gt_cycles_1mac_pe"]) for row in LAYERS.values()) == 23_781_667


@pytest.mark.parametrize("layer", MASKED)
def test_per_channel_counts_of_the_masks(layer):
    masks = real_masks()[layer]
    assert (masks.weights.sum((0, 2, 3)) == column(layer, "nnz_weight_in_column_all_M")).all()
    assert (masks.iacts.sum((1, 2)) == column(layer, "nnz_iact_all_EF")).all()


@pytest.mark.parametrize("layer", MASKED)
def test_effectual_macs(layer):
    counts = column(layer, "nnz_weight_in_column_all_M"), column(layer, "nnz_iact_all_EF")
    assert effectual_macs(*counts) == truth(layer)
    assert real_masks()[layer].effectual_macs == truth(layer)


@pytest.mark.parametrize("row", SIMD, ids=lambda row: f"{row['layer']}-M0={row['M0']}")
def test_simd2_word_cycles(row):
    layer, M0 = row["layer"], int(row["M0"])
    words = column(layer, f"simd_words_M0_{M0}")
    assert int((words * column(layer, "nnz_iact_all_EF")).sum()) == int(row["word_cycles_simd2"])
    masks = real_masks()[layer]
    columns = column_words(masks.weights, M0, lanes=2)
    assert (columns.sum((0, 2, 3)) == words).all()
    assert array_work(masks, ArraySplit(M0=M0, C0=8)).macs.sum() == int(row["word_cycles_simd2"])
    assert round((columns == 0).mean(), 4) == float(row["empty_column_fraction"])
    assert round(truth(layer) / 2 / int(row["word_cycles_simd2"]), 4) == float(row["simd2_lane_efficiency"])


@pytest.mark.parametrize("row", SIMD, ids=lambda row: f"{row['layer']}-M0={row['M0']}")
def test_worst_case_slots_of_the_weight_spad(row):
    weights = real_masks()[row["layer"]].weights.astype(np.int8)
    for C0 in (4, 8, 16):
        assert worst_tile_pairs(weights, int(row["M0"]), C0) == int(row[f"max_slots_C0_{C0}"])


@partial(jax.jit, static_argnames="tile", compiler_options=LITTLE_EFFORT)
def run_pes(tile, iacts, weights):
    """One PE per row, from psums of zero."""
    zeros = np.zeros((tile.P, tile.M0), np.int32)
    return jax.vmap(lambda i, w: run_pe(tile, pe_streams(tile, i, w), zeros))(iacts, weights)


@pytest.mark.parametrize("layer", MASKED)
def test_the_pipeline_spends_the_word_cycles(layer):
    """Eight PEs of one stretch of M0 = 16 output channels, cycle by cycle, over the first positions of the layer."""
    masks, P = real_masks()[layer], 6
    C0 = 8
    tile = PeTile(M0=16, C0=C0, P=P)
    iacts = masks.iacts.reshape(-1, C0, masks.layer.E * masks.layer.F)[:8, :, :P].astype(np.int8)
    weights = masks.weights[:16, :64, :, 0].reshape(16, 8, C0, 1).swapaxes(0, 1).astype(np.int8)
    run = run_pes(tile, iacts, weights)
    work = array_work(masks, ArraySplit(M0=16, C0=C0, channel_tiles=masks.layer.C // C0)).macs[:P, :8, 0, 0]
    assert (np.asarray(run.words) == work.sum(0)).all()


@pytest.mark.parametrize("layer", [name for name, row in LAYERS.items() if row["type"] == "dw"])
def test_depthwise_rule(layer):
    """Nonzero weights times output positions: iact zeros are not skipped."""
    row = LAYERS[layer]
    nonzeros = DEPTHWISE_NONZEROS.get(layer, int(row["weight_elems"]))
    positions = int(row["E"]) * int(row["F"])
    assert effectual_macs(np.asarray([nonzeros]), np.asarray([positions])) == truth(layer)


def test_depthwise_pe_with_compressed_weights_and_raw_iacts_follows_the_rule():
    tile, generator = PeTile(M0=1, C0=1, S=3, P=16), np.random.default_rng(0)
    iacts = np.where(generator.random((64, 1, 18)) < 0.5, 1, 0).astype(np.int8)
    weights = np.where(generator.random((64, 1, 1, 3)) < 0.8, 1, 0).astype(np.int8)
    streams = jax.vmap(lambda i, w: pe_streams(tile, i, w, raw_iacts=True))(iacts, weights)
    design = PeDesign(skip=False)
    run = jax.vmap(lambda stream: run_pe(tile, stream, np.zeros((16, 1), np.int32), design))(streams)
    assert (np.asarray(run.words) == weights.sum((1, 2, 3)) * 16).all()


def test_conv1_runs_dense():
    assert truth("L01") == int(LAYERS["L01"]["dense_macs"]) == network("mobilenet_v1_0.5_128").layers[0].macs
