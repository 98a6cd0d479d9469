"""Every point of a small mapspace, evaluated without the mapper's index codec, kernels or bounds."""

import math
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import LoopOrder, Mapping, MappingArrays
from eyeriss_jax.dataflow.mapspace import MapSpace, host_mapping, mapspace
from eyeriss_jax.dims import GROUPS, Dims
from eyeriss_jax.hardware import AXES, Accelerator
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.evaluate import evaluate

BATCH = 1 << 13


@dataclass(frozen=True)
class Points:
    """All points of a mapspace ``[P * T * O]``, plan-major and outer choice fastest, and what the model says."""

    mappings: MappingArrays
    code: np.ndarray
    cycles: np.ndarray
    energy: np.ndarray
    dram_energy: np.ndarray
    movement: np.ndarray
    words: np.ndarray
    compute: np.ndarray
    bandwidth: np.ndarray

    def ranked(self, objective: str) -> tuple[np.ndarray, np.ndarray]:
        """What ``objective`` minimises and what decides ties; infinite where the mapping does not fit."""
        primary, secondary = {
            "cycles": (self.cycles, self.energy),
            "edp": (self.cycles * self.energy, self.cycles),
            "energy": (self.energy, self.cycles),
            "movement": (self.movement, self.cycles),
            "dram_words": (self.words, self.cycles),
        }[objective]
        return np.where(self.code == 0, primary, np.inf), np.where(self.code == 0, secondary, np.inf)

    def mapping(self, index: int) -> Mapping:
        """The mapping of one point."""
        return host_mapping(jax.tree.map(lambda leaf: int(leaf[index]), self.mappings))


def all_mappings(layer: Layer, space: MapSpace) -> MappingArrays:
    """The mappings of all points, with the DRAM tiles worked out in integers."""
    plan, tile, outer = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(space.plan_count), np.arange(space.tile_count), np.arange(space.outer_count), indexing="ij"
        )
    )
    axes = {axis: Dims.build(lambda d, axis=axis: np.asarray(space.plans[axis][d])[plan]) for axis in AXES}
    spad = Dims.build(lambda d: np.asarray(space.pe_tiles[d])[tile])

    def glb_tile(dim: str) -> np.ndarray:
        array = spad[dim] * math.prod(axes[axis][dim] for axis in AXES)
        steps = -(-layer.extent(dim) // array)
        per_part = -(-steps // np.asarray(space.outer.parts[dim])[outer])
        return np.minimum(per_part * array, layer.extent(dim))

    def order(ranks: LoopOrder) -> LoopOrder:
        return LoopOrder(**{group: np.asarray(getattr(ranks, group))[outer] for group in GROUPS})

    return MappingArrays(
        glb=Dims.build(glb_tile),
        **axes,
        spad=spad,
        dram_order=order(space.outer.dram_order),
        glb_order=order(space.outer.glb_order),
    )


@jax.jit  # for millions of points, so fused
def _judge_ours(accelerator: Any, layer: Any, mappings: MappingArrays) -> tuple[jax.Array, ...]:
    def judge(mapping: MappingArrays) -> tuple[jax.Array, ...]:
        result = evaluate(accelerator, layer, mapping, OURS)
        dram = result.dram
        words = dram.iact.reads + dram.weight.reads + dram.psum.reads + dram.psum.updates
        cycles = result.cycles
        energy = result.energy
        moving = energy.dram + energy.glb + energy.noc
        ports = cycles.compute, cycles.bandwidth_bound
        return result.code, cycles.total, energy.total, energy.dram, moving, words, *ports

    return jax.vmap(judge)(mappings)


def every_point(layer: Layer, accelerator: Accelerator, flow: Dataflow) -> Points:
    """Evaluates the whole mapspace of ``layer`` in float64 under our conventions."""
    mappings = all_mappings(layer, mapspace(layer, accelerator, flow))
    return judged(layer, accelerator, mappings)


def judged(layer: Layer, accelerator: Accelerator, mappings: MappingArrays) -> Points:
    """Evaluates ``mappings`` ``[B]`` in float64 under our conventions."""
    count = len(mappings.glb.M)
    parts = []
    with jax.enable_x64(True):
        arrays = accelerator.build(), layer.build()
        for start in range(0, count, BATCH):
            kept = min(BATCH, count - start)
            some = jax.tree.map(
                lambda leaf, start=start, kept=kept: np.pad(leaf[start : start + kept], (0, BATCH - kept), mode="edge"),
                mappings,
            )
            parts.append([np.asarray(values)[:kept] for values in _judge_ours(*arrays, some)])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Points(mappings, *columns)
