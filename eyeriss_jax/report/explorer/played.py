"""One layer's mapping pass by pass, as the functional model walks it: what a page plays."""

from typing import Any

import numpy as np

from eyeriss_jax.dataflow.loops import TEMPORAL, loops
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS
from eyeriss_jax.functional.nest import Schedule
from eyeriss_jax.layers.layer import Layer

MOST_PLAYED = 400
"""Passes that are played, from the first on; a nest may have millions."""

_MOVES: dict[str, tuple[str, str, str]] = {
    "load_iact": ("DRAM", "GLB", "iact"),
    "load_weight": ("DRAM", "GLB", "weight"),
    "reload_psum": ("DRAM", "GLB", "psum"),
    "fetch_iact": ("GLB", "PE", "iact"),
    "fetch_weight": ("GLB", "PE", "weight"),
    "psum_refill": ("GLB", "PE", "psum"),
    "psum_end": ("PE", "GLB", "psum"),
    "store_psum": ("GLB", "DRAM", "psum"),
}
"""Flag of a pass (:class:`~eyeriss_jax.functional.nest.schedule.Block`) -> from where to where, and what."""


def played(layer: Layer, mapping: Mapping) -> dict[str, Any]:
    """The first passes of ``layer`` under ``mapping``.

    Returns:
        ``passes``: how many there are in all; ``loops``: number of each temporal loop among the lines of the nest, from
        the outermost on; ``at`` [passes, loops]: the index of each; ``moves``: what can move; ``moved`` [passes]: a bit
        per move.
    """
    schedule = Schedule.of(layer, mapping)
    block = next(schedule.blocks(MOST_PLAYED))
    within = block.array - schedule.gather(block.dram, lambda tiles: tiles.first)
    nest = [(at, loop) for at, loop in enumerate(loops(mapping, layer)) if loop.level in TEMPORAL]
    columns = [(block.dram if loop.level == "DRAM" else within)[:, DIMS.index(loop.dim)] for _, loop in nest]
    bits = sum(np.where(getattr(block, flag), 1 << bit, 0) for bit, flag in enumerate(_MOVES))
    count = len(block.dram)
    return {
        "passes": schedule.passes,
        "loops": [at for at, _ in nest],
        "at": np.stack(columns, axis=1).tolist() if columns else [[] for _ in range(count)],
        "moves": [list(move) for move in _MOVES.values()],
        "moved": np.asarray(bits).tolist(),
    }
