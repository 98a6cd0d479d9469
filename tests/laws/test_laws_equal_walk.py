"""The closed-form laws equal the literal walk of the loop nest, word for word, remainders and halos included."""

import math
from functools import partial
from typing import Any

import jax
import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import MappingArrays
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.cycles import compute_cycles
from eyeriss_jax.model.ramp import passes
from eyeriss_jax.model.tiling import active_pes, tile_all
from eyeriss_jax.model.traffic import array_traffic, glb_traffic
from eyeriss_jax.numerics import real

from .loop_walk import Counts
from .strategies import Case, cases, switches


@partial(jit_unfused, static_argnames="conventions")
def _laws(layer: LayerArrays, mapping: MappingArrays, lanes: int, conventions: Conventions) -> dict[str, Any]:
    layer, mapping = jax.tree.map(real, (layer, mapping))
    dims = tile_all(layer.dims, mapping)
    return {
        **array_traffic(layer, mapping, dims, lanes, conventions)._asdict(),
        **{f"glb_{name}": words for name, words in glb_traffic(layer, mapping, dims, conventions)._asdict().items()},
        "compute": compute_cycles(dims, lanes),
        "passes": passes(dims),
        "active_pes": active_pes(dims),
    }


def _walked(counts: Counts, keeps: tuple[str, ...], outputs: int) -> dict[str, int]:
    """The counts of the walk under the names of the laws; GLB counts only for the types that the GLB keeps."""
    at_array = {
        "iact_fills": counts.spad_fills["iact"],
        "iact_reads": counts.unique["iact"],
        "iact_links": counts.taken["iact"] - counts.unique["iact"],
        "iact_port": counts.delivery_max["iact"],
        "weight_fills": counts.spad_fills["weight"],
        "weight_reads": counts.unique["weight"],
        "weight_links": counts.taken["weight"] - counts.unique["weight"],
        "weight_port": counts.delivery_max["weight"],
        "psum_visits": counts.unique["psum"],
        "psum_links": counts.taken["psum"] - counts.unique["psum"],
        "psum_pe_visits": counts.psum_visits_pe,
        "psum_port": counts.delivery_max["psum"],
        "psum_returns": counts.psum_refills,
        "psum_port_returns": counts.psum_refills_max,
        "psum_drain": counts.psum_drain_steps,
        "compute": counts.compute,
        "passes": counts.passes,
        "active_pes": counts.active_pes,
    }
    at_glb = {
        "iact": {"glb_iact_fills": counts.glb_fills["iact"], "glb_iact_reads": counts.dram_reads["iact"]},
        "weight": {"glb_weight_reads": counts.glb_fills["weight"]},
        "psum": {"glb_psum_visits": counts.dram_writes["psum"]},
    }
    assert counts.psum_refills == counts.unique["psum"] - outputs
    return at_array | {name: words for kept in keeps for name, words in at_glb[kept].items()}


def _padding_is_exact(case: Case, layer: Layer) -> bool:
    """Where the padding law claims exactness: whole filters at the DRAM level and nothing skipped on the axis."""
    axes = zip((layer.R, layer.S), layer.stride, layer.dilation, layer.padding, strict=True)
    return case.whole_filters and all(
        not any(pad) or (dilation == 1 and taps >= stride) for taps, stride, dilation, pad in axes
    )


def _assert_equal(case: Case, options: dict[str, Any]) -> None:
    try:
        layer = Layer(name="drawn", **case.layer_fields)
    except SpecError:
        assume(False)
        return
    walked = _walked(case.walk(**options), options["glb_keeps"], math.prod(case.dims[d] for d in "GNMEF"))
    conventions = Conventions(sliding_window=options["sliding_window"], halo_multicast=options["halo_multicast"])
    with jax.enable_x64(True):
        laws = jax.tree.map(float, _laws(layer.build(), case.mapping, options["lanes"], conventions))
    if not _padding_is_exact(case, layer):
        walked.pop("glb_iact_reads", None)
    assert {name: laws[name] for name in walked} == walked


@given(cases(), switches())
@settings(max_examples=250)  # 10,000 in the long run below
def test_every_count_equals_the_walk(case: Case, options: dict[str, Any]) -> None:
    _assert_equal(case, options)


@given(cases(dilations=st.sampled_from((33, 64, 99, 512))), switches())
@settings(max_examples=100)
def test_every_count_equals_the_walk_at_large_dilations(case: Case, options: dict[str, Any]) -> None:
    _assert_equal(case, options)


@given(cases(whole_filters=True), switches())
@settings(max_examples=100)
def test_padding_is_never_read_from_dram(case: Case, options: dict[str, Any]) -> None:
    _assert_equal(case, options | {"glb_keeps": ("iact", "psum")})


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_every_count_equals_the_walk_in_a_long_run(part: int) -> None:
    """10,000 cases in four parts, each short enough for a slow machine and none with the cases of another."""

    @seed(part)
    @given(cases(), switches())
    @settings(max_examples=2500)
    def equal(case: Case, options: dict[str, Any]) -> None:
        _assert_equal(case, options)

    equal()
