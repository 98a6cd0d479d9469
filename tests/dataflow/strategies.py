"""Hypothesis strategies for mappings, layers and small machines that share nothing with the mapspace's own choices."""

from hypothesis import strategies as st

from eyeriss_jax.dataflow.mapping import ORDERS, Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.hardware import AXES, Accelerator
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer


def dims(largest: int) -> st.SearchStrategy[Dims]:
    """Any eight integers up to ``largest``, mostly ones."""
    return st.builds(Dims, **{dim: st.just(1) | st.integers(1, largest) for dim in DIMS})


def mappings() -> st.SearchStrategy[Mapping]:
    """Any mapping that can be written down, fitting nothing in particular."""
    return st.builds(
        Mapping,
        glb=dims(40),
        spad=dims(8),
        **{axis: dims(5) for axis in AXES},
        dram_order=st.sampled_from(ORDERS),
        glb_order=st.sampled_from(ORDERS),
    )


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """A small layer of any kind: grouped, depthwise, pointwise, fully connected, strided, dilated, padded, batched."""
    kind = draw(st.sampled_from(("conv", "grouped", "depthwise", "fc")))
    batch = draw(st.sampled_from((1, 1, 2, 3)))
    if kind == "fc":
        return Layer.fully_connected("fc", draw(st.integers(1, 40)), draw(st.integers(1, 40)), batch=batch)
    stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    spans = [(taps - 1) * dilation + 1 for taps in kernel]
    size = tuple(draw(st.integers(span, span + 8)) for span in spans)
    pads = tuple((draw(st.integers(0, (span - 1) // 2)), draw(st.integers(0, (span - 1) // 2))) for span in spans)
    groups = {"conv": 1, "grouped": 2, "depthwise": draw(st.integers(2, 6))}[kind]
    wide = 1 if kind == "depthwise" else draw(st.integers(1, 6))
    out = 1 if kind == "depthwise" else draw(st.integers(1, 7))
    return Layer.conv2d(
        kind, groups * wide, groups * out, size, kernel,
        stride=stride, padding=pads, dilation=dilation, groups=groups, batch=batch,
    )  # fmt: skip


@st.composite
def machines(draw: st.DrawFn) -> Accelerator:
    """A preset with a small array of any shape; either network on chip, with or without weights in the GLB."""
    preset = accelerator(draw(st.sampled_from(("eyeriss_v2", "eyeriss_v1_5", "eyeriss_v1_192", "timeloop_e168"))))
    grid = {axis: draw(st.integers(1, 3)) for axis in AXES}
    return preset.replace(**(grid if preset.clusters > 1 else {axis: grid[axis] for axis in AXES[2:]}))
