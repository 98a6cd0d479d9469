"""Cases of other tools in our terms: a loop nest becomes a layer, an accelerator and a mapping.

The reference outputs lie in ``tests/data/timeloop``, unedited.
"""

import json
import re
from collections.abc import Iterable
from functools import cache, partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import jax

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping, Order
from eyeriss_jax.dims import GROUPS, Dims, PerType
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.presets.generic import timeloop_e168
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import Conventions, conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.storage import glb_need, spad_need
from eyeriss_jax.model.tiling import tile_all

Json = dict[str, Any]

DATA = Path(__file__).resolve().parents[1] / "data" / "timeloop"

# What each tool calls our dimensions, where it differs, and our data types.
TIMELOOP_DIMS = {"P": "E", "Q": "F"}
ZIGZAG_DIMS = {"B": "N", "K": "M", "OY": "E", "OX": "F", "FY": "R", "FX": "S"}
TIMELOOP_TYPES = {"Inputs": "iact", "Weights": "weight", "Outputs": "psum"}
ACCELFORGE_TYPES = {"I": "iact", "F": "weight", "O": "psum"}
ZIGZAG_TYPES = {"I": "iact", "W": "weight", "O": "psum"}


class Loop(NamedTuple):
    """One loop of a nest. ``place`` is ``dram``, ``glb``, ``pe`` (temporal), ``pe_cols`` or ``pe_rows`` (spatial)."""

    place: str
    dim: str
    bound: int


class Case(NamedTuple):
    """What to evaluate."""

    layer: Layer
    accelerator: Accelerator
    mapping: Mapping


class Outcome(NamedTuple):
    """What we say about a case, as Python floats: the evaluation and the words that one PE and one GLB must hold."""

    evaluation: Evaluation
    spad_need: PerType
    glb_need: PerType


class Difference(NamedTuple):
    """A quantity that differs by design: our number (None: all that is claimed is that it differs), and why."""

    ours: float | None
    reason: str


@cache
def reference(tool: str) -> Json:
    """The stored output of ``tool``: ``timeloop``, ``accelforge`` or ``zigzag``."""
    return json.loads((DATA / f"{tool}_cases.json").read_text())


def cases(tool: str) -> dict[str, Json]:
    """The cases of ``tool`` by name."""
    return {case["case"]: case for case in reference(tool)["cases"]}


def mapping_of(nest: Iterable[Loop]) -> Mapping:
    """The mapping that a loop nest, outermost loop first, stands for.

    A PE of ours walks output positions inside a pass, and what it holds belongs to one position. So the innermost
    temporal GLB loops over N, E and F become positions of the PE tile; but E or F must stay outside where it is also
    spread over PEs, whose tiles are contiguous.
    """
    nest = list(nest)
    spread = {loop.dim for loop in nest if loop.place in ("pe_cols", "pe_rows")}
    glb_loops = [loop for loop in nest if loop.place == "glb"]
    inside = [loop for loop in nest if loop.place == "pe"]
    while glb_loops and glb_loops[-1].dim in GROUPS["NEF"] and glb_loops[-1].dim not in spread - {"N"}:
        inside.append(glb_loops.pop())

    def extent(loops: Iterable[Loop]) -> Dims:
        loops = list(loops)
        return Dims.build(lambda dim: prod(loop.bound for loop in loops if loop.dim == dim))

    def at(place: str) -> list[Loop]:
        return [loop for loop in nest if loop.place == place]

    return Mapping(
        spad=extent(inside),
        pe_cols=extent(at("pe_cols")),
        pe_rows=extent(at("pe_rows")),
        glb=extent(loop for loop in nest if loop.place != "dram"),
        glb_order=_order(glb_loops),
        dram_order=_order(at("dram")),
    )


def _order(loops: list[Loop]) -> Order:
    """The loop groups by their innermost loop, outermost first. Groups that do not loop are outside all others."""

    def innermost(group: str) -> int:
        return max((i for i, loop in enumerate(loops) if loop.dim in GROUPS[group]), default=-1)

    first, second, third = sorted(GROUPS, key=innermost)
    return first, second, third


def timeloop_case(case: Json) -> Case:
    """A Timeloop case (AccelForge ran the same ones)."""
    problem, arch, keep = case["problem"], case["arch"], case["keep"]
    extents = {TIMELOOP_DIMS.get(dim, dim): problem[dim] for dim in "GNMCPQRS"}
    layer = Layer(
        name=case["case"],
        **extents,
        stride=(problem["Hstride"], problem["Wstride"]),
        dilation=(problem["Hdilation"], problem["Wdilation"]),
    )
    accelerator = timeloop_e168(
        pe_x=arch["pe_x"],
        pe_y=arch["pe_y"],
        keeps=tuple(TIMELOOP_TYPES[tensor] for tensor in keep["GLB"]),
        spad_words=Types(
            iact=arch["ifmap_spad_words"], weight=arch["weights_spad_words"], psum=arch["psum_spad_words"]
        ),
        glb_words=arch["glb_words"],
        dram_words_per_cycle=arch["dram_bw_words_per_cycle"],
        glb_words_per_cycle=arch["glb_bw_words_per_cycle"],
    )
    places = {"spatial-X": "pe_cols", "spatial-Y": "pe_rows"}
    levels = {"DRAM": "dram", "GLB": "glb"}
    nest = [
        Loop(
            places.get(loop["kind"], levels.get(loop["level"], "pe")),
            TIMELOOP_DIMS.get(loop["dim"], loop["dim"]),
            loop["bound"],
        )
        for loop in case["loop_nest_outer_to_inner"]
    ]
    return Case(layer, accelerator, mapping_of(nest))


def zigzag_case(case: Json, operand: str) -> Case:
    """A ZigZag case as ``operand`` sees it.

    ZigZag allocates loops to memories per operand, so tile boundaries differ between operands; what moves for an
    operand depends on its own boundaries alone, and is read off a mapping that has these for all three.
    """
    arch = reference("zigzag")["arch"]
    dims: dict[str, int] = case["dims"]
    extents = {ZIGZAG_DIMS.get(dim, dim): extent for dim, extent in dims.items()}
    steps = {
        axis: (int(stride), int(dilation))
        for relation in case["relations"]
        for axis, stride, dilation in re.findall(r"i([xy])=(\d+)\*o[xy]\+(\d+)\*f[xy]", relation)
    }
    layer = Layer(
        name=case["case"],
        **extents,
        stride=(steps["y"][0], steps["x"][0]),
        dilation=(steps["y"][1], steps["x"][1]),
    )
    bandwidth = arch["bandwidth_words_per_cycle"]
    accelerator = timeloop_e168(
        pe_x=arch["D1"],
        pe_y=arch["D2"],
        spad_words=Types(iact=arch["rf_I_words"], weight=arch["rf_W_words"], psum=arch["rf_O_words"]),
        glb_words=arch["glb_words"],
        dram_words_per_cycle=bandwidth["dram"],
        glb_words_per_cycle=bandwidth["glb"],
    )
    levels = case["temporal_mapping_per_operand"][operand]
    places = ("pe", "glb", "dram") if len(levels) == 3 else ("pe", "dram")
    loops = dict(zip(places, levels, strict=True))
    loops |= {"pe_cols": case["spatial"]["D1"], "pe_rows": case["spatial"]["D2"]}
    nest = [
        Loop(place, ZIGZAG_DIMS.get(dim, dim), bound)
        for place in ("dram", "glb", "pe_cols", "pe_rows", "pe")
        for dim, bound in reversed(loops.get(place, []))
    ]
    return Case(layer, accelerator, mapping_of(nest))


@partial(jit_unfused, static_argnames="switches")
def _outcome(accelerator: Any, layer: Any, mapping: Any, switches: Conventions) -> Outcome:
    dims = tile_all(layer.dims, mapping)
    return Outcome(
        evaluation=evaluate(accelerator, layer, mapping, switches),
        spad_need=spad_need(layer, dims, slides=switches.sliding_window),
        glb_need=glb_need(layer, dims, oacts_bypass=0.0),
    )


def outcome(case: Case, preset: str) -> Outcome:
    """What we say about ``case`` under the conventions ``preset``, in exact integers."""
    with jax.enable_x64(True):
        arrays = case.accelerator.build(), case.layer.build(), case.mapping.build()
        return jax.tree.map(float, _outcome(*arrays, conventions(preset)))


def assert_equal_but_for(
    differences: dict[tuple[str, str], Difference], case: str, ours: dict[str, float], theirs: dict[str, float]
) -> None:
    """Every quantity of ``theirs`` equals ours, but for those in ``differences``, and those do differ."""
    explained = {quantity: entry for (name, quantity), entry in differences.items() if name == case}
    assert ours.keys() == theirs.keys()
    assert explained.keys() <= theirs.keys()
    unequal = {quantity for quantity in theirs if ours[quantity] != theirs[quantity]}
    assert {q: (ours[q], theirs[q]) for q in unequal - explained.keys()} == {}
    assert explained.keys() - unequal == set(), "no longer different: remove from the table"
    for quantity, entry in explained.items():
        assert entry.ours in (None, ours[quantity])
