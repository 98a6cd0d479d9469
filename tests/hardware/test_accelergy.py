"""Accelergy's tables become an energy table in pJ; the fragments are shaped like the files that the tools write."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Types
from eyeriss_jax.hardware.component_names import Component, component
from eyeriss_jax.hardware.presets import accelerator

SUMMARY_04 = """
ERT_summary:
    version: '0.4'
    table_summary:
      - name: system_top_level.DRAM[1..1]
        actions: [{name: read, energy: 512.0}, {name: write, energy: 512.0}, {name: leak, energy: 0.0}]
      - name: system_top_level.shared_glb[1..1]
        actions: [{name: write, energy: 14}, {name: read, energy: 18}, {name: leak, energy: 0.5}]
      - name: system_top_level.ifmap_spad[1..168]
        actions: [{name: write, energy: 0.2}, {name: read, energy: 0.4}, {name: leak, energy: 0.01}]
      - name: system_top_level.weights_spad[1..168]
        actions: [{name: write, energy: 1.0}, {name: read, energy: 2.0}]
      - name: system_top_level.psum_spad[1..168]
        actions: [{name: write, energy: 0.25}, {name: read, energy: 0.75}]
      - name: system_top_level.mac[1..168]
        actions: [{name: compute, energy: 0.207}, {name: leak, energy: 0.002}]
"""

TABLES_03 = """
ERT:
  version: 0.3
  tables:
  - name: chip.PE[0..3].mac
    actions: [{name: mac_random, energy: 2.2}, {name: mac_gated, energy: 0.1}]
  - name: chip.PE[0..3].RegisterFile
    actions:
    - {name: read, arguments: {address_delta: 0, data_delta: 0}, energy: 0.1}
    - {name: read, arguments: {address_delta: 1, data_delta: 1}, energy: 0.5}
    - {name: write, arguments: {address_delta: 1, data_delta: 1}, energy: 0.7}
  - name: chip.GlobalBuffer
    actions: [{name: read, energy: 8}, {name: write, energy: 12}]
  - name: chip.MainMemory
    actions: [{name: read, energy: 400}, {name: write, energy: 400}]
"""

TABLES_02 = """
ERT:
  tables:
    chip.PE.mac: {idle: {arguments: null, energy: 0.007}, mac_random: {arguments: null, energy: 1.2}}
    chip.PE.psum_spad: {read: [{energy: 0.27}, {energy: 0.9}], fill: [{energy: 0.7}]}
    chip.PE.ifmap_spad: {read: [{energy: 0.6}], fill: [{energy: 0.4}]}
    chip.PE.weights_spad: {read: [{energy: 4.0}], fill: [{energy: 3.0}]}
    chip.weights_glb: {read: [{energy: 5}], write: [{energy: 5}]}
    chip.shared_glb: {read: [{energy: 30}], write: [{energy: 28}]}
    chip.DRAM: {read: [{energy: 200}], write: [{energy: 200}]}
"""


@pytest.fixture
def table(tmp_path):
    """The energy table of an accelerator file that names an ERT."""

    def read(ert: str, more: str = ""):
        (tmp_path / "ERT.yaml").write_text(ert)
        path = tmp_path / "mine.yaml"
        path.write_text(f"like: timeloop_e168\nenergy: {{accelergy: ERT.yaml{more}}}\n")
        return accelerator(str(path)).energy

    return read


def test_version_0_4(table):
    energy = table(SUMMARY_04)
    assert energy.unit == "pJ"
    assert energy.mac == 0.207
    assert energy.dram == Types(iact=512, weight=512, psum=512)
    assert energy.glb == Types(iact=16, weight=16, psum=16)
    assert energy.spad == Types(iact=pytest.approx(0.3), weight=1.5, psum=0.5)
    assert energy.static_per_cycle == pytest.approx(0.5 + 168 * 0.01 + 168 * 0.002)


def test_version_0_3_takes_the_most_expensive_arguments(table):
    energy = table(TABLES_03)
    assert energy.mac == 2.2
    assert energy.spad == Types(iact=0.6, weight=0.6, psum=0.6)
    assert energy.glb.iact == 10
    assert energy.dram.psum == 400


def test_version_0_2_and_a_buffer_of_one_type(table):
    energy = table(TABLES_02)
    assert energy.spad == Types(iact=0.5, weight=3.5, psum=pytest.approx(0.8))
    assert energy.glb == Types(iact=29, weight=5, psum=29)


def test_an_action_may_move_several_words(table):
    energy = table(SUMMARY_04, ", words_per_action: {glb: 4, dram: 8}")
    assert (energy.glb.iact, energy.dram.iact) == (4, 64)


def test_components_may_be_named(table):
    ert = SUMMARY_04.replace("shared_glb", "big")
    with pytest.raises(SpecError, match=r"line 2, column 9: no component of the file is recognised as glb_iact"):
        table(ert)
    assert table(ert, ", components: {glb: big}").glb.iact == 16
    with pytest.raises(SpecError, match="no component 'bg' in the file; its components: DRAM, big, ifmap_spad"):
        table(ert, ", components: {glb: bg}")


@pytest.mark.parametrize(
    ("ert", "message"),
    [
        ("architecture: {}", "neither 'ERT' nor 'ERT_summary'"),
        ("ERT: {version: 0.4}", "the key 'tables' is missing"),
        (SUMMARY_04.replace("energy: 14", "energy: -14"), "line 8, column 41: an energy of -14 pJ"),
        (SUMMARY_04.replace("energy: 14", "energi: 14"), "the key 'energy' is missing"),
        (SUMMARY_04.replace("compute", "idle"), "no action compute or mac_random"),
    ],
)
def test_other_files_are_refused(table, ert, message):
    with pytest.raises(SpecError, match=message):
        table(ert)


@pytest.mark.parametrize("name", ["../ERT.yaml", "/etc/hostname", "link.yaml", "a/../../ERT.yaml"])
def test_no_file_outside_the_folder_is_opened(tmp_path, name, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "ERT.yaml").write_text(SUMMARY_04)
    (folder / "link.yaml").symlink_to(tmp_path / "ERT.yaml")
    (folder / "mine.yaml").write_text(f"like: eyeriss_v2\nenergy: {{accelergy: {name}}}\n")
    with pytest.raises(SpecError, match="lies outside the folder"):
        accelerator(str(folder / "mine.yaml"))


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("DRAM", ("dram", None)), ("MainMemory", ("dram", None)), ("GlobalBuffer", ("glb", None)),
        ("system.weights_glb[1..1]", ("glb", "weight")), ("ifmap_spad", ("pe", "iact")),
        ("output_activation_reg", ("pe", "psum")), ("weight_reg", ("pe", "weight")), ("pe_spad", ("pe", None)),
        ("RegisterFile", ("pe", None)), ("inter_PE_column_spatial", ("array", None)), ("PE", ("array", None)),
        ("DummyBuffer", ("array", None)), ("chip.PE[0..167].mac", ("mac", None)),
    ],
)  # fmt: skip
def test_names_that_the_tools_examples_use(name, meaning):
    assert component(name) == Component(*meaning)


def test_a_name_that_says_nothing():
    assert component("foo") is None
