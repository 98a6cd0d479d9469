"""Addresses: how the tensors of a layer lie in DRAM and how their tiles lie in the GLB.

Both are row-major. Iacts lie there with their padding, (G, N, C, rows, columns); weights and psums in the order of
their relevant dimensions. A GLB tile has the room of a full DRAM tile; a short one leaves the rest unused.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eyeriss_jax.dims import DIMS, RELEVANT, PerType
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.layers.layer import Layer


class Memory(NamedTuple):
    """Addresses of one data type.

    Attributes:
        shape: [5] full GLB tile.
        strides: [5] DRAM address per index of each axis.
        dram_step: [8] DRAM address per index of each dimension.
        feed: [5] address per index of each axis in the memory that feeds the array: the GLB or, past it, DRAM.
        step: [8] address per index of each dimension in that memory.
    """

    shape: Any
    strides: Any
    dram_step: Any
    feed: Any
    step: Any


def tensor_shape(layer: Layer, data_type: str) -> tuple[int, ...]:
    """Shape in DRAM; iacts are padded and cut to what the outputs read."""
    if data_type == "iact":
        return (layer.G, layer.N, layer.C, *layer.padded_span)
    return tuple(layer.extent(dim) for dim in RELEVANT[data_type])


def tile_shape(plan: Plan, data_type: str) -> tuple[int, ...]:
    """Shape of a full GLB tile."""
    tile = {dim: int(plan.schedule.tiles[dim].dram_size[0]) for dim in DIMS}
    if data_type == "iact":
        return (tile["G"], tile["N"], tile["C"], plan.loads.height.span, plan.loads.width.span)
    return tuple(tile[dim] for dim in RELEVANT[data_type])


def memories(plan: Plan) -> PerType:
    """The :class:`Memory` of each data type."""

    def of(data_type: str) -> Memory:
        tile, dram = tile_shape(plan, data_type), _strides(tensor_shape(plan.layer, data_type))
        feed = _strides(tile) if data_type in plan.accelerator.glb_keeps else dram
        return Memory(
            shape=np.array(tile),
            strides=dram,
            dram_step=_steps(plan.layer, data_type, dram),
            feed=feed,
            step=_steps(plan.layer, data_type, feed),
        )

    return PerType.build(of)


def _strides(shape: tuple[int, ...]) -> Ints:
    """Row-major strides."""
    return np.array([int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))])


def _steps(layer: Layer, data_type: str, strides: NDArray) -> Ints:
    """[8] addresses per index of each dimension: along the image, e·U + r·D rows and f·U + s·D columns."""
    steps = dict.fromkeys(DIMS, 0)
    if data_type == "iact":
        row, column = strides[3:]
        steps |= dict(zip("GNC", strides[:3], strict=True))
        steps |= {"E": layer.stride[0] * row, "R": layer.dilation[0] * row}
        steps |= {"F": layer.stride[1] * column, "S": layer.dilation[1] * column}
    else:
        steps |= dict(zip(RELEVANT[data_type], strides, strict=True))
    return np.array([steps[dim] for dim in DIMS])
