"""The loop walk itself against arithmetic done by hand, so that laws checked by the walk rest on something.

Every expected number is derived in the test that uses it, or is one of Timeloop's for the same loop nest.
"""

import math
from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dims import DIMS, RELEVANT, Dims

from .loop_walk import Counts, loop_dims, passes_of, pes_of, walk
from .strategies import Case, cases, switches


def order(text: str) -> LoopOrder:
    """A loop order from its groups, outermost first."""
    return LoopOrder(**{group: rank for rank, group in enumerate(text.split())})


def make_case(
    dims: dict[str, int],
    *,
    glb: dict[str, int] | None = None,
    spad: dict[str, int] | None = None,
    dram_order: str = "M CRS NEF",
    glb_order: str = "M CRS NEF",
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    **axes: dict[str, int],
) -> Case:
    """A case whose GLB holds the whole layer unless ``glb`` says otherwise, and whose input fits exactly."""
    extents = {dim: dims.get(dim, 1) for dim in DIMS}
    height = (extents["E"] - 1) * stride[0] + (extents["R"] - 1) * dilation[0] + 1 - padding[0] - padding[1]
    width = (extents["F"] - 1) * stride[1] + (extents["S"] - 1) * dilation[1] + 1 - padding[2] - padding[3]
    mapping = MappingArrays(
        glb=Dims(**(extents | (glb or {}))),
        **{axis: Dims(**axes.get(axis, {})) for axis in ("cluster_rows", "cluster_cols", "pe_rows", "pe_cols")},
        spad=Dims(**(spad or {})),
        dram_order=order(dram_order),
        glb_order=order(glb_order),
    )
    return Case(
        dims=extents,
        stride=stride,
        dilation=dilation,
        padding=padding,
        input_size=(height, width),
        mapping=mapping,
    )


# Tiling and order


def test_loop_dims_are_sorted_by_rank_with_g_outermost() -> None:
    assert loop_dims(order("NEF M CRS")) == ("G", "N", "E", "F", "M", "C", "R", "S")


def test_nested_tiles_with_remainders() -> None:
    """M=7, GLB tiles of 5, two PEs of 2: GLB tiles 0-4 and 5-6; passes of 4, 1 and 2; PEs get 2+2, 1, 2."""
    case = make_case({"M": 7}, glb={"M": 5}, spad={"M": 2}, pe_cols={"M": 2})
    passes = list(passes_of(case.dims, case.mapping))
    assert [array.M for _, array in passes] == [(0, 4), (4, 5), (5, 7)]
    pes = pes_of(case.mapping)
    tiles = [[tile.M for pe in pes if (tile := pe.tile(array))] for _, array in passes]
    assert tiles == [[(0, 2), (2, 4)], [(4, 5)], [(5, 7)]]
    counts = case.walk()
    assert (counts.passes, counts.active_pes, counts.compute) == (3, 2, 2 + 1 + 2)
    assert case.walk(lanes=2).compute == 1 + 1 + 1


def test_places_are_numbered_cluster_rows_first_pe_columns_last() -> None:
    """M on all four axes, factor 2 each: tile index = 8*cluster_row + 4*cluster_col + 2*pe_row + pe_col."""
    two = {"M": 2}
    case = make_case({"M": 32}, spad={"M": 2}, cluster_rows=two, cluster_cols=two, pe_rows=two, pe_cols=two)
    pes = pes_of(case.mapping)
    m = DIMS.index("M")
    assert [pe.offsets[m] for pe in pes] == list(range(0, 32, 2))
    assert [(pe.row, pe.col) for pe in pes[:4]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [pe.in_cluster_0 for pe in pes] == [True] * 4 + [False] * 12


def test_an_axis_with_two_dimensions_has_the_product_of_places() -> None:
    case = make_case({"M": 2, "C": 3}, pe_cols={"M": 2, "C": 3})
    counts = case.walk()
    assert (counts.passes, counts.active_pes, counts.macs) == (1, 6, 6)
    assert counts.psum_visits_pe == 6  # three copies of each psum before the reduction
    assert counts.unique["psum"] == 2


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_every_mac_is_done_exactly_once(case: Case) -> None:
    pes = pes_of(case.mapping)
    done = Counter()
    for dram_tile, array_tile in passes_of(case.dims, case.mapping):
        for (start, stop), (outer_start, outer_stop) in zip(array_tile, dram_tile, strict=True):
            assert outer_start <= start < stop <= outer_stop
        for pe in pes:
            if tile := pe.tile(array_tile):
                done.update(product(*(range(*limits) for limits in tile)))
    assert done == Counter(product(*(range(case.dims[dim]) for dim in DIMS)))


# Iacts: the 1-D convolution E=16, R=3 on four PEs (18 input rows)


def conv1d(**where: Any) -> Case:
    """E=16, R=3 with the whole filter in each PE."""
    return make_case({"E": 16, "R": 3}, spad={"R": 3, **where.pop("spad", {})}, **where)


def test_conv1d_one_output_per_pe_and_pass() -> None:
    """4 passes; neighbouring PEs overlap in 2 of 3 rows: a pass touches 4+2 rows, PEs fetch 3 each."""
    counts = conv1d(pe_cols={"E": 4}).walk()
    assert counts.passes == 4
    assert counts.compute == 4 * 3
    assert counts.spad_fills == {"iact": 4 * 4 * 3, "weight": 4 * 3}
    assert counts.unique == {"iact": 4 * 6, "weight": 3, "psum": 16}
    assert counts.delivery_max == {"iact": 24, "weight": 3, "psum": 4}  # PE column 0 of 4 has 1 psum a pass
    assert counts.glb_fills == {"iact": 18, "weight": 0, "psum": 0}
    assert counts.dram_reads == {"iact": 18, "weight": 3, "psum": 0}
    assert counts.dram_writes == {"psum": 16}


def test_conv1d_without_halo_multicast_sends_every_window() -> None:
    """Four different windows of 3 rows, 4 passes; Timeloop reads 48 GLB words here, too."""
    assert conv1d(pe_cols={"E": 4}).walk(halo_multicast=False).unique["iact"] == 48


def test_conv1d_positions_slide_in_the_pe() -> None:
    """Each PE slides over 4 outputs: 3 + 1 + 1 + 1 rows. In lockstep the PEs are 4 rows apart and share none."""
    counts = conv1d(pe_cols={"E": 4}, spad={"E": 4}).walk()
    assert counts.passes == 1
    assert counts.spad_fills["iact"] == 4 * 6
    assert counts.unique["iact"] == 4 * 3 + 3 * 4


def test_conv1d_positions_without_sliding_window() -> None:
    """Each of 4 positions fetches its 3 rows."""
    counts = conv1d(pe_cols={"E": 4}, spad={"E": 4}).walk(sliding_window=False)
    assert counts.spad_fills["iact"] == 4 * 4 * 3
    assert counts.unique["iact"] == 4 * 4 * 3


def test_conv1d_stride_2_shares_one_row() -> None:
    """Windows are 2 rows apart, 3 long: a sweep over 4 outputs touches 2*3 + 3 = 9 rows; 4 PEs at once, too."""
    sliding = conv1d(pe_cols={"E": 4}, spad={"E": 4}, stride=(2, 1)).walk()
    assert sliding.spad_fills["iact"] == 4 * 9
    spread = conv1d(pe_cols={"E": 4}, stride=(2, 1)).walk()
    assert spread.unique["iact"] == 4 * 9
    assert spread.dram_reads["iact"] == 2 * 15 + 3


def test_conv1d_dilation_2_counts_touched_rows_only() -> None:
    """Rows e, e+2, e+4: one output touches 3 rows, two neighbours 6, four neighbours e..e+7 = 8."""
    for pes, rows in ((1, 3), (2, 6), (4, 8)):
        counts = conv1d(pe_cols={"E": pes}, dilation=(2, 1)).walk()
        assert counts.unique["iact"] == 16 // pes * rows
        assert counts.dram_reads["iact"] == 16 + 4


def test_last_position_may_be_missing_in_some_pes() -> None:
    """E=5 on 2 PEs of 3: PE 0 slides 3+1+1, PE 1 3+1. Position 0: rows 0-2 and 3-5; 1: 3, 6; 2: 4."""
    counts = make_case({"E": 5, "R": 3}, spad={"E": 3, "R": 3}, pe_cols={"E": 2}).walk()
    assert counts.spad_fills["iact"] == 5 + 4
    assert counts.unique["iact"] == 6 + 2 + 1
    assert counts.compute == 3 * 3
    assert counts.psum_drain_steps == 3
    assert counts.delivery_max["psum"] == 3


def test_e_sweeps_restart_for_each_column() -> None:
    """F=2 in the PE: each f walks its E sweep (h = 6 rows) over S=3 columns again, although 2 overlap."""
    counts = make_case({"E": 4, "F": 2, "R": 3, "S": 3}, spad={"E": 4, "F": 2, "R": 3, "S": 3}).walk()
    assert counts.spad_fills["iact"] == 2 * 6 * 3
    assert counts.unique["iact"] == 2 * 6 * 3
    assert counts.dram_reads["iact"] == 6 * 4


# Iacts: multicast


@pytest.mark.parametrize(("stride", "dilation", "union"), [(1, 1, 6), (2, 1, 9), (1, 2, 8), (3, 1, 12)])
def test_row_stationary_diagonals(stride: int, dilation: int, union: int) -> None:
    """S=3 on rows x F=4 on columns: PE (s, f) needs input column f*U + s*D, so equal diagonals share a read.

    Distinct columns of 4 outputs: w = 3*U + 2*D + 1 when U <= 2 or D = 1 leaves no gap (6, 9), all of 0..7 for
    D=2, and 3 per output without overlap for U=3. Rows: E=5, R=3, h = 7, each row of a column once per sweep.
    """
    counts = make_case(
        {"C": 2, "M": 2, "E": 5, "F": 4, "R": 3, "S": 3},
        spad={"C": 2, "M": 2, "E": 5, "R": 3},
        pe_rows={"S": 3},
        pe_cols={"F": 4},
        stride=(1, stride),
        dilation=(1, dilation),
    ).walk()
    assert counts.passes == 1
    assert counts.spad_fills == {"iact": 12 * 2 * 7, "weight": 12 * 2 * 2 * 3}
    assert counts.unique == {"iact": union * 2 * 7, "weight": 2 * 2 * 3 * 3, "psum": 2 * 5 * 4}
    assert counts.psum_visits_pe == 3 * counts.unique["psum"]  # three PEs of a column add up
    assert counts.psum_drain_steps == 5 * 2
    assert counts.delivery_max == {"iact": union * 2 * 7, "weight": 2 * 2 * 3, "psum": 2 * 5}


def test_original_row_stationary_with_r_on_rows() -> None:
    """R=3 on rows x E=4 on columns, F in the PE: rows e+r of 4 outputs are 6, for 5 columns of f in turn."""
    counts = make_case(
        {"E": 4, "F": 5, "R": 3, "S": 3}, spad={"F": 5, "S": 3}, pe_rows={"R": 3}, pe_cols={"E": 4}
    ).walk()
    assert counts.spad_fills["iact"] == 12 * 5 * 3
    assert counts.unique["iact"] == 6 * 5 * 3


def test_clusters_share_iacts_only_if_they_differ_in_m_alone() -> None:
    """4 outputs, R=3. Two clusters of 2 outputs: 4 rows each, halos twice. Two clusters of M: the 6 rows once."""
    halo = make_case({"M": 2, "E": 4, "R": 3}, spad={"M": 2, "R": 3}, cluster_cols={"E": 2}, pe_cols={"E": 2}).walk()
    assert halo.unique["iact"] == 2 * 4
    assert halo.delivery_max["iact"] == 4
    for axis in ("cluster_rows", "cluster_cols"):
        shared = make_case({"M": 2, "E": 4, "R": 3}, spad={"R": 3}, pe_cols={"E": 4}, **{axis: {"M": 2}}).walk()
        assert shared.spad_fills["iact"] == 2 * 4 * 3
        assert shared.unique["iact"] == 6


def test_clusters_of_m_and_c() -> None:
    """2 x 2 clusters over (M, C): the two C clusters read their own word, the two M clusters the same one."""
    counts = make_case({"M": 2, "C": 2}, cluster_rows={"M": 2}, cluster_cols={"C": 2}).walk()
    assert counts.unique == {"iact": 2, "weight": 4, "psum": 2}
    assert counts.psum_visits_pe == 4
    assert counts.delivery_max == {"iact": 1, "weight": 1, "psum": 1}  # one PE per cluster


def test_without_halo_multicast_different_m_still_share() -> None:
    counts = make_case({"M": 3, "E": 2, "R": 2}, spad={"R": 2}, pe_rows={"M": 3}, pe_cols={"E": 2})
    assert counts.walk(halo_multicast=False).unique["iact"] == 2 * 2
    assert counts.walk(halo_multicast=True).unique["iact"] == 3


# Stationarity: what a PE holds is not fetched again


def test_weights_stay_while_outputs_iterate_inside() -> None:
    """One PE, M=4, C=2, E=3, one MAC per pass: 8 weights once if NEF is innermost, for every output if outermost."""
    dims = {"M": 4, "C": 2, "E": 3}
    assert make_case(dims, glb_order="M CRS NEF").walk().spad_fills["weight"] == 8
    assert make_case(dims, glb_order="NEF M CRS").walk().spad_fills["weight"] == 8 * 3
    assert make_case(dims, glb_order="M NEF CRS").walk().spad_fills["weight"] == 8 * 3


def test_iact_windows_stay_while_output_channels_iterate_inside() -> None:
    dims = {"M": 4, "C": 2, "E": 3}
    assert make_case(dims, glb_order="CRS NEF M").walk().spad_fills["iact"] == 6
    assert make_case(dims, glb_order="M CRS NEF").walk().spad_fills["iact"] == 6 * 4
    # With several positions per pass, every pass streams its windows again.
    assert make_case(dims, glb_order="CRS NEF M", spad={"E": 3}).walk().spad_fills["iact"] == 6 * 4


def test_a_pe_with_one_position_in_a_longer_pass_streams_like_the_others() -> None:
    """E=4 on 2 PEs of 3: PE 1 has one position, but the pass has three, so M=2 passes fetch all 4 rows each."""
    counts = make_case({"M": 2, "E": 4}, spad={"E": 3}, pe_cols={"E": 2}, glb_order="CRS NEF M").walk()
    assert counts.passes == 2
    assert counts.spad_fills["iact"] == 2 * 4


def test_stationarity_carries_across_the_glb_into_dram() -> None:
    """All of C fits the SPad and E iterates only at DRAM: the weights stay in the PE across DRAM tiles."""
    counts = make_case({"C": 3, "E": 4}, glb={"E": 1}, spad={"C": 3}).walk()
    assert counts.passes == 4
    assert counts.spad_fills["weight"] == 3
    assert counts.dram_reads["weight"] == 3


def test_an_idle_pe_is_sent_its_weights_again() -> None:
    """M=3 on 2 PEs, E=2 outside: the array alternates {m0, m1}, {m2}; what the idle PE 1 held does not count."""
    counts = make_case({"M": 3, "E": 2}, pe_cols={"M": 2}, glb_order="NEF CRS M").walk()
    assert counts.spad_fills["weight"] == 2 * (2 + 1)
    assert counts.unique["weight"] == 2 * (2 + 1)
    assert counts.delivery_max["weight"] == 2 * (2 + 1)


def test_an_idle_pe_is_sent_its_iact_window_again() -> None:
    """C=3 on 2 PEs, M=2 outside: as above with iacts."""
    counts = make_case({"C": 3, "M": 2}, pe_rows={"C": 2}, glb_order="M NEF CRS").walk()
    assert counts.spad_fills["iact"] == 2 * (2 + 1)


# Psum visits


def test_psums_stay_while_the_reduction_iterates_inside() -> None:
    """One PE, M=4, C=2, E=3: one visit per psum if CRS is innermost, else C visits; all but the first refill."""
    dims = {"M": 4, "C": 2, "E": 3}
    stays = make_case(dims, glb_order="M NEF CRS").walk()
    assert (stays.unique["psum"], stays.psum_refills) == (12, 0)
    leaves = make_case(dims, glb_order="CRS M NEF").walk()
    assert (leaves.unique["psum"], leaves.psum_refills) == (24, 12)
    assert leaves.psum_drain_steps == leaves.delivery_max["psum"] == 24
    assert leaves.dram_reads["psum"] == 0  # the GLB holds them meanwhile
    assert leaves.dram_writes["psum"] == 12


def test_several_positions_never_keep_psums() -> None:
    """C=2 innermost, but E=3 positions in the PE: only one position's psums fit, so each pass is a visit."""
    case = make_case({"M": 4, "C": 2, "E": 3}, spad={"M": 4, "E": 3}, glb_order="M NEF CRS")
    counts = case.walk()
    assert (counts.passes, counts.unique["psum"], counts.psum_refills) == (2, 24, 12)
    assert counts.psum_drain_steps == 2 * 3 * 4
    assert case.walk(lanes=3).psum_drain_steps == 2 * 3 * 2


def test_groups_in_the_pe_drain_one_by_one() -> None:
    """G=3 groups of M=5 in one PE, 2 lanes: 3 psum groups each, at each of 2 outputs."""
    counts = make_case({"G": 3, "M": 5, "E": 2}, spad={"G": 3, "M": 5, "E": 2}).walk(lanes=2)
    assert counts.psum_drain_steps == counts.compute == 2 * 3 * 3
    assert counts.unique == {"iact": 3 * 2, "weight": 3 * 5, "psum": 3 * 5 * 2}


def test_an_idle_pe_does_not_keep_its_psum() -> None:
    """M=3 on 2 PEs, C=2 outside: the array leaves {m0, m1} for {m2} and comes back, for all PEs alike."""
    counts = make_case({"M": 3, "C": 2}, pe_cols={"M": 2}, glb_order="CRS NEF M").walk()
    assert (counts.unique["psum"], counts.psum_refills) == (6, 3)


def test_c_split_over_dram_spills_psums() -> None:
    """C in 3 DRAM tiles outside 2 DRAM tiles of E: every psum tile leaves the GLB twice before it is finished."""
    dims = {"M": 2, "C": 6, "E": 4}
    spills = make_case(dims, glb={"C": 2, "E": 2}, dram_order="CRS M NEF").walk()
    assert spills.dram_writes["psum"] == 3 * 8
    assert spills.dram_reads["psum"] == spills.glb_fills["psum"] == 2 * 8
    stays = make_case(dims, glb={"C": 2, "E": 2}, dram_order="M NEF CRS").walk()
    assert (stays.dram_writes["psum"], stays.dram_reads["psum"]) == (8, 0)


def test_bypassed_psums_go_to_dram_and_back() -> None:
    counts = make_case({"M": 4, "C": 2, "E": 3}, glb_order="CRS M NEF").walk(glb_keeps=("iact",))
    assert (counts.dram_writes["psum"], counts.dram_reads["psum"], counts.glb_fills["psum"]) == (24, 12, 0)


# GLB tiles and DRAM


def test_dram_tiles_along_f_share_their_columns_within_a_sweep() -> None:
    """E=2, F=6, R=S=3, M in 2 DRAM tiles outside: 4 rows; tiles of 2 outputs are 4 columns wide, 3 of them = 8."""
    dims = {"M": 2, "E": 2, "F": 6, "R": 3, "S": 3}
    case = make_case(dims, glb={"M": 1, "F": 2})
    assert case.walk().glb_fills["iact"] == 2 * 4 * 8
    assert case.walk(sliding_window=False).glb_fills["iact"] == 2 * 4 * 3 * 4
    m_inside = make_case(dims, glb={"M": 1, "F": 2}, dram_order="NEF CRS M")
    assert m_inside.walk().glb_fills["iact"] == 4 * 8


def test_dram_tiles_along_e_share_their_rows_only_if_f_does_not_iterate() -> None:
    dims = {"E": 6, "F": 4, "R": 3}
    assert make_case(dims, glb={"E": 2}).walk().glb_fills["iact"] == 8 * 4
    assert make_case(dims, glb={"E": 2, "F": 2}).walk().glb_fills["iact"] == 3 * 4 * 4


def test_channels_inside_outputs_break_the_sliding_window() -> None:
    """C iterates inside F: between neighbouring F tiles the GLB held other channels. Outside, it slides."""
    dims = {"C": 2, "F": 6, "S": 3}
    assert make_case(dims, glb={"C": 1, "F": 2}, dram_order="NEF CRS M").walk().glb_fills["iact"] == 2 * 3 * 4
    assert make_case(dims, glb={"C": 1, "F": 2}, dram_order="CRS NEF M").walk().glb_fills["iact"] == 2 * 8


def test_padding_is_not_read_from_dram() -> None:
    """3x3 with padding 1 on 4x4 outputs: 6x6 words on chip, 4x4 of them from DRAM."""
    dims = {"C": 2, "E": 4, "F": 4, "R": 3, "S": 3}
    whole = make_case(dims, padding=(1, 1, 1, 1)).walk()
    assert (whole.glb_fills["iact"], whole.dram_reads["iact"]) == (2 * 36, 2 * 16)
    # In DRAM tiles of 2x2 outputs, E outside F: tiles are 4 rows of 6 columns in a sweep, 3x4 of them real.
    tiled = make_case(dims, glb={"E": 2, "F": 2}, padding=(1, 1, 1, 1)).walk()
    assert (tiled.glb_fills["iact"], tiled.dram_reads["iact"]) == (2 * 2 * 24, 2 * 2 * 12)


def test_padding_may_be_one_sided_and_input_partly_unread() -> None:
    """Stride 2, 3 taps, 3 outputs read rows 0-6 of the padded input; 8 rows with padding 1 above: 6 of 7 real."""
    case = make_case({"E": 3, "R": 3}, stride=(2, 1))
    counts = walk(case.dims, (2, 1), (1, 1), (1, 0, 0, 0), (7, 1), case.mapping)
    assert (counts.glb_fills["iact"], counts.dram_reads["iact"]) == (7, 6)


def test_bypassed_iacts_come_from_dram_with_padding() -> None:
    case = make_case({"E": 16, "R": 3}, spad={"R": 3}, pe_cols={"E": 4}, padding=(1, 1, 0, 0))
    counts = case.walk(glb_keeps=("psum",))
    assert (counts.glb_fills["iact"], counts.dram_reads["iact"]) == (0, 24)


def test_kept_weights_are_read_from_dram_once_per_dram_tile() -> None:
    """E in 2 DRAM tiles inside M: the GLB keeps a weight tile for both; the array reads it once per GLB sweep."""
    case = make_case({"M": 4, "C": 3, "E": 4}, glb={"M": 2, "E": 2}, glb_order="NEF M CRS")
    counts = case.walk(glb_keeps=("iact", "weight", "psum"))
    assert counts.glb_fills["weight"] == counts.dram_reads["weight"] == 12
    assert counts.unique["weight"] == 12 * 4
    assert case.walk().dram_reads["weight"] == 12 * 4


def test_outputs_beyond_the_input_are_refused() -> None:
    case = make_case({"E": 4, "R": 3})
    with pytest.raises(ValueError, match="reach outside the padded input of 5 rows"):
        walk(case.dims, (1, 1), (1, 1), (0, 0, 0, 0), (5, 1), case.mapping)


# Timeloop's counts for the same nests (timeloop-model, words summed over instances)


def toy_rs() -> Case:
    """DRAM M2 Q2, GLB P6, spatial Q3x S3y, in the PE C2 R3 M2 for each of the 6 rows."""
    return make_case(
        {"M": 4, "C": 2, "E": 6, "F": 6, "R": 3, "S": 3},
        glb={"M": 2, "F": 3},
        dram_order="M NEF CRS",
        pe_cols={"F": 3},
        pe_rows={"S": 3},
        spad={"E": 6, "C": 2, "R": 3, "M": 2},
    )


def toy_os() -> Case:
    """GLB P4 C4 S3 R3, spatial Q4x M4y."""
    return make_case(
        {"M": 4, "C": 4, "E": 4, "F": 4, "R": 3, "S": 3},
        glb_order="M NEF CRS",
        pe_cols={"F": 4},
        pe_rows={"M": 4},
    )


def toy_ws() -> Case:
    """GLB S3 R3 Q4 P4, spatial C4x M4y."""
    return make_case(
        {"M": 4, "C": 4, "E": 4, "F": 4, "R": 3, "S": 3},
        glb_order="M CRS NEF",
        pe_cols={"C": 4},
        pe_rows={"M": 4},
    )


TIMELOOP = {
    "toy_rs": (
        toy_rs(),
        {"macs": 2592, "compute": 288, "active_pes": 9, "spad_iact": 9 * 64, "spad_weight": 9 * 24}
        | {"array_iact": 320, "array_weight": 72, "psum_updates": 144, "psum_refills": 0}
        | {"glb_iact": 256, "dram_iact": 256, "dram_weight": 72, "dram_psum": 144},
    ),
    "toy_os": (
        toy_os(),
        {"macs": 2304, "compute": 144, "active_pes": 16, "spad_iact": 16 * 144, "spad_weight": 16 * 144}
        | {"array_iact": 576, "array_weight": 576, "psum_updates": 64, "psum_refills": 0}
        | {"glb_iact": 144, "dram_iact": 144, "dram_weight": 576, "dram_psum": 64},
    ),
    "toy_ws": (
        toy_ws(),
        {"macs": 2304, "compute": 144, "active_pes": 16, "spad_iact": 16 * 144, "spad_weight": 16 * 9}
        | {"array_iact": 576, "array_weight": 144, "psum_updates": 576, "psum_refills": 512}
        | {"glb_iact": 144, "dram_iact": 144, "dram_weight": 144, "dram_psum": 64},
    ),
}


def as_timeloop(counts: Counts) -> dict[str, int]:
    """The counts that Timeloop reports, by what they are here."""
    return {
        "macs": counts.macs,
        "compute": counts.compute,
        "active_pes": counts.active_pes,
        "spad_iact": counts.spad_fills["iact"],
        "spad_weight": counts.spad_fills["weight"],
        "array_iact": counts.unique["iact"],
        "array_weight": counts.unique["weight"],
        "psum_updates": counts.unique["psum"],
        "psum_refills": counts.psum_refills,
        "glb_iact": counts.glb_fills["iact"],
        "dram_iact": counts.dram_reads["iact"],
        "dram_weight": counts.dram_reads["weight"],
        "dram_psum": counts.dram_writes["psum"],
    }


@pytest.mark.parametrize("name", TIMELOOP)
def test_timeloop_toy_cases(name: str) -> None:
    case, expected = TIMELOOP[name]
    assert as_timeloop(case.walk()) == expected


# What holds for any mapping


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), switches())
def test_conservation(case: Case, switched: dict[str, Any]) -> None:
    counts = case.walk(**switched)
    macs = math.prod(case.dims.values())
    outputs = math.prod(case.dims[dim] for dim in RELEVANT["psum"])
    weights = math.prod(case.dims[dim] for dim in RELEVANT["weight"])
    assert counts.macs == macs
    assert counts.compute * switched["lanes"] * counts.active_pes >= macs
    assert counts.unique["psum"] - counts.psum_refills == outputs
    assert counts.dram_writes["psum"] - counts.dram_reads["psum"] == outputs
    assert counts.psum_visits_pe >= counts.unique["psum"]
    for data_type in ("iact", "weight"):
        assert counts.delivery_max[data_type] <= counts.unique[data_type] <= counts.spad_fills[data_type] <= macs
    assert counts.unique["weight"] >= weights
    assert counts.dram_reads["weight"] >= weights


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_reuse_only_saves(case: Case) -> None:
    full, no_halo, no_slide = case.walk(), case.walk(halo_multicast=False), case.walk(sliding_window=False)
    assert full.spad_fills["iact"] == no_halo.spad_fills["iact"] <= no_slide.spad_fills["iact"]
    assert full.unique["iact"] <= no_halo.unique["iact"]
    assert full.glb_fills["iact"] <= no_slide.glb_fills["iact"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(whole_filters=True))
def test_cases_keep_the_rules_they_promise(case: Case) -> None:
    mapping = case.mapping
    assert case.whole_filters
    assert all(type(mapping.spad[dim]) is int and type(mapping.glb[dim]) is int for dim in DIMS)
    padded = case.input_size[0] + sum(case.padding[:2])
    assert padded >= (case.dims["E"] - 1) * case.stride[0] + (case.dims["R"] - 1) * case.dilation[0] + 1
    assert max(case.padding[:2]) <= (case.dims["R"] - 1) * case.dilation[0]
    assert min(case.input_size) >= 1
