"""Layers with mappings: those that the papers describe, on Eyeriss v2 and v1, and random small ones."""

from dataclasses import dataclass
from math import prod
from typing import Any

from hypothesis import strategies as st

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.presets import eyeriss_v1, eyeriss_v1_scaled, eyeriss_v2
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class Case:
    """A layer, its mapping and where it runs."""

    layer: Layer
    mapping: Mapping
    accelerator: Accelerator


def mapped(layer: Layer, accelerator: Accelerator | None = None, **levels: Any) -> Case:
    """A case whose GLB tile is one array tile; ``levels``: factors per axis and the PE tile as dictionaries."""
    dims = {level: Dims(**factors) for level, factors in levels.items()}
    whole = Mapping(glb=Dims.build(layer.extent), **dims)
    glb = Dims.build(lambda dim: min(layer.extent(dim), whole.array_tile(dim)))
    return Case(layer, Mapping(glb=glb, **dims), accelerator or eyeriss_v2())


ALEXNET_CONV3 = Layer(name="CONV3", M=384, C=256, E=13, F=13, R=3, S=3, padding=((1, 1), (1, 1)))
ALEXNET_CONV1 = Layer(name="CONV1", M=96, C=3, E=55, F=55, R=11, S=11, stride=(4, 4))
ALEXNET_FC7 = Layer.fully_connected("FC7", 4096, 4096)
MOBILENET_DW = Layer.depthwise("block5-DW", 128, 16, 3, padding=1)
MOBILENET_DW_S2 = Layer.depthwise("block6-DW", 128, 16, 3, stride=2, padding=((0, 1), (0, 1)))
DILATED = Layer(name="dilated", M=64, C=64, E=14, F=14, R=3, S=3, dilation=(2, 2))
MOBILENET_PW = Layer.conv2d("block5-PW", 128, 128, 16, 1)
MOBILENET_FC = Layer.fully_connected("FC", 512, 1000)

# Row stationary in one cluster: filter columns on the 3 PE rows, output columns on the 4 PE columns.
RS = {"pe_rows": {"S": 3}, "pe_cols": {"F": 4}}

V2_CASES: dict[str, Case] = {
    "conv: iact shared along columns, weight along rows": mapped(
        ALEXNET_CONV3, cluster_rows={"M": 8}, cluster_cols={"F": 2}, **RS, spad={"M": 8, "C": 4, "E": 13, "R": 3}
    ),
    "conv: iact shared along rows, weight along columns": mapped(
        ALEXNET_CONV3, cluster_rows={"F": 4}, cluster_cols={"M": 2}, **RS, spad={"M": 8, "C": 4, "E": 13, "R": 3}
    ),
    "conv: iact shared by blocks, short last row of clusters": mapped(
        ALEXNET_CONV3, cluster_rows={"F": 2, "M": 4}, cluster_cols={"M": 2}, **RS, spad={"M": 50, "E": 13, "R": 3}
    ),
    "conv: channels accumulate over all cluster rows": mapped(
        ALEXNET_CONV3, cluster_rows={"C": 8}, cluster_cols={"F": 2}, **RS, spad={"M": 8, "C": 4, "E": 13, "R": 3}
    ),
    "conv: large filter with stride 4": mapped(
        ALEXNET_CONV1,
        cluster_rows={"M": 8},
        cluster_cols={"M": 2},
        pe_rows={"C": 3},
        pe_cols={"F": 4},
        spad={"M": 6, "E": 55, "R": 11},
    ),
    "conv: dilation 2 with two output columns per PE": mapped(
        DILATED, cluster_rows={"M": 8}, cluster_cols={"F": 2}, **RS, spad={"M": 8, "C": 2, "E": 14, "F": 2, "R": 3}
    ),
    "depthwise: groups everywhere": mapped(
        MOBILENET_DW,
        cluster_rows={"G": 8},
        cluster_cols={"G": 2},
        pe_rows={"S": 3},
        pe_cols={"G": 4},
        spad={"E": 16, "F": 4, "R": 3},
    ),
    "depthwise: output columns over clusters": mapped(
        MOBILENET_DW, cluster_rows={"F": 4}, cluster_cols={"F": 2}, pe_rows={"S": 3}, pe_cols={"G": 4},
        spad={"E": 16, "F": 2, "R": 3},
    ),
    "depthwise: stride 2": mapped(
        MOBILENET_DW_S2, cluster_rows={"G": 8}, cluster_cols={"G": 2}, **RS, spad={"E": 8, "F": 2, "R": 3}
    ),
    "pointwise: channels over rows, outputs over columns": mapped(
        MOBILENET_PW,
        cluster_rows={"C": 8},
        cluster_cols={"M": 2},
        pe_rows={"M": 3},
        pe_cols={"F": 4},
        spad={"M": 2, "C": 16, "E": 16, "F": 4},
    ),
    "pointwise: two interleaved streams per column": mapped(
        MOBILENET_PW,
        cluster_rows={"M": 4, "C": 2},
        cluster_cols={"M": 2},
        pe_rows={"F": 3},
        pe_cols={"M": 2, "F": 2},
        spad={"M": 2, "C": 8, "E": 16},
    ),
    "fc: weights unicast": mapped(
        ALEXNET_FC7,
        cluster_rows={"M": 8},
        cluster_cols={"M": 2},
        pe_rows={"C": 3},
        pe_cols={"M": 4},
        spad={"M": 16, "C": 12},
    ),
    "fc: four interleaved streams on two columns": mapped(
        MOBILENET_FC,
        cluster_rows={"M": 2, "C": 4},
        cluster_cols={"M": 2},
        pe_rows={"M": 3},
        pe_cols={"M": 4},
        spad={"M": 7, "C": 16},
    ),
}  # fmt: skip

# JSSC 2017, Table III (rows and columns exchanged as in this package's RS): S on rows with sets of C or M.
V1_CASES: dict[str, Case] = {
    "conv1: filter columns and outputs": mapped(
        ALEXNET_CONV1, eyeriss_v1(), pe_rows={"S": 11}, pe_cols={"F": 7, "M": 2}, spad={"M": 16, "E": 55, "R": 11}
    ),
    "conv3: four sets of filters": mapped(
        ALEXNET_CONV3, eyeriss_v1(), pe_rows={"S": 3, "M": 4}, pe_cols={"F": 13},
        spad={"M": 16, "C": 4, "E": 13, "R": 3},
    ),
    "conv3: two output columns per PE, one in the last": mapped(
        ALEXNET_CONV3, eyeriss_v1(), pe_rows={"S": 3}, pe_cols={"F": 7}, spad={"M": 8, "C": 2, "E": 13, "F": 2, "R": 3}
    ),
    "conv4: two sets of channels, two of filters": mapped(
        ALEXNET_CONV3, eyeriss_v1(), pe_rows={"S": 3, "C": 2, "M": 2}, pe_cols={"F": 13},
        spad={"M": 16, "C": 3, "E": 13, "R": 3},
    ),
    "fc: every PE its own weights": mapped(
        ALEXNET_FC7, eyeriss_v1(), pe_rows={"C": 12}, pe_cols={"M": 14}, spad={"M": 16, "C": 12}
    ),
    "depthwise: groups over columns": mapped(
        MOBILENET_DW, eyeriss_v1(), pe_rows={"S": 3, "F": 4}, pe_cols={"G": 14}, spad={"E": 16, "R": 3}
    ),
    "depthwise: groups over rows and columns of the scaled array": mapped(
        MOBILENET_DW, eyeriss_v1_scaled(16, 16), pe_rows={"S": 3, "G": 5}, pe_cols={"F": 4, "G": 4},
        spad={"E": 16, "R": 3},
    ),
}  # fmt: skip

SMALL_MESH = eyeriss_v2().replace(
    name="small_mesh",
    cluster_rows=6,
    cluster_cols=4,
    pe_rows=2,
    pe_cols=3,
    noc_words_per_cycle=Types(iact=6, weight=3, psum=2),
)
SMALL_BUS = eyeriss_v1().replace(
    name="small_bus", pe_rows=6, pe_cols=6, noc_words_per_cycle=Types(iact=1, weight=4, psum=4)
)

_REDUCED = ("C", "R", "S")
_LARGEST = {"G": 2, "N": 2, "M": 4, "C": 3, "E": 4, "F": 3, "R": 3, "S": 3}


@st.composite
def random_cases(draw: st.DrawFn, accelerator: Accelerator) -> Case:
    """Any mapping that fits the axes and is no larger than its layer's one pass, any stride and dilation up to 3.

    Reduced dimensions stay on axes along which psums add up. A PE that slides along E holds all R of its cluster,
    the rule that every mapping obeys.
    """
    dims = draw(st.permutations(DIMS))
    axes = {}
    for axis in AXES:
        room, axes[axis] = getattr(accelerator, axis), {}
        allowed = [d for d in dims if d not in _REDUCED or axis in accelerator.reduce_axes]
        for dim in allowed[: draw(st.integers(0, 3))]:
            axes[axis][dim] = draw(st.integers(1, min(4, room)))
            room //= axes[axis][dim]
        dims = draw(st.permutations(DIMS))
    spad = {dim: draw(st.integers(1, _LARGEST[dim])) for dim in DIMS}
    if spad["E"] > 1 and axes["pe_rows"].get("R", 1) * axes["pe_cols"].get("R", 1) > 1:
        spad["R"] = 1
    places = {dim: prod(factors.get(dim, 1) for factors in axes.values()) for dim in DIMS}
    extents = {dim: draw(st.integers(1, spad[dim] * places[dim])) for dim in DIMS}
    stride, dilation = (draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in range(2))
    layer = Layer(name="random", **extents, stride=stride, dilation=dilation)
    return mapped(layer, accelerator, **axes, spad=spad)
