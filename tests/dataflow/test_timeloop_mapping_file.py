"""A mapping written as Timeloop has it reads back with the same counts: the reference cases, and drawn points."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eyeriss_jax.dataflow import DATAFLOWS, Mapping
from eyeriss_jax.dataflow.mapspace import host_mapping, mapspace
from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.dataflow.timeloop_mapping_file import mapping_yaml
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator, timeloop_e168
from eyeriss_jax.hardware.timeloop_architecture_file import architecture_yaml
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.importers.timeloop_problem_file import VERSIONS, problem_yaml
from eyeriss_jax.model.conventions import conventions
from eyeriss_jax.search.mapping import decode
from tests.dataflow.strategies import layers
from tests.published.peers import Case, cases, outcome, timeloop_case

CASES = cases("timeloop")


def back(layer, mapping, machine, version, folder):
    problem, nest = folder / "problem.yaml", folder / "mapping.yaml"
    problem.write_text(problem_yaml(layer, version))
    nest.write_text(mapping_yaml(layer, mapping, machine, version))
    return read_timeloop_mapping(problem, nest, machine)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_the_reference_cases(name, version, tmp_path):
    case = timeloop_case(CASES[name])
    placed = back(case.layer, case.mapping, case.accelerator, version, tmp_path)
    assert placed.layer.build() == case.layer.build()
    assert placed.mapping == case.mapping


@st.composite
def points(draw):
    """A layer, a flat machine and any point of a dataflow's mapspace there: what a mapper can find."""
    layer = draw(layers())
    machine = timeloop_e168(pe_x=draw(st.integers(1, 5)), pe_y=draw(st.integers(1, 5)))
    flow = DATAFLOWS[draw(st.sampled_from(("rs", "rs_plus", "ws", "os_a", "nlr")))]
    try:
        space = mapspace(layer, machine, flow)
    except SpecError:
        assume(False)
    index = draw(st.integers(0, space.size - 1))
    return layer, machine, host_mapping(decode(layer, space, index, conventions("timeloop")))


def waits_at_the_glb(layer, mapping):
    """Whether loops over positions run at the GLB: Timeloop knows no difference between them and a PE's positions."""
    return any(min(mapping.glb[d], layer.extent(d)) > mapping.array_tile(d) for d in "NEF")


@given(points(), st.sampled_from(VERSIONS))
def test_any_mapping_that_can_be_found(tmp_path_factory, point, version):
    """Tiles that do not divide included: the counts are those of the mapping, or Timeloop keeps an overlap more."""
    layer, machine, mapping = point
    try:
        placed = back(layer, mapping, machine, version, tmp_path_factory.getbasetemp())
    except SpecError as error:
        assert "Timeloop keeps" in str(error)  # noqa: PT017
        return
    written, read = (outcome(Case(placed.layer, machine, each), "timeloop") for each in (mapping, placed.mapping))
    if not waits_at_the_glb(layer, mapping):
        assert written.evaluation == read.evaluation
    assert written.evaluation.cycles.compute == read.evaluation.cycles.compute
    assert written.evaluation.active_pes == read.evaluation.active_pes
    assert written.evaluation.noc.iact >= read.evaluation.noc.iact


@pytest.mark.parametrize("name", ["alexnet_conv1_rs", "conv3_inputs_bypass_glb"])
def test_the_machine_is_written_too(name, tmp_path):
    case = timeloop_case(CASES[name])
    (tmp_path / "architecture.yaml").write_text(architecture_yaml(case.accelerator))
    found = accelerator(str(tmp_path / "architecture.yaml"))
    assert found.replace(glb_keeps=case.accelerator.glb_keeps, name="timeloop_e168", description="") == (
        case.accelerator.replace(description="")
    )


@pytest.mark.parametrize(
    ("design", "reason"),
    [("eyeriss_v2", "has clusters.*, 2 MACs per PE, PEs for compressed data"), ("eyeriss_v1_5", "clusters")],
)
def test_machines_that_timeloop_has_not(design, reason):
    machine = accelerator(design)
    with pytest.raises(SpecError, match=reason):
        mapping_yaml(Layer.matmul("fc", 4, 4, 4), Mapping(glb=Dims(), spad=Dims()), machine)


def test_tiles_that_no_nest_has():
    mapping = Mapping(glb=Dims(M=5), spad=Dims(M=2))
    with pytest.raises(SpecError, match=r"the GLB's tile of 5 along M is no multiple of the array's 2"):
        mapping_yaml(Layer.matmul("fc", 12, 4, 4), mapping, timeloop_e168())
