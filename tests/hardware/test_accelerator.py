"""The accelerator spec: derived numbers, ``build`` and ``replace``."""

import dataclasses
import math

import jax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.dataflow import mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import AXES, Accelerator, AcceleratorArrays, Types
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator, eyeriss_v2


@pytest.mark.parametrize("name", ACCELERATORS)
def test_build_gives_a_finite_or_infinite_float_for_every_leaf(name: str) -> None:
    leaves = jax.tree.leaves(accelerator(name).build())
    assert all(type(leaf) is float and not math.isnan(leaf) for leaf in leaves)


@pytest.mark.parametrize("name", ACCELERATORS)
def test_all_presets_build_the_same_tree(name: str) -> None:
    assert jax.tree.structure(accelerator(name).build()) == jax.tree.structure(eyeriss_v2().build())


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_bandwidth_may_be_infinite_and_nothing_else_is(name: str) -> None:
    infinite = {
        jax.tree_util.keystr(path).split(".")[1]
        for path, leaf in jax.tree_util.tree_leaves_with_path(accelerator(name).build())
        if math.isinf(leaf)
    }
    bandwidths = {"glb_read_words_per_cycle", "glb_write_words_per_cycle", "noc_words_per_cycle"}
    assert infinite <= bandwidths | {
        "dram_read_bits_per_cycle",
        "dram_write_bits_per_cycle",
        "dram_total_bits_per_cycle",
    }


def test_build_turns_names_into_ones_and_zeros() -> None:
    arrays = eyeriss_v2().replace(overlap=("weight",)).build()
    assert isinstance(arrays, AcceleratorArrays)
    assert arrays.noc_is_mesh == 1.0
    assert (arrays.glb_keeps.iact, arrays.glb_keeps.weight, arrays.glb_keeps.psum) == (1.0, 0.0, 1.0)
    assert (arrays.overlap.iact, arrays.overlap.weight, arrays.overlap.psum) == (0.0, 1.0, 0.0)


def test_build_traces_under_jit() -> None:
    pes = jax.jit(lambda a: a.cluster_rows * a.cluster_cols * a.pe_rows * a.pe_cols)(eyeriss_v2().build())
    assert float(pes) == 192


def test_the_axes_are_those_of_a_mapping() -> None:
    assert AXES == mapping.AXES


def test_equality_and_hash_ignore_the_citations() -> None:
    cited, bare = eyeriss_v2(), eyeriss_v2().replace(sources={})
    assert cited == bare
    assert hash(cited) == hash(bare)


def test_replace_marks_a_changed_field_as_changed() -> None:
    wider = eyeriss_v2().replace(lanes=4, pe_rows=3)
    assert wider.macs_per_cycle == 768
    assert wider.sources["lanes"] == "changed from 2"
    assert wider.sources["pe_rows"] == eyeriss_v2().sources["pe_rows"]


def test_replace_refuses_an_unknown_field_with_a_suggestion() -> None:
    with pytest.raises(SpecError, match=r"unknown name 'pe_row'; did you mean 'pe_rows'\?"):
        eyeriss_v2().replace(pe_row=4)


def test_replace_validates_again() -> None:
    with pytest.raises(SpecError, match="pe_rows = 0"):
        eyeriss_v2().replace(pe_rows=0)


# A shared GLB, so that any set of kept data types is legal.
_ROOM_FOR_ALL = eyeriss_v2().replace(glb_shared_bits=8192)

_counts = st.integers(min_value=1, max_value=4096)
_capacities = st.integers(min_value=1, max_value=2**40)
_bandwidths = st.one_of(st.floats(min_value=1e-3, max_value=1e9), st.just(math.inf))
_names = st.lists(st.sampled_from(("iact", "weight", "psum")), unique=True).map(tuple)


def _types(values: st.SearchStrategy) -> st.SearchStrategy[Types]:
    return st.builds(Types, iact=values, weight=values, psum=values)


_changes = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys((*AXES, "lanes"), _counts),
        **dict.fromkeys(("spad_words", "glb_bits"), _types(_capacities)),
        "word_bits": st.builds(Types, iact=_capacities, weight=_capacities, psum=st.integers(20, 2**40)),
        "oact_bits": st.integers(1, 20),  # a psum becomes one
        "noc_words_per_cycle": _types(_bandwidths),
        **dict.fromkeys(("glb_keeps", "overlap"), _names),
        "reduce_axes": st.lists(st.sampled_from(AXES), unique=True).map(tuple),
        "noc": st.sampled_from(("mesh", "bus")),
        **dict.fromkeys(("glb_read_words_per_cycle", "dram_total_bits_per_cycle"), _bandwidths),
        **dict.fromkeys(("psum_chain_cycles", "pass_ramp_cycles"), st.floats(min_value=0, max_value=1e6)),
        "clock_hz": st.floats(min_value=1, max_value=1e10),
    },
)


@given(changes=_changes)
def test_replace_round_trip(changes: dict) -> None:
    original = _ROOM_FOR_ALL
    changed = original.replace(**changes)
    assert all(getattr(changed, name) == value for name, value in changes.items())
    assert changed.replace(**{name: getattr(original, name) for name in changes}) == original


@given(changes=_changes)
def test_derived_numbers_follow_the_fields(changes: dict) -> None:
    design = _ROOM_FOR_ALL.replace(**changes)
    arrays = design.build()
    assert design.pes == math.prod(getattr(design, axis) for axis in AXES)
    assert design.macs_per_cycle == design.pes * design.lanes
    assert design.peak_gops == pytest.approx(2 * design.macs_per_cycle * design.clock_hz / 1e9)
    assert design.glb_total_bits == design.clusters * (design.glb_bits.total + design.glb_shared_bits)
    assert arrays.pe_rows == design.pe_rows
    assert not any(math.isnan(leaf) for leaf in jax.tree.leaves(arrays))


def test_the_spec_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        eyeriss_v2().lanes = 4  # pyright: ignore[reportAttributeAccessIssue]


def test_every_field_is_documented() -> None:
    documented = Accelerator.__doc__ or ""
    assert [item.name for item in dataclasses.fields(Accelerator) if f"    {item.name}: " not in documented] == []
