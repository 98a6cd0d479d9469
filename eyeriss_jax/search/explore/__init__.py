"""One design by hand: what each field may be set to, the design that results, and which way is better."""

from eyeriss_jax.search.explore.controls import Control, controls
from eyeriss_jax.search.explore.designs import MOST_PES, changed_design, read_changes, settable_fields
from eyeriss_jax.search.explore.slopes import Slopes
from eyeriss_jax.search.explore.step import MOST_TRIED, better_changes

__all__ = [
    "MOST_PES",
    "MOST_TRIED",
    "Control",
    "Slopes",
    "better_changes",
    "changed_design",
    "controls",
    "read_changes",
    "settable_fields",
]
