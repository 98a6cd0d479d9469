"""A Timeloop user's files give Timeloop's counts: the reference cases, and drawn nests against a literal walk.

``test_timeloop.py`` shows that the layers and mappings of the reference cases cost what Timeloop says; here the same
layers and mappings come out of YAML files. The drawn nests show that what is accepted without a note is counted as
Timeloop's rules count it, halos, strides and loop orders included.
"""

import math
import random

import pytest

from eyeriss_jax.dataflow.timeloop_mapping import place, read_timeloop_mapping
from eyeriss_jax.dataflow.timeloop_nest import read_nest
from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Types
from eyeriss_jax.hardware.presets import timeloop_e168
from eyeriss_jax.layers.importers.timeloop_problem import read_problem
from eyeriss_jax.model.evaluation import Evaluation

from .peers import Case, cases, outcome, timeloop_case
from .timeloop_files import DIMS, case_files, cnn_problem, mapping, write
from .timeloop_walk import SPADS, Shape, WalkedLoop, walk

CASES = cases("timeloop")
ROOMY = timeloop_e168(
    pe_x=10**5, pe_y=1, spad_words=Types(iact=10**6, weight=10**6, psum=10**6), glb_words=10**8
)  # fmt: skip
KEEP = {
    "DRAM": ["Weights", "Inputs", "Outputs"],
    "GLB": ["Inputs", "Outputs"],
    "DummyBuffer": [],
    "ifmap_spad": ["Inputs"],
    "weights_spad": ["Weights"],
    "psum_spad": ["Outputs"],
}


@pytest.mark.parametrize("name", CASES)
def test_the_reference_cases_come_out_of_their_files(name, tmp_path):
    expected = timeloop_case(CASES[name])
    placed = read_timeloop_mapping(*case_files(CASES[name], tmp_path), expected.accelerator)
    assert placed.mapping == expected.mapping
    assert placed.layer.build() == expected.layer.build()
    assert bool(placed.notes) == (name == "toy_conv1d_halo")


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("alexnet_conv1") or name == "toy_os"])
def test_height_and_width_may_be_exchanged(name, tmp_path):
    """P and Q, R and S with their names exchanged: the mapping only works with our height along Q."""
    other = str.maketrans("PQRS", "QPSR")
    case = CASES[name]
    turned = case | {
        "problem": {dim.translate(other) if len(dim) == 1 else dim: value for dim, value in case["problem"].items()},
        "loop_nest_outer_to_inner": [
            loop | {"dim": loop["dim"].translate(other)} for loop in case["loop_nest_outer_to_inner"]
        ],
    }
    expected = timeloop_case(case)
    placed = read_timeloop_mapping(*case_files(turned, tmp_path), expected.accelerator)
    ours, theirs = (
        outcome(Case(layer, expected.accelerator, each), "timeloop")
        for layer, each in ((placed.layer, placed.mapping), (expected.layer, expected.mapping))
    )
    assert ours == theirs


def drawn_nest(seed: int) -> list[dict]:
    """A random nest of at most 2,000 MACs, its loops in random order at each level."""
    draw = random.Random(seed)
    allowed = {
        "DRAM": "GNMCPQRS", "GLB": "NMCPQRS", "space": "NMCPQS", "DummyBuffer": "NPQ", "weights_spad": "CRS",
        "psum_spad": "M",
    }  # fmt: skip
    nest, macs = [], 1
    for level, dims in allowed.items():
        for dim in draw.sample(dims, len(dims)):
            bound = draw.choice([2, 2, 3, 4])
            if draw.random() < (0.3 if level == "GLB" else 0.2) and macs * bound <= 2000:
                macs *= bound
                kind = "spatial-X" if level == "space" else "temporal"
                nest.append({"level": level.replace("space", "GLB"), "dim": dim, "bound": bound, "kind": kind})
    return nest


def walked(nest: list[dict]) -> list[WalkedLoop]:
    """The same nest for the literal walk."""
    loops, inner = [], dict.fromkeys(DIMS, 1)
    for loop in reversed(nest):
        place_of = {"DRAM": "dram", "GLB": "glb", "DummyBuffer": "waiting"} | {spad: spad for spad in SPADS}
        where = "space" if loop["kind"] != "temporal" else place_of[loop["level"]]
        loops.insert(0, WalkedLoop(where, loop["dim"], loop["bound"], inner[loop["dim"]]))
        inner[loop["dim"]] *= loop["bound"]
    return loops


def words(evaluation: Evaluation) -> dict[str, float]:
    """Our words under the names of the walk."""
    return {
        f"{level}.{data_type}.{kind}": getattr(getattr(evaluation, level)[data_type], kind)
        for level in ("spad", "glb", "dram") for data_type in TYPES for kind in ("reads", "fills", "updates")
    }  # fmt: skip


def test_what_is_accepted_is_counted_as_timeloop_counts_it(tmp_path):
    accepted = 0
    for seed in range(220):
        nest, draw = drawn_nest(seed), random.Random(-seed)
        stride, dilation = draw.choice([(1, 1), (1, 1), (2, 2), (1, 2)]), draw.choice([(1, 1), (1, 1), (2, 1)])
        extents = {dim: math.prod(loop["bound"] for loop in nest if loop["dim"] == dim) for dim in DIMS}
        steps = dict(zip(("Wstride", "Hstride", "Wdilation", "Hdilation"), (*stride, *dilation), strict=True))
        problem_file, mapping_file = write(tmp_path, cnn_problem(extents | steps), mapping(nest, KEEP))
        problem = read_problem(problem_file)
        try:
            placed = place(read_nest(mapping_file, problem), problem, ROOMY)
        except SpecError:
            continue
        if placed.notes:
            continue
        accepted += 1
        result = outcome(Case(placed.layer, ROOMY, placed.mapping), "timeloop").evaluation
        if result.code:  # the machine's own rule on sliding under a split filter
            continue
        ours = words(result)
        theirs = walk(walked(nest), Shape(stride, dilation), ROOMY.glb_keeps)
        assert {key: ours[key] for key in theirs} == theirs, f"seed {seed}: {nest}, {stride}, {dilation}"
    assert accepted > 40


def test_the_walk_itself_gives_timeloops_counts():
    """The reference of the test above against Timeloop's own numbers, where the walk is short."""
    for name in ("toy_rs", "toy_os", "toy_ws", "alexnet_fc6_batch1"):
        if name not in CASES or CASES[name]["result"]["macs"] > 10**5:
            continue
        case = CASES[name]
        nest = [loop | {"kind": loop["kind"]} for loop in case["loop_nest_outer_to_inner"]]
        counts = walk(walked(nest), Shape((1, 1), (1, 1)), ("iact", "psum"))
        accesses = case["result"]["accesses"]
        for key, entry, kind in [
            ("glb.iact.reads", "GLB.Inputs", "reads"), ("glb.iact.fills", "GLB.Inputs", "fills"),
            ("glb.psum.updates", "GLB.Outputs", "updates"), ("dram.weight.reads", "DRAM.Weights", "reads"),
        ]:  # fmt: skip
            assert counts[key] == accesses[entry][kind] * accesses[entry]["instances"]
