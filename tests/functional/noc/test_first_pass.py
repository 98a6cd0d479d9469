"""The first pass as it is shown: the words of the laws, and a reason where links cannot make a mode."""

from math import ceil

import matplotlib.patches
import numpy as np
import pytest

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.noc import Delivery, FirstPass
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.report.figures.noc_map import LARGEST_GRID, is_drawable, noc_map
from eyeriss_jax.report.noc import network_use, noc_table, refusals, summarised

from .cases import V1_CASES, V2_CASES, Case
from .law import law

CONV3 = V2_CASES["conv: iact shared along columns, weight along rows"]


def first_pass(case: Case) -> FirstPass:
    return FirstPass.of(case.layer, case.mapping, case.accelerator)


@pytest.mark.parametrize("name", [*V2_CASES, *V1_CASES])
def test_what_is_shown_is_what_the_laws_say(name: str):
    case = (V2_CASES | V1_CASES)[name]
    found, (traffic, cycles) = first_pass(case), law(case.layer, case.mapping, case.accelerator)
    assert not found.refused
    for data_type in TYPES:
        use = network_use(found.over[data_type])
        assert use.exact
        assert use.law_cycles == ceil(cycles[data_type])
        assert use.law_cycles <= use.cycles
        if data_type != "psum":
            assert use.arrived == getattr(traffic, f"{data_type}_fills")
    assert network_use(found.over["psum"]).arrived == traffic.psum_visits


def test_a_network_that_cannot_make_the_mode_says_why_and_the_others_are_shown():
    machine = CONV3.accelerator.replace(noc_words_per_cycle=Types(iact=4, weight=3, psum=2))
    found = FirstPass.of(CONV3.layer, CONV3.mapping, machine)
    assert set(found.over) == {"weight", "psum"}
    (why,) = refusals([found, found])
    assert why.startswith("not simulated on the network: CONV3 (iact) and 1 more: accelerator 'eyeriss_v2': noc_words")
    assert summarised(found)["iact"] == {"refused": found.refused["iact"]}
    assert noc_map(found, "v2").axes[0].texts[0].get_text() == "not simulated"
    assert noc_table([found]).columns[0].cells == ("CONV3", "CONV3")


def test_every_link_that_carries_words_is_an_arrow_as_wide_as_they_are_many():
    found = first_pass(V2_CASES["fc: four interleaved streams on two columns"])
    delivery = found.over["iact"]
    assert isinstance(delivery, Delivery)
    iact = delivery.words_per_link
    arrows = [each for each in noc_map(found, "v2").axes[0].patches if type(each) is matplotlib.patches.FancyArrowPatch]
    assert len(arrows) == np.count_nonzero(iact) > 0
    widths = np.sort([each.get_linewidth() for each in arrows])
    np.testing.assert_allclose(widths, np.sort(0.6 + 2.4 * iact[iact > 0] / iact.max()))


def test_a_bus_is_shown_by_pes():
    found = first_pass(V1_CASES["conv3: four sets of filters"])
    boxes = [each for each in noc_map(found, "v1").axes[0].patches if type(each) is matplotlib.patches.Rectangle]
    assert len(boxes) == 12 * 14
    assert is_drawable(found)
    assert network_use(found.over["iact"]).mode == "bus"


def test_what_could_not_be_told_apart_is_not_drawn():
    """A bus is one cluster, but its boxes are PEs."""
    case = V1_CASES["conv3: four sets of filters"]
    wide = case.accelerator.replace(pe_cols=14 * 4)
    assert wide.clusters == 1
    assert wide.pes > LARGEST_GRID
    assert not is_drawable(FirstPass.of(case.layer, case.mapping, wide))
