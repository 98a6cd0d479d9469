"""Drawn layers and mappings in the form that users write, and accelerators on which any of them fits."""

import math
from functools import partial

import hypothesis.strategies as st
from hypothesis import assume

from eyeriss_jax.dataflow.mapping import Mapping, Order
from eyeriss_jax.dims import DIMS, GROUPS, TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator import AXES, NOC_KINDS
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer
from tests.laws.strategies import Case

ROOMY = 1 << 30
V2 = eyeriss_v2()


def drawn_layer(case: Case) -> Layer:
    """The layer of a case; cases that :class:`Layer` refuses are drawn again."""
    try:
        return Layer(name="drawn", **case.layer_fields)
    except SpecError:
        assume(False)
        raise


def host_mapping(case: Case) -> Mapping:
    """The mapping of a case in the form that users write."""

    def order(level: str) -> Order:
        ranks = getattr(case.mapping, level)
        first, second, third = sorted(GROUPS, key=lambda group: getattr(ranks, group))
        return first, second, third

    tiles = {name: getattr(case.mapping, name) for name in ("glb", *AXES, "spad")}
    return Mapping(**tiles, dram_order=order("dram_order"), glb_order=order("glb_order"))


def roomy(mapping: Mapping, keeps: tuple[str, ...], lanes: int, bypass: bool, noc: str = "mesh") -> Accelerator:
    """An accelerator on which the mapping fits; one word per port and cycle, so that delivery cycles are words."""
    room = Types(iact=ROOMY, weight=ROOMY, psum=ROOMY)
    return V2.replace(
        **{axis: math.prod(getattr(mapping, axis)[dim] for dim in DIMS) for axis in AXES},
        lanes=lanes,
        reduce_axes=AXES,
        spad_words=room,
        glb_bits=room,
        glb_keeps=keeps,
        noc=noc,
        oacts_bypass_glb=bypass,
        noc_words_per_cycle=Types(iact=1, weight=1, psum=1),
        psum_chain_cycles=1,
    )


def accelerators(mapping: Mapping) -> st.SearchStrategy[Accelerator]:
    """Any set of kept data types, one to three lanes, finished outputs through or past the GLB, either NoC."""
    keeps = st.sets(st.sampled_from(TYPES)).map(lambda kept: tuple(t for t in TYPES if t in kept))
    return st.builds(partial(roomy, mapping), keeps, st.integers(1, 3), st.booleans(), st.sampled_from(NOC_KINDS))
