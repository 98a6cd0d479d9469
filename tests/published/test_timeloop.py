"""Timeloop's counts, cycles, capacities and energies for 16 loop nests are ours under the ``timeloop`` conventions.

Not close but equal, in float64, except where the two tools differ by design: :data:`DIFFERENCES` says what we
answer there and why.
"""

import math
from itertools import product

import pytest

from eyeriss_jax.dims import TYPES, PerType
from eyeriss_jax.model.evaluation import Evaluation

from .peers import (
    TIMELOOP_TYPES,
    Case,
    Difference,
    Json,
    Outcome,
    assert_equal_but_for,
    cases,
    outcome,
    timeloop_case,
)

CASES = cases("timeloop")

SPADS = {"ifmap_spad": "iact", "weights_spad": "weight", "psum_spad": "psum"}

UNION = "PEs with overlapping windows share the words that both need; Timeloop shares equal windows only (48 reads)"
ROUNDING = "416,160 words at 4 a cycle; Timeloop divides twice in floating point and rounds 104,040.00000000001 up"

DIFFERENCES = {
    ("toy_conv1d_halo", "accesses.GLB.Inputs.reads"): Difference(24, UNION),
    ("toy_conv1d_halo", "accesses.GLB.Inputs.energy"): Difference((24 + 18) * 6, UNION),
    ("toy_conv1d_halo", "networks.GLB<=>ifmap_spad.Inputs.ingresses"): Difference(24, UNION),
    ("toy_conv1d_halo", "energy.GLB"): Difference((24 + 18 + 16) * 6, UNION),
    ("toy_conv1d_halo", "energy.total"): Difference(8176 - (48 - 24) * 6, UNION),
    ("depthwise3x3_g32_112", "cycles.total"): Difference(416_160 / 4, ROUNDING),
    ("depthwise3x3_g32_112", "cycles.DRAM"): Difference(416_160 / 4, ROUNDING),
}


def accesses_of(level: str, evaluation: Evaluation) -> PerType:
    """Our accesses at a level of Timeloop's."""
    return {"GLB": evaluation.glb, "DRAM": evaluation.dram}.get(level, evaluation.spad)


def cycles_and_energy(evaluation: Evaluation, spad_words_per_cycle: float) -> dict[str, float]:
    """Ours by level. A SPad has a read and a write port, which at one MAC per cycle never bind."""
    cycles, energy = evaluation.cycles, evaluation.energy
    quantities = {"cycles.total": cycles.total, "energy.total": energy.total}
    needed = {"mac": cycles.compute, "GLB": cycles.glb, "DRAM": cycles.dram}
    spent = {"mac": energy.mac, "GLB": energy.glb, "DRAM": energy.dram}
    for level, data_type in SPADS.items():
        access = evaluation.spad[data_type]
        busiest_port = max(access.reads, access.fills + access.updates) / evaluation.active_pes
        needed[level] = busiest_port / spad_words_per_cycle
        spent[level] = access.reads + access.fills + access.updates
    for level, port_cycles in needed.items():
        quantities[f"cycles.{level}"] = max(cycles.compute, port_cycles)
        quantities[f"throttling.{level}"] = round(cycles.compute / max(cycles.compute, port_cycles), 2)
    return quantities | {f"energy.{level}": energy for level, energy in spent.items()}


def words_and_capacity(case: Case, result: Outcome) -> dict[str, float]:
    """Ours per level and data type."""
    layer, per_word = case.layer, case.accelerator.energy
    need = {"GLB": result.glb_need, "DRAM": PerType(iact=layer.iacts, weight=layer.weights, psum=layer.oacts)}
    price = {"GLB": per_word.glb, "DRAM": per_word.dram}
    kept = {"GLB": case.accelerator.glb_keeps, "DRAM": TYPES} | {spad: (t,) for spad, t in SPADS.items()}
    quantities = {}
    for level, tensor in product(kept, TIMELOOP_TYPES):
        data_type = TIMELOOP_TYPES[tensor]
        if data_type not in kept[level]:
            continue
        access = accesses_of(level, result.evaluation)[data_type]
        words = access.reads + access.fills + access.updates
        quantities |= {
            f"accesses.{level}.{tensor}.reads": access.reads,
            f"accesses.{level}.{tensor}.fills": access.fills,
            f"accesses.{level}.{tensor}.updates": access.updates,
            f"accesses.{level}.{tensor}.temporal_reductions": access.reads if tensor == "Outputs" else 0,
            f"accesses.{level}.{tensor}.utilized_capacity": need.get(level, result.spad_need)[data_type],
            f"accesses.{level}.{tensor}.energy": words * price.get(level, per_word.spad)[data_type],
        }
    return quantities


def network(case: Case, evaluation: Evaluation) -> dict[str, float]:
    """Ours between the array and what feeds it: words sent, words that arrive at PEs (outputs the other way)."""
    quantities = {}
    for tensor, data_type in TIMELOOP_TYPES.items():
        source = (evaluation.glb if data_type in case.accelerator.glb_keeps else evaluation.dram)[data_type]
        ingresses, arrivals = source.reads, evaluation.noc[data_type]
        if tensor == "Outputs":
            ingresses = source.updates
        quantities |= {
            f"networks.GLB<=>ifmap_spad.{tensor}.ingresses": ingresses,
            f"networks.GLB<=>ifmap_spad.{tensor}.arrivals": arrivals,
            f"networks.GLB<=>ifmap_spad.{tensor}.spatial_reductions": arrivals - ingresses
            if tensor == "Outputs"
            else 0,
        }
    return quantities


def ours(case: Case, result: Outcome, spad_words_per_cycle: float) -> dict[str, float]:
    """What we say, under Timeloop's names."""
    evaluation = result.evaluation
    return {
        "macs": evaluation.macs,
        "utilized_pes": evaluation.active_pes,
        "utilization_percent": round(100 * evaluation.utilization, 2),
        **cycles_and_energy(evaluation, spad_words_per_cycle),
        **words_and_capacity(case, result),
        **network(case, evaluation),
    }


def theirs(case: Json) -> dict[str, float]:
    """What Timeloop says; counts per instance as totals over the instances."""
    result = case["result"]
    quantities = {key: result[key] for key in ("macs", "utilized_pes", "utilization_percent")}
    quantities |= {"cycles.total": result["cycles"], "energy.total": result["energy_total_pJ"]}
    quantities |= {f"cycles.{level}": cycles for level, cycles in result["cycles_by_level"].items()}
    quantities |= {f"energy.{level}": energy for level, energy in result["energy_by_level_pJ"].items()}
    quantities |= {f"throttling.{level}": ratio or 1 for level, ratio in result["bandwidth_throttling"].items()}
    for where, access in result["accesses"].items():
        for count in ("reads", "fills", "updates", "temporal_reductions"):
            quantities[f"accesses.{where}.{count}"] = access[count] * access["instances"]
        quantities[f"accesses.{where}.utilized_capacity"] = access["utilized_capacity"]
        quantities[f"accesses.{where}.energy"] = access["energy_total_pJ"]
    for tensor in TIMELOOP_TYPES:
        where = f"GLB<=>ifmap_spad.{tensor}"
        network = result["networks"][where]
        quantities[f"networks.{where}.ingresses"] = network["ingresses"]
        quantities[f"networks.{where}.arrivals"] = sum(
            factor * words for factor, _, words in network["multicast_scatter_counts"]
        )
        quantities[f"networks.{where}.spatial_reductions"] = network["spatial_reductions"]
    return quantities


def evaluated(case: Json) -> tuple[Case, Outcome]:
    """A case in our terms, and what we say about it."""
    translated = timeloop_case(case)
    return translated, outcome(translated, "timeloop")


@pytest.mark.parametrize("name", CASES)
def test_every_quantity_equals_timeloops_or_is_explained(name: str) -> None:
    case = CASES[name]
    assert_equal_but_for(
        DIFFERENCES, name, ours(*evaluated(case), case["arch"]["spad_bw_words_per_cycle"]), theirs(case)
    )


@pytest.mark.parametrize("name", CASES)
def test_mappings_that_timeloop_runs_are_valid(name: str) -> None:
    _, result = evaluated(CASES[name])
    assert result.evaluation.code == 0


def throttled_cycles(compute: float, words: list[list[float]], words_per_cycle: float) -> int:
    """Cycles of a level as Timeloop computes them, in double precision and in its order of operations.

    ``words``: read and written words per tensor. The demand of each port, in words per compute cycle, is a sum of
    quotients; bandwidth over demand is the slowdown; compute cycles over slowdown are rounded up.
    """
    slowdown = 1.0
    for port in words:
        demand = sum(tensor / compute for tensor in port)
        if words_per_cycle < demand:
            slowdown = min(slowdown, words_per_cycle / demand)
    return math.ceil(compute / slowdown)


@pytest.mark.parametrize("name", CASES)
def test_timeloops_rounding_of_our_words_gives_its_cycles(name: str) -> None:
    """Our words give Timeloop's cycles at every level, once divided and rounded as it does."""
    case = CASES[name]
    _, result = evaluated(case)
    evaluation, arch = result.evaluation, case["arch"]
    for level, bandwidth in (("GLB", "glb_bw_words_per_cycle"), ("DRAM", "dram_bw_words_per_cycle")):
        accesses = [accesses_of(level, evaluation)[data_type] for data_type in ("weight", "iact", "psum")]
        ports = [[access.reads for access in accesses], [access.fills + access.updates for access in accesses]]
        cycles = throttled_cycles(evaluation.cycles.compute, ports, arch[bandwidth])
        assert cycles == case["result"]["cycles_by_level"][level]


def test_words_over_bandwidth_need_no_rounding_up_in_the_depthwise_case() -> None:
    """(288 + 415,872) / 4 is an integer; 21504 / (4 / (words / 21504)) is one ulp above it."""
    words, compute = 288 + 415_872, 21_504
    assert words % 4 == 0
    assert compute / (4 / (words / compute)) == 104_040.00000000001
    assert throttled_cycles(compute, [[288, 415_872], [401_408]], 4) == 104_041
