"""Problem files over a base file, as libraries of layers have them: filled in, or one line that says what is not."""

from pathlib import Path

import pytest

from eyeriss_jax import SpecError, network
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.importers.timeloop_template import MAX_INCLUDES

BASE = """
defaults: &defaults
  version: 0.4
  instance: {N: 1, C: 1, M: 1, R: 1, S: 1, P: 1, Q: 1, Wstride: 1, Hstride: 1}
  shape: {name: cnn-layer, dimensions: [N, C, M, R, S, P, Q], coefficients: [{name: Wstride}, {name: Hstride}],
    data_spaces: [
      {name: Weights, projection: [[[C]], [[M]], [[R]], [[S]]]},
      {name: Inputs, projection: [[[N]], [[C]], [[R], [P, Wstride]], [[S], [Q, Hstride]]]},
      {name: Outputs, projection: [[[N]], [[M]], [[P]], [[Q]]], read_write: true}]}
"""
LAYER = """{{include_text('../base.yaml')}}
problem:
  <<<: *defaults
  instance: {C: 3, M: 8, P: 5, Q: 4, R: 3, S: 3, Wstride: 2}
  name: first
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of layers below a base file."""
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "layers").mkdir()
    return tmp_path / "layers"


def read(folder: Path, text: str) -> Layer:
    (folder / "layer.yaml").write_text(text)
    (layer,) = network(f"timeloop:{folder / 'layer.yaml'}").layers
    return layer


WHOLE = Layer(name="layer", C=3, M=8, E=5, F=4, R=3, S=3, stride=(2, 1))


def test_what_the_file_does_not_give_is_taken_over(folder: Path):
    """At every depth: the batch is the base's, the strides are of both."""
    assert read(folder, LAYER) == WHOLE
    (folder / "base.yaml").write_text(BASE)
    assert read(folder, LAYER.replace("'../base.yaml'", '"base.yaml"')) == WHOLE
    two = "{{include_text('own.yaml')}}\n" + LAYER.replace("*defaults", "[*own, *defaults]")
    (folder / "own.yaml").write_text("own: &own {instance: {N: 7, C: 2}}")
    assert read(folder, two).N == 7
    assert read(folder, two).C == 3


def test_a_plain_merge_is_not_deep(folder: Path):
    """By <<, the base's instance is replaced, not filled up."""
    with pytest.raises(SpecError, match="dimension 'N' has no extent"):
        read(folder, LAYER.replace("<<<", "<<"))
    whole = LAYER.replace("<<<", "<<").replace("{C: 3", "{N: 1, Hstride: 1, C: 3")
    assert read(folder, whole) == WHOLE


def test_a_file_may_have_its_base_within(folder: Path):
    assert read(folder, BASE + LAYER.partition("\n")[2]) == WHOLE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAYER.replace("C: 3", "C: -3"), r"layer\.yaml, line 4, column 17: C = -3 is below 1"),
        (LAYER.replace("C: 3", "Ch: 3"), r"layer\.yaml, line 4, column 14: unknown key 'Ch'"),
        (LAYER.replace("*defaults", "*other"), r"layer\.yaml, line 3, column 8: alias \*other"),
        (LAYER.replace("*defaults", "5"), r"line 3, column 8: expected 'key: value' lines, found 5"),
        (LAYER.replace("C: 3", "C: {{channels}}"), r"line 4: a template \(\{\{\); of these only"),
        (
            LAYER.replace("../base", "absent"),
            r"line 1: it includes 'absent\.yaml', which is not there; copy it there, or give the file",
        ),
        (
            LAYER.replace("../base", "../../base"),
            r"line 1: at most 8 files .* or in the folder above; copy '\.\./\.\./b",
        ),
        (LAYER.replace("../base", "/base"), "beside this one or in the folder above"),
        (LAYER.replace("base.yaml", "base.txt"), "only YAML files beside this one"),
        (LAYER.replace("../base", "x" * 300), "which is not there; copy it there"),
        (LAYER.replace("../base.yaml", ".."), "only YAML files beside this one"),
        (LAYER.partition("\n")[0] * 2 + LAYER, r"line 1: a template"),
        ((LAYER.partition("\n")[0] + "\n") * (MAX_INCLUDES + 1), f"line {MAX_INCLUDES + 1}: at most"),
    ],
)
def test_what_is_not_filled_in_is_one_line(folder: Path, text: str, message: str):
    with pytest.raises(SpecError, match=message) as told:
        read(folder, text)
    assert "\n" not in str(told.value)


def test_mistakes_of_a_base_are_told_there(folder: Path):
    (folder.parent / "base.yaml").write_text(BASE.replace("N: 1", "N: none"))
    with pytest.raises(SpecError, match=r"base\.yaml, line 4, column 17: N is the variable 'none'; write its number"):
        read(folder, LAYER)
    (folder.parent / "base.yaml").write_text(LAYER)
    with pytest.raises(SpecError, match=r"base\.yaml, line 1: a template"):
        read(folder, LAYER)


def test_aliases_of_aliases_have_a_depth(folder: Path):
    lines = ["l0: &l0 {x: 1}", *(f"l{i}: &l{i} {{x: *l{i - 1}}}" for i in range(1, 300))]
    with pytest.raises(SpecError, match="nested more than 40 deep once aliases are expanded"):
        read(folder, "\n".join([*lines, "problem: *l299"]))
