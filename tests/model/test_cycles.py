"""The time law by hand: compute with remainders, ports on mesh and bus, what is hidden, and the ramp."""

import math
from dataclasses import replace

import pytest

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware import Accelerator, Types
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.evaluation import Cycles
from eyeriss_jax.search.mapping import evaluate_exactly

# One cluster of 3x4 PEs with two lanes; ports as in Eyeriss v2: 9 iacts, 3 weights a row, 2 psums a column.
MACHINE = eyeriss_v2().replace(cluster_rows=1, cluster_cols=1, overlap=("iact", "weight", "psum"))

# 24 inputs on 3 rows, 16 outputs on 4 columns: every PE does 8 x 4 MACs in one pass.
FC = Layer.fully_connected("fc", in_features=24, out_features=16)
ONE_PASS = Mapping(glb=Dims(M=16, C=24), spad=Dims(M=4, C=8), pe_rows=Dims(C=3), pe_cols=Dims(M=4))

COMPUTE = 8 * 4 / 2
CHAIN = 4 / 2  # each PE adds its 4 psums, two lanes at a time, to its neighbour's
IACT, WEIGHT, PSUM = 24 / 9, 8 * 16 / 3, 4 / 2  # into the cluster, into a row, out of a column
RAMP = WEIGHT + IACT + PSUM + 7  # all of the first delivery and of the last collection, and one pipeline


def cycles(machine: Accelerator, layer: Layer = FC, mapping: Mapping = ONE_PASS) -> Cycles:
    return evaluate_exactly(machine, layer, mapping).cycles


def test_a_layer_of_one_pass_by_hand() -> None:
    found = cycles(MACHINE)
    assert (found.compute, found.chain) == (COMPUTE, CHAIN)
    assert (found.delivery.iact, found.delivery.weight, found.delivery.psum) == pytest.approx((IACT, WEIGHT, PSUM))
    assert found.ramp == pytest.approx(RAMP)
    assert found.bandwidth_bound == pytest.approx(WEIGHT)
    assert found.exposed == pytest.approx(WEIGHT - COMPUTE - CHAIN)
    assert found.total == pytest.approx(WEIGHT + RAMP)


def test_ports_that_are_wide_enough_leave_compute_and_chain() -> None:
    found = cycles(MACHINE.replace(noc_words_per_cycle=Types(iact=math.inf, weight=math.inf, psum=math.inf)))
    assert (found.exposed, found.ramp, found.total) == (0, 7, COMPUTE + CHAIN + 7)


@pytest.mark.parametrize(
    ("hidden", "exposed"),
    [
        ((), IACT + WEIGHT + PSUM),
        (("iact", "psum"), WEIGHT),
        # Two psum and three iact cycles are exposed, but the hidden weights still need longer than all of that.
        (("weight",), WEIGHT - COMPUTE - CHAIN),
    ],
)
def test_what_is_not_double_buffered_adds_to_compute(hidden: tuple[str, ...], exposed: float) -> None:
    found = cycles(MACHINE.replace(overlap=hidden))
    assert found.exposed == pytest.approx(exposed)
    assert found.total == pytest.approx(COMPUTE + CHAIN + exposed + RAMP)
    assert found.bandwidth_bound == pytest.approx(WEIGHT)


# Three passes of 16, 16 and 8 channels with C outside M: the psums leave after each and come back for the next one.
THREE_PASSES = Mapping(
    glb=Dims(M=32, C=40), spad=Dims(M=4, C=8), pe_rows=Dims(C=2), pe_cols=Dims(M=4), glb_order=("CRS", "NEF", "M")
)
COLUMN = Layer(name="column", M=32, C=40)


def test_psums_that_nothing_hides_are_waited_for_in_both_directions() -> None:
    # 16 of 32 outputs at a time, 4 on a column: 2 x 3 visits leave by it and 2 x 2 come back, 2 psums a cycle.
    hidden, waited = (
        cycles(MACHINE.replace(overlap=types), COLUMN, THREE_PASSES)
        for types in (("iact", "weight", "psum"), ("iact", "weight"))
    )
    assert (hidden.delivery.psum, hidden.returning) == (2 * 3 * 4 / 2, 2 * 2 * 4 / 2)
    assert (waited.delivery.psum, waited.returning) == (hidden.delivery.psum, hidden.returning)
    assert waited.exposed >= hidden.delivery.psum + hidden.returning
    wide = Types(iact=math.inf, weight=math.inf, psum=2)
    assert cycles(MACHINE.replace(overlap=(), noc_words_per_cycle=wide), COLUMN, THREE_PASSES).exposed == 12 + 8
    bus = cycles(MACHINE.replace(overlap=(), noc_words_per_cycle=wide, noc="bus"), COLUMN, THREE_PASSES)
    assert (bus.delivery.psum, bus.returning, bus.exposed) == (32 * 3 / 2, 32 * 2 / 2, 48 + 32)


def test_finished_psums_never_come_back() -> None:
    assert cycles(MACHINE).returning == 0


def test_the_mesh_grows_with_the_clusters_and_the_bus_does_not() -> None:
    # Twice the outputs on twice the clusters: every mesh port carries as much as before, the bus twice the weights.
    two = MACHINE.replace(cluster_cols=2)
    layer = Layer.fully_connected("fc", in_features=24, out_features=32)
    mapping = Mapping(
        glb=Dims(M=32, C=24), spad=Dims(M=4, C=8), cluster_cols=Dims(M=2), pe_rows=Dims(C=3), pe_cols=Dims(M=4)
    )
    assert cycles(two, layer, mapping).delivery.weight == pytest.approx(WEIGHT)
    bus = [
        cycles(machine.replace(noc="bus"), *job).delivery for machine, job in ((MACHINE, ()), (two, (layer, mapping)))
    ]
    assert [delivery.weight for delivery in bus] == pytest.approx([24 * 16 / 3, 24 * 32 / 3])
    assert [delivery.iact for delivery in bus] == pytest.approx([24 / 9, 24 / 9])
    assert [delivery.psum for delivery in bus] == pytest.approx([16 / 2, 32 / 2])


def test_a_bus_twice_as_wide_needs_half_the_cycles() -> None:
    wide = MACHINE.replace(noc="bus", noc_words_per_cycle=Types(iact=18, weight=6, psum=4))
    narrow = cycles(MACHINE.replace(noc="bus")).delivery
    assert cycles(wide).delivery.weight == pytest.approx(narrow.weight / 2)


def test_dram_time_is_bits_over_the_width_that_limits() -> None:
    # Read: 24 iacts and 384 weights of 8 bits. Written: 16 oacts of 8 bits.
    read, written = (24 + 24 * 16) * 8, 16 * 8
    for limits, expected in (
        ({"dram_read_bits_per_cycle": 16.0}, read / 16),
        ({"dram_write_bits_per_cycle": 0.5}, written / 0.5),
        ({"dram_total_bits_per_cycle": 16.0}, (read + written) / 16),
        ({"dram_read_bits_per_cycle": 16.0, "dram_total_bits_per_cycle": 17.0}, max(read / 16, (read + written) / 17)),
    ):
        found = cycles(MACHINE.replace(**limits))
        assert found.dram == pytest.approx(expected)
        assert found.total == pytest.approx(max(expected, WEIGHT) + RAMP)


def test_glb_time_is_words_over_the_width_of_all_clusters() -> None:
    # The GLB reads 24 iacts once and writes them once; finished psums pass it by.
    for read, write in ((0.25, 0.125), (0.125, 0.25)):
        found = cycles(MACHINE.replace(cluster_rows=2, glb_read_words_per_cycle=read, glb_write_words_per_cycle=write))
        assert found.glb == pytest.approx(max(24 / (2 * read), 24 / (2 * write)))


def test_infinite_widths_take_no_time() -> None:
    found = cycles(MACHINE)
    assert (found.glb, found.dram) == (0, 0)


def test_compute_follows_the_busiest_pe_of_every_pass() -> None:
    # 26 outputs, 3 per PE on 4 columns: passes of 12, 12 and 2; the busiest PE has 3, 3 and 2: 2 + 2 + 1 lane pairs.
    # 11 inputs, 2 per PE on 3 rows: passes of 6 and 5; the busiest PE has 2 and 2.
    layer = Layer.fully_connected("fc", in_features=11, out_features=26)
    mapping = Mapping(glb=Dims(M=26, C=11), spad=Dims(M=3, C=2), pe_rows=Dims(C=3), pe_cols=Dims(M=4))
    found = cycles(MACHINE, layer, mapping)
    assert found.compute == (2 + 2 + 1) * (2 + 2)
    assert cycles(MACHINE.replace(lanes=1), layer, mapping).compute == (3 + 3 + 2) * (2 + 2)
    assert cycles(MACHINE.replace(lanes=3), layer, mapping).compute == (1 + 1 + 1) * (2 + 2)
    # With C innermost the psums stay in the PEs until both passes are added; with C outside they leave after each.
    assert found.chain == 2 + 2 + 1
    assert cycles(MACHINE, layer, replace(mapping, glb_order=("CRS", "M", "NEF"))).chain == (2 + 2 + 1) * 2


def test_short_dram_tiles_have_passes_of_their_own() -> None:
    # DRAM tiles of 16 and 10 outputs in passes of 12: 12 + 4 and 10, busiest PEs 3, 3 and 3.
    layer = Layer.fully_connected("fc", in_features=6, out_features=26)
    mapping = Mapping(glb=Dims(M=16, C=6), spad=Dims(M=3, C=2), pe_rows=Dims(C=3), pe_cols=Dims(M=4))
    assert cycles(MACHINE.replace(lanes=1), layer, mapping).compute == (3 + 3 + 3) * 2


def test_every_pass_pays_its_pipeline_once() -> None:
    layer = Layer.fully_connected("fc", in_features=48, out_features=64)
    mapping = Mapping(glb=Dims(M=64, C=48), spad=Dims(M=4, C=8), pe_rows=Dims(C=3), pe_cols=Dims(M=4))
    with_ramp, without = (cycles(MACHINE.replace(pass_ramp_cycles=n), layer, mapping).ramp for n in (7, 0))
    assert with_ramp - without == pytest.approx(7 * (48 / 24) * (64 / 16))
