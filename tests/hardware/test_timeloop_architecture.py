"""Timeloop architecture files: the reference machine comes out of both versions; all that is wrong is told at once."""

import re
from pathlib import Path

import pytest

from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml, read_accelerator
from eyeriss_jax.hardware.presets import accelerator, timeloop_e168

DATA = Path(__file__).parents[1] / "data" / "timeloop"
V3, V4 = ((DATA / f"e168_v{version}.yaml").read_text(encoding="utf-8") for version in (3, 4))
NO_MACHINE = ("name", "description", "sources", "clock_hz")


def machine(text: str, tmp_path: Path):
    path = tmp_path / "arch.yaml"
    path.write_text(text, encoding="utf-8")
    return read_accelerator(path, accelerator)


@pytest.mark.parametrize(("text", "keeps"), [(V4, ("iact", "psum")), (V3, TYPES)])
def test_the_reference_machine(text, keeps, tmp_path):
    """Field by field the preset whose counts are Timeloop's own (``tests/published/test_timeloop.py``)."""
    found, expected = machine(text, tmp_path), timeloop_e168()
    assert found.glb_keeps == keeps
    found = found.replace(glb_keeps=expected.glb_keeps, **{name: getattr(expected, name) for name in NO_MACHINE})
    differing = [name for name in expected.__dataclass_fields__ if getattr(found, name) != getattr(expected, name)]
    assert differing == []


def test_constraints_beside_a_v3_file_say_what_its_buffer_keeps(tmp_path):
    bypass = "architecture_constraints:\n  targets:\n  - {target: shared_glb, type: bypass, bypass: [Weights]}\n"
    assert machine(V3 + bypass, tmp_path).glb_keeps == ("iact", "psum")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (V4, False),
        (V4.replace("{meshY: 12}", "{meshY: 12}, constraints: {spatial: {factors: [S=3], split: 0}}"), True),
        (V3 + "mapspace_constraints:\n- {target: DRAM, type: temporal, factors: R=1}\n", True),
    ],
)
def test_constraints_that_are_not_applied_are_said(text, said, tmp_path):
    assert ("constraints of its mapper are not applied" in machine(text, tmp_path).description) == said


def test_an_accelerator_file_may_be_like_an_architecture(tmp_path):
    (tmp_path / "arch.yaml").write_text(V4, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("like: arch.yaml\npe_rows: 24\n", encoding="utf-8")
    found = read_accelerator(tmp_path / "mine.yaml", accelerator)
    assert (found.name, found.pe_rows, found.pe_cols) == ("mine", 24, 14)


def test_it_is_written_as_an_accelerator_file_that_reads_back(tmp_path):
    found = machine(V4, tmp_path)
    (tmp_path / "written.yaml").write_text(accelerator_yaml(found), encoding="utf-8")
    assert read_accelerator(tmp_path / "written.yaml", accelerator) == found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: DRAM\n    class: DRAM", "name: L2\n    class: SRAM", "outermost memory"),
        ("name: mac, class: intmac", "name: mac, class: router", "0 MACs"),
        ("meshY: 12", "meshY: 0", "0 instances"),
        ("meshY: 12", "meshY: 99999", "99,999 places on one axis"),
        ("depth: 12, width: 16", "width: 16", "ifmap_spad has no size"),
        ("depth: 224", "dept: 224", "did you mean 'depth'"),
        ("{datawidth: 16}", "{technology: 65nm}", "no width of a word"),
        ("[Outputs]", "[Weights]", "psum data is kept by no memory"),
        ("read_bandwidth: 4", "read_bandwidth: -4", "write a number above 0"),
        ("read_bandwidth: 4", "shared_bandwidth: 4", "reads and writes share a bandwidth"),
        ("global_cycle_seconds: 5e-9", "global_cycle_seconds: 0", "a cycle of 0 seconds"),
        ("!Component\n    name: DRAM", "\n    name: DRAM", "a node has no tag"),
        ("!Parallel", "!!python/object:os.system", "tag"),
        ("  nodes:\n  - !Container {name: system", "  levels:\n  - !Container {name: system", "neither 'nodes' (v0.4)"),
    ],
)
def test_what_a_file_cannot_say_is_one_line_with_its_place(old, new, message, tmp_path):
    assert old in V4
    with pytest.raises(SpecError, match=re.escape(message)) as told:
        machine(V4.replace(old, new, 1), tmp_path)
    assert "line" in str(told.value)


@pytest.mark.parametrize(("width", "words"), [("width: 64", 4 * 224), ("width: 64, cluster-size: 2", 2 * 224)])
def test_a_row_has_as_many_words_as_its_width_holds(width, words, tmp_path):
    """Where no ``block_size`` says it; clusters share a row."""
    depth = "depth: 224, "
    assert f"{depth}width: 16" in V4
    found = {
        row: machine(V4.replace(f"{depth}width: 16", depth + row), tmp_path).spad_words.weight
        for row in (width, f"{width}, block_size: 1")
    }
    assert list(found.values()) == [words, 224]
    with pytest.raises(SpecError, match="weights_spad is 24 bits wide, which is no whole number of its words of 16"):
        machine(V4.replace(f"{depth}width: 16", f"{depth}width: 24"), tmp_path)


def test_words_of_a_spad_may_have_a_width_of_their_own(tmp_path):
    """So many words, of the width that GLB and DRAM have; which those two share."""
    whole = machine(V4, tmp_path)
    found = machine(V4.replace("depth: 24, width: 16", "depth: 24, width: 20, datawidth: 20"), tmp_path)
    assert "words of 20 bits in psum_spad count as those of 16 that GLB and DRAM have" in found.description
    assert found.replace(description=whole.description) == whole
    with pytest.raises(
        SpecError, match="iact words have 16 bits in DRAM and 8 in shared_glb; here a data type has one"
    ):
        machine(V4.replace("n_banks: 32", "n_banks: 32, datawidth: 8"), tmp_path)


def test_instances_may_be_a_number(tmp_path):
    """As in v0.2: ``instances`` where the name has no range."""
    text = V3.replace("name: DummyBuffer[0..13]", "name: DummyBuffer").replace(
        "word-bits: 16, meshX: 14}", "word-bits: 16, meshX: 14, instances: 14}", 1
    )
    assert text.count("instances") == 1
    assert machine(text, tmp_path) == machine(V3, tmp_path)
    with pytest.raises(SpecError, match="DummyBuffer: 15 instances are no 14 x 1"):
        machine(text.replace("instances: 14", "instances: 15"), tmp_path)


def test_a_file_that_timeloops_front_end_wrote(tmp_path):
    """It counts instances from 1, gives both axes, and says of each component that it is there."""
    text = V3.replace("meshX: 14}", "meshX: 14, meshY: 1}", 1)
    text = text.replace("[0..13]", "[1..14]").replace("[0..167]", "[1..168]")
    text = text.replace("        - name: ifmap_spad", "        - name: ifmap_spad\n          enabled: true")
    assert "enabled" in text
    gone = (
        "        - {name: cache, class: SRAM, attributes: {entries: 9}, enabled: false}\n        - name: weights_spad"
    )
    text = text.replace("        - name: weights_spad", gone)
    assert "cache" in text
    assert machine(text, tmp_path) == machine(V3, tmp_path)


def test_networks_on_chip_are_ideal(tmp_path):
    """As Timeloop takes those that no memory names; the description names them."""
    noc = "{name: ifmap_NoC, class: XY_NoC, attributes: {datawidth: 64}}"
    found = machine(
        V4.replace("  - !Container {name: eyeriss}", f"  - !Component {noc}\n  - !Container {{name: eyeriss}}"),
        tmp_path,
    )
    assert "ifmap_NoC: its networks on chip are ideal" in found.description
    whole = machine(V4, tmp_path)
    assert found.replace(description=whole.description) == whole


def test_what_is_said_of_metadata_changes_no_dense_machine(tmp_path):
    text = V4.replace("depth: 224", "metadata_storage_depth: 25, metadata_datawidth: 4, depth: 224")
    assert machine(text, tmp_path) == machine(V4, tmp_path)


def test_the_first_format_is_named(tmp_path):
    with pytest.raises(
        SpecError, match=r"line 2, column 3: Timeloop's first format of architectures \(arch, storage\)"
    ):
        machine("arch:\n  storage: []\nproblem: {R: 3}\n", tmp_path)


def test_all_reasons_are_told_at_once(tmp_path):
    wrong = V4.replace("depth: 12, width: 16", "width: 16").replace("[Outputs]}}", "[Weights]}}").replace("224", "-1")
    with pytest.raises(SpecError) as told:
        machine(wrong, tmp_path)
    for message in ("ifmap_spad has no size", "psum data is kept by no memory", "weight data is kept by"):
        assert message in str(told.value)
