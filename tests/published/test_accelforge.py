"""AccelForge's accesses, latencies and energies are ours, without exception, under the ``accelforge`` conventions.

Its cases are Timeloop's 16 loop nests. It differs from Timeloop in that a tile lives exactly as long as the tile
around it: no sliding window, nothing kept across DRAM tiles, only equal tiles multicast, and drains charged.
"""

import pytest

from eyeriss_jax.model.evaluation import Access, Evaluation

from .peers import ACCELFORGE_TYPES, Json, assert_equal_but_for, cases, outcome, timeloop_case

CASES = cases("accelforge")
TIMELOOP_CASES = cases("timeloop")

SPADS = {"ifmap_spad": "iact", "weights_spad": "weight", "psum_spad": "psum"}


def written(access: Access) -> float:
    """Words written from above or from below."""
    return access.fills + access.updates


def actions(evaluation: Evaluation) -> dict[str, float]:
    """Words read and written per component and tensor, ``component|tensor|action``."""
    spads = {data_type: spad for spad, data_type in SPADS.items()}
    counts = {"MAC|None|compute": evaluation.macs}
    for tensor, data_type in ACCELFORGE_TYPES.items():
        levels = {spads[data_type]: evaluation.spad, "GLB": evaluation.glb, "DRAM": evaluation.dram}
        for level, accesses in levels.items():
            counts[f"{level}|{tensor}|read"] = accesses[data_type].reads
            counts[f"{level}|{tensor}|write"] = written(accesses[data_type])
    return counts


def ours(evaluation: Evaluation, spad_words_per_cycle: float) -> dict[str, float]:
    """What we say, under AccelForge's names. A SPad has a read and a write port of its own."""
    cycles, energy = evaluation.cycles, evaluation.energy
    latency = {"MAC": cycles.compute, "GLB": cycles.glb, "DRAM": cycles.dram}
    spent = {"MAC": energy.mac, "GLB": energy.glb, "DRAM": energy.dram}
    for spad, data_type in SPADS.items():
        access = evaluation.spad[data_type]
        latency[spad] = max(access.reads, written(access)) / evaluation.active_pes / spad_words_per_cycle
        spent[spad] = access.reads + written(access)
    return {
        "energy": energy.total,
        "latency": cycles.total,
        **{f"latency.{component}": value for component, value in latency.items()},
        **{f"energy.{component}": value for component, value in spent.items()},
        **actions(evaluation),
    }


def theirs(case: Json) -> dict[str, float]:
    """What AccelForge says."""
    return {
        "energy": case["energy"],
        "latency": case["latency"],
        **{f"latency.{component}": value for component, value in case["latency_per_component"].items()},
        **{f"energy.{component}": value for component, value in case["energy_per_component"].items()},
        **case["actions"],
    }


@pytest.mark.parametrize("name", CASES)
def test_every_quantity_equals_accelforges(name: str) -> None:
    case = TIMELOOP_CASES[name]
    evaluation = outcome(timeloop_case(case), "accelforge").evaluation
    reported = theirs(CASES[name])
    computed = ours(evaluation, case["arch"]["spad_bw_words_per_cycle"])
    # A tensor that bypasses the GLB is not listed there; we count no access.
    bypassing = {quantity for quantity in computed.keys() - reported.keys() if quantity.startswith("GLB|")}
    assert all(computed.pop(quantity) == 0 for quantity in bypassing)
    assert_equal_but_for({}, name, computed, reported)
