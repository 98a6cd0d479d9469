"""Reads of a block with shifting inputs: what each PE has to fetch, tap by tap."""

from itertools import product

import pytest

from eyeriss_jax.model.field.neighbour_shift import shifted_reads


def walk(rows: int, cols: int, tall: int, wide: int) -> int:
    """Reads of every PE that no neighbour can serve: to its right one tap ago, or below one row of taps ago."""
    reads, held = 0, {}
    for i, j in product(range(tall), range(wide)):
        for y, x in product(range(rows), range(cols)):
            wanted = (y + i, x + j)
            from_right = j > 0 and x + 1 < cols and (y, x + 1, i, j - 1) in held
            from_below = j == 0 and i > 0 and y + 1 < rows and (y + 1, x, i - 1, j) in held
            if from_right:
                assert held[y, x + 1, i, j - 1] == wanted
            elif from_below:
                assert held[y + 1, x, i - 1, j] == wanted
            else:
                reads += 1
            held[y, x, i, j] = wanted
    return reads


@pytest.mark.parametrize(
    ("rows", "cols", "tall", "wide"), [(8, 8, 5, 5), (2, 2, 3, 3), (4, 8, 1, 3), (3, 5, 2, 4), (1, 1, 3, 3)]
)
def test_the_law_is_the_walk(rows, cols, tall, wide):
    assert float(shifted_reads(rows, cols, tall, wide)) == walk(rows, cols, tall, wide)
