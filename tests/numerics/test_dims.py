"""The named scalars: eight dimensions, three data types, and which dimension is whose reuse."""

import jax
import pytest

from eyeriss_jax.dims import DIMS, GROUPS, IRRELEVANT_GROUP, RELEVANT, TYPES, Dims, PerType, product


def test_each_loop_group_is_irrelevant_to_exactly_one_data_type() -> None:
    for group, members in GROUPS.items():
        strangers = [t for t in TYPES if not set(members) & set(RELEVANT[t])]
        assert [t for t in TYPES if IRRELEVANT_GROUP[t] == group] == strangers
        assert len(strangers) == 1


def test_groups_and_g_are_all_eight_dimensions_once() -> None:
    assert sorted(["G", *(d for members in GROUPS.values() for d in members)]) == sorted(DIMS)


@pytest.mark.parametrize("data_type", TYPES)
def test_a_data_type_is_indexed_by_all_but_its_irrelevant_group(data_type: str) -> None:
    assert {*RELEVANT[data_type], *GROUPS[IRRELEVANT_GROUP[data_type]]} == set(DIMS)


def test_dims_are_one_where_not_given_and_found_by_name() -> None:
    dims = Dims(M=3, S=5)
    assert [dims[d] for d in DIMS] == [1, 1, 3, 1, 1, 1, 1, 5]
    assert Dims.build(lambda d: dims[d] + 1) == Dims(G=2, N=2, M=4, C=2, E=2, F=2, R=2, S=6)


def test_a_dims_is_a_pytree_of_eight_scalar_leaves() -> None:
    assert jax.tree.leaves(Dims.build(DIMS.index)) == list(range(8))
    assert jax.tree.leaves(PerType.build(TYPES.index)) == [0, 1, 2]


def test_per_type_is_found_by_name() -> None:
    assert [PerType(iact=1, weight=2, psum=3)[t] for t in TYPES] == [1, 2, 3]


def test_product_of_nothing_is_one() -> None:
    assert product([]) == 1
    assert product([2, 3, 5]) == 30
