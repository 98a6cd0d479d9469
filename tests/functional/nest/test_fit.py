"""What fits: the rules counted from index sets are the analytical model's, and the default mapping obeys both."""

from dataclasses import replace

import hypothesis.strategies as st
import jax
import pytest
from hypothesis import given, settings

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.dims import DIMS, TYPES, Dims, PerType
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.counting import Plan, count
from eyeriss_jax.functional.nest import Schedule, default_mapping
from eyeriss_jax.functional.nest.fit import glb_words, spad_words
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.hardware.presets import accelerator, eyeriss_v2
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers import network
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.storage import glb_need, spad_need
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.model.validity import Code
from tests.functional.execute.drawn import drawn_layer, host_mapping
from tests.laws.strategies import Case, cases


@jit_unfused
def _code(accelerator: AcceleratorArrays, layer: LayerArrays, mapping: MappingArrays) -> jax.Array:
    return evaluate(accelerator, layer, mapping).code


def tight_accelerators() -> st.SearchStrategy[Accelerator]:
    """Small arrays and memories, so that every rule is broken now and then."""
    words, bits = st.integers(1, 12), st.sampled_from([0, 512, 4096])
    return st.builds(
        lambda axes, iact, weight, psum, banks, shared, bypass, reducing: eyeriss_v2().replace(
            cluster_rows=axes[0], cluster_cols=axes[1], pe_rows=axes[2], pe_cols=axes[3],
            spad_words=Types(iact=iact, weight=2 * weight, psum=psum),
            glb_bits=Types(iact=banks, weight=0, psum=banks), glb_shared_bits=shared,
            oacts_bypass_glb=bypass, reduce_axes=reducing,
        ),
        st.tuples(*[st.integers(1, 4)] * 4), words, words, words, bits, st.integers(8, 2048), st.booleans(),
        st.sampled_from([AXES, ("cluster_rows", "pe_rows")]),
    )  # fmt: skip


@given(cases(), tight_accelerators())
@settings(max_examples=400)
def test_the_same_mappings_fit(case: Case, tight: Accelerator) -> None:
    layer, mapping = drawn_layer(case), host_mapping(case)
    whole = {dim: min(mapping.spad[dim], mapping.glb[dim], layer.extent(dim)) for dim in DIMS}
    mapping = replace(mapping, spad=Dims(**whole))
    code = Code(int(_code(tight.build(), layer.build(), mapping.build())))
    try:
        Plan.of(layer, mapping, tight)
    except SpecError:
        assert code != Code.VALID
    else:
        assert code == Code.VALID or (code == Code.GLB and stretches_meet(layer, mapping))


@jit_unfused
def _needs(layer: LayerArrays, mapping: MappingArrays) -> tuple[PerType, PerType, PerType]:
    dims = tile_all(layer.dims, mapping)
    kept, bypassed = (glb_need(layer, dims, oacts_bypass=bypass) for bypass in (0, 1))
    return spad_need(layer, dims, slides=True), kept, bypassed


def assert_words_are_the_same(case: Case) -> None:
    """iacts of clusters that hold overlapping stretches are estimated from above; everything else is equal."""
    layer, mapping = drawn_layer(case), host_mapping(case)
    schedule = Schedule.of(layer, mapping)
    spad, kept, bypassed = jax.tree.map(int, _needs(layer.build(), mapping.build()))
    assert spad_words(layer, schedule, slides=True) == {t: spad[t] for t in TYPES}
    for bypasses, need in ((False, kept), (True, bypassed)):
        listed = glb_words(layer, mapping, eyeriss_v2().replace(oacts_bypass_glb=bypasses), schedule)
        assert (listed["weight"], listed["psum"]) == (need.weight, need.psum)
        assert need.iact >= listed["iact"]
        assert need.iact == listed["iact"] or stretches_meet(layer, mapping)


@given(cases())
@settings(max_examples=100)
def test_the_words_that_must_fit_are_the_same(case: Case) -> None:
    assert_words_are_the_same(case)


@pytest.mark.slow
@given(cases())
@settings(max_examples=1000)
def test_the_words_that_must_fit_are_the_same_in_a_long_run(case: Case) -> None:
    assert_words_are_the_same(case)


def stretches_meet(layer: Layer, mapping: Mapping) -> bool:
    """Whether the separate stretches of an axis that a cluster works on touch common positions."""
    for outputs, taps, stride, dilation in zip("EF", "RS", layer.stride, layer.dilation, strict=True):
        clusters = mapping.cluster_rows[taps] * mapping.cluster_cols[taps]
        if clusters > 1 and min(mapping.glb[taps], layer.extent(taps)) > mapping.array_tile(taps):
            return True
        clusters = mapping.cluster_rows[outputs] * mapping.cluster_cols[outputs]
        array = mapping.array_tile(outputs)
        reach = (array // clusters - 1) * stride + (min(mapping.glb[taps], layer.extent(taps)) - 1) * dilation
        if clusters > 1 and array * stride <= reach:
            return True
    return False


@pytest.mark.parametrize("design", ["eyeriss_v1", "eyeriss_v1_5", "eyeriss_v2", "eyeriss_v2_256"])
@pytest.mark.parametrize("name", ["alexnet", "mobilenet_v1_0.5_128", "squeezenet1.1"])
def test_the_default_mapping_fits_and_does_the_layer(design: str, name: str) -> None:
    for layer in network(name).layers:
        counts = count(layer, default_mapping(layer, accelerator(design)), accelerator(design))
        assert counts.macs == layer.macs


def test_the_default_mapping_cuts_what_no_pe_holds() -> None:
    """A filter column of 21 rows is more than the 16 iact words; so is a dilated one of 5 taps that slides."""
    for layer in (Layer.conv2d("tall", 3, 4, 30, (21, 1)), Layer.conv2d("dilated", 3, 4, 30, 5, dilation=5)):
        counts = count(layer, default_mapping(layer, eyeriss_v2()), eyeriss_v2())
        assert counts.macs == layer.macs


def test_no_mapping_fits_a_machine_without_room() -> None:
    tiny = eyeriss_v2().replace(spad_words=Types(iact=1, weight=0, psum=1))
    with pytest.raises(SpecError, match="a PE needs 1 weight words but its SPad has 0"):
        default_mapping(Layer.conv2d("conv", 3, 4, 5, 3), tiny)
