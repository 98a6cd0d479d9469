"""The sparse PE: the CSC format, its pipeline, and an array of such PEs that wait for one another."""

from eyeriss_jax.functional.sparse.array import ArrayQueues, ArrayRun, run_array
from eyeriss_jax.functional.sparse.array_masks import LayerMasks, random_masks, real_masks
from eyeriss_jax.functional.sparse.array_work import ArraySplit, ArrayWork, array_work, column_words
from eyeriss_jax.functional.sparse.csc_fit import tile_pairs
from eyeriss_jax.functional.sparse.pe_tile import PeTile, pe_streams
from eyeriss_jax.functional.sparse.pe_trace import DRAIN, NOTHING, SKIPPED, WORK, PeTrace, trace_pe

__all__ = [
    "DRAIN",
    "NOTHING",
    "SKIPPED",
    "WORK",
    "ArrayQueues",
    "ArrayRun",
    "ArraySplit",
    "ArrayWork",
    "LayerMasks",
    "PeTile",
    "PeTrace",
    "array_work",
    "column_words",
    "pe_streams",
    "random_masks",
    "real_masks",
    "run_array",
    "tile_pairs",
    "trace_pe",
]
