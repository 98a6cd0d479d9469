"""The seven Eyexam bounds: by hand, never rising, and with the true reason for each loss."""

import itertools
import math
import re

import pytest
from hypothesis import assume, given, settings

from eyeriss_jax.dataflow import RS, RS_PLUS
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.hardware import Accelerator, Types
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.eyexam import Early, Searched, bounds
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.mapping.network import examine
from tests.dataflow.strategies import layers, machines

CHUNK = 512
V2 = eyeriss_v2()
MOBILENET = {layer.name: layer for layer in network("mobilenet_v1_0.5_128").layers}
ALEXNET = {layer.name: layer for layer in network("alexnet").layers}


def array(rows: int, cols: int, cluster_rows: int = 1, cluster_cols: int = 1) -> Accelerator:
    """Eyeriss v2 with another array and one MAC per PE."""
    return V2.replace(pe_rows=rows, pe_cols=cols, cluster_rows=cluster_rows, cluster_cols=cluster_cols, lanes=1)


def eyexam(layer: Layer, machine: Accelerator) -> LayerResult:
    return examine(layer, machine, RS_PLUS, map_layer(layer, machine, RS_PLUS, chunk=CHUNK))


def first_four(layer: Layer, machine: Accelerator) -> tuple[float, ...]:
    """b1 to b4, which take no search: what the array allows is known from its plans."""
    space = mapspace(layer, machine, RS_PLUS)
    cycles = float(space.plan_cycles[0])
    early = Early.of(layer, machine, RS_PLUS.parallel_dims(), cycles)
    return bounds(early, Searched(cycles, cycles), layer.macs, cycles)[:4]


def fc_cycles(inputs: int, outputs: int) -> int:
    """Fewest compute cycles of an FC layer on Eyeriss v2, by trying every split of the rows.

    The 2 x 4 columns cannot add psums, so they all carry M; the 8 cluster rows are split between M and C, and the 3 PE
    rows pass psums on, so they carry C.
    """
    splits = [
        (8 * m8, c8 * c3) for m8, c8, c3 in itertools.product(range(1, 9), range(1, 9), range(1, 4)) if m8 * c8 <= 8
    ]
    return min(math.ceil(math.ceil(outputs / m) / 2) * math.ceil(inputs / c) for m, c in splits)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        # M16 C3 E64 F64 R3 S3: E and R stay in a PE; 9216 parallel MACs are 24 passes of 384, F on 8 x 2 x 4, S on 3.
        (MOBILENET["CONV1"], (1_769_472, 1_769_472 / (64 * 3), 384, 384)),
        # G16 E64 F64 R3 S3: 3072 parallel MACs are 8 passes, but one output channel uses one of two lanes.
        (MOBILENET["block1-DW"], (589_824, 589_824 / (64 * 3), 384, 192)),
        # 512,000 MACs are 1,334 passes of 384 with 128 left over; at best M on 64 places and C on 3: 8 x 171 cycles.
        (MOBILENET["FC"], (512_000, 512_000, 512_000 / 1_334, 512_000 / 1_368)),
        # 10,667 passes; M on 8 places of 125 (63 lane pairs), C on 24 of 171.
        (ALEXNET["FC8"], (4_096_000, 4_096_000, 4_096_000 / 10_667, 4_096_000 / 10_773)),
        # One channel in, one out, 14 x 14, 3 x 3: only F and S can be spread, 42 of 384.
        (Layer.conv2d("lonely", 1, 1, input_size=16, kernel=3), (1_764, 42, 42, 42)),
    ],
    ids=lambda value: value.name if isinstance(value, Layer) else "",
)
def test_the_first_four_bounds_by_hand(layer: Layer, expected: tuple[float, ...]) -> None:
    assert first_four(layer, V2) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("inputs", "outputs"), [(512, 1000), (4096, 1000), (9216, 4096), (7, 5), (100, 13)])
def test_the_array_bound_of_an_fc_layer_is_the_best_of_all_splits(inputs: int, outputs: int) -> None:
    layer = Layer.fully_connected("fc", inputs, outputs)
    assert first_four(layer, V2)[3] == min(layer.macs / fc_cycles(inputs, outputs), first_four(layer, V2)[2])


@given(layers(), machines())
def test_bounds_never_rise_and_each_is_what_its_step_found(layer: Layer, machine: Accelerator) -> None:
    assume(mapspace(layer, machine, RS_PLUS).outer_count <= CHUNK)
    mapped = map_layer(layer, machine, RS_PLUS, chunk=CHUNK)
    result = examine(layer, machine, RS_PLUS, mapped)
    assert len(result.bounds) == len(result.reasons) == 7
    assert all(before >= after for before, after in itertools.pairwise(result.bounds))
    # The steps are in order by themselves: clamping one bound to the one before never hides a wrong one.
    total = result.evaluation.cycles.total
    steps = (float(mapped.space.plan_cycles[0]), mapped.least_compute, mapped.least_bandwidth, total)
    assert result.bounds == (layer.macs, *result.bounds[1:3], *(layer.macs / cycles for cycles in steps))
    assert result.bounds[2] <= machine.macs_per_cycle
    assert result.bounds[6] == pytest.approx(result.evaluation.utilization * machine.macs_per_cycle, rel=1e-12)


@given(layers(), machines())
@settings(max_examples=30)
def test_a_reason_is_given_exactly_where_something_is_lost(layer: Layer, machine: Accelerator) -> None:
    assume(mapspace(layer, machine, RS_PLUS).outer_count <= CHUNK)
    result = eyexam(layer, machine)
    reached = [min(bound, machine.macs_per_cycle) for bound in (math.inf, *result.bounds)]
    for reason, before, after in zip(result.reasons, reached, reached[1:], strict=False):
        assert bool(reason) == (after < before * (1 - 1e-9))
    assert (result.limiter == "none") == (not any(result.reasons))


@given(layers(), machines())
@settings(max_examples=30)
def test_the_causes_of_step_seven_add_up_to_what_it_loses(layer: Layer, machine: Accelerator) -> None:
    assume(mapspace(layer, machine, RS_PLUS).outer_count <= CHUNK)
    mapped = map_layer(layer, machine, RS_PLUS, chunk=CHUNK)
    result = examine(layer, machine, RS_PLUS, mapped)
    causes = [float(n.replace(",", "")) for n in re.findall(r"([\d,]+) cycles", result.reasons[6])]
    lost = result.evaluation.cycles.total - mapped.least_bandwidth
    assert abs(sum(causes) - lost) <= 0.5 * len(causes) + 1e-6


def test_step_four_names_the_idle_pes_and_the_axis() -> None:
    # M=3 on 4 columns that cannot add up psums: of 2 x 4 PEs one column has nothing to do.
    result = eyexam(Layer.conv2d("c", 8, 3, input_size=5, kernel=1), array(2, 4))
    assert result.bounds[2:4] == (8, 6)
    assert result.evaluation.active_pes == 6
    assert "2 of 8 PEs idle" in result.reasons[3]
    assert "1 of 4 PE cols idle (M=3)" in result.reasons[3]


@pytest.mark.parametrize(
    ("layer", "machine", "active"),
    [
        # M=5 on 4 columns is 2 + 2 + 1 + 0: the last column of 3 PEs idles although M=4 fits it.
        (Layer.fully_connected("m5", 9, 5), array(3, 4), 9),
        # M=3 on 2 clusters of 4 columns: 3 of 8 PEs have work, however M is split between clusters and columns.
        (Layer.fully_connected("m3", 8, 3), array(1, 4, cluster_cols=2), 3),
    ],
    ids=["last column empty", "two axes"],
)
def test_step_four_counts_pes_as_idle_that_get_no_work(layer: Layer, machine: Accelerator, active: int) -> None:
    result = eyexam(layer, machine)
    assert result.evaluation.active_pes == active
    assert result.bounds[3] < result.bounds[2]
    assert f"{machine.pes - active} of {machine.pes} PEs idle" in result.reasons[3]


def test_step_two_names_what_the_dataflow_keeps_serial() -> None:
    result = eyexam(Layer.conv2d("lonely", 1, 1, input_size=(16, 6), kernel=3), array(3, 6))
    assert result.reasons[1] == (
        "the dataflow keeps E=14 R=3 inside a PE, so only 12 of 18 MAC units can work at once (F=4 S=3)"
    )


def test_step_three_names_the_last_pass() -> None:
    result = eyexam(Layer.conv2d("f14", 1, 1, input_size=(4, 16), kernel=(1, 3)), array(3, 4))
    assert result.reasons[2] == "42 parallel MACs fill 12 units in 4 passes, the last one with only 6"
    assert result.bounds[2] == 42 / 4


def test_weights_limit_a_fully_connected_layer() -> None:
    # Every weight is used once: 3 a cycle into each row of 4 PEs with 2 lanes are 3/8 of the peak, and no more.
    result = eyexam(MOBILENET["FC"], V2)
    assert result.limiter == "weight bandwidth"
    assert result.bounds[5] <= 384 * 3 / 8
    assert result.bounds[4] > 2 * result.bounds[5]
    assert result.reasons[5].startswith("weight delivery needs ")
    assert f"{result.evaluation.cycles.delivery.weight:,.0f} cycles" in result.reasons[5]


def test_dram_limits_where_it_is_narrow() -> None:
    result = eyexam(Layer.fully_connected("fc", 64, 48), V2.replace(dram_read_bits_per_cycle=1.0))
    assert result.limiter == "DRAM bandwidth"
    assert result.evaluation.cycles.dram == (64 + 64 * 48) * 8
    assert result.reasons[5].startswith("DRAM delivery needs ")


def test_lanes_limit_a_depthwise_layer() -> None:
    layer = Layer.depthwise("dw", 8, input_size=10, kernel=3, padding=1)
    result = eyexam(layer, array(3, 2).replace(lanes=2))
    assert result.bounds[3] == result.bounds[2] / 2
    assert "1 of 2 SIMD lanes idle" in result.reasons[3]
    assert result.limiter == "array shape"


def test_an_ideal_machine_on_a_layer_that_divides_loses_nothing() -> None:
    ideal = array(2, 2).replace(
        psum_chain_cycles=0,
        pass_ramp_cycles=0,
        noc_words_per_cycle=Types(iact=math.inf, weight=math.inf, psum=math.inf),
    )
    result = eyexam(Layer.conv2d("even", 4, 4, input_size=4, kernel=1), ideal)
    assert result.bounds[2:] == (4, 4, 4, 4, 4)
    assert set(result.reasons) == {""}
    assert result.limiter == "none"


def test_step_seven_shares_add_up_to_the_loss() -> None:
    # The psum chain and the ramp are all that separates b6 from b7 where every port is wide.
    wide = array(3, 2).replace(noc_words_per_cycle=Types(iact=math.inf, weight=math.inf, psum=math.inf))
    result = eyexam(Layer.conv2d("c", 3, 4, input_size=6, kernel=3, padding=1), wide)
    cycles = result.evaluation.cycles
    assert cycles.total == cycles.compute + cycles.chain + cycles.ramp
    assert (
        f"psum accumulation {cycles.chain:,.0f} cycles ({100 * cycles.chain / cycles.total:.1f} %)" in result.reasons[6]
    )
    assert f"ramp-up {cycles.ramp:,.0f} cycles ({100 * cycles.ramp / cycles.total:.1f} %)" in result.reasons[6]


def test_rs_spreads_less_than_rs_plus() -> None:
    # Row stationary has no groups in space: a depthwise layer keeps 3 rows of the array busy, at most.
    layer = Layer.depthwise("dw", 8, input_size=8, kernel=3, padding=1)
    rs, plus = (
        examine(layer, array(6, 4), flow, map_layer(layer, array(6, 4), flow, chunk=CHUNK)) for flow in (RS, RS_PLUS)
    )
    assert rs.bounds[0] == plus.bounds[0] == layer.macs
    assert rs.bounds[1] * layer.G == plus.bounds[1]
    assert rs.bounds[6] < plus.bounds[6]
