"""DRAM loads of iacts: which rows and columns of a GLB tile come from DRAM and which are there already.

The GLB holds the span of input positions behind its DRAM tile. With a sliding window, consecutive tiles along the
innermost DRAM loop that iterates keep their overlap: the buffer moves on and only new positions are read.
"""

from dataclasses import dataclass

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import GROUPS
from eyeriss_jax.functional.nest.schedule import Schedule
from eyeriss_jax.functional.nest.tiles import Bools, DimTiles, Ints
from eyeriss_jax.layers.axis import Axis
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True)
class AxisLoads:
    """Loads along one image axis, per pair of DRAM tiles (o of outputs, t of taps).

    Attributes:
        span: positions that the GLB has room for.
        step: positions that the buffer moves on from one tile of outputs to the next; 0 if nothing is kept.
        new: [o, t, span] positions read from DRAM, counted from the first one of the tile.
        words: [o, t] number of them, padding included.
        real: [o, t] number of them that are not padding.
    """

    span: int
    step: int
    new: Bools
    words: Ints
    real: Ints


@dataclass(frozen=True)
class Loads:
    """Loads of iact tiles along height and width."""

    height: AxisLoads
    width: AxisLoads


def iact_loads(layer: Layer, mapping: Mapping, schedule: Schedule, *, sliding_window: bool) -> Loads:
    """All loads of ``layer`` under ``mapping``."""
    slides = _slides_along(mapping, schedule) if sliding_window else None
    tiles = schedule.tiles
    return Loads(
        height=_axis_loads(layer.rows, tiles["E"], tiles["R"], slides=slides == "E"),
        width=_axis_loads(layer.cols, tiles["F"], tiles["S"], slides=slides == "F"),
    )


def _slides_along(mapping: Mapping, schedule: Schedule) -> str | None:
    """E or F if that is the innermost of the DRAM loops over C, R, S, N, E, F that iterate, else None."""
    loops = [dim for group in mapping.dram_order if group != "M" for dim in GROUPS[group]]
    iterating = [dim for dim in loops if len(schedule.tiles[dim].steps) > 1]
    return iterating[-1] if iterating and iterating[-1] in ("E", "F") else None


def _axis_loads(axis: Axis, outputs: DimTiles, taps: DimTiles, *, slides: bool) -> AxisLoads:
    """Loads along one axis: the touched positions of each tile, less those already read in the sweep."""
    span = (int(outputs.dram_size[0]) - 1) * axis.stride + (int(taps.dram_size[0]) - 1) * axis.dilation + 1
    new = np.zeros((len(outputs.steps), len(taps.steps), span), bool)
    real = np.zeros(new.shape[:2], np.int64)
    for t, (tap, tap_size) in enumerate(zip(taps.dram_start, taps.dram_size, strict=True)):
        kept = np.zeros(axis.span, bool)
        for o, (output, output_size) in enumerate(zip(outputs.dram_start, outputs.dram_size, strict=True)):
            positions = np.add.outer(
                (output + np.arange(output_size)) * axis.stride, (tap + np.arange(tap_size)) * axis.dilation
            ).ravel()
            read = np.unique(positions[~kept[positions]])
            new[o, t, read - positions[0]] = True
            real[o, t] = np.count_nonzero((axis.pad <= read) & (read < axis.pad + axis.input_size))
            kept[positions] = slides
    step = int(outputs.dram_size[0]) * axis.stride if slides else 0
    return AxisLoads(span=span, step=step, new=new, words=new.sum(axis=2), real=real)
