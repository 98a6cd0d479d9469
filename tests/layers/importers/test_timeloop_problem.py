"""Timeloop problems: dimensions of any name become ours by what they index; everything else is one clear error."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.importers.timeloop_problem import read_problem, timeloop_network

CONV = """
problem:
  shape:
    name: CNN-Layer
    dimensions: [ C, K, R, S, N, P, Q ]
    coefficients:
    - {name: Wstride, default: 2}
    - {name: Hstride, default: 1}
    - {name: Hdilation, default: 1}
    data-spaces:
    - {name: Weights, projection: [ [[C]], [[K]], [[R]], [[S]] ]}
    - name: Inputs
      projection:
      - [ [N] ]
      - [ [C] ]
      - [ [R], [P, Wstride] ] # sum of products
      - [ [S, Hdilation], [Q, Hstride] ]
    - {name: Outputs, projection: [ [[N]], [[K]], [[Q]], [[P]] ], read-write: True}
  C: 6
  K: 8
  R: 3
  S: 5
  P: 7
  Q: 9
  N: 2
  Hdilation: 3
"""

ATTENTION = """
problem:
  version: "0.4"
  shape:
    name: scores
    dimensions: [ B, H, I, J, D ]
    data_spaces:
    - {name: Keys, projection: [ [[B]], [[H]], [[J]], [[D]] ]}
    - {name: Queries, projection: [ [[B]], [[H]], [[I]], [[D]] ]}
    - {name: Scores, projection: [ [[B]], [[H]], [[J]], [[I]] ], read_write: true}
  instance: {B: 2, H: 12, I: 10, J: 20, D: 64, densities: {}}
architecture: {version: 0.4}
"""


@pytest.fixture
def problem(tmp_path):
    """Reads a problem."""

    def read(text: str):
        path = tmp_path / "layer.yaml"
        path.write_text(text)
        return read_problem(path)

    return read


def test_a_convolution_with_strides_dilation_and_other_names(problem):
    read = problem(CONV)
    assert read.layer == Layer(name="layer", N=2, M=8, C=6, E=7, F=9, R=3, S=5, stride=(2, 1), dilation=(1, 3))
    assert read.dims == {"R": "R", "P": "E", "S": "S", "Q": "F", "C": "C", "K": "M", "N": "N"}
    assert read.types == {"Weights": "weight", "Inputs": "iact", "Outputs": "psum"}


def test_a_matmul_with_heads_and_batch(problem):
    read = problem(ATTENTION)
    assert read.layer == Layer.matmul("layer", M=20, K=64, N=10, groups=24)
    assert read.types == {"Keys": "weight", "Queries": "iact", "Scores": "psum"}


def test_exchanging_height_and_width_exchanges_strides_too(problem):
    turned = problem(CONV).transposed().layer
    assert (turned.E, turned.F, turned.R, turned.S) == (9, 7, 5, 3)
    assert (turned.stride, turned.dilation) == ((1, 2), (3, 1))


def test_the_built_in_shape_and_a_depthwise_one(problem):
    layer = problem("problem: {shape: cnn-layer, C: 3, M: 4, R: 3, S: 3, P: 5, Q: 5, N: 1, Wstride: 2}").layer
    assert (layer.C, layer.M, layer.stride) == (3, 4, (2, 1))
    depthwise = CONV.replace("[[C]], [[K]], [[R]]", "[[C]], [[R]]").replace(
        "[[N]], [[K]], [[Q]]", "[[N]], [[C]], [[Q]]"
    )
    layer = problem(depthwise.replace(" K,", "").replace("  K: 8\n", "")).layer
    assert (layer.G, layer.M, layer.C, layer.kind) == (6, 1, 1, "depthwise")


def test_a_folder_is_a_network_in_natural_order(tmp_path):
    for number in (10, 9, 1):
        (tmp_path / f"layer{number}.yaml").write_text(CONV)
    found = network(f"timeloop:{tmp_path}")
    assert [layer.name for layer in found.layers] == ["layer1", "layer9", "layer10"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONV.replace("  N: 2", "  N: 0"), "line 25, column 6: N = 0 is below 1"),
        (CONV.replace("  N: 2", "  N: 5000000000"), "does not fit in 32 bits"),
        (CONV.replace("  N: 2\n", ""), "dimension 'N' has no extent; add 'N: 1'"),
        (CONV.replace("  Hdilation: 3", "  Hdilatoin: 3"), "line 26, column 3: unknown key 'Hdilatoin'; did you mean"),
        (CONV.replace("[R], [P, Wstride]", "[R], [P, Stride]"), r"the term \['P', 'Stride'\] must be"),
        (CONV.replace("[R], [P, Wstride]", "[R], [P, Wstride], [Q]"), "must be one position and one tap"),
        (CONV.replace(", read-write: True", ""), "3 inputs and 0 outputs"),
        (
            CONV.replace("[[N]], [[K]], [[Q]], [[P]]", "[[N]], [[Q]], [[P]]"),
            "'K' must index at least two of the three data spaces, or be 1",
        ),
        (CONV.replace("dimensions:", "dimension:"), "unknown key 'dimension'; did you mean 'dimensions'"),
        ("problem: {shape: conv3d, C: 3}", "shape 'conv3d' is not built in"),
        ("problem: {shape: cnn-layer, C: BITS}", "C is the variable 'BITS'; write its number"),
        ("problem: [{shape: cnn-layer}, {shape: cnn-layer}]", "2 problems in one file; give each in a file of its own"),
        ("architecture: {}", "the key 'problem' is missing"),
        (ATTENTION.replace("read_write: true", "read_write: 1"), "expected true or false"),
    ],
)
def test_bad_problems(problem, text, message):
    with pytest.raises(SpecError, match=message):
        problem(text)


def test_ranks_may_be_bare_names(problem):
    """As Timeloop's first files have them: R for [[R]]."""
    bare = CONV.replace("[ [[C]], [[K]], [[R]], [[S]] ]", "[ C, K, [R], [[S]] ]")
    assert problem(bare).layer == problem(CONV).layer


def test_a_dimension_of_one_may_index_what_it_likes(problem):
    """Templates of libraries have some for every case; at 1 they change nothing."""
    keys = "{name: Keys, projection: [ "
    more = ATTENTION.replace("dimensions: [ B,", "dimensions: [ L, T, B,").replace(keys, f"{keys}[[L]], ")
    assert problem(more.replace("{B: 2", "{L: 1, T: 1, B: 2")).layer == problem(ATTENTION).layer
    with pytest.raises(SpecError, match="'L' must index at least two of the three data spaces, or be 1"):
        problem(more.replace("{B: 2", "{L: 8, T: 1, B: 2"))


def test_a_coefficient_may_be_spelled_otherwise(problem):
    """Timeloop's own library writes HStride; it is said how it was read."""
    read = problem("problem: {shape: cnn-layer, C: 3, M: 4, R: 3, S: 3, P: 5, Q: 5, N: 1, Hstride: 1, HStride: 2}")
    assert read.layer.stride == (1, 2)
    assert read.notes == ("HStride of a problem is read as Hstride, the spelling that Timeloop knows",)


def test_a_batch_is_the_files_matter(tmp_path):
    with pytest.raises(SpecError, match="set N there and leave batch at 1"):
        timeloop_network(str(tmp_path), 2)
    with pytest.raises(SpecError, match="0 YAML files there"):
        timeloop_network(str(tmp_path))
    with pytest.raises(SpecError, match="No such file"):
        timeloop_network(str(tmp_path / "absent.yaml"))


THREE_AXES = """
problem:
  shape:
    name: conv3d
    dimensions: [ C, K, T, R, S, N, D, P, Q ]
    data-spaces:
    - {name: Weights, projection: [ [[C]], [[K]], [[T]], [[R]], [[S]] ]}
    - name: Inputs
      projection: [ [[N]], [[C]], [[T], [D]], [[R], [P]], [[S], [Q]] ]
    - {name: Outputs, projection: [ [[N]], [[K]], [[D]], [[Q]], [[P]] ], read-write: True}
  instance: {C: 6, K: 8, T: 2, R: 3, S: 5, D: 4, P: 7, Q: 9, N: 2}
"""


def test_a_third_axis_makes_images_and_channels(tmp_path):
    path = tmp_path / "layer.yaml"
    path.write_text(THREE_AXES)
    net = timeloop_network(str(path))
    assert net.macs == 6 * 8 * 2 * 3 * 5 * 4 * 7 * 9 * 2
    assert (net.layers[0].N, net.layers[0].C, net.layers[0].R, net.layers[0].S) == (2 * 4, 6 * 2, 3, 5)
    assert "convolution of three axes" in net.notes[0]
