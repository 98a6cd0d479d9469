"""Candidates: nothing worth trying is left out, and what is left out is dominated."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.dataflow.candidates import (
    axis_factors,
    dram_parts,
    even_tiles,
    halving_tiles,
    maximal_axis_factors,
)


def compute_cycles(extent: int, tile: int, places: int) -> int:
    """Sum over array tiles of the fullest place's tile, by walking the indices."""
    cycles = 0
    for start in range(0, extent, tile * places):
        cycles += min(tile, extent - start)
    return cycles


@given(extent=st.integers(1, 300), places=st.integers(1, 40), steps=st.integers(1, 300))
def test_even_tiles_hold_the_smallest_tile_for_any_places_and_steps(extent: int, places: int, steps: int) -> None:
    smallest = next(tile for tile in range(1, extent + 1) if math.ceil(extent / (tile * places)) <= steps)
    assert smallest in even_tiles(extent, extent)


@given(extent=st.integers(1, 400), limit=st.integers(0, 500))
def test_even_tiles_obey_the_limit_and_come_largest_first(extent: int, limit: int) -> None:
    tiles = even_tiles(extent, limit)
    assert tiles == sorted(set(tiles), reverse=True)
    assert all(1 <= tile <= min(limit, extent) for tile in tiles)
    assert (1 in tiles) == (limit >= 1)


@given(extent=st.integers(1, 400), limit=st.integers(0, 500))
def test_even_tiles_are_the_extent_over_whole_numbers(extent: int, limit: int) -> None:
    assert set(even_tiles(extent, limit)) == {t for k in range(1, extent + 1) if (t := math.ceil(extent / k)) <= limit}


def test_enormous_extents_and_axes_take_no_time() -> None:
    assert len(even_tiles(2**31 - 1, 192)) == 192
    assert maximal_axis_factors(4096, {"M": 2**31 - 1, "F": 2**31 - 1})


@given(extent=st.integers(1, 60), places=st.integers(1, 12), limit=st.integers(1, 60))
def test_no_other_tile_that_fits_computes_faster_than_the_best_even_tile(extent: int, places: int, limit: int) -> None:
    def best(tiles: list[int]) -> int:
        return min(compute_cycles(extent, tile, places) for tile in tiles)

    assert best(even_tiles(extent, limit)) == best(list(range(1, min(limit, extent) + 1)))


@given(extent=st.integers(1, 5000))
def test_halving_tiles_go_from_the_whole_extent_to_one(extent: int) -> None:
    tiles = halving_tiles(extent)
    assert (tiles[0], tiles[-1]) == (extent, 1)
    assert all(math.ceil(large / 2) == small for large, small in itertools.pairwise(tiles))


@given(extent=st.integers(1, 5000))
def test_dram_parts_hold_all_small_numbers_and_no_more_parts_than_indices(extent: int) -> None:
    parts = dram_parts(extent)
    assert set(range(1, min(extent, 4) + 1)) <= set(parts)
    assert all(part <= extent for part in parts)


def fitting_and_maximal_tuples(length: int, extents: dict[str, int]) -> list[set[tuple[tuple[str, int], ...]]]:
    """All factor tuples on an axis, and those that no other tuple exceeds, by comparing every pair."""
    dims = [dim for dim in sorted(extents) if extents[dim] > 1]
    fitting = [
        factors
        for factors in itertools.product(*(range(1, extents[dim] + 1) for dim in dims))
        if math.prod(factors) <= length
    ]
    maximal = [
        factors
        for factors in fitting
        if not any(other != factors and all(map(int.__ge__, other, factors)) for other in fitting)
    ]
    return [
        {tuple((dim, n) for dim, n in zip(dims, factors, strict=True) if n > 1) for factors in some}
        for some in (fitting, maximal)
    ]


@given(length=st.integers(1, 16), extents=st.dictionaries(st.sampled_from("CFMNS"), st.integers(1, 9), max_size=3))
def test_axis_factors_are_exactly_all_tuples_and_the_maximal_ones(length: int, extents: dict[str, int]) -> None:
    for offered, expected in zip(
        (axis_factors, maximal_axis_factors), fitting_and_maximal_tuples(length, extents), strict=True
    ):
        found = offered(length, extents)
        assert len(found) == len({tuple(sorted(factors.items())) for factors in found})
        assert {tuple(sorted(factors.items())) for factors in found} == expected


@given(length=st.integers(1, 16), extents=st.dictionaries(st.sampled_from("CFMNS"), st.integers(1, 9), max_size=3))
def test_a_longer_axis_has_every_choice_of_a_shorter_one(length: int, extents: dict[str, int]) -> None:
    shorter, longer = (axis_factors(places, extents) for places in (length, length + 1))
    assert all(factors in longer for factors in shorter)


@pytest.mark.parametrize(("length", "extents"), [(1, {"M": 8, "C": 3}), (12, {}), (12, {"M": 1, "C": 1})])
def test_an_axis_that_can_hold_nothing_has_one_empty_choice(length: int, extents: dict[str, int]) -> None:
    assert axis_factors(length, extents) == [{}]


@given(
    extent=st.integers(1, 40),
    tile=st.integers(1, 12),
    factor=st.integers(1, 8),
    larger=st.integers(1, 8),
    other_axes=st.integers(1, 4),
)
def test_a_smaller_factor_with_the_same_tile_is_never_faster(
    extent: int, tile: int, factor: int, larger: int, other_axes: int
) -> None:
    fewer, more = sorted((factor, larger))
    assert compute_cycles(extent, tile, fewer * other_axes) >= compute_cycles(extent, tile, more * other_axes)


@given(
    length=st.integers(1, 12),
    extents=st.fixed_dictionaries({"M": st.integers(1, 9), "C": st.integers(1, 9)}),
    tiles=st.fixed_dictionaries({"M": st.integers(1, 3), "C": st.integers(1, 3)}),
)
def test_the_fastest_of_all_factor_tuples_is_a_maximal_one(
    length: int, extents: dict[str, int], tiles: dict[str, int]
) -> None:
    def cycles(factors: dict[str, int]) -> int:
        return math.prod(compute_cycles(extents[d], tiles[d], factors.get(d, 1)) for d in extents)

    every = (
        {"M": m, "C": c}
        for m, c in itertools.product(range(1, length + 1), repeat=2)
        if m * c <= length and m <= extents["M"] and c <= extents["C"]
    )
    assert min(map(cycles, maximal_axis_factors(length, extents))) == min(map(cycles, every))
