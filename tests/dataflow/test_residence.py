"""Where tensors stay: what the drawn loop nest says multiplies out to the words that the laws count."""

import math

import pytest

import eyeriss_jax as ej
from eyeriss_jax.dataflow.loops import loops, residence
from eyeriss_jax.dataflow.mapping import ORDERS
from eyeriss_jax.dims import Dims
from eyeriss_jax.search.mapping import evaluate_exactly

# 1x1 so that tiles of iacts have no halo; everything divides, and one position per PE so that nothing streams.
LAYER = ej.Layer(name="pw", M=16, C=8, E=4, F=4)
V2 = ej.accelerator("eyeriss_v2")


def mapping(dram, glb, spad_e=1):
    return ej.Mapping(
        glb=Dims(M=8, C=4, E=2, F=4), spad=Dims(M=4, C=2, E=spad_e), pe_cols=Dims(F=2), dram_order=dram, glb_order=glb
    )


def again(nest, data_type, level):
    """How often the loops of a level make a tile come again."""
    states = zip(nest, residence(nest, data_type, V2.glb_keeps), strict=True)
    return math.prod(loop.count for loop, state in states if state == "again" and loop.level in level)


@pytest.mark.parametrize("dram", ORDERS)
@pytest.mark.parametrize("glb", ORDERS)
def test_again_is_what_the_laws_count(dram, glb):
    chosen = mapping(dram, glb)
    nest = loops(chosen, LAYER)
    found = evaluate_exactly(V2, LAYER, chosen)
    # Weights bypass the GLB, so both levels fetch them from DRAM; the GLB keeps iacts and psums.
    assert found.dram.weight.reads == LAYER.weights * again(nest, "weight", ("DRAM", "GLB"))
    assert found.dram.iact.reads == LAYER.iacts * again(nest, "iact", ("DRAM",))
    assert found.dram.psum.updates == LAYER.oacts * again(nest, "psum", ("DRAM",))


def test_positions_stream_through_a_pe_and_weights_stay():
    nest = loops(mapping(("M", "CRS", "NEF"), ("M", "CRS", "NEF"), spad_e=2), LAYER)
    by_loop = {(loop.level, loop.dim): at for at, loop in enumerate(nest)}
    assert residence(nest, "weight", ())[by_loop["PE", "E"]] == "stays in PE"
    assert residence(nest, "psum", ())[by_loop["GLB", "C"]] == "again"
    assert residence(nest, "iact", ())[by_loop["GLB", "M"]] == "again"


def test_axes_split_share_or_add_up():
    nest = loops(
        ej.Mapping(
            glb=Dims(M=16, C=8, E=4, F=4), spad=Dims(), pe_rows=Dims(C=2), pe_cols=Dims(F=2), cluster_rows=Dims(M=2)
        ),
        LAYER,
    )
    axes = {loop.dim: at for at, loop in enumerate(nest) if loop.level not in ("DRAM", "GLB", "PE")}
    assert [residence(nest, "psum", ())[axes[dim]] for dim in "CFM"] == ["added up", "split", "split"]
    assert [residence(nest, "weight", ())[axes[dim]] for dim in "CFM"] == ["split", "shared", "split"]
    assert [residence(nest, "iact", ())[axes[dim]] for dim in "CFM"] == ["split", "split", "shared"]
