"""The CSC codec: the published example, lossless for every content, and nothing stored that need not be."""

import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import strategies as st

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.csc import decode, encode, encode_raw
from eyeriss_jax.functional.sparse.csc_format import IACTS, WEIGHTS, CscFormat

# JETCAS 2019, Fig 16: (row, value) of each column.
EXAMPLE = [
    [(1, "a"), (2, "b")], [(0, "c"), (1, "d"), (3, "e")], [(2, "f")], [], [(3, "g")], [(1, "h"), (3, "i")], [],
    [(0, "j"), (1, "k"), (2, "l")],
]  # fmt: skip
SHAPES = ((1, 1), (5, 17), (3, 40))


def example():
    columns = np.zeros((8, 4), np.int8)
    for column, entries in enumerate(EXAMPLE):
        for row, letter in entries:
            columns[column, row] = ord(letter)
    return columns


@st.composite
def blocks(draw):
    """Columns of 8-bit values with any share of zeros, long runs of them included."""
    shape = draw(st.sampled_from(SHAPES))
    share = draw(st.sampled_from((0.0, 0.05, 0.3, 0.7, 1.0)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = generator.integers(-128, 128, shape)
    return np.where(generator.random(shape) < share, values, 0).astype(np.int8)


def by_hand(columns, form):
    """The format as a loop over values: pairs of all columns, and the addresses in words."""
    pairs, addresses = [], [0]
    for column in columns:
        run = 0
        for value in column[: max(np.flatnonzero(column), default=-1) + 1]:
            if value != 0 or run == form.longest_run:
                pairs.append((value, run))
                run = 0
            else:
                run += 1
        pairs += [(0, 0)] * (-len(pairs) % form.pairs_per_word)
        addresses.append(len(pairs) // form.pairs_per_word)
    return pairs, addresses


def test_published_example():
    csc = encode(jnp.asarray(example()), IACTS)
    assert csc.addresses.tolist() == [0, 2, 5, 6, 6, 7, 9, 9, 12]
    assert bytes(csc.values[:12].astype(np.uint8).tolist()).decode() == "abcdefghijkl"
    assert csc.counts[:12].tolist() == [1, 0, 0, 0, 1, 2, 3, 1, 1, 0, 0, 0]


def test_published_example_in_words_of_two_pairs():
    """Columns of 1 and 3 pairs are padded, so that each starts a 24-bit word."""
    assert encode(jnp.asarray(example()), WEIGHTS).addresses.tolist() == [0, 1, 3, 4, 4, 5, 6, 6, 8]


@pytest.mark.parametrize("form", [WEIGHTS, IACTS, CscFormat(address_bits=7, pairs_per_word=3, count_bits=2)])
@hypothesis.given(columns=blocks())
def test_round_trip_is_lossless_and_as_the_loop_says(form, columns):
    csc = encode(columns, form)
    assert (np.asarray(decode(csc, columns.shape[1], form)) == columns).all()
    pairs, addresses = by_hand(columns, form)
    assert csc.addresses.tolist() == addresses
    stored = list(zip(csc.values.tolist(), csc.counts.tolist(), strict=True))
    used = int(csc.pairs(form))
    assert stored[:used] == pairs
    assert set(stored[used:]) <= {(0, 0)}


@hypothesis.given(columns=blocks())
def test_raw_mode_is_lossless_and_counts_stay_zero(columns):
    csc = encode_raw(columns, WEIGHTS)
    assert (np.asarray(decode(csc, columns.shape[1], WEIGHTS)) == columns).all()
    assert set(csc.counts.tolist()) == {0}
    assert int(csc.pairs(WEIGHTS)) == csc.values.size


def test_a_run_above_15_needs_an_explicit_zero():
    for zeros, expected in ((15, [(7, 15)]), (16, [(0, 15), (7, 0)]), (32, [(0, 15), (0, 15), (7, 0)])):
        column = np.zeros((1, 40), np.int8)
        column[0, zeros] = 7
        csc = encode(jnp.asarray(column), IACTS)
        used = int(csc.pairs(IACTS))
        assert list(zip(csc.values.tolist(), csc.counts.tolist(), strict=True))[:used] == expected


def test_batch_rows_are_independent():
    columns = jnp.asarray(np.random.default_rng(0).integers(-1, 2, (7, 5, 20)), jnp.int8)
    batch = jax.vmap(lambda block: encode(block, WEIGHTS))(columns)
    for index in range(7):
        alone = encode(columns[index], WEIGHTS)
        for one, other in zip(jax.tree.leaves(batch), jax.tree.leaves(alone), strict=True):
            assert (one[index] == other).all()


@pytest.mark.parametrize("bad", [jnp.zeros(3, jnp.int8), jnp.zeros((0, 3), jnp.int8), jnp.zeros((2, 2))])
def test_bad_blocks_are_refused(bad):
    for function in (encode, encode_raw):
        with pytest.raises(SpecError, match="must be"):
            function(bad, WEIGHTS)


def test_bad_formats_are_refused():
    with pytest.raises(SpecError, match="count_bits = 0"):
        CscFormat(address_bits=7, pairs_per_word=2, count_bits=0)
