"""A Timeloop loop nest as a mapping, with the same counts under the ``timeloop`` conventions, or a reason why not.

Timeloop's nests are more general than the five levels here. What can be expressed is decided by these rules:

* The PE holds the weights of its tile, and the iacts and psums of one output position; loops over positions (N, E, F)
  are outside that, in the order F, N, E. Loops over positions at the end of the GLB's nest become positions of the PE.
* At a level each loop group (M; C, R, S; N, E, F) is one block of loops, with G outside.
* Timeloop keeps the overlap of any two consecutive iact tiles. Here overlap is kept along E in a PE, and along the
  innermost DRAM loop over E or F in the GLB (:mod:`eyeriss_jax.model.traffic`); any other overlap is refused.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby, pairwise, product
from pathlib import Path
from typing import NamedTuple

from eyeriss_jax.dataflow.mapping import Mapping, Order
from eyeriss_jax.dataflow.timeloop_nest import Loop, Nest, read_nest
from eyeriss_jax.dims import DIMS, GROUPS, IRRELEVANT_GROUP, TYPES, Dims
from eyeriss_jax.documents import Node
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.importers.timeloop_problem import Problem, read_problem
from eyeriss_jax.layers.layer import Layer

_POSITIONS = GROUPS["NEF"]
_STREAM = ("F", "N", "E")


@dataclass(frozen=True, slots=True)
class Placed:
    """A mapping, the layer it is for (height and width may be exchanged), and where Timeloop counts otherwise.

    ``root`` is the list of directives, for messages.
    """

    layer: Layer
    mapping: Mapping
    notes: tuple[str, ...]
    root: Node = field(compare=False)


class Step(NamedTuple):
    """A loop in our dimensions. ``step`` is how far one iteration moves along ``dim``."""

    dim: str
    bound: int
    last: int
    step: int
    loop: Loop


def read_timeloop_mapping(problem: Path, mapping: Path, accelerator: Accelerator) -> Placed:
    """The mapping in the file ``mapping`` of the problem in the file ``problem``.

    Raises:
        SpecError: a file is wrong, or this machine cannot express the mapping; the message says where and why.
    """
    read = read_problem(problem)
    return place(read_nest(mapping, read), read, accelerator)


def place(nest: Nest, problem: Problem, accelerator: Accelerator) -> Placed:
    """``nest`` as a mapping on ``accelerator``, with height and width exchanged if only that works.

    Raises:
        SpecError: the nest cannot be expressed, with the reason.
    """
    if problem.folded:
        raise nest.root.error(
            f"windows that slide along {', '.join(problem.folded)} share values that this machine counts for each; "
            f"map a convolution of three axes without a mapping file"
        )
    _check_storage(nest, accelerator)
    try:
        return _placed(nest, problem, accelerator)
    except SpecError as error:
        try:
            return _placed(nest, problem.transposed(), accelerator)
        except SpecError:
            raise error from None


def _check_storage(nest: Nest, accelerator: Accelerator) -> None:
    """Each level stores what the machine's level does."""
    for target, level in nest.targets.items():
        keeps = nest.keeps[target]
        if level == "dram" and set(keeps) != set(TYPES):
            raise nest.root.error(f"{target} must keep all data; remove its bypass")
        if level == "glb" and set(keeps) != set(accelerator.glb_keeps):
            raise nest.root.error(
                f"{target} keeps {', '.join(keeps) or 'nothing'}, but the GLB of {accelerator.name!r} keeps "
                f"{', '.join(accelerator.glb_keeps) or 'nothing'}; use an accelerator file with "
                f"'glb_keeps: [{', '.join(keeps)}]', or change keep and bypass"
            )
    for data_type in TYPES:
        holders = [t for t, level in nest.targets.items() if level == "pe" and data_type in nest.keeps[t]]
        if len(holders) != 1:
            what = f"kept by {' and '.join(holders)}" if holders else "kept by no level"
            raise nest.root.error(f"{data_type} data is {what} inside the PE; a PE here has one SPad per data type")


def _placed(nest: Nest, problem: Problem, accelerator: Accelerator) -> Placed:
    """``nest`` in the orientation of ``problem``."""
    steps = _steps(nest, problem)
    waiting = [step for step in steps if step.loop.level == "array" and not step.loop.axis]
    for index, step in enumerate(steps):
        fans_out = any(inner.loop.axis for inner in steps[index:])
        if step in waiting and (fans_out or step.dim not in _POSITIONS):
            raise step.loop.node.error(
                f"{step.loop.target} stores nothing, so it cannot loop over {step.loop.dim} in time; use factor 1"
            )
        if step.loop.level == "pe" and step.loop.axis:
            raise step.loop.node.error(f"{step.loop.target} fans out inside the PE; a PE here is one place")
    inside = [step for step in steps if step.loop.level == "pe"]
    _check_pe(nest, inside)
    dram = [step for step in steps if step.loop.level == "dram" and not step.loop.axis]
    glb = [step for step in steps if step.loop.level == "glb" and not step.loop.axis]
    stream = [*waiting, *(step for step in inside if step.dim in _POSITIONS)]
    spread = {step.dim for step in steps if step.loop.axis}
    while glb and _may_stream(glb[-1], stream, spread):
        stream.insert(0, glb.pop())
    _check_stream(stream)
    for level in (dram, glb):
        _check_order(level)
    axes = _axes(steps, nest, accelerator)
    mapping = Mapping(
        spad=_extents([*inside, *(step for step in stream if step not in inside)]),
        **{axis: _extents(each) for axis, each in axes.items()},
        glb=_extents(step for step in steps if step not in dram),
        glb_order=_order(glb),
        dram_order=_order(dram),
    )
    layer = problem.layer
    _check_pe_overlaps(layer, [*dram, *glb], stream, mapping)
    if "iact" in accelerator.glb_keeps:
        _check_glb_overlaps(layer, dram, mapping)
    return Placed(layer, mapping, tuple(_notes(layer, mapping)), nest.root)


def _steps(nest: Nest, problem: Problem) -> list[Step]:
    """The loops in our dimensions, outermost first."""
    inner = dict.fromkeys(DIMS, 1)
    steps: list[Step] = []
    for loop in reversed(nest.loops):
        dim = problem.dims[loop.dim]
        if loop.last != loop.bound and list(problem.dims.values()).count(dim) > 1:
            raise loop.node.error(f"{loop.dim}={loop.bound},{loop.last}: {loop.dim} is one of several dimensions that "
                                  f"are {dim} here, which must then divide evenly")  # fmt: skip
        steps.insert(0, Step(dim, loop.bound, loop.last, inner[dim], loop))
        inner[dim] *= loop.bound
    return steps


def _check_pe(nest: Nest, inside: list[Step]) -> None:
    """The PE's loops leave each SPad what a PE here holds: weights of the tile, iacts and psums of one position."""
    order = list(nest.targets)
    for data_type in TYPES:
        holder = next(t for t, level in nest.targets.items() if level == "pe" and data_type in nest.keeps[t])
        for step in inside:
            outside = order.index(step.loop.target) < order.index(holder)
            stays = step.dim in _POSITIONS or step.dim in GROUPS[IRRELEVANT_GROUP[data_type]]
            if outside and not stays:
                raise step.loop.node.error(
                    f"the loop over {step.loop.dim} at {step.loop.target} is outside {holder}, so {holder} would be "
                    f"filled again for each of its steps; move it to {holder} or further in"
                )
            if not outside and step.dim in _POSITIONS and data_type != "weight":
                raise step.loop.node.error(
                    f"the loop over {step.loop.dim} at {step.loop.target} makes {holder} hold several output "
                    "positions; a SPad here holds those of one: move it out of the PE"
                )


def _may_stream(step: Step, stream: list[Step], spread: set[str]) -> bool:
    """Whether a GLB loop can become positions of the PE: contiguous, and in the order F, N, E."""
    if step.dim not in _POSITIONS or step.dim in spread - {"N"}:
        return False
    if step.dim in spread and any(inner.dim == step.dim for inner in stream):
        return False
    return not stream or _STREAM.index(step.dim) <= _STREAM.index(stream[0].dim)


def _check_stream(stream: list[Step]) -> None:
    ranks = [_STREAM.index(step.dim) for step in stream]
    if ranks != sorted(ranks):
        names = ", ".join(step.loop.dim for step in stream)
        raise stream[0].loop.node.error(f"the PE walks output positions by column, then batch, then row, not {names}")


def _check_order(level: list[Step]) -> None:
    """G outside, then each loop group in one block."""
    groups = ["G" if step.dim == "G" else _group(step.dim) for step in level]
    blocks = [group for group, _ in groupby(groups)]
    if len(set(blocks)) != len(blocks) or "G" in blocks[1:]:
        names = ", ".join(step.loop.dim for step in level)
        raise level[0].loop.node.error(
            f"loops {names} (outermost first) at {level[0].loop.target}: here loops over groups are outermost, and "
            "those over output channels, over the filter and its channels, and over positions are one block each"
        )


def _group(dim: str) -> str:
    return next(group for group, dims in GROUPS.items() if dim in dims)


def _axes(steps: list[Step], nest: Nest, accelerator: Accelerator) -> dict[str, list[Step]]:
    """Spatial loops by physical axis: X are columns and Y rows; the outer of two fan-outs is over clusters."""
    outer = next(iter(nest.fans), "")
    nested = accelerator.clusters > 1 and len(nest.fans) > 1
    axes: dict[str, list[Step]] = {}
    for step in (step for step in steps if step.loop.axis):
        grid = "cluster" if nested and step.loop.target == outer else "pe"
        axes.setdefault(f"{grid}_{'cols' if step.loop.axis == 'X' else 'rows'}", []).append(step)
    return axes


def _extents(steps: Iterable[Step]) -> Dims:
    listed = list(steps)
    return Dims.build(lambda dim: math.prod(step.bound for step in listed if step.dim == dim))


def _order(level: list[Step]) -> Order:
    """The loop groups, outermost first; those that do not loop are outside all others."""
    looping = list(dict.fromkeys(_group(step.dim) for step in level if step.dim != "G"))
    first, second, third = *(group for group in GROUPS if group not in looping), *looping
    return first, second, third


def _check_pe_overlaps(layer: Layer, outside: list[Step], stream: list[Step], mapping: Mapping) -> None:
    """Consecutive iact tiles of a PE overlap only from row to row of its stream, where the model keeps the overlap."""
    tile = {dim: 1 if dim in _POSITIONS else mapping.spad[dim] for dim in DIMS}
    for step, moved in _moves([*outside, *stream]):
        down_a_column = step in stream and moved == {"E": 1}
        if not down_a_column and _overlap(layer, moved, tile):
            raise _kept_overlap(step, "a PE", "along the output rows that a PE walks")


def _check_glb_overlaps(layer: Layer, dram: list[Step], mapping: Mapping) -> None:
    """Consecutive iact tiles of the GLB overlap where the model keeps the overlap, and nowhere else.

    A loop over M starts the sweep of iact tiles anew; of the sweep before, neither Timeloop nor the model keeps a part.
    """
    swept, tile = _swept(dram), {dim: mapping.glb[dim] for dim in DIMS}
    for step, moved in _moves(dram):
        if step.dim == "M":
            continue
        here = step.dim == swept and moved == {swept: tile[swept]}
        if not here and _overlap(layer, moved, tile):
            raise _kept_overlap(step, "the GLB", "along the innermost DRAM loop that iterates, over E or F")
        if not here and step.dim == swept and _overlap(layer, {swept: tile[swept]}, tile):
            raise step.loop.node.error(
                f"{step.loop.dim} advances at {step.loop.target} while a loop inside starts again, so Timeloop keeps "
                "no overlap of the GLB's input tiles; here it is kept. Make that loop the innermost"
            )


def _kept_overlap(step: Step, where: str, here: str) -> SpecError:
    return step.loop.node.error(
        f"when {step.loop.dim} advances at {step.loop.target}, consecutive input tiles of {where} overlap in part. "
        f"Timeloop keeps that overlap; here it is kept only {here}. Reorder these loops, or keep the tile whole"
    )


def _moves(walk: list[Step]) -> Iterable[tuple[Step, dict[str, int]]]:
    """For each loop how far the iact tile moves when it advances and all loops inside it start again."""
    for index, step in enumerate(walk):
        for last_round in (False, True):
            moved = dict.fromkeys(DIMS, 0)
            moved[step.dim] += step.step
            for inner in walk[index + 1 :]:
                moved[inner.dim] -= ((inner.last if last_round else inner.bound) - 1) * inner.step
            yield step, {dim: by for dim, by in moved.items() if by and dim != "M"}


def _overlap(layer: Layer, moved: dict[str, int], tile: dict[str, int]) -> bool:
    """Whether an iact tile shares words with itself moved by ``moved``, without being the same."""
    by = dict.fromkeys(DIMS, 0) | moved
    axes = (("E", "R", 0), ("F", "S", 1))
    meets = [abs(by[dim]) < tile[dim] for dim in ("G", "N", "C")]
    for e, r, axis in axes:
        span = (tile[e] - 1) * layer.stride[axis] + (tile[r] - 1) * layer.dilation[axis] + 1
        meets.append(abs(by[e] * layer.stride[axis] + by[r] * layer.dilation[axis]) < span)
    return bool(moved) and all(meets)


def _swept(dram: list[Step]) -> str:
    """The dimension along which consecutive GLB tiles slide in the model, "" if none (``model/traffic.py``)."""
    order = _order(dram)
    filters_iterate = any(step.dim in GROUPS["CRS"] for step in dram)
    if filters_iterate and order.index("NEF") < order.index("CRS"):
        return ""
    return next((dim for dim in ("F", "E") if any(step.dim == dim for step in dram)), "")


def _notes(layer: Layer, mapping: Mapping) -> Iterable[str]:
    """Where the counts differ from Timeloop's by design."""
    for e, r, axis, name in (("E", "R", 0, "height"), ("F", "S", 1, "width")):
        stride, dilation = layer.stride[axis], layer.dilation[axis]
        span = (mapping.spad[r] - 1) * dilation + 1
        across = product(range(mapping.places(e)), range(mapping.places(r)))
        starts = sorted({i * mapping.spad[e] * stride + j * mapping.spad[r] * dilation for i, j in across})
        if any(0 < second - first < span for first, second in pairwise(starts)):
            yield f"PEs whose windows overlap in part ({name}) share words; Timeloop sends each its own"
        gaps = mapping.glb[e] > 1 and stride > (mapping.glb[r] - 1) * dilation + 1
        if gaps or (dilation > 1 and mapping.glb[r] > 1):
            yield f"words between dilated taps or strides ({name}) are not fetched; Timeloop counts bounding boxes"
