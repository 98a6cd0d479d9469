"""Raw and compressed data in one evaluation: dense results untouched, the better form taken, laws in the density."""

import itertools
import math
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import pytest

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.presets import eyeriss_v1_5, eyeriss_v2
from eyeriss_jax.layers import Layer, Network, Sparsity
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.search.mapping import evaluate_exactly, map_network

V2 = eyeriss_v2()
PW = Layer(name="PW", M=256, C=256, E=8, F=8)
SPLIT = Mapping(
    glb=Dims(M=256, C=256, E=8, F=8),
    spad=Dims(M=16, C=11, E=8, F=2),
    cluster_rows=Dims(C=8),
    cluster_cols=Dims(M=2),
    pe_rows=Dims(C=3),
    pe_cols=Dims(F=4),
)
DW = Layer.depthwise("DW", 64, 16, 3, padding="same")
DW_SPLIT = Mapping(
    glb=Dims(G=64, E=16, F=16, R=3, S=3), spad=Dims(E=16, R=3, F=4), cluster_rows=Dims(G=8), pe_rows=Dims(S=3),
    pe_cols=Dims(F=4),
)  # fmt: skip


def found(sparsity: Sparsity, machine: Accelerator = V2, layer: Layer = PW, mapping: Mapping = SPLIT) -> Evaluation:
    return evaluate_exactly(machine, replace(layer, sparsity=sparsity), mapping)


def pe(**changes: object) -> Accelerator:
    assert V2.sparse_pe
    return V2.replace(sparse_pe=replace(V2.sparse_pe, **changes))


def test_a_dense_layer_is_computed_as_on_a_machine_without_sparse_pes() -> None:
    assert found(Sparsity()) == found(Sparsity(), V2.replace(sparse_pe=None))


def test_a_dense_machine_spends_a_cycle_on_every_zero_and_energy_on_none() -> None:
    v1_5 = eyeriss_v1_5()
    mapping = replace(SPLIT, spad=Dims(M=16, C=11, E=8, F=2))
    dense, sparse = (found(s, v1_5, mapping=mapping) for s in (Sparsity(), Sparsity(iact=0.25)))
    assert sparse.cycles == dense.cycles
    assert sparse.energy.mac == dense.energy.mac / 4
    assert sparse.spad.weight.reads == dense.spad.weight.reads / 4
    assert sparse.spad.iact == dense.spad.iact
    assert sparse.dram == dense.dram


def test_depthwise_layers_skip_nothing() -> None:
    # JETCAS 2019: CSC finds no cycle to skip where a column is one weight.
    dense, sparse = (found(s, layer=DW, mapping=DW_SPLIT) for s in (Sparsity(), Sparsity(iact=0.3, weight=0.9)))
    assert sparse.cycles == dense.cycles
    assert not sparse.compressed


def test_a_compressed_iact_is_fetched_once_for_a_column_of_weights() -> None:
    # JETCAS 2019, section IV: fetched, then taken through the M0 weights of its column. A pair of 12 b is 1.5 words.
    sparse = found(Sparsity(iact=0.25, weight=0.25))
    assert sparse.compressed
    columns = PW.macs / SPLIT.spad.M
    assert sparse.spad.iact.reads == pytest.approx(columns * 0.25 * 12 / 8)


def test_compressed_weights_are_read_as_pairs() -> None:
    sparse = found(Sparsity(iact=0.25, weight=0.25))
    assert sparse.spad.weight.reads >= PW.macs * 0.25 * 0.25 * 12 / 8


def test_raw_mode_is_taken_where_compression_does_not_pay() -> None:
    nearly = found(Sparsity(iact=0.999, weight=0.999))
    assert not nearly.compressed
    assert nearly.cycles.total == found(Sparsity()).cycles.total
    forced = found(Sparsity(iact=0.999, weight=0.999), pe(raw_mode=False))
    assert forced.compressed
    assert forced.cycles.total > nearly.cycles.total


@pytest.mark.parametrize("density", [0.1, 0.4, 0.7, 0.9])
def test_the_better_form_is_never_worse_than_either(density: float) -> None:
    sparsity = Sparsity.trained(iact=density, weight=density)
    chosen = found(sparsity).cycles.total
    only_raw, only_compressed = found(sparsity, V2.replace(sparse_pe=None)), found(sparsity, pe(raw_mode=False))
    assert chosen == pytest.approx(min(only_raw.cycles.total, only_compressed.cycles.total), rel=1e-12)


def test_compute_of_one_lane_is_the_effectual_macs() -> None:
    # Without a second lane to fill, every multiplication of two nonzeros takes one cycle: Sparseloop's ground truth.
    layer, one = replace(PW, C=264), V2.replace(lanes=1)
    mapping = replace(SPLIT, glb=Dims(M=256, C=264, E=8, F=8))
    result = found(Sparsity(iact=0.5, weight=0.25), one, layer, mapping)
    assert result.cycles.compute == pytest.approx(layer.macs * 0.125 / 192, rel=1e-12)
    assert result.work == layer.macs * 0.125


def test_no_lane_does_two_things_at_once() -> None:
    for density in (0.1, 0.5, 0.9):
        result = found(Sparsity(iact=density, weight=density))
        assert 0 < result.utilization <= 1
        assert result.cycles.compute * V2.macs_per_cycle >= result.work


def test_the_parts_add_up_to_the_total() -> None:
    cycles = found(Sparsity.trained(iact=0.5, weight=0.5)).cycles
    assert cycles.waiting > 0
    parts = cycles.compute + cycles.chain + cycles.waiting + cycles.exposed + cycles.ramp
    assert cycles.total == pytest.approx(parts, rel=1e-12)


def test_fewer_nonzeros_take_fewer_cycles_and_less_of_everything_that_moves() -> None:
    results = [found(Sparsity.trained(iact=d, weight=d)) for d in (0.2, 0.35, 0.5, 0.65)]
    for less, more in itertools.pairwise(results):
        assert less.cycles.total < more.cycles.total
        assert less.energy.total < more.energy.total
        assert less.dram.weight.reads < more.dram.weight.reads
        assert less.noc.iact < more.noc.iact


def test_a_pair_is_one_and_a_half_words_and_a_column_has_an_address() -> None:
    # One weight in two, never an odd column out: with one lane no padding, 12 b a pair and 7 b a column of 16.
    dense, sparse = found(Sparsity()), found(Sparsity(weight=0.5), V2.replace(lanes=1))
    assert sparse.dram.weight.reads / dense.dram.weight.reads == pytest.approx((0.5 * 12 + 7 / 16) / 8, rel=1e-3)


def test_channels_that_differ_make_pes_wait() -> None:
    even, uneven = (found(Sparsity(iact=0.5, weight=0.5, iact_correlation=c)).cycles for c in (0.0, 0.5))
    assert uneven.compute == even.compute
    assert uneven.waiting > even.waiting


def test_a_compressed_tile_may_exceed_the_spad_nominally() -> None:
    # JETCAS 2019: M0·C0·S up to 512 while the compressed worst case fits the 192 pairs.
    tile = replace(SPLIT, spad=Dims(M=32, C=11, E=8, F=2))
    assert found(Sparsity(weight=0.3), mapping=tile).code == 0
    network = Network(name="n", layers=(replace(PW, sparsity=Sparsity(weight=0.8)),), source="s")
    said = r"352 words needed, 192 there; compressed 3\d\d pairs in the largest tile, 192 there"
    with pytest.raises(SpecError, match=said):
        map_network(network, V2, mappings={"PW": tile})


@jit_unfused
@jax.value_and_grad
def _total_and_slopes(sparsity: SparsityArrays) -> jax.Array:
    layer = PW.build().replace(sparsity=sparsity)
    return evaluate(V2.build(), layer, SPLIT.build()).cycles.total


def test_gradients_in_the_densities_are_finite_everywhere_and_right_inside() -> None:
    for density in (0.0, 0.3, 0.5, 1.0):
        _, gradient = _total_and_slopes(SparsityArrays(*map(jnp.float32, (density, density, density, 0.5, 0.04))))
        assert all(math.isfinite(leaf) for leaf in jax.tree.leaves(gradient))
    with jax.enable_x64(True):
        make = partial(SparsityArrays, oact=jnp.float64(1), iact_correlation=jnp.float64(0.5))
        point = make(iact=jnp.float64(0.5), weight=jnp.float64(0.4), weight_correlation=jnp.float64(0.04))
        (_, gradient), step = _total_and_slopes(point), 1e-6
        for name in ("iact", "weight"):
            above, below = (
                _total_and_slopes(point.replace(**{name: getattr(point, name) + sign * step}))[0] for sign in (1, -1)
            )
            assert getattr(gradient, name) == pytest.approx(float(above - below) / (2 * step), rel=1e-4)
