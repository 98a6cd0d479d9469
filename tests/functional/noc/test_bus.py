"""Eyeriss v1's bus: every PE whose tags match receives, and delivery takes unique words over words per beat."""

from itertools import combinations
from math import ceil

import numpy as np
import pytest
from hypothesis import given

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import place
from eyeriss_jax.functional.noc import BusDelivery, Pass, deliver_over_bus
from eyeriss_jax.functional.noc.bus_tags import tag_bits
from eyeriss_jax.functional.noc.needs import POSITION, Tags, needs
from eyeriss_jax.functional.noc.passes import PeTiles
from eyeriss_jax.hardware.presets import accelerator, eyeriss_v1, eyeriss_v2
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer

from .cases import ALEXNET_CONV3, SMALL_BUS, V1_CASES, Case, mapped, random_cases
from .law import law

UNIQUE = {"iact": "iact_reads", "weight": "weight_reads", "psum": "psum_visits"}


def assert_law_holds(case: Case, data_type: str) -> BusDelivery:
    """Exact, within the width, and as long as the law says to the cycle."""
    result = deliver_over_bus(case.layer, case.mapping, case.accelerator, data_type)
    traffic, cycles = law(case.layer, case.mapping, case.accelerator)
    assert result.exact, (result.missing, result.unneeded)
    assert len(result.words) == getattr(traffic, UNIQUE[data_type])
    assert result.cycles == ceil(cycles[data_type])
    assert result.peak_values <= result.values == case.accelerator.noc_words_per_cycle[data_type]
    if data_type == "psum":
        assert (result.received.sum(axis=(1, 2)) == 1).all(), "a psum leaves the PE that ends its chain, and no other"
    assert result.cycles <= result.same_tag_cycles <= len(result.words)
    return result


@pytest.mark.parametrize("data_type", UNIQUE)
@pytest.mark.parametrize("name", V1_CASES)
def test_published_layers(name: str, data_type: str) -> None:
    assert_law_holds(V1_CASES[name], data_type)


@pytest.mark.parametrize("data_type", ["weight", "psum"])
@given(case=random_cases(SMALL_BUS))
def test_random_weights_and_psums(data_type: str, case: Case) -> None:
    assert_law_holds(case, data_type)


@given(case=random_cases(SMALL_BUS))
def test_random_iacts_are_delivered_unless_windows_overlap_in_part(case: Case) -> None:
    if windows_overlap_in_part(case):
        with pytest.raises(SpecError, match="shares only some of the words"):
            deliver_over_bus(case.layer, case.mapping, case.accelerator, "iact")
    else:
        assert_law_holds(case, "iact")


def windows_overlap_in_part(case: Case) -> bool:
    """Whether two PEs are linked by shared words and differ at a position of both, found by comparing sets."""
    placement = place(case.mapping, case.accelerator)
    tiles = PeTiles.of(Pass.first(case.layer, case.mapping), placement)
    tags = Tags.of("iact", case.layer, placement.spad)
    windows = []
    for own in needs("iact", case.layer, tiles, tags).flat:
        windows.append({})
        coordinates = tags.decode(own)
        steps = zip(*(coordinates[name] for name in POSITION), strict=True)
        for step, tag in zip(steps, own, strict=True):
            windows[-1].setdefault(tuple(map(int, step)), set()).add(int(tag))
    linked = [{i} for i in range(len(windows))]
    for a, b in combinations(range(len(windows)), 2):
        if any(words & windows[b].get(step, set()) for step, words in windows[a].items()):
            joined = linked[a] | linked[b]
            for i in joined:
                linked[i] = joined
    return any(
        words != windows[b][step]
        for group in linked
        for a in group
        for b in group
        for step, words in windows[a].items()
        if step in windows[b]
    )


def test_tag_widths_are_those_of_the_chip() -> None:
    """JSSC 2017: 4-bit row and column tags, 5 bits for the ifmap columns."""
    assert tag_bits(12, 14, "weight") == tag_bits(12, 14, "psum") == (4, 4)
    assert tag_bits(12, 14, "iact") == (4, 5)


def test_row_stationary_iacts_share_a_tag_along_diagonals() -> None:
    result = assert_law_holds(V1_CASES["conv3: four sets of filters"], "iact")
    row, col = np.indices((12, 13))
    filter_column, unused = row % 3, result.bus_tags.cols[:, 13]
    assert (result.bus_tags.cols[:, :13] == filter_column + col).all() and (unused == -1).all()
    assert np.unique(result.bus_tags.rows).size == 1


def test_delivery_does_not_scale_with_the_array() -> None:
    """FC weights: four times the PEs take four times the cycles, at one word per cycle on either array."""

    def cycles(pes: int, rows: int, cols: int) -> int:
        case = mapped(
            V1_CASES["fc: every PE its own weights"].layer,
            accelerator(f"eyeriss_v1_{pes}"),
            pe_rows={"C": rows},
            pe_cols={"M": cols},
            spad={"M": 4, "C": 4},
        )
        return assert_law_holds(case, "weight").cycles

    assert cycles(1024, 32, 32) == 4 * cycles(256, 16, 16) == 32 * 32 * 16


def test_one_tag_per_beat_costs_cycles_where_words_differ_in_their_pes() -> None:
    """FC iacts: 12 rows of C with 12 words each; beats of 5 words would have to serve two rows."""
    case = V1_CASES["fc: every PE its own weights"]
    wide = eyeriss_v1().replace(noc_words_per_cycle=Types(iact=5, weight=4, psum=4))
    result = deliver_over_bus(case.layer, case.mapping, wide, "iact")
    assert (result.cycles, result.same_tag_cycles) == (ceil(144 / 5), 12 * ceil(12 / 5))


def test_impossible_buses_are_refused() -> None:
    case = V1_CASES["fc: every PE its own weights"]
    with pytest.raises(SpecError, match="is no flat bus; use noc = 'bus'"):
        deliver_over_bus(case.layer, case.mapping, eyeriss_v2(), "iact")
    with pytest.raises(SpecError, match="must be a finite whole number of words per cycle"):
        deliver_over_bus(case.layer, case.mapping, accelerator("timeloop_e168"), "iact")
    with pytest.raises(SpecError, match="data_type = 'bias' must be one of iact, weight, psum"):
        deliver_over_bus(case.layer, case.mapping, eyeriss_v1(), "bias")


def test_overlapping_windows_have_no_tag() -> None:
    """Two output columns per PE and whole filter rows: neighbours share one column of three."""
    case = mapped(ALEXNET_CONV3, eyeriss_v1(), pe_cols={"F": 4}, spad={"F": 2, "S": 3, "R": 3, "M": 2})
    with pytest.raises(SpecError, match=r"shares only some of the words of a position.*one tap of a filter dimension"):
        deliver_over_bus(case.layer, case.mapping, case.accelerator, "iact")


def test_more_groups_than_tags_are_refused() -> None:
    """11 filter columns x 2 outputs on a diagonal make 12 groups, in each of 7 channels on the PE columns: 84 > 32."""
    layer = Layer(name="wide filter", M=4, C=7, F=2, S=11)
    case = mapped(layer, eyeriss_v1(), pe_rows={"S": 11}, pe_cols={"F": 2, "C": 7}, spad={"M": 4})
    with pytest.raises(SpecError, match="84 groups of PEs need a column tag of their own and 5 bits give 32"):
        deliver_over_bus(case.layer, case.mapping, case.accelerator, "iact")


def test_psums_across_columns_are_refused() -> None:
    case = mapped(ALEXNET_CONV3, eyeriss_v1(), pe_cols={"C": 4}, spad={"M": 2})
    with pytest.raises(SpecError, match=r"pe_cols\.C spreads a reduced dimension.*add up along pe_rows only"):
        deliver_over_bus(case.layer, case.mapping, case.accelerator, "psum")
