"""The arrows are the derivative of what the page shows, and a step along them is scored before it is taken."""

import math
from typing import Any

import pytest

from eyeriss_jax.report.explorer import metrics_of
from eyeriss_jax.search.explore import MOST_TRIED, Slopes, better_changes, changed_design, controls
from eyeriss_jax.search.space import METRICS
from tests.search.explore.small import MACHINE, MAPPINGS, NET, score

FIELDS = [each.field for each in controls(MACHINE) if each.numeric]
SMOOTH = ("clock_hz", "noc_words_per_cycle.weight", "noc_words_per_cycle.psum", "psum_chain_cycles", "pass_ramp_cycles")
"""Fields that take any real number, so that there are differences to compare with."""


@pytest.fixture(scope="module")
def found():
    return Slopes(NET, FIELDS)(MACHINE, MAPPINGS)


@pytest.mark.parametrize("field", SMOOTH)
def test_a_slope_lies_between_the_differences_to_both_sides(found, field):
    """Where two ports take equally long the law has a kink, and the two sides differ."""
    rescore, value = score(), {each.field: each.value for each in controls(MACHINE)}[field]
    below, here, above = (
        metrics_of(rescore(changed_design(MACHINE, {field: value * (1 + way * 1e-5)}), MAPPINGS)) for way in (-1, 0, 1)
    )
    for metric in set(METRICS) - {"area_mm2"}:  # which the host has in float32
        left = math.log(below[metric] / here[metric]) / math.log(1 - 1e-5)
        right = math.log(above[metric] / here[metric]) / math.log(1 + 1e-5)
        assert min(left, right) - 1e-4 <= found[field][metric] <= max(left, right) + 1e-4, metric


def test_faster_clocks_are_faster_in_proportion_and_what_never_limits_has_no_slope(found):
    assert found["clock_hz"]["inferences_per_s"] == pytest.approx(1)
    assert found["cluster_rows"]["area_mm2"] == pytest.approx(1)
    assert "dram_total_bits_per_cycle" not in found  # unlimited here
    assert set(FIELDS) > set(found)


def test_a_step_is_better_within_the_area_and_tries_no_more_than_it_may(found):
    rescore, tried = score(), []

    def worth(changes) -> Any:
        tried.append(changes)
        try:
            result = rescore(changed_design(MACHINE, changes), MAPPINGS)
        except ValueError:
            return None
        metrics = metrics_of(result)
        return metrics["area_mm2"], metrics["inferences_per_s"]

    area, before = worth({})
    better = better_changes({}, controls(MACHINE), found, "inferences_per_s", area, worth)
    assert better
    assert len(tried) - 1 <= MOST_TRIED
    after = worth(better)
    assert after[0] <= area * (1 + 1e-6)
    assert after[1] > before
    assert "clock_hz" not in better  # free in this model: nobody has priced it
    assert not any(field.startswith("word_bits") for field in better)


def test_without_area_to_spare_or_to_give_back_there_is_no_step(found):
    only = tuple(each for each in controls(MACHINE) if each.field == "lanes")
    worth = {2: (10.0, 5.0), 3: (11.0, 6.0), 1: None}
    assert better_changes({}, only, found, "inferences_per_s", 10.0, lambda c: worth[c.get("lanes", 2)]) is None
    step = better_changes({}, only, found, "inferences_per_s", 11.0, lambda c: worth[c.get("lanes", 2)])
    assert step == {"lanes": 3}
