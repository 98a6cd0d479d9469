"""The mapping file: what is written can be read, and what cannot be read is explained."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.report.mapping_file import read_mappings, write_mappings
from tests.report.fake_results import fake_result


def test_round_trip(tmp_path):
    result = fake_result()
    path = tmp_path / "mappings.yaml"
    write_mappings(path, result)
    assert read_mappings(path) == {layer.layer.name: layer.mapping for layer in result.layers}


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
