"""ZigZag's words, energies and ideal cycles for 12 cases are ours under the ``zigzag`` conventions.

ZigZag allocates loops to memories per operand, so every operand is read off a mapping with its own tile boundaries
(:func:`~.peers.zigzag_case`). What differs is in :data:`DIFFERENCES`, each with its reason.
"""

import math
from itertools import product

import pytest

from eyeriss_jax.model.evaluation import Evaluation

from .peers import ZIGZAG_TYPES, Difference, Json, assert_equal_but_for, cases, outcome, reference, zigzag_case

CASES = cases("zigzag")
ARCH = reference("zigzag")["arch"]

# Words per access: the width of the ports that the cases were run with.
PORT_WORDS = {"rf": 1, "glb": 16, "dram": 4}

# Without on-loading, with it, and with off-loading as well.
LATENCIES = ("latency_total0", "latency_total1", "latency_total2")

LINES = "ZigZag counts whole lines of the port and drops the last, partly filled one"
UNION = "PEs with overlapping windows share the words that both need; ZigZag shares what they need in the same cycle"
REREAD = "outputs are ZigZag's innermost loops here, so a weight stays at the MAC; our PE walks all its taps per output"
BUFFERS = (
    "ZigZag's memories have one buffer: a tile loads only while the last part of the one before it is in use, and the "
    "first on-loading and last off-loading are added; ours have two, and the slowest of MACs and ports decides"
)

DIFFERENCES = {
    ("alexnet_conv1_rs", "glb.I.rd_out_to_low"): Difference(2_776_950, LINES),
    ("alexnet_conv1_rs", "glb.I.wr_in_by_high"): Difference(1_041_930, LINES),
    ("alexnet_conv1_rs", "dram.I.rd_out_to_low"): Difference(1_041_930, LINES),
    ("alexnet_conv1_rs", "energy.glb.I"): Difference((2_776_950 + 1_041_930) * 6, LINES),
    ("alexnet_conv1_rs", "energy.dram.I"): Difference(1_041_930 * 200, LINES),
    ("alexnet_conv1_rs", "energy.total"): Difference(792_344_324 + (6 + 10) * 6 + 2 * 200, LINES),
    ("toy_os", "glb.I.rd_out_to_low"): Difference(288, UNION),
    ("toy_os", "energy.glb.I"): Difference((288 + 144) * 6, UNION),
    ("toy_os", "energy.total"): Difference(89_952 - 288 * 6, UNION),
    ("toy_ws", "rf.W.rd_out_to_low"): Difference(2_304, REREAD),
    ("toy_ws", "energy.rf.W"): Difference(2_304 + 144, REREAD),
    ("toy_ws", "energy.total"): Difference(87_552 + 2_304 - 144, REREAD),
}
# Two cases never stall: their latency_total0 is the ideal one.
DIFFERENCES |= {
    (name, latency): Difference(None, BUFFERS)
    for name, latency in product(CASES, LATENCIES)
    if not (name in ("toy_os", "toy_ws") and latency == "latency_total0")
}

# Cases in which nothing but the weights makes ZigZag's array wait.
WEIGHT_STALLS = ("alexnet_conv2_rs", "alexnet_conv3_rs", "resnet_3x3_c128_m128", "matmul_512x512x64")


def operands(case: Json) -> dict[str, Evaluation]:
    """Our evaluation as each operand sees the case."""
    return {operand: outcome(zigzag_case(case, operand), "zigzag").evaluation for operand in ZIGZAG_TYPES}


def words(evaluations: dict[str, Evaluation]) -> dict[str, float]:
    """Words per memory, operand and direction. Psums that leave the PEs or the GLB are reads of these."""
    quantities = {}
    for operand, data_type in ZIGZAG_TYPES.items():
        evaluation = evaluations[operand]
        rf, glb, dram = (getattr(evaluation, level)[data_type] for level in ("spad", "glb", "dram"))
        drained = {"rf": 0, "glb": 0, "dram": 0}
        if operand == "O":
            drained |= {"rf": evaluation.noc.psum, "glb": dram.updates}
        for memory, access in (("rf", rf), ("glb", glb), ("dram", dram)):
            quantities |= {
                f"{memory}.{operand}.rd_out_to_low": access.reads - drained[memory],
                f"{memory}.{operand}.rd_out_to_high": drained[memory],
                f"{memory}.{operand}.wr_in_by_high": access.fills,
                f"{memory}.{operand}.wr_in_by_low": access.updates,
            }
    return quantities


def slowest(evaluations: dict[str, Evaluation], compute: float) -> float:
    """Cycles of the slowest of MACs and ports, with the words of every operand from its own mapping."""
    accesses = [
        getattr(evaluations[operand], level)[data_type]
        for level in ("glb", "dram")
        for operand, data_type in ZIGZAG_TYPES.items()
    ]
    per_cycle = ARCH["bandwidth_words_per_cycle"]
    needed = [compute]
    for level, port in (("glb", accesses[:3]), ("dram", accesses[3:])):
        needed.append(sum(access.reads for access in port) / per_cycle[level])
        needed.append(sum(access.fills + access.updates for access in port) / per_cycle[level])
    return max(needed)


def ours(case: Json) -> dict[str, float]:
    """What we say, under ZigZag's names. Its spatial utilisation rounds the cycles of a full array up."""
    evaluations = operands(case)
    macs, compute = evaluations["O"].macs, evaluations["O"].cycles.compute
    assert all(evaluation.cycles.compute == compute for evaluation in evaluations.values())
    quantities = words(evaluations)
    price = {memory: ARCH["energy_per_word"][memory] for memory in ("rf", "glb", "dram")}
    spent = {
        f"energy.{memory}.{operand}": price[memory]
        * sum(value for name, value in quantities.items() if name.startswith(f"{memory}.{operand}."))
        for memory, operand in product(price, ZIGZAG_TYPES)
    }
    bound = slowest(evaluations, compute)
    return {
        **quantities,
        **spent,
        "energy.mac": macs * ARCH["energy_per_word"]["mac"],
        "energy.total": macs * ARCH["energy_per_word"]["mac"] + sum(spent.values()),
        "ideal_temporal_cycle": compute,
        "mac_spatial_utilization": math.ceil(macs / (ARCH["D1"] * ARCH["D2"])) / compute,
        **dict.fromkeys(LATENCIES, bound),
    }


def theirs(case: Json) -> dict[str, float]:
    """What ZigZag says."""
    quantities = {"energy.mac": case["mac_energy"], "energy.total": case["energy_total"]}
    for key in ("ideal_temporal_cycle", "mac_spatial_utilization", *LATENCIES):
        quantities[key] = case[key]
    for memory_and_operand, directions in case["words"].items():
        memory, operand = memory_and_operand.split(".")
        for direction, count in directions.items():
            quantities[f"{memory.split('_')[0]}.{operand}.{direction}"] = count
    for operand, energies in case["mem_energy_by_operand_level"].items():
        memories = ("rf", "glb", "dram") if len(energies) == 3 else ("rf", "dram")
        quantities |= {f"energy.{m}.{operand}": energy for m, energy in zip(memories, energies, strict=True)}
    return quantities


@pytest.mark.parametrize("name", CASES)
def test_every_quantity_equals_zigzags_or_is_explained(name: str) -> None:
    reported, computed = theirs(CASES[name]), ours(CASES[name])
    # Weights bypass the GLB, which is then not listed for them; we count no access.
    bypassing = {quantity for quantity in computed.keys() - reported.keys() if "glb.W" in quantity}
    assert all(computed.pop(quantity) == 0 for quantity in bypassing)
    assert_equal_but_for(DIFFERENCES, name, computed, reported)


@pytest.mark.parametrize("name", CASES)
def test_differences_in_words_are_partly_filled_lines(name: str) -> None:
    """Whole lines of the port, of as many words as we count, are the words that ZigZag counts."""
    reported = theirs(CASES[name])
    for quantity, count in words(operands(CASES[name])).items():
        entry = DIFFERENCES.get((name, quantity))
        if quantity in reported and (entry is None or entry.reason == LINES):
            line = PORT_WORDS[quantity.split(".")[0]]
            assert count // line * line == reported[quantity]


@pytest.mark.parametrize("name", [name for name in WEIGHT_STALLS if name in CASES])
def test_single_buffered_weights_explain_the_stalls_where_nothing_else_stalls(name: str) -> None:
    """A new weight tile may come in only during the last step of the register file's outermost loop.

    Every tile but the first, which counts as on-loading, then stalls for what does not fit into that step.
    """
    case = CASES[name]
    in_registers, outside = case["temporal_mapping_per_operand"]["W"]
    tiles = math.prod(bound for _, bound in outside)
    window = math.prod(bound for _, bound in in_registers[:-1])
    load = case["words"]["dram.W"]["rd_out_to_low"] / tiles / ARCH["bandwidth_words_per_cycle"]["dram"]
    assert case["latency_total0"] == case["ideal_temporal_cycle"] + (tiles - 1) * (load - window)
