"""The PE pipeline: its psums are the convolution, and its cycles follow the published rules."""

import dataclasses
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.csc_format import IACTS, WEIGHTS
from eyeriss_jax.functional.sparse.pe import cycle_limit, run_pe
from eyeriss_jax.functional.sparse.pe_design import PIPELINE_STAGES, PeDesign
from eyeriss_jax.functional.sparse.pe_tile import PeTile, largest_window, pe_streams
from tests.quick import LITTLE_EFFORT

TILES = [
    PeTile(M0=16, C0=8, P=12),  # pointwise
    PeTile(M0=9, C0=3, S=3, U=1, P=7),
    PeTile(M0=12, C0=1, S=11, U=4, P=5),  # AlexNet CONV1: the window ends inside a segment
    PeTile(M0=8, C0=3, S=3, U=2, P=6),
    PeTile(M0=32, C0=2, S=5, P=4),
    PeTile(M0=4, C0=2, S=1, U=2, P=5),  # slides over iacts that no output reads
]
DESIGNS = [PeDesign(), PeDesign(weight_format=dataclasses.replace(WEIGHTS, pairs_per_word=3), lookahead=4)]

CASES = [*((tile, DESIGNS[0]) for tile in TILES), (TILES[2], DESIGNS[1])]


def drawn(generator, shape, density):
    values = generator.integers(-128, 128, shape)
    return np.where(generator.random(shape) < density, values, 0).astype(np.int8)


def conv(tile, iacts, weights):
    """[P, M0] by the definition."""
    out = np.zeros((tile.P, tile.M0), np.int64)
    for p in range(tile.P):
        window = iacts[:, p * tile.U : p * tile.U + tile.S].astype(np.int64)
        out[p] = np.einsum("cs,mcs->m", window, weights.astype(np.int64))
    return out


def batch_of(tile, count=24, seed=0):
    """iacts, weights and incoming psums of ``count`` PEs, from empty to dense."""
    generator = np.random.default_rng(seed)
    shares = np.linspace(0, 1, count)
    iacts = np.stack([drawn(generator, (tile.C0, tile.width), share) for share in generator.permutation(shares)])
    weights = np.stack([drawn(generator, (tile.M0, tile.C0, tile.S), share) for share in shares])
    return iacts, weights, generator.integers(-999, 999, (count, tile.P, tile.M0)).astype(np.int32)


@partial(jax.jit, static_argnames=("tile", "design", "raw"), compiler_options=LITTLE_EFFORT)
def run_all(tile, iacts, weights, incoming, design=None, raw=False):
    """All PEs of a batch; ``raw`` is uncompressed mode."""
    design = design or PeDesign(skip=not raw)

    def one(iacts, weights, incoming):
        streams = pe_streams(tile, iacts, weights, raw_iacts=raw, raw_weights=raw, weight_format=design.weight_format)
        return run_pe(tile, streams, incoming, design)

    return jax.vmap(one)(iacts, weights, incoming)


def word_cycles(tile, iacts, weights, lanes):
    """Sum over nonzero iacts of ceil(nonzeros of the weight column / lanes), M0 at most 16."""
    words = np.ceil((weights != 0).sum(1) / lanes)
    total = 0
    for p in range(tile.P):
        total += ((iacts[:, :, p * tile.U : p * tile.U + tile.S] != 0) * words).sum((1, 2))
    return total


@cache
def measured(tile, design):
    """One batch of PEs: its data and what ran."""
    batch = batch_of(tile)
    return *batch, jax.tree.map(np.asarray, run_all(tile, *batch, design))


@pytest.mark.parametrize(
    ("tile", "design"), CASES, ids=lambda case: repr(case) if isinstance(case, PeTile) else case.lanes
)
class TestEveryTile:
    def test_psums_are_the_convolution_onto_the_chain(self, tile, design):
        iacts, weights, incoming, run = measured(tile, design)
        assert run.finished.all()
        expected = np.stack([conv(tile, i, w) for i, w in zip(iacts, weights, strict=True)]) + incoming
        assert (run.psums == expected).all()

    def test_cycles_are_issues_plus_bubbles_plus_one_pipeline_fill(self, tile, design):
        *_, run = measured(tile, design)
        assert (run.bubbles >= 0).all()
        assert (run.cycles == run.words + run.drains + run.bubbles + PIPELINE_STAGES - 1).all()
        assert (run.drains == tile.P * -(-tile.M0 // design.lanes)).all()

    def test_macs_are_the_effectual_ones(self, tile, design):
        iacts, weights, _, run = measured(tile, design)
        effectual = [conv(tile, i != 0, w != 0).sum() for i, w in zip(iacts, weights, strict=True)]
        assert (run.macs == np.asarray(effectual)).all()

    def test_words_follow_the_published_rule(self, tile, design):
        """Explicit zeros, which only columns longer than 16 can need, add to it."""
        iacts, weights, _, run = measured(tile, design)
        expected = word_cycles(tile, iacts, weights, design.lanes)
        assert (run.words >= expected).all()
        assert tile.M0 > 16 or (run.words == expected).all()


def test_full_columns_leave_no_bubbles():
    tile = PeTile(M0=16, C0=8, P=9)
    generator = np.random.default_rng(1)
    iacts = np.stack([drawn(generator, (8, 9), share) for share in (0.0, 0.2, 0.6, 1.0)])
    run = run_all(tile, iacts, np.ones((4, 16, 8, 1), np.int8), np.zeros((4, 9, 16), np.int32))
    assert (np.asarray(run.bubbles) == 0).all()


def test_an_empty_column_is_hidden_by_the_lookahead():
    """One empty column between columns of two words and more costs nothing, many in a row cost bubbles."""
    tile = PeTile(M0=8, C0=8, P=1)
    weights = np.ones((2, 8, 8, 1), np.int8)
    weights[0, :, 3] = 0
    weights[1, :, :7] = 0
    run = run_all(tile, np.ones((2, 8, 1), np.int8), weights, np.zeros((2, 1, 8), np.int32))
    assert run.bubbles.tolist() == [0, 7]
    assert run.words.tolist() == [28, 4]


def test_one_word_takes_the_seven_stages():
    tile = PeTile(M0=1, C0=1)
    run = run_all(tile, np.ones((1, 1, 1), np.int8), np.ones((1, 1, 1, 1), np.int8), np.zeros((1, 1, 1), np.int32))
    assert run.cycles.tolist() == [PIPELINE_STAGES + 1]  # the word, and its psum onto the chain right behind


def test_depthwise_neither_skips_nor_fills_the_second_lane():
    """One output channel and raw operands: a cycle per tap and one per psum, whatever is zero."""
    tile = PeTile(M0=1, C0=1, S=3, P=16)
    iacts, weights, incoming = batch_of(tile)
    run = run_all(tile, iacts, weights, incoming, raw=True)
    assert set(run.words.tolist()) == {16 * 3}
    assert set(run.cycles.tolist()) == {16 * 3 + 16 + PIPELINE_STAGES - 1}
    expected = np.stack([conv(tile, i, w) for i, w in zip(iacts, weights, strict=True)]) + incoming
    assert (np.asarray(run.psums) == expected).all()


def test_raw_mode_takes_the_dense_cycles():
    tile = PeTile(M0=7, C0=4, S=3, P=5)
    iacts, weights, incoming = batch_of(tile)
    run = run_all(tile, iacts, weights, incoming, raw=True)
    assert set(run.words.tolist()) == {5 * 12 * 4}


def test_a_vertical_chain_computes_the_whole_convolution():
    """Three filter rows and two channel tiles in six PEs, each adding to its neighbour's psums."""
    generator = np.random.default_rng(2)
    iacts, weights = drawn(generator, (8, 3, 10), 0.6), drawn(generator, (6, 8, 3, 3), 0.5)
    tile = PeTile(M0=6, C0=4, S=3, P=8)
    psums = jnp.zeros((8, 6), jnp.int32)
    for c in (0, 4):
        for r in range(3):
            streams = pe_streams(tile, iacts[c : c + 4, r], weights[:, c : c + 4, r])
            psums = run_pe(tile, streams, psums).psums
    taps = np.stack([iacts[:, :, p : p + 3] for p in range(8)]).astype(np.int64)
    assert (np.asarray(psums) == np.einsum("pcrs,mcrs->pm", taps, weights.astype(np.int64))).all()


def test_thousands_of_pes_at_once_are_independent():
    tile = PeTile(M0=8, C0=4, P=4)
    iacts, weights, incoming = batch_of(tile, count=2048)
    run = run_all(tile, iacts, weights, incoming)
    alone = run_all(tile, iacts[77:78], weights[77:78], incoming[77:78])
    for one, other in zip(jax.tree.leaves(run), jax.tree.leaves(alone), strict=True):
        assert (np.asarray(one)[77] == np.asarray(other)[0]).all()


def test_a_limit_that_is_too_short_says_so():
    tile = PeTile(M0=8, C0=4, P=4)
    streams = pe_streams(tile, np.ones((4, 4), np.int8), np.ones((8, 4, 1), np.int8))
    psums = jnp.zeros((4, 8), jnp.int32)
    assert not run_pe(tile, streams, psums, limit=50).finished
    assert run_pe(tile, streams, psums).finished
    assert cycle_limit(tile, PeDesign()) > 80


def test_the_largest_window_decides_the_iact_spad():
    iacts = np.zeros((2, 6), np.int8)
    iacts[:, 2:5] = 1
    tile = PeTile(M0=1, C0=2, S=3, P=4)
    assert largest_window(tile, pe_streams(tile, iacts, np.ones((1, 2, 3), np.int8)).iacts) == 6
    assert tile.segments == 6 and IACTS.pairs_per_word == 1


@pytest.mark.parametrize(
    ("iacts", "weights", "psums", "message"),
    [
        ((3, 4), (8, 4, 1), (4, 8), r"iacts of shape \(3, 4\) must be \(4, 4\)"),
        ((4, 4), (8, 4, 2), (4, 8), r"weights of shape \(8, 4, 2\) must be \(8, 4, 1\)"),
        ((4, 4), (8, 4, 1), (4, 7), r"psums of shape \(4, 7\) must be \(4, 8\)"),
    ],
)
def test_data_that_does_not_match_the_tile_is_refused(iacts, weights, psums, message):
    tile = PeTile(M0=8, C0=4, P=4)
    with pytest.raises(SpecError, match=message):
        run_pe(tile, pe_streams(tile, jnp.ones(iacts, jnp.int8), jnp.ones(weights, jnp.int8)), jnp.zeros(psums, int))


def test_bad_sizes_are_refused():
    with pytest.raises(SpecError, match="C0 = 0"):
        PeTile(M0=8, C0=0)
    with pytest.raises(SpecError, match="lookahead = 0"):
        PeDesign(lookahead=0)
