"""The PE's microarchitecture: lanes, lookahead and whether zero iacts are skipped."""

from dataclasses import dataclass

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.csc_format import WEIGHTS, CscFormat

PIPELINE_STAGES = 7
"""Stages of the PE (JETCAS 2019): two that fetch iacts, three that fetch weights, two of MAC and psum update."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PeDesign:
    """The PE's microarchitecture.

    Attributes:
        weight_format: its ``pairs_per_word`` are the lanes.
        lookahead: iacts that wait between the weight-address and the weight-data stage; not published, and two
            registers are the least that hide an empty column [D].
        skip: whether zero iacts are discarded. Raw iacts must pass: they take their cycles, the MACs are gated.

    Raises:
        SpecError: a lookahead below 1.
    """

    weight_format: CscFormat = WEIGHTS
    lookahead: int = 2
    skip: bool = True

    def __post_init__(self) -> None:
        """Refuses a queue that holds nothing."""
        if self.lookahead < 1:
            raise SpecError(f"PE design: lookahead = {self.lookahead!r} must be at least 1")

    @property
    def lanes(self) -> int:
        """MACs per cycle, which are also the psum ports."""
        return self.weight_format.pairs_per_word
