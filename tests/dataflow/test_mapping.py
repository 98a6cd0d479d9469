"""Mappings on the host: what is refused, what the pytree holds, and what places and tiles multiply to."""

import math
from typing import Any

import jax
import pytest
from hypothesis import given

from eyeriss_jax.dataflow.mapping import ORDERS, LoopOrder, Mapping
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import AXES

from .strategies import mappings

ONES = Dims()


@pytest.mark.parametrize("level", ["glb", *AXES, "spad"])
@pytest.mark.parametrize("value", [0, -3, 2.0, 1.5, True, "4", None, float("nan")])
def test_a_tile_or_factor_must_be_a_positive_integer(level: str, value: Any) -> None:
    fields: dict[str, Any] = {"glb": ONES, "spad": ONES} | {level: Dims(F=value)}
    with pytest.raises(SpecError) as error:
        Mapping(**fields)
    assert str(error.value) == (
        f"mapping: {level}.F = {value!r} is not a positive integer; use 1 for a loop that is absent"
    )


@pytest.mark.parametrize("level", ["dram_order", "glb_order"])
@pytest.mark.parametrize(
    "order", [("M", "CRS"), ("M", "M", "NEF"), ("M", "CRS", "NEF", "M"), ("m", "crs", "nef"), (), "MCN", None, 3]
)
def test_an_order_must_name_the_three_groups_once(level: str, order: Any) -> None:
    fields: dict[str, Any] = {"glb": ONES, "spad": ONES, level: order}
    with pytest.raises(SpecError) as error:
        Mapping(**fields)
    assert str(error.value) == f"mapping: {level} = {order!r} must name M, CRS and NEF once each, outermost first"


def test_there_are_six_orders() -> None:
    assert len(set(ORDERS)) == 6
    assert all(sorted(order) == sorted(GROUPS) for order in ORDERS)


@pytest.mark.parametrize("order", ORDERS)
def test_ranks_count_from_the_outermost_loop(order: tuple[str, str, str]) -> None:
    ranks = LoopOrder.of(order)
    assert tuple(sorted(GROUPS, key=lambda group: getattr(ranks, group))) == order
    assert getattr(ranks, order[0]) == 0


@given(mappings())
def test_places_and_array_tiles_are_products_over_the_axes(mapping: Mapping) -> None:
    for dim in DIMS:
        factors = [getattr(mapping, axis)[dim] for axis in AXES]
        assert mapping.places(dim) == math.prod(factors)
        assert mapping.array_tile(dim) == mapping.spad[dim] * math.prod(factors)


@given(mappings())
def test_the_pytree_holds_the_same_numbers_as_scalars(mapping: Mapping) -> None:
    arrays = mapping.build()
    assert all(getattr(arrays, level) == getattr(mapping, level) for level in ("glb", *AXES, "spad"))
    assert arrays.dram_order == LoopOrder.of(mapping.dram_order)
    assert arrays.glb_order == LoopOrder.of(mapping.glb_order)
    assert len(jax.tree.leaves(arrays)) == 6 * len(DIMS) + 2 * len(GROUPS)
    assert all(type(leaf) is int for leaf in jax.tree.leaves(arrays))


def test_the_short_form_names_clusters_pes_and_the_tile() -> None:
    mapping = Mapping(
        glb=Dims(M=16, F=14),
        spad=Dims(M=4, C=3, R=3),
        cluster_rows=Dims(M=2, C=4),
        pe_rows=Dims(S=3),
        pe_cols=Dims(F=4),
    )
    assert mapping.short() == "clusters M2 C4 × - | PEs S3 × F4 | PE M4 C3 R3"
