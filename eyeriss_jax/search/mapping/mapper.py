"""The mapper: the best mapping of a layer over a whole mapspace, with a certificate.

The result is the optimum of the mapspace (:mod:`eyeriss_jax.search.mapping.branch_and_bound`) and depends neither on
chunk size nor on device count.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from eyeriss_jax.dataflow import dataflow as dataflow_named
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.dataflow.mapspace import MapSpace, glb_tile, host_mapping, mapspace
from eyeriss_jax.dims import TYPES, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.search.mapping.branch_and_bound import BranchAndBound
from eyeriss_jax.search.mapping.glb_room import check_room
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.traced import refuse_within_jit

CHUNK = 1 << 16
CERTIFICATE = "exhaustive over the mapspace: the rest was excluded by lower bounds of the same model"
LEAVES_OUT = ". It leaves out "
"""What is between :data:`CERTIFICATE` and the mappings that the mapspace does not hold."""


@dataclass(frozen=True)
class MapperResult:
    """The best mapping of a layer.

    ``least_compute`` and ``least_bandwidth``: the fewest compute cycles, and the fewest cycles under compute and
    every port, that any mapping which fits can have (Eyexam steps 5 and 6). ``space``: what was searched.
    ``certificate``: why no mapping of that space is better, and which mappings are not in it.
    """

    mapping: Mapping
    primary: float
    secondary: float
    evaluated: int
    least_compute: float
    least_bandwidth: float
    space: MapSpace = field(repr=False)
    certificate: str
    certified: bool = True


def map_layer(
    layer: Layer,
    accelerator: Accelerator,
    dataflow: Dataflow | str | None = None,
    *,
    objective: str = "cycles",
    conventions: Conventions = OURS,
    chunk: int = CHUNK,
) -> MapperResult:
    """The best mapping of ``layer`` on ``accelerator`` under ``dataflow``.

    Args:
        layer: the layer.
        accelerator: the machine.
        dataflow: the constraints that make the mapspace, or their name; by default the accelerator's own.
        objective: ``cycles`` (ties: energy), ``edp``, ``energy``, ``movement`` (energy of DRAM, GLB and array; ties:
            cycles) or ``dram_words`` (DRAM words; ties: cycles).
        conventions: what counts as an access.
        chunk: points per device step; changes memory and speed, never the result.

    Raises:
        SpecError: an argument of another type (a name, say), unknown objective, or no mapping fits; the message says
            what to enlarge.

    Example:
        >>> layer = Layer.fully_connected("fc", in_features=64, out_features=10)
        >>> found = map_layer(layer, accelerator("eyeriss_v2"))
        >>> found.certified, found.mapping.places("M") > 1
        (True, True)
    """
    refuse_within_jit("map_layer")
    checks.kind("layer", layer, Layer, "one of ej.network('alexnet').layers")
    checks.kind("accelerator", accelerator, Accelerator, "ej.accelerator('eyeriss_v2')")
    flow = dataflow_named(dataflow or accelerator.dataflow) if isinstance(dataflow, str | None) else dataflow
    checks.kind("dataflow", flow, Dataflow, "ej.DATAFLOWS['rs_plus']")
    check_objective(objective)
    check_room(layer, accelerator, flow)
    space = mapspace(layer, accelerator, flow)
    with jax.enable_x64(True):
        search = BranchAndBound(
            layer=layer, accelerator=accelerator, space=space, objective=objective, conventions=conventions, chunk=chunk
        )
        search.run()
        if search.index < 0:
            raise SpecError(
                f"layer {layer.name!r}: none of the {space.size:,} mappings under {flow.name} fits "
                f"{accelerator.name!r}; enlarge its GLB (per cluster {_glb(accelerator)}) or SPads"
            )
        mapping = host_mapping(decode(layer, space, search.index, conventions))
    return MapperResult(
        mapping=mapping,
        primary=search.primary,
        secondary=search.secondary,
        evaluated=search.evaluated,
        least_compute=search.least_compute,
        least_bandwidth=search.least_bandwidth,
        space=space,
        certificate=f"{CERTIFICATE}{LEAVES_OUT}{flow.left_out}",
    )


def _glb(accelerator: Accelerator) -> str:
    """What one cluster's GLB holds, bank by bank."""
    banks = {f"glb_bits.{t}": accelerator.glb_bits[t] for t in TYPES if t in accelerator.glb_keeps}
    banks |= {"glb_shared_bits": accelerator.glb_shared_bits}
    return ", ".join(f"{name} = {bits:,g}" for name, bits in banks.items() if bits)


def decode(layer: Layer, space: MapSpace, index: int, conventions: Conventions) -> MappingArrays:
    """The mapping of point ``index`` = ((plan x T + PE tile) x Q + parts) x K + orders of ``space``, as integers."""
    tiling, order = divmod(index, space.order_count)
    inner, parts = divmod(tiling, space.parts_count)
    plan, tile = divmod(inner, space.tile_count)

    def row(table: Any, at: int) -> Any:
        return jax.tree.map(lambda column: int(column[at]), table)

    spread = row(space.plans_at(np.array([plan])), 0)
    spad, cut = row(space.pe_tiles, tile), row(space.parts, parts)
    places = Dims.build(lambda d: math.prod(spread[axis][d] for axis in AXES))
    return MappingArrays(
        glb=Dims.build(
            lambda d: glb_tile(layer.extent(d), spad[d] * places[d], cut[d], nested=conventions.nested_tiles)
        ),
        **spread,
        spad=spad,
        dram_order=row(space.dram_order, order),
        glb_order=row(space.glb_order, order),
    )
