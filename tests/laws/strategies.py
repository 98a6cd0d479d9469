"""Hypothesis strategies for small layers and arbitrary mappings of them, for laws that the loop walk checks.

Everything is bounded so that one walk takes milliseconds; nothing has to divide, tiles may exceed their
extent, an axis may carry several dimensions and a dimension several axes.
"""

import math
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from hypothesis import strategies as st

from eyeriss_jax.dataflow.mapping import AXES, LoopOrder, MappingArrays
from eyeriss_jax.dims import DIMS, TYPES, Dims

from .loop_walk import Counts, walk

Pair = tuple[int, int]

LARGEST: dict[str, int] = {"G": 3, "N": 3, "M": 5, "C": 5, "E": 7, "F": 7, "R": 4, "S": 4}
MAX_MACS = 1200
MAX_PLACES = 24
MAX_FACTOR = 3
# (tap, output) over (PE rows, PE columns), as row-stationary dataflows have it: more often than by chance.
DIAGONALS = (("S", "F"), ("R", "E"), ("R", "F"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A layer and a mapping of it, as the arguments of :func:`walk`. ``padding`` is (top, bottom, left, right)."""

    dims: dict[str, int]
    stride: Pair
    dilation: Pair
    padding: tuple[int, int, int, int]
    input_size: Pair
    mapping: MappingArrays

    @property
    def whole_filters(self) -> bool:
        """Whether every DRAM tile holds whole filters, so that its padding can be counted in closed form."""
        return all(self.mapping.glb[dim] >= self.dims[dim] for dim in ("R", "S"))

    @property
    def layer_fields(self) -> dict[str, Any]:
        """The layer as keyword arguments of :class:`eyeriss_jax.layers.layer.Layer`, less the name."""
        top, bottom, left, right = self.padding
        return {
            **self.dims,
            "stride": self.stride,
            "dilation": self.dilation,
            "padding": ((top, bottom), (left, right)),
            "input_size": self.input_size,
        }

    def walk(self, **switches: Any) -> Counts:
        """The literal walk of this case; ``switches`` as in :func:`walk`."""
        return walk(self.dims, self.stride, self.dilation, self.padding, self.input_size, self.mapping, **switches)


@st.composite
def extents(draw: st.DrawFn, max_macs: int = MAX_MACS) -> dict[str, int]:
    """Extents of the eight dimensions with a bounded product; no dimension is favoured."""
    budget = max_macs
    drawn = {}
    for dim in draw(st.permutations(DIMS)):
        drawn[dim] = draw(st.integers(1, min(LARGEST[dim], budget)))
        budget //= drawn[dim]
    return {dim: drawn[dim] for dim in DIMS}


SMALL_DILATIONS = st.integers(1, 3)


@st.composite
def _axis_geometry(
    draw: st.DrawFn, outputs: int, taps: int, dilations: st.SearchStrategy[int]
) -> tuple[int, int, int, int, int]:
    """(stride, dilation, padding before, padding after, input size) of one axis, padding below the span."""
    stride = draw(st.integers(1, 3))
    dilation = draw(dilations)
    span = (taps - 1) * dilation + 1
    unread = draw(st.integers(0, stride - 1))  # rows at the end that no output reads
    padded = (outputs - 1) * stride + span + unread
    before = draw(st.integers(0, min(span, padded) - 1))
    after = draw(st.integers(0, min(span, padded - before) - 1))
    return stride, dilation, before, after, padded - before - after


@st.composite
def _spatial(draw: st.DrawFn, dims: dict[str, int], fixed: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Factors per physical axis with a bounded number of places over the whole array; ``fixed`` axes stay."""
    worth_splitting = [dim for dim in DIMS if dims[dim] > 1]
    budget = MAX_PLACES // math.prod(factor for axis in fixed.values() for factor in axis.values())
    factors = {axis: dict(fixed.get(axis, {})) for axis in AXES}
    for axis in draw(st.permutations([axis for axis in AXES if axis not in fixed])):
        candidates = st.sampled_from(worth_splitting) if worth_splitting else st.nothing()
        for dim in draw(st.lists(candidates | st.sampled_from(DIMS), max_size=3, unique=True)):
            if budget < 2:
                break
            factors[axis][dim] = draw(st.integers(2, min(MAX_FACTOR, budget)))
            budget //= factors[axis][dim]
    return factors


def loop_orders() -> st.SearchStrategy[LoopOrder]:
    """Any of the six orders of the three loop groups."""
    return st.sampled_from(list(permutations(range(3)))).map(
        lambda rank: LoopOrder(M=rank[0], CRS=rank[1], NEF=rank[2])
    )


@st.composite
def mappings(
    draw: st.DrawFn, dims: dict[str, int], stride_h: int, dilation_h: int, whole_filters: bool = False
) -> MappingArrays:
    """Any mapping of a layer that the hardware can run.

    The one rule: where positions slide along E (``spad.E > 1``), either the PEs of a cluster do not split R, or
    the taps of one PE's tile share no row with each other across positions (``spad.R <= stride / gcd(stride,
    dilation)``). A mapping that breaks it is repaired in one of the three possible ways.
    """
    spad = {dim: draw(st.just(1) | st.integers(1, dims[dim] + 1)) for dim in DIMS}
    diagonal = draw(st.none() | st.sampled_from(DIAGONALS))
    fixed: dict[str, dict[str, int]] = {}
    if diagonal is not None:
        tap, output = diagonal
        spad[tap] = 1
        fixed = {"pe_rows": {tap: dims[tap]}, "pe_cols": {output: 2}}
    factors = draw(_spatial(dims, fixed))
    glb = {dim: draw(st.just(dims[dim]) | st.integers(1, dims[dim] + 1)) for dim in DIMS}
    if whole_filters:
        glb |= {"R": dims["R"], "S": dims["S"]}

    largest_r = stride_h // math.gcd(stride_h, dilation_h)
    splits_r = "R" in factors["pe_rows"] or "R" in factors["pe_cols"]
    if spad["E"] > 1 and splits_r and spad["R"] > largest_r:
        repair = draw(st.sampled_from(("spad.R", "spad.E", "pe_axes.R")))
        if repair == "spad.R":
            spad["R"] = largest_r
        elif repair == "spad.E":
            spad["E"] = 1
        else:
            for axis in ("pe_rows", "pe_cols"):
                factors[axis].pop("R", None)

    return MappingArrays(
        glb=Dims(**glb),
        **{axis: Dims(**factors[axis]) for axis in AXES},
        spad=Dims(**spad),
        dram_order=draw(loop_orders()),
        glb_order=draw(loop_orders()),
    )


@st.composite
def cases(
    draw: st.DrawFn, whole_filters: bool | None = None, dilations: st.SearchStrategy[int] = SMALL_DILATIONS
) -> Case:
    """A small layer and any mapping of it.

    Args:
        draw: given by hypothesis.
        whole_filters: True keeps R and S whole in the GLB (``glb.R = R``, ``glb.S = S``); None draws either.
    """
    dims = draw(extents())
    stride_h, dilation_h, top, bottom, height = draw(_axis_geometry(dims["E"], dims["R"], dilations))
    stride_w, dilation_w, left, right, width = draw(_axis_geometry(dims["F"], dims["S"], dilations))
    whole = draw(st.booleans()) if whole_filters is None else whole_filters
    return Case(
        dims=dims,
        stride=(stride_h, stride_w),
        dilation=(dilation_h, dilation_w),
        padding=(top, bottom, left, right),
        input_size=(height, width),
        mapping=draw(mappings(dims, stride_h, dilation_h, whole)),
    )


def switches() -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments of :func:`walk`: any accounting convention, any set of kept types, one to three lanes."""
    return st.fixed_dictionaries(
        {
            "glb_keeps": st.sets(st.sampled_from(TYPES)).map(lambda kept: tuple(t for t in TYPES if t in kept)),
            "sliding_window": st.booleans(),
            "halo_multicast": st.booleans(),
            "lanes": st.integers(1, 3),
        }
    )
