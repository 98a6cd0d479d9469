"""The sparse PE as a spec: what a PE must have to compute on compressed data (JETCAS 2019)."""

from dataclasses import dataclass, fields
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.hardware import checks


class SparsePeArrays(struct.PyTreeNode):
    """A sparse PE as scalars, the form the laws take; ``present`` is 0 for a dense PE, whose other values say nothing.

    ``raw_mode`` is 0 or 1; the other fields are those of :class:`SparsePe`.
    """

    present: Any
    weight_columns: Any
    weight_pairs: Any
    iact_pairs: Any
    pair_bits: Any
    address_bits: Any
    iact_noc_pairs_per_cycle: Any
    weight_noc_pairs_per_cycle: Any
    psum_fifo: Any
    window_cycles: Any
    raw_mode: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class SparsePe:
    """A PE that takes iacts and weights in compressed sparse columns and spends no cycle on a zero iact.

    Attributes:
        weight_columns: [columns] columns that the weight address SPad can point to: the largest window C0·R·S.
        weight_pairs: [pairs] (value, count) pairs in the weight data SPad, those that pad odd columns included.
        iact_pairs: [pairs] pairs in the iact data SPad.
        pair_bits: [bits] width of a pair.
        address_bits: [bits] width of one entry of an address vector.
        iact_noc_pairs_per_cycle: [pairs/cycle] what a port brings where ``noc_words_per_cycle.iact`` raw words go.
        weight_noc_pairs_per_cycle: [pairs/cycle] what a port brings where ``noc_words_per_cycle.weight`` raw words go.
        psum_fifo: [psums] psums that fit between two neighbours of the psum chain.
        window_cycles: [cycles] from the last MAC of a window to the first of the next, beside handing on psums.
        raw_mode: whether a layer may run uncompressed instead, all of its zeros included.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    weight_columns: int
    weight_pairs: int
    iact_pairs: int
    pair_bits: int
    address_bits: int
    iact_noc_pairs_per_cycle: float
    weight_noc_pairs_per_cycle: float
    psum_fifo: int
    window_cycles: float = 0.0
    raw_mode: bool = True

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys(
            ("weight_columns", "weight_pairs", "iact_pairs", "pair_bits", "psum_fifo"), partial(checks.integer, least=1)
        ),
        "address_bits": partial(checks.integer, least=0),
        **dict.fromkeys(("iact_noc_pairs_per_cycle", "weight_noc_pairs_per_cycle"), checks.bandwidth),
        "window_cycles": checks.finite,
        "raw_mode": checks.truth,
    }
    """What each field must be by itself."""

    def __post_init__(self) -> None:
        """Validates every field."""
        checks.fields("sparse PE: ", self, self.RULES)

    def build(self) -> SparsePeArrays:
        """The PE as a pytree of Python floats, the form the laws take."""
        return SparsePeArrays(present=1.0, **{name: float(getattr(self, name)) for name in _FIELDS})


_FIELDS = tuple(each.name for each in fields(SparsePe))


def no_sparse_pe() -> SparsePeArrays:
    """The arrays of a machine whose PEs are dense: nothing is present, and nothing limits."""
    return SparsePeArrays(
        present=0.0,
        weight_columns=1.0,
        weight_pairs=1.0,
        iact_pairs=1.0,
        pair_bits=1.0,
        address_bits=0.0,
        iact_noc_pairs_per_cycle=1.0,
        weight_noc_pairs_per_cycle=1.0,
        psum_fifo=1.0,
        window_cycles=0.0,
        raw_mode=1.0,
    )
