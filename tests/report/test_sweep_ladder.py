"""Near ties, the knee and what the next per cent costs, on fronts made by hand."""

import math
from types import SimpleNamespace

import pytest

from eyeriss_jax.report.sweep.ladder import knee, ladder


def design(index, rate, area, efficiency=1.0):
    return SimpleNamespace(
        index=index, row={"inferences_per_s": rate, "area_mm2": area, "inferences_per_energy": efficiency}
    )


def rungs(*designs, share=0.01):
    return ladder([design(i, *given) for i, given in enumerate(designs)], "inferences_per_s", share)


def indices(found):
    return [rung.design.index for rung in found]


def test_of_near_ties_the_smallest_wins():
    """The default sweep's own case: 1,302 inferences/s on 22.5 mm2 are no better than 1,300 on 15.5."""
    found = rungs((1302.28, 22.5), (1301, 18.0), (1300.13, 15.5), (1200, 14.0))
    assert indices(found) == [2, 3]


def test_of_equal_areas_the_one_that_takes_less_energy_wins():
    assert indices(rungs((1302, 15.5, 2.0), (1300, 15.5, 3.0), (1299, 15.6, 2.5))) == [1]


def test_with_no_share_only_equal_values_tie():
    assert indices(rungs((1302, 22.5), (1300, 15.5), share=0.0)) == [0, 1]


def test_every_rung_is_smaller_than_the_one_above():
    assert indices(rungs((1300, 15.5), (1200, 16.0), (1100, 14.0))) == [0, 2]


def test_the_last_per_cent_costs_area():
    """Twice the rate for four times the area: every per cent takes two."""
    found = rungs((200, 40.0), (100, 10.0))
    assert found[0].costs == pytest.approx(2)
    assert math.isnan(found[1].costs)


def test_beyond_the_knee_a_per_cent_costs_more_than_a_per_cent():
    found = rungs((220, 40.0), (200, 20.0), (110, 12.0), (50, 10.0))
    chosen = knee(found, "inferences_per_s")
    assert chosen is not None
    assert chosen.design.index == 1
    assert found[0].costs > 1 > found[1].costs


def test_two_rungs_have_no_knee():
    assert knee(rungs((200, 40.0), (100, 10.0)), "inferences_per_s") is None


def test_less_may_be_better():
    found = ladder([design(0, 1, 10.0), design(1, 1, 5.0)], "area_mm2", 0.01)
    assert indices(found) == [1]
