"""ONNX files: models made here, the networks that ship inside onnx, and its node tests."""

import importlib
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import SpecError, from_jax, from_onnx
from eyeriss_jax.dims import DIMS
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.importers.onnx_kinds import KINDS, MOVEMENT
from eyeriss_jax.layers.importers.onnx_products import RULES
from eyeriss_jax.layers.other_work import operations_by_kind
from tests.layers.importers import onnx_models as made


def layers_of(folder: Path, model: onnx.ModelProto) -> list[Layer]:
    return list(network(f"onnx:{made.saved(folder, model)}").layers)


def test_a_convnet_with_a_symbolic_batch(tmp_path: Path):
    net = network(f"onnx:{made.saved(tmp_path, made.convnet())}", 4)
    assert [layer.name for layer in net.layers] == ["stem/conv", "block/conv", "head"]
    assert [layer.shape for layer in net.layers] == [
        "3x3 s2 3→8 @16x16 n4", "3x3 g8 8→8 @16x16 n4", "10x512 · 512x4"
    ]  # fmt: skip
    assert net.macs == 4 * (16 * 16 * 8 * 27 + 16 * 16 * 8 * 9 + 5120)
    assert net.weights == 8 * 27 + 8 * 9 + 5120
    assert (net.name, net.inferences) == ("model", 4)
    size = 4 * 8 * 16 * 16
    assert operations_by_kind(net.others) == {"normalisation": size, "element-wise": size + 4 * 10, "pooling": size}


def test_other_work_is_of_the_same_kinds_as_that_of_a_traced_program(tmp_path: Path):
    """One small network in both forms: biases are element-wise, a window is one an input, a mean a reduction."""

    class Traced(nn.Module):
        @nn.compact
        def __call__(self, x: Any) -> Any:
            x = nn.relu(nn.Conv(8, (3, 3), name="conv")(x))
            x = nn.max_pool(x, (3, 3), (2, 2))
            return nn.Dense(10, name="head")(x.mean(axis=(1, 2)))

    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], "/conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"], "/relu"),
        helper.make_node("MaxPool", ["b"], ["c"], "/pool", kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["c"], ["d"], "/mean"),
        helper.make_node("Flatten", ["d"], ["e"], "/flatten"),
        helper.make_node("Gemm", ["e", "w2", "b2"], ["y"], "/head"),
    ]
    weights = [made.weight("w1", 8, 3, 3, 3), made.weight("b1", 8), made.weight("w2", 8, 10), made.weight("b2", 10)]
    read = network(f"onnx:{made.saved(tmp_path, made.model(nodes, [made.value('x', [2, 3, 32, 32])], weights))}")
    traced = from_jax(Traced(), jax.ShapeDtypeStruct((2, 32, 32, 3), "float32"))
    assert [layer.macs for layer in read.layers] == [layer.macs for layer in traced.layers]
    division = Counter({"element-wise": 2 * 8})  # of the mean, which a traced program has by itself
    assert operations_by_kind(read.others) == dict(Counter(operations_by_kind(traced.others)) - division)
    assert operations_by_kind(read.others) == {
        "element-wise": 2 * (2 * 8 * 32 * 32 + 10), "pooling": 2 * 8 * 15 * 15 * 9, "reduction": 2 * 8 * 15 * 15
    }  # fmt: skip


@pytest.mark.parametrize("kind", [TensorProto.INT8, TensorProto.BFLOAT16, TensorProto.FLOAT16], ids=str)
def test_an_output_of_another_type_than_its_file_states_is_no_reason_to_refuse(tmp_path: Path, kind: int):
    """Operands of types that no Conv of that opset takes, and a result that the file calls float32."""
    weights = [TensorProto(name="w", data_type=kind, dims=[4, 3, 3, 3], raw_data=bytes(2 * 108))]
    model = made.model([helper.make_node("Conv", ["x", "w"], ["y"])], [made.value("x", [1, 3, 8, 8], kind)], weights)
    assert network(f"onnx:{made.saved(tmp_path, model)}").macs == 36 * 4 * 27


def test_attention_in_closed_form(tmp_path: Path):
    net = network(f"onnx:{made.saved(tmp_path, made.encoder())}", 3)
    assert net.macs == 3 * (4 * 16 * 32 * 32 + 2 * 16 * 16 * 32)
    layers = {layer.name: layer for layer in net.layers}
    assert layers["attn/scores"].shape == "16x8 · 8x16 g12"
    assert layers["attn/scores"].kind == layers["attn/values"].kind == "attention"
    assert layers["attn/values"].shape == "8x16 · 16x16 g12"
    assert layers["attn/q/MatMul"].kind == "matmul"
    assert net.weights == 4 * 32 * 32


def test_other_symbols_are_given_by_name(tmp_path: Path):
    path = made.saved(tmp_path, made.encoder(tokens="tokens"))
    assert from_onnx(path, dims={"tokens": 16}).macs == network(f"onnx:{path}?tokens=16").macs
    with pytest.raises(
        SpecError, match=r"axis 1 of input 'x' is symbolic \(tokens\); write 'onnx:.*model.onnx\?tokens=128'$"
    ):
        network(f"onnx:{path}")


def test_weights_are_not_needed(tmp_path: Path):
    model = made.convnet(1)
    for tensor in model.graph.initializer:
        if len(tensor.dims) > 1:
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="weights/nowhere.bin")
    assert len(layers_of(tmp_path, model)) == 3


def test_the_costliest_branch_counts(tmp_path: Path):
    """And the run says that it was a choice."""
    net = from_onnx(made.saved(tmp_path, made.branching()))
    assert [layer.name for layer in net.layers] == ["0", "1"]
    assert net.notes == ("which branch of y runs is not known; the one with most MACs counts",)


def test_functions_are_written_out(tmp_path: Path):
    assert sum(layer.macs for layer in layers_of(tmp_path, made.with_function())) == 2 * 5 * 64


EINSUMS = {
    "bhqd,bhkd->bhqk": ([(2, 3, 5, 7), (2, 3, 11, 7)], "11x7 · 7x5 g6"),
    "...ij,...jk->...ik": ([(2, 3, 5, 7), (2, 3, 7, 11)], "7"),
    "ij,jk": ([(5, 7), (7, 11)], "11x7 · 7x5"),
    "ij,kj->ki": ([(5, 7), (11, 7)], "11x7 · 7x5"),
}


@pytest.mark.parametrize("equation", EINSUMS)
def test_einsum(tmp_path: Path, equation: str):
    shapes, text = EINSUMS[equation]
    nodes = [helper.make_node("Einsum", ["a", "b"], ["y"], equation=equation)]
    (layer,) = layers_of(tmp_path, made.model(nodes, [made.value(n, s) for n, s in zip("ab", shapes, strict=True)]))
    assert text in layer.shape
    assert layer.macs == np.prod(shapes[0]) * 11


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [
        ((7,), (7, 3), "3x7 · 7x1"),
        ((5, 7), (7,), "5x7 · 7x1"),
        ((2, 5, 7), (7, 3), "10x7 · 7x3"),
        ((2, 5, 7), (2, 7, 3), "5x7 · 7x3 g2"),
        ((4, 1, 5, 7), (1, 6, 7, 3), "20x7 · 7x18"),
        ((4, 2, 5, 7), (2, 7, 30), "30x7 · 7x20 g2"),
    ],
)
def test_matmul_broadcasts(tmp_path: Path, left: tuple[int, ...], right: tuple[int, ...], text: str):
    nodes = [helper.make_node("MatMul", ["a", "b"], ["y"])]
    (layer,) = layers_of(tmp_path, made.model(nodes, [made.value("a", left), made.value("b", right)]))
    assert layer.shape == text
    output = np.matmul(np.zeros(left), np.zeros(right))
    assert layer.macs == output.size * left[-1]


LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def test_resnet50_of_onnx_is_the_table_layer_by_layer():
    net = network(f"onnx:{LIGHT / 'light_resnet50.onnx'}")
    shapes = [
        Counter(tuple(layer.extent(d) for d in DIMS) for layer in each.layers) for each in (net, network("resnet50"))
    ]
    assert shapes[0] == shapes[1]
    assert net.weights == 25_502_912


@pytest.mark.parametrize(
    ("name", "layers", "macs"),
    [
        ("vgg19", 19, 19_632_062_464),  # VGG-19: 19.6 G (Simonyan 2015, torchvision)
        ("squeezenet", 26, 349_151_936),  # SqueezeNet 1.1
        ("densenet121", 121, 2_834_161_664),  # DenseNet-121: 2.83 G (torchvision)
        ("shufflenet", 50, 124_664_528),
    ],
)
def test_networks_of_onnx(name: str, layers: int, macs: int):
    net = network(f"onnx:{LIGHT / f'light_{name}.onnx'}")
    assert (len(net.layers), net.macs) == (layers, macs)


def node_tests() -> dict[str, onnx.ModelProto]:
    """Every node test of the operators that become layers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = "onnx.backend.test.case.node"
        for module in ("conv", "convinteger", "convtranspose", "einsum", "gemm", "matmul", "matmulinteger",
                       "qlinearconv", "qlinearmatmul", "attention"):  # fmt: skip
            importlib.import_module(f"{package}.{module}")
        cases = importlib.import_module(package)._NodeTestCases
    return {case.name: case.model for case in cases if case.model is not None}


# Why a node test is refused, and how many are.
REASONS = {"has no convolution or matmul": 6}


def test_the_node_tests_of_onnx(tmp_path: Path):
    """Each imports with the outputs of its file, or is refused for one of the reasons above."""
    refused: Counter[str] = Counter()
    imported = 0
    models = {name: model for name, model in node_tests().items() if "_expanded" not in name}
    for name, model in models.items():
        expected = [dim.dim_value for dim in model.graph.output[0].type.tensor_type.shape.dim]
        try:
            layers = layers_of(tmp_path, model)
        except SpecError as error:
            reason = next((reason for reason in REASONS if reason in str(error)), f"{name}: {error}")
            refused[reason] += 1
            continue
        imported += 1
        if "convtranspose" in name and len(layers) > 1:
            assert sum(layer.oacts * layer.repeat for layer in layers) <= np.prod(expected), name  # the rest is zero
            continue
        assert layers[-1].oacts * layers[-1].repeat == np.prod(expected), name
        if "conv" in name and layers[-1].repeat == 1:
            planes = np.prod(expected[2:-2], dtype=int)  # of a third axis: images here
            assert [expected[0] * planes, expected[1]] == [layers[0].N, layers[0].G * layers[0].M], name
            assert [layers[0].E, layers[0].F][max(4 - len(expected), 0) :] == expected[2:][-2:], name
    assert dict(refused) == REASONS
    assert imported >= 142


def test_attention_has_the_macs_of_its_definition(tmp_path: Path):
    """The node tests of Attention come with the same written in MatMuls, by ONNX's own definition."""
    models, compared = node_tests(), 0
    for name, expanded in models.items():
        whole, mark, _ = name.partition("_expanded")
        if mark and whole.startswith("test_attention"):
            if "nonpad_decode" in name:  # ONNX does not infer the shapes of these expansions
                continue
            whole_macs, macs = (sum(layer.macs for layer in layers_of(tmp_path, m)) for m in (models[whole], expanded))
            assert whole_macs == macs, name
            compared += 1
    assert compared >= 91


def test_every_operator_is_on_one_list():
    lists = [set(KINDS), set(MOVEMENT), set(RULES)]
    assert sum(map(len, lists)) == len(set.union(*lists))
    standard = {schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}
    assert not set.union(*lists) - standard


def test_shape_constants_survive(tmp_path: Path):
    """A Reshape whose shape is computed from Shape, Gather and Concat."""
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["n"]),
        helper.make_node("Concat", ["n", "rest"], ["to"], axis=0),
        helper.make_node("Reshape", ["x", "to"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["y"], "fc"),
    ]
    weights = [made.shape("zero", 0), made.shape("rest", -1), made.weight("w", 12, 5)]
    (layer,) = layers_of(tmp_path, made.model(nodes, [made.value("x", [6, 3, 4])], weights))
    assert layer.shape == "5x12 · 12x6"


def test_constants_are_weights(tmp_path: Path):
    """A quantised weight behind DequantizeLinear and Transpose is still one."""
    codes = numpy_helper.from_array(np.zeros((5, 12), np.int8), "codes")
    scale = numpy_helper.from_array(np.float32(0.1), "scale")
    nodes = [
        helper.make_node("DequantizeLinear", ["codes", "scale"], ["d"]),
        helper.make_node("Transpose", ["d"], ["w"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    (layer,) = layers_of(tmp_path, made.model(nodes, [made.value("x", [6, 12])], [codes, scale]))
    assert layer.kind == "matmul"


def test_an_output_may_be_no_tensor(tmp_path: Path):
    """A sequence beside the product, as classifiers hand out their probabilities."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["y"], "/product"),
        helper.make_node("SequenceConstruct", ["y"], ["all"], "/sequence"),
    ]
    model = made.model(nodes, [made.value("x", [2, 4])], [made.weight("w", 4, 3)])
    model.graph.output.append(helper.make_tensor_sequence_value_info("all", onnx.TensorProto.FLOAT, [2, 3]))
    net = from_onnx(made.saved(tmp_path, model), unknown="list")
    assert (net.macs, [other.kind for other in net.others]) == (2 * 4 * 3, ["unknown (SequenceConstruct)"])
