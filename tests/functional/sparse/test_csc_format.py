"""Sizes in bits: the published SPads, beats of the ports, and where raw mode is smaller."""

import numpy as np
import pytest

from eyeriss_jax.functional.sparse.csc_format import IACTS, WEIGHTS, csc_size, raw_size


def test_published_spads():
    """JETCAS 2019: weight data 96 x 24 b with 16 x 7 b addresses, iact data 16 x 12 b with 9 x 4 b."""
    assert csc_size(192, 16, WEIGHTS).spad_bits == 96 * 24 + 16 * 7
    assert csc_size(16, 9, IACTS).spad_bits == 16 * 12 + 9 * 4
    assert 2**WEIGHTS.address_bits > 192 // WEIGHTS.pairs_per_word


def test_a_beat_carries_two_pairs_or_three_values():
    assert csc_size(12, 0, WEIGHTS).noc_beats == 6
    assert raw_size(1, 12, WEIGHTS).noc_beats == 4
    assert csc_size(12, 3, WEIGHTS).noc_beats == 7  # 21 address bits take a beat


@pytest.mark.parametrize(("form", "length", "columns"), [(WEIGHTS, 16, 8), (WEIGHTS, 15, 8), (IACTS, 8, 64)])
def test_raw_mode_is_smaller_from_a_density_just_below_two_thirds(form, length, columns):
    """12 bits per nonzero against 8 per value, plus the addresses."""
    nonzeros = np.arange(columns * length + 1)
    smaller = np.asarray(csc_size(nonzeros, columns, form).dram_bits) <= np.asarray(
        raw_size(columns, length, form).dram_bits
    )
    share = smaller.sum() / nonzeros.size
    assert 0.6 < share < 2 / 3


def test_raw_values_take_whole_slots_in_the_spad():
    size = raw_size(8, 15, WEIGHTS)
    assert (size.spad_pairs, size.dram_bits) == (8 * 16, 8 * 15 * 8)
