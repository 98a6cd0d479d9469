"""The mapping file: what is written can be read, and what cannot be read is explained."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.report.mapping_file import MadeFor, read_mapping_file, read_mappings, write_mappings
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
