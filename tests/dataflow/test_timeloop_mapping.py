"""Timeloop mappings: the spellings that users write, and a clear reason for what five levels cannot express."""

import pytest

from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator, timeloop_e168

PROBLEM = "problem: {shape: cnn-layer, C: 12, M: 64, R: 3, S: 3, P: 13, Q: 13, N: 4}"

# The row-stationary mapping of Timeloop's own Eyeriss exercise, with its two fan-outs and a buffer that stores nothing.
EYERISS = """
mapping:
  - {target: DRAM, type: temporal, permutation: RSP CMNQ, factors: R=1 S=1 P=1 C=3 M=1 N=1 Q=1}
  - {target: DRAM, type: bypass, keep: [Weights, Inputs, Outputs]}
  - {target: shared_glb, type: spatial, split: 7, permutation: NCPRSQM, factors: N=1 C=1 P=1 R=1 S=1 Q=0 M=1}
  - {target: shared_glb, type: temporal, permutation: QRSC PNM, factors: Q=1 R=1 S=1 P=0 C=1 N=4 M=1}
  - {target: shared_glb, type: bypass, bypass: [Weights], keep: [Inputs, Outputs]}
  - {target: DummyBuffer, type: temporal, factors: N=1 M=1 C=1 P=1 Q=1 R=1 S=1, permutation: NMCPQRS}
  - {target: DummyBuffer, type: bypass, bypass: [Inputs, Outputs, Weights]}
  - {target: DummyBuffer, type: spatial, split: 4, permutation: NPQR SCM, factors: N=1 P=1 Q=1 R=1 S=0 C=1 M=4}
  - {target: ifmap_spad, type: bypass, bypass: [Weights, Outputs], keep: [Inputs]}
  - {target: ifmap_spad, type: temporal, permutation: NMCPQRS, factors: N=1 M=1 C=1 P=1 Q=1 R=1 S=1}
  - {target: weights_spad, type: temporal, permutation: NMPQS CR, factors: N=1 M=1 P=1 Q=1 S=1 R=0 C=4}
  - {target: weights_spad, type: bypass, bypass: [Inputs, Outputs], keep: [Weights]}
  - {target: psum_spad, type: temporal, permutation: NCPQRS M, factors: N=1 C=1 R=1 S=1 P=1 Q=1 M=16}
  - {target: psum_spad, type: bypass, bypass: [Inputs, Weights], keep: [Outputs]}
"""


@pytest.fixture
def placed(tmp_path):
    """Reads a mapping of the problem."""

    def read(mapping: str, problem: str = PROBLEM, machine=None):
        (tmp_path / "problem.yaml").write_text(problem)
        (tmp_path / "mapping.yaml").write_text(mapping)
        machine = machine or timeloop_e168()
        return read_timeloop_mapping(tmp_path / "problem.yaml", tmp_path / "mapping.yaml", machine)

    return read


def changed(**directives: str) -> str:
    """The Eyeriss mapping with the factors of some directives replaced, by ``<target>_<type>``."""
    lines = [str(line) for line in EYERISS.splitlines()]
    for name, factors in directives.items():
        target, kind = name.rsplit("_", 1)
        index = next(i for i, line in enumerate(lines) if f"target: {target}, type: {kind}" in line)
        start = lines[index].index("factors: ") + len("factors: ")
        end = min(at for at in (lines[index].find(", perm", start), lines[index].find("}", start)) if at > 0)
        lines[index] = lines[index][:start] + factors + lines[index][end:]
    return "\n".join(lines)


def test_timeloops_own_eyeriss_mapping(placed):
    found = placed(EYERISS)
    assert found.notes == ()
    assert found.mapping.short() == "clusters - × - | PEs M4 S3 × F13 | PE N4 M16 C4 E13 R3"
    assert found.mapping.glb.N == 4
    assert found.mapping.glb.C == 4


@pytest.mark.parametrize(
    "factors",
    ["R=1 S=1 P=1 C=3 M=1 N=1 Q=1", "C3", "C=3", "[C=3]", "C = 3", "R1 S1 P1 C3 M1 N1 Q1", "'R=1,S=1,C=3'", "C=0"],
)
def test_the_spellings_of_factors(placed, factors):
    assert placed(changed(DRAM_temporal=factors)) == placed(EYERISS)


def test_a_list_as_permutation_and_an_inner_to_outer_file(placed):
    listed = EYERISS.replace("permutation: RSP CMNQ", "permutation: [R, S, P, C, M, N, Q]")
    assert placed(listed) == placed(EYERISS)
    head, *directives = [line for line in EYERISS.splitlines() if line]
    assert placed("\n".join([head, *reversed(directives)])) == placed(EYERISS)


def test_a_last_round_of_fewer_steps(placed):
    found = placed(changed(shared_glb_spatial="'Q=7,6'", shared_glb_temporal="P=13 Q=2 N=4"))
    assert (found.mapping.pe_cols.F, found.mapping.glb.F) == (7, 14)
    with pytest.raises(SpecError, match="the factors of Q cover 14 of its 13; change one, or give a last round"):
        placed(changed(shared_glb_spatial="Q=7", shared_glb_temporal="P=13 Q=2 N=4"))


def test_two_fan_outs_are_clusters_and_pes_where_there_are_clusters(placed):
    v2 = accelerator("eyeriss_v2")
    mapping = changed(shared_glb_spatial="Q=1 M=2", DummyBuffer_spatial="S=3", shared_glb_temporal="P=13 Q=13 N=4 M=2")
    found = placed(mapping, machine=v2).mapping
    assert (found.cluster_cols.M, found.pe_rows.S, found.pe_cols.M) == (2, 3, 1)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (changed(DRAM_temporal="C=2"), "the factors of C cover 8 of its 12; change .* .given: 2 at DRAM, "),
        (changed(DRAM_temporal="C=3 X=2"), "factors 'X=2': write each of .*, as M=4; X is no dimension of the problem"),
        (changed(DRAM_temporal="C=3 C=2"), "as M=4; C is given twice"),
        (changed(DRAM_temporal="C=3 M=99999999999"), "as M=4; behind a dimension comes a whole number of at most 10"),
        (changed(DRAM_temporal="C=-3"), "as M=4; behind a dimension comes a whole number of at most 10"),
        (changed(DRAM_temporal="C=3 C=1"), "at most once"),
        (changed(DRAM_temporal="'C=5,9'"), "the last round has 1 to 5 steps"),
        (changed(DRAM_temporal="C=0", weights_spad_temporal="R=3 C=0"), "C=0, what other levels leave of 12, is no"),
        (EYERISS.replace("RSP CMNQ", "RSP CMNN"), "permutation: 'N' must be one of .*, once"),
        (EYERISS.replace("RSP CMNQ", "RSP CMNX"), "permutation: 'X' must be one of"),
        (changed(DRAM_temporal="C=3 M=2", psum_spad_temporal="M=8").replace("permutation: RSP CMNQ, ", ""),
         "the order of C, M is not given"),
        (EYERISS.replace("shared_glb", "cache"), "the level 'cache' is not recognised; use names such as DRAM"),
        (EYERISS.replace("target: DRAM", "target: shared_glb"), "no directive targets DRAM|a second"),
        (EYERISS.replace("type: spatial, split: 7", "type: spacial, split: 7"), "type 'spacial' is not known"),
        (EYERISS.replace("keep: [Inputs, Outputs]", "keep: [Input, Outputs]"), "'Input' is no data space"),
        (EYERISS.replace("bypass: [Weights], keep: [Inputs, Outputs]", "keep: [Inputs, Outputs]"),
         "weight data kept or bypassed"),
        (EYERISS.replace("bypass: [Weights], keep: [Inputs, Outputs]", "bypass: [Weights, Inputs], keep: [Outputs]"),
         r"use an accelerator file with 'glb_keeps: \[psum\]'"),
        (EYERISS.replace("bypass: [Inputs, Outputs], keep: [Weights]", "bypass: [Outputs], keep: [Weights, Inputs]"),
         "iact data is kept by ifmap_spad and weights_spad inside the PE"),
        (changed(DummyBuffer_temporal="N=2", shared_glb_temporal="P=13 N=2"), "DummyBuffer stores nothing"),
        (changed(ifmap_spad_temporal="C=4", weights_spad_temporal="R=3"), "is outside weights_spad, so weights_spad"),
        (changed(psum_spad_temporal="M=16 P=13", shared_glb_temporal="N=4"), "hold several output positions"),
        (changed(shared_glb_temporal="P=13 N=4 M=2 C=2", weights_spad_temporal="R=3 C=2", psum_spad_temporal="M=8")
         .replace("QRSC PNM", "QRSCNMP"), "are one block each"),
        (EYERISS.replace("mapping:", "mapping: {}") .split("\n  -")[0], "expected a list"),
        ("problem: 3", "the key 'mapping' is missing"),
        (EYERISS.replace("type: temporal, permutation: NCPQRS M", "typ: temporal, permutation: NCPQRS M"),
         "unknown key 'typ'; did you mean 'type'"),
    ],
)  # fmt: skip
def test_what_cannot_be_expressed_is_refused_with_a_reason(placed, mapping, message):
    with pytest.raises(SpecError, match=message) as error:
        placed(mapping)
    assert "line" in str(error.value)


def test_overlap_that_only_timeloop_keeps_is_refused(placed):
    """Two output rows, three filter rows, over and over for each M: the first window shares a row with the last."""
    mapping = changed(shared_glb_temporal="P=2 M=2", psum_spad_temporal="M=8")
    problem = PROBLEM.replace("P: 13", "P: 2").replace("N: 4", "N: 1")
    with pytest.raises(SpecError, match="when M advances at shared_glb, consecutive input tiles of a PE overlap"):
        placed(mapping, problem)


def test_windows_of_a_third_axis_are_refused(placed):
    """Timeloop keeps what they share; here it counts for each."""
    spaces = (
        "[{name: Weights, projection: [ [[C]], [[M]], [[T]], [[R]], [[S]] ]}, "
        "{name: Inputs, projection: [ [[N]], [[C]], [[T], [D]], [[R], [P]], [[S], [Q]] ]}, "
        "{name: Outputs, projection: [ [[N]], [[M]], [[D]], [[P]], [[Q]] ], read_write: true}]"
    )
    problem = (
        f"problem: {{shape: {{name: volume, dimensions: [C, M, R, S, P, Q, N, T, D], data_spaces: {spaces}}}, "
        "C: 12, M: 64, R: 3, S: 3, P: 13, Q: 13, N: 4, T: 1, D: 1}"
    )
    with pytest.raises(SpecError, match="windows that slide along D, T share values that this machine counts for each"):
        placed(EYERISS, problem)
