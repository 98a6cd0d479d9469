"""The mapping file: what is written can be read, and what cannot be read is explained."""

import re

import pytest

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.report.mapping_file import MadeFor, read_mapping_file, read_mappings, write_mappings
from eyeriss_jax.search.mapping import check_mappable
from tests.report.fake_results import fake_result


def test_round_trip(tmp_path):
    result = fake_result()
    path = tmp_path / "mappings.yaml"
    write_mappings(path, result, {"network": "onnx:some/model.onnx", "batch": 4, "objective": "not looked at"})
    file = read_mapping_file(path)
    assert file.mappings == read_mappings(path) == {layer.layer.name: layer.mapping for layer in result.layers}
    assert file.made_for == MadeFor(
        network="onnx:some/model.onnx", batch=4, accelerator=result.accelerator.name, dataflow=result.dataflow,
        objective=result.objective,
    )  # fmt: skip


def test_a_file_of_layers_alone_says_nothing_of_what_it_is_for(tmp_path):
    path = tmp_path / "mappings.yaml"
    path.write_text("conv1: {glb: {M: 1}, spad: {}}\n")
    file = read_mapping_file(path)
    assert (list(file.mappings), file.made_for) == (["conv1"], None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("- 1\n- 2\n", "line 1, column 1: expected 'key: value' lines, found a list"),
        ("conv1: {glb: [", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "line 1, column 4: tag"),
        ("a: \x07\n", "not valid YAML: characters that are not text"),
        ("conv1: {}\nconv2: {}\nconv1: {}\n", "line 3, column 1: the key 'conv1' was given in line 1 already"),
        ("conv1: 3\n", "conv1"),
        ("layers: {}\n", "the key 'for' is missing"),
        ("layers: {}\nfor: {network: alexnet, batch: 1}\n", "'accelerator', 'dataflow', 'objective' are missing"),
        ("layers: {}\nfor: {netwrk: alexnet, bach: 1}\n", "did you mean 'batch'"),
        ("conv1: {glbb: {M: 1}}\n", "glbb"),
        ("conv1: {glb: {M: x}, spad: {}}\n", "'x'"),
    ],
)
def test_malformed_files_are_explained(tmp_path, text, message):
    path = tmp_path / "mappings.yaml"
    path.write_text(text)
    with pytest.raises(SpecError, match=r"mappings\.yaml") as raised:
        read_mappings(path)
    assert message in str(raised.value)


WHOLE = """\
for: {network: two, batch: 1, accelerator: eyeriss_v2, dataflow: rs_plus, objective: cycles}
layers:
  first:
    dram_order: [M, CRS, NEF]
    glb: {M: 16, C: 8}
    cluster_rows: {M: 8}
    cluster_cols: {M: 2}
    pe_rows: {C: 3}
    pe_cols: {M: 1}
    spad: {M: 1, C: 3}
  second:
    glb: {M: 16, C: 8}
    spad: {M: 1, C: 3}
"""

# One change each: what is written for what, and each fault with its line and column, layer, field, value and limit.
NUMBERS = {
    "glb: {M: 16, C: 8}\n    cl": ("glb: {M: 0, C: 8}\n    cl", ["line 5, column 14: layer 'first': glb.M = 0 is not"]),
    "cluster_rows: {M: 8}": ("cluster_rows: {M: x}", ["line 6, column 23: layer 'first': cluster_rows.M = 'x' is not"]),
    "pe_rows: {C: 3}": ("pe_rows: {C: 2.5}", ["line 8, column 18: layer 'first': pe_rows.C = 2.5 is not a positive"]),
    "pe_cols: {M: 1}": ("pe_cols: {M: 9999999999}", ["line 9, column 18: layer 'first': pe_cols.M = 9999999999 does"]),
    "cluster_cols: {M: 2}": (
        "cluster_cols: {K: 2}",
        ["line 7, column 20: layer 'first': cluster_cols: unknown key 'K'. Known keys: G, N, M"],
    ),
    "pe_rows": ("pe_row", ["line 8, column 5: layer 'first': unknown key 'pe_row'; did you mean 'pe_rows'?"]),
    "[M, CRS, NEF]": ("[M, CRS]", ["line 4, column 17: layer 'first': dram_order = ['M', 'CRS'] must name M, CRS"]),
    "{M: 1, C: 3}\n  s": ("[1, 3]\n  s", ["line 10, column 11: layer 'first': spad: expected 'key: value' lines"]),
    "    spad: {M: 1, C: 3}\n  s": ("  s", ["line 4, column 5: layer 'first': the key 'spad' is missing"]),
    "spad: {M: 1, C: 3}": (
        "spad: {M: -1, C: yes}",
        [
            f"line {line}, column {column}: layer {layer!r}: spad.{field} = {value} is not a positive integer"
            for layer, line in (("first", 10), ("second", 13))
            for column, field, value in ((15, "M", -1), (22, "C", "'yes'"))
        ],
    ),
}


@pytest.mark.parametrize("right", NUMBERS)
def test_each_wrong_number_is_told_once_with_its_place(tmp_path, right):
    wrong, told = NUMBERS[right]
    path = tmp_path / "mappings.yaml"
    path.write_text(WHOLE)
    assert list(read_mappings(path)) == ["first", "second"]
    assert right in WHOLE
    path.write_text(WHOLE.replace(right, wrong))
    with pytest.raises(SpecError) as raised:
        read_mappings(path)
    said = str(raised.value)
    assert [said.count(each) for each in told] == [1] * len(told)
    assert said.count("layer ") == said.count("line ") == len(told)
    assert said.count("mappings.yaml") == 1


def test_one_mistake_in_many_layers_is_told_of_three(tmp_path):
    path = tmp_path / "mappings.yaml"
    path.write_text("".join(f"layer{index}: {{glb: {{M: 0}}, spad: {{}}}}\n" for index in range(50)))
    with pytest.raises(SpecError, match=r"line 3, .*'layer2': glb.M = 0 [^;]*; use [^;]*; and 47 more like these$"):
        read_mappings(path)


FIT = """\
first:
  glb: {M: 64, C: 9, E: 4, F: 4}
  spad: {M: 1, C: 1}
second:
  glb: {M: 64, C: 9, E: 4, F: 4}
  spad: {M: 1, C: 1}
"""

# What does not fit: the line of its level, and the numbers asked and there.
UNFIT = {
    "spad: {M: 1, C: 1}": ("spad: {M: 33, C: 1}", "spad", r"\(spad.M = 33: 33 words needed, 32 there\)"),
    "spad: {M: 1, C: 1}\n": ("spad: {M: 1}\n  pe_cols: {M: 5}\n", "pe_cols", r"\(pe_cols.M = 5: 5 needed, 4 there\)"),
    "glb: {M: 64,": ("glb: {M: 65,", "glb", r"tiles larger than the layer: glb.M = 65 where it has 64"),
    "glb: {M": (
        "cluster_rows: {M: 3, F: 3}\n  glb: {M",
        "cluster_rows",
        r"rows.M = 3, cluster_rows.F = 3: 9 need.*8 ",
    ),
}


@pytest.mark.parametrize("right", UNFIT)
def test_what_does_not_fit_is_told_with_the_line_of_its_level(tmp_path, right):
    wrong, level, message = UNFIT[right]
    layers = tuple(Layer.conv2d(name, 9, 64, input_size=4, kernel=1) for name in ("first", "second"))
    arguments = Network(name="two", layers=layers, source="a test"), eyeriss_v2(), dataflow("rs_plus")
    path = tmp_path / "mappings.yaml"
    path.write_text(FIT)
    file = read_mapping_file(path)
    check_mappable(*arguments, file.mappings, OURS, file.places)
    text = FIT.replace(right, wrong)
    path.write_text(text)
    file = read_mapping_file(path)
    with pytest.raises(SpecError, match=message) as raised:
        check_mappable(*arguments, file.mappings, OURS, file.places)
    lines = [
        number for number, line in enumerate(text.splitlines(), start=1) if level and line.strip().startswith(level)
    ]
    lines = lines or [5]  # of a layer that is not there, its mapping
    assert re.findall(r"line (\d+), column", str(raised.value)) == [str(number) for number in lines]
    assert str(raised.value).count("mappings.yaml") == 1
    with pytest.raises(SpecError, match=message) as raised:
        check_mappable(*arguments, file.mappings, OURS)
    assert "line" not in str(raised.value)


def test_a_mapping_of_no_layer_is_told_with_its_line(tmp_path):
    network = Network(name="two", layers=(Layer.fully_connected("fc", 9, 64),), source="a test")
    path = tmp_path / "mappings.yaml"
    path.write_text(FIT)
    file = read_mapping_file(path)
    with pytest.raises(SpecError, match=r"line 2, .*'first': two has no such layer; .*fc; line 5, .*'second': two"):
        check_mappable(network, eyeriss_v2(), dataflow("rs_plus"), file.mappings, OURS, file.places)


def test_unreadable_files_are_explained(tmp_path):
    with pytest.raises(SpecError, match="No such file"):
        read_mappings(tmp_path / "nope.yaml")
    with pytest.raises(SpecError, match=r"not a regular file|Is a directory"):
        read_mappings(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SpecError, match="line 1: not text in UTF-8"):
        read_mappings(tmp_path / "binary")


@pytest.mark.parametrize("text", ["for: {network: alexnet}\n", "layers: {}\n"])
def test_half_of_a_file_is_told(tmp_path, text):
    path = tmp_path / "half.yaml"
    path.write_text(text)
    with pytest.raises(SpecError, match=r"'(for|layers)' is missing|key '(for|layers)'"):
        read_mapping_file(path)
