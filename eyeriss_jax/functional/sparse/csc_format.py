"""The compressed format of Eyeriss v2: (value, zero count) pairs, words of them, and their sizes in bits.

JETCAS 2019, section on the sparse PE: a compressed sparse column (CSC) variant with 8-bit values and 4-bit counts of
the zeros before each value within its column, and one address per column. DRAM, NoC and SPad all hold it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax

from eyeriss_jax.errors import SpecError
from eyeriss_jax.numerics import ceil_div

PORT_BITS = 24
"""Bits that an iact or weight port of the NoC carries per beat: two pairs, or three values uncompressed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CscFormat:
    """Widths of a compressed stream.

    Attributes:
        value_bits: bits of one value.
        count_bits: bits of the zero count beside it; a longer run of zeros needs an explicit zero.
        address_bits: bits of one column address.
        pairs_per_word: pairs in one SPad word. Addresses count words, so that every column starts a new word.

    Raises:
        SpecError: a width that is not a positive integer.
    """

    value_bits: int = 8
    count_bits: int = 4
    address_bits: int
    pairs_per_word: int

    def __post_init__(self) -> None:
        """Refuses widths that no memory has."""
        for name in ("value_bits", "count_bits", "address_bits", "pairs_per_word"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise SpecError(f"CSC format: {name} = {value!r} must be a positive integer")

    @property
    def longest_run(self) -> int:
        """Zeros that one count can express."""
        return 2**self.count_bits - 1

    @property
    def pair_bits(self) -> int:
        """Bits of one pair."""
        return self.value_bits + self.count_bits

    def padded(self, pairs: int) -> int:
        """``pairs`` of one column rounded up to whole words."""
        return -(-pairs // self.pairs_per_word) * self.pairs_per_word


WEIGHTS = CscFormat(address_bits=7, pairs_per_word=2)
"""Weights in a PE: a column holds the M0 weights that share one iact position; 24-bit words of two pairs."""

IACTS = CscFormat(address_bits=4, pairs_per_word=1)
"""Iacts in a PE: a column (segment) holds the C0·U iacts that one slide of the window brings in."""


class Size(NamedTuple):
    """What one stream occupies.

    ``dram_bits``: bits in DRAM. ``noc_beats``: beats of one 24-bit port, values and addresses in beats of their own.
    ``spad_pairs``: pair slots of the data SPad. ``spad_bits``: bits of the data and address SPads in use.
    """

    dram_bits: jax.Array
    noc_beats: jax.Array
    spad_pairs: jax.Array
    spad_bits: jax.Array


def csc_size(pairs: Any, columns: Any, form: CscFormat) -> Size:
    """Size of a compressed stream of ``pairs`` (padding included) in ``columns``; one address per column [D].

    The first column starts at 0, so that an address per column, its end, is enough.
    """
    bits = pairs * form.pair_bits + columns * form.address_bits
    beats = ceil_div(pairs, PORT_BITS // form.pair_bits) + ceil_div(columns * form.address_bits, PORT_BITS)
    return Size(dram_bits=bits, noc_beats=beats, spad_pairs=pairs, spad_bits=bits)


def raw_size(columns: Any, length: Any, form: CscFormat) -> Size:
    """Size of ``columns`` of ``length`` values in uncompressed mode.

    DRAM and NoC carry bare values; in the SPad each still takes a pair slot whose count stays 0, and the address
    SPad is clock-gated (JETCAS 2019).
    """
    slots = columns * ceil_div(length, form.pairs_per_word) * form.pairs_per_word
    return Size(
        dram_bits=columns * length * form.value_bits,
        noc_beats=ceil_div(columns * length, PORT_BITS // form.value_bits),
        spad_pairs=slots,
        spad_bits=slots * form.pair_bits,
    )
