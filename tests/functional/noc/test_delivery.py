"""The mesh delivers exactly what every PE needs, within its widths, in the cycles of the law plus the hops."""

from math import ceil

import numpy as np
import pytest
from hypothesis import given

from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.noc import Delivery, Pass, collect, deliver
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.hardware.quantities import Types

from .cases import SMALL_MESH, V2_CASES, Case, random_cases
from .law import law

TYPES = ("iact", "weight")


def assert_law_holds(case: Case, data_type: str, one_pass: Pass | None = None) -> Delivery:
    """Exact, within the widths, and as long as the law says plus the hops; nothing is known beforehand."""
    result = deliver(case.layer, case.mapping, case.accelerator, data_type, one_pass=one_pass)
    traffic, cycles = law(case.layer, case.mapping, case.accelerator, one_pass)
    words = result.words_per_cluster if data_type == "iact" else result.words_per_port
    assert result.exact, (result.missing, result.unneeded, result.repeated)
    assert words.max() == getattr(traffic, f"{data_type}_port")
    from_links = result.words_per_cluster.sum() - result.words_per_source.sum()
    assert result.words_per_link.sum() >= from_links  # more where a stream passes clusters that do not listen
    assert result.law_cycles == ceil(cycles[data_type])
    assert result.peak_values <= result.switches.routers.values
    assert result.on_time
    assert result.law_cycles <= result.cycles <= result.law_cycles + result.switches.hops.max()
    return result


@pytest.mark.parametrize("data_type", TYPES)
@pytest.mark.parametrize("name", V2_CASES)
def test_published_layers(name: str, data_type: str) -> None:
    case = V2_CASES[name]
    result = assert_law_holds(case, data_type)
    alike = np.unique(result.words_per_port[result.words_per_port > 0]).size == 1
    assert not alike or result.cycles == result.law_cycles + result.switches.hops.max()


@pytest.mark.parametrize("name", V2_CASES)
def test_the_law_of_hops_counts_the_links_of_iacts_that_do_not_interleave(name: str) -> None:
    case = V2_CASES[name]
    result, (traffic, _) = (
        deliver(case.layer, case.mapping, case.accelerator, "iact"),
        law(case.layer, case.mapping, case.accelerator),
    )
    hops = traffic.iact_links
    assert result.words_per_cluster.sum() == traffic.iact_reads + hops
    assert result.words_per_link.sum() == hops or ("interleaved" in name and result.words_per_link.sum() > hops)


@pytest.mark.parametrize("data_type", TYPES)
@given(case=random_cases(SMALL_MESH))
def test_random_mappings(data_type: str, case: Case) -> None:
    """Any mapping, ragged tiles included. Only M beside C, R, S on the cluster rows can be more than the links make."""
    rows, cols = case.mapping.cluster_rows, case.mapping.cluster_cols
    streams = rows.C * rows.R * rows.S
    if data_type == "iact" and rows.M > 1 and streams > 2:
        try:
            deliver(case.layer, case.mapping, case.accelerator, "iact")
        except SpecError:
            assert streams > 2 * cols.M or cols.N * cols.E * cols.F > 1
            return
    assert_law_holds(case, data_type)


@given(case=random_cases(SMALL_MESH))
def test_random_psums(case: Case) -> None:
    result = collect(case.layer, case.mapping, case.accelerator)
    traffic, cycles = law(case.layer, case.mapping, case.accelerator)
    assert result.exact, (result.missing, result.repeated, result.wrong)
    assert result.words_per_port.max() == traffic.psum_port
    assert result.law_cycles == ceil(cycles.psum)
    assert result.peak_values <= result.routers.values
    chain = result.chains.length
    assert result.cycles == result.law_cycles + chain * case.accelerator.pe_rows + chain - 1


@pytest.mark.parametrize("name", V2_CASES)
def test_published_layers_collect_their_psums(name: str) -> None:
    case = V2_CASES[name]
    result = collect(case.layer, case.mapping, case.accelerator)
    traffic, cycles = law(case.layer, case.mapping, case.accelerator)
    assert result.exact and result.words_per_port.max() == traffic.psum_port
    chain = result.chains.length
    assert result.cycles == ceil(cycles.psum) + chain * 3 + chain - 1
    assert result.peak_values <= 2
    assert result.words_per_port.sum() == result.refills.sum() == traffic.psum_visits


@pytest.mark.parametrize("data_type", TYPES)
def test_the_last_pass_with_short_tiles(data_type: str) -> None:
    """E.g. 384 filters in passes of 400: here the corner pass that is short in M, F and C at once."""
    case = V2_CASES["conv: iact shared along columns, weight along rows"]
    start = {dim: case.layer.extent(dim) // 3 if dim in "MFC" else 0 for dim in "GNMCEFRS"}
    stop = {dim: min(case.layer.extent(dim), start[dim] + max(1, case.mapping.array_tile(dim) - 1)) for dim in start}
    short = assert_law_holds(case, data_type, Pass(start=Dims(**start), stop=Dims(**stop)))
    assert (
        short.words_per_cluster.sum()
        < deliver(case.layer, case.mapping, case.accelerator, data_type).words_per_cluster.sum()
    )


def test_compressed_pairs_take_half_as_long_again() -> None:
    """Two pairs instead of three values per 24-bit beat: the law with 6 and 2 words per cycle."""
    case = V2_CASES["fc: weights unicast"]
    pairs = deliver(case.layer, case.mapping, case.accelerator, "weight", compressed=True)
    sparse = eyeriss_v2().replace(noc_words_per_cycle=Types(iact=6, weight=2, psum=2))
    assert pairs.exact and pairs.peak_values == 2
    assert pairs.cycles == ceil(law(case.layer, case.mapping, sparse)[1].weight) == 384


def test_broadcast_costs_the_source_one_injection_and_unicast_uses_every_source() -> None:
    case = V2_CASES["fc: weights unicast"]
    iact, weight = (deliver(case.layer, case.mapping, case.accelerator, t) for t in TYPES)
    assert iact.words_per_source.sum() == 36 and np.count_nonzero(iact.words_per_source) == 1
    assert iact.words_per_cluster.sum() == 16 * 36
    assert (weight.words_per_source == 4 * 16 * 36).all() and (weight.words_per_link == 0).all()


def test_words_on_links_conserve() -> None:
    """Broadcast: the same 36 words enter every router once, by a link or from the GLB, and cross 15 links."""
    case = V2_CASES["fc: weights unicast"]
    result = deliver(case.layer, case.mapping, case.accelerator, "iact")
    north, south, east, west = np.pad(result.words_per_link, ((0, 0), (1, 1), (1, 1)))
    brought = south[:-2, 1:-1] + north[2:, 1:-1] + east[1:-1, :-2] + west[1:-1, 2:]
    assert (brought + result.words_per_source == 36).all()
    assert (result.words_per_cluster == 36).all()
    assert result.words_per_link.sum() == 15 * 36


def test_received_tells_one_pes_words_and_times() -> None:
    """PE (1, 2) of cluster (3, 1) works on filter column 1 and output column 6, channels 0-3: column 7 of the input."""
    case = V2_CASES["conv: iact shared along columns, weight along rows"]
    result = deliver(case.layer, case.mapping, case.accelerator, "iact")
    tags, cycles = result.received((3, 1), (1, 2))
    words = result.tags.decode(tags)
    assert set(words["col"]) == {7} and set(words["C"]) == {0, 1, 2, 3} and set(words["row"]) == set(range(15))
    assert len(tags) == len(np.unique(tags)) == 4 * 15
    assert (np.diff(tags) > 0).all(), "words arrive in the order in which they are due"
    assert (np.diff(cycles) >= 0).all() and cycles[0] >= result.switches.hops[3, 1] == 3


def test_a_pass_outside_the_layer_is_refused() -> None:
    case = V2_CASES["fc: weights unicast"]
    first = Pass.first(case.layer, case.mapping)
    beyond = Pass(start=first.start.replace(M=4000), stop=first.stop.replace(M=5000))
    with pytest.raises(SpecError, match=r"pass: M from 4000 to before 5000 is not a part of layer 'FC7'"):
        deliver(case.layer, case.mapping, case.accelerator, "weight", one_pass=beyond)
    too_large = Pass(start=first.start, stop=first.stop.replace(C=100))
    with pytest.raises(SpecError, match=r"pass: 100 indices of C do not fit the array tile of 36"):
        deliver(case.layer, case.mapping, case.accelerator, "weight", one_pass=too_large)
    with pytest.raises(SpecError, match=r"must be 'iact' or 'weight'"):
        deliver(case.layer, case.mapping, case.accelerator, "psum")
