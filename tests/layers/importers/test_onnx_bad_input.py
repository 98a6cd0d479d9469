"""ONNX files that are broken or malicious: one clear error, at once, and nothing else is opened."""

import os
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import helper

from eyeriss_jax import SpecError
from eyeriss_jax.layers import Network, network
from tests.layers.importers import onnx_models as made


def refusal(location: str, batch: int = 1) -> str:
    with pytest.raises(SpecError) as error:
        network(f"onnx:{location}", batch)
    assert "\n" not in str(error.value)
    return str(error.value)


def edited(change: Callable[[onnx.ModelProto], object], base: Callable[[], onnx.ModelProto] = made.convnet):
    """A model after a change in place."""
    model = base()
    change(model)
    return model


def set_dim(extent: int) -> Callable[[onnx.ModelProto], object]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = extent

    return change


def set_weight(*dims: int) -> Callable[[onnx.ModelProto], object]:
    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        del tensor.dims[:]
        tensor.dims.extend(dims)

    return change


def set_external(location: str) -> Callable[[onnx.ModelProto], object]:
    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
        tensor.external_data.add(key="length", value=str(2**62))

    return change


def cycle(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = "y"


def bomb() -> onnx.ModelProto:
    """Functions that call each other ten times, thirty deep: 10^30 nodes."""
    model = made.with_function("f0")
    imports = list(model.functions[0].opset_import)
    for depth in range(1, 31):
        body = [
            helper.make_node(f"f{depth - 1}", ["a", "b"], [f"t{index}" if index < 9 else "c"], domain="mine")
            for index in range(10)
        ]
        model.functions.append(helper.make_function("mine", f"f{depth}", ["a", "b"], ["c"], body, imports))
    model.graph.node[0].op_type = "f30"
    return model


def empty_calls() -> onnx.ModelProto:
    """2^45 calls of a function without nodes, in 3 kB."""
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    functions = [helper.make_function("mine", "f0", ["a"], [], [], imports)]
    for depth in range(1, 46):
        body = [helper.make_node(f"f{depth - 1}", ["a"], [], domain="mine") for _ in range(2)]
        functions.append(helper.make_function("mine", f"f{depth}", ["a"], [], body, imports))
    model = made.model([helper.make_node("f45", ["x"], [], domain="mine")], [made.value("x", [2, 3])], [])
    model.functions.extend(functions)
    model.opset_import.append(imports[1])
    return model


MALICIOUS = {
    "external data above": (edited(set_external("../../secret")), "points outside the model's folder"),
    "external data absolute": (edited(set_external("/etc/passwd")), "points outside the model's folder"),
    "external data on a drive": (edited(set_external("C:\\secret")), "points outside the model's folder"),
    "a cycle": (edited(cycle), "stem/conv reads 'y' before anything makes it; the graph is cyclic"),
    "a function of itself": (made.with_function("f", "f"), "calls itself"),
    "a function bomb": (bomb(), "nodes with its functions inlined"),
    "calls of nothing": (empty_calls(), "70,368,744,177,663 nodes with its functions inlined"),
    "absurd channels": (edited(set_dim(2**62)), "is 4611686018427387904, outside 0 to 2147483647;"),
    "negative channels": (edited(set_dim(-3)), "axis 1 of input 'x' is -3"),
    "other channels": (edited(set_dim(7)), "do not make 7"),
    "an absurd weight": (edited(set_weight(2**40, 3, 3, 3)), "do not fit together"),
    "a weight of negative size": (edited(set_weight(-8, 3, 3, 3)), "has the shape [-8, 3, 3, 3]"),
    "a weight of another rank": (edited(set_weight(8, 3)), "do not fit together"),
    "an unknown operator": (edited(lambda m: setattr(m.graph.node[2], "op_type", "Rleu")), "'stem/relu' is a Rleu,"),
    "another domain": (edited(lambda m: setattr(m.graph.node[2], "domain", "com.acme")), "imports no opset"),
    "no nodes": (edited(lambda m: m.graph.ClearField("node")), "has no nodes"),
}  # fmt: skip


@pytest.mark.attack("files")
@pytest.mark.parametrize("name", MALICIOUS)
def test_malicious_models(tmp_path: Path, name: str):
    model, message = MALICIOUS[name]
    start = time.thread_time()
    assert message in refusal(made.saved(tmp_path, model))
    assert time.thread_time() - start < 30


def test_a_loop_is_listed_on_request_only(tmp_path: Path):
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("MatMul", ["h", "w"], ["g"])],
        "body",
        [made.value("i", [], 7), made.value("c", [], 9), made.value("h", [5, 8])],
        [made.value("d", [], 9), made.value("g", [5, 8])],
    )
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h0"]),
        helper.make_node("Loop", ["", "go", "h0"], ["y"], "/loop", body=body),
    ]
    inputs = [made.value("x", [5, 8]), made.value("go", [], 9)]
    path = made.saved(tmp_path, made.model(nodes, inputs, [made.weight("w", 8, 8)]))
    assert "'loop' is a Loop, which cannot be counted" in refusal(path)
    net = network(f"onnx:{path}?unknown=list")
    assert (net.macs, [work.kind for work in net.others]) == (5 * 64, ["unknown (Loop)"])


@pytest.mark.attack("files")
def test_files_that_are_none(tmp_path: Path):
    assert "does not exist" in refusal(str(tmp_path / "nope.onnx"))
    assert "is a folder" in refusal(str(tmp_path))
    assert "does not exist" in refusal("\0")
    text = tmp_path / "text.onnx"
    text.write_text("not a model")
    assert "is no ONNX model" in refusal(str(text))
    text.write_bytes(b"")
    assert "is empty (0 bytes); copy or export it again" in refusal(str(text))
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in refusal(str(tmp_path / "pipe"))
    assert "no regular file" in refusal("/dev/zero")


@pytest.mark.attack("files")
def test_a_file_of_more_than_two_gigabytes_is_not_read(tmp_path: Path):
    with (tmp_path / "huge.onnx").open("wb") as file:
        file.truncate(2**31)
    assert "more than the 2 GB of an ONNX file" in refusal(str(tmp_path / "huge.onnx"))


@pytest.mark.parametrize(
    ("options", "batch", "message"),
    [
        ("?batch", 1, "write options as path?symbol=128"),
        ("?=5", 1, "write options as path?symbol=128"),
        ("?tokens=x", 1, "tokens = x is no whole number of at least 1; write 'onnx:"),
        ("?tokens=1.5", 1, "model.onnx': tokens = 1.5 is no whole number of at least 1; write 'onnx:"),
        ("?tokens=-3", 1, "model.onnx?tokens=128"),
        ("?tokens=0", 1, "axis 'tokens' = 0 is below 1"),
        ("?tokens=2147483648", 1, "tokens = 2147483648 does not fit in 32 bits; the largest is 2147483647"),
        (f"?tokens={'9' * 5000}", 1, "... (5000 digits) does not fit in 32 bits; the largest is 2147483647"),
        ("?unknown=ignore", 1, "unknown = 'ignore' must be one of refuse, list"),
        ("?tokens=16", 0, "batch = 0 is below 1"),
    ],
)
def test_bad_options(tmp_path: Path, options: str, batch: int, message: str):
    assert message in refusal(made.saved(tmp_path, made.encoder(tokens="tokens")) + options, batch)


def test_a_fixed_batch_is_not_overruled(tmp_path: Path):
    path = made.saved(tmp_path, made.convnet(8))
    assert network(f"onnx:{path}").inferences == network(f"onnx:{path}", 8).inferences == 8
    assert "batch = 3, but the model has a fixed batch of 8" in refusal(path, 3)


def test_names_are_made_printable(tmp_path: Path):
    model = edited(lambda m: setattr(m.graph.node[0], "name", "/a\x1b[2J\n/../../" + "x" * 500))
    name = network(f"onnx:{made.saved(tmp_path, model)}").layers[0].name
    assert name.isprintable()
    assert len(name) <= 160


BASES = (made.convnet, made.encoder, made.branching, made.sized_branches, made.with_function)
FILES = 240


def flipped(content: bytes, draw: random.Random) -> bytes:
    """A few bits of it."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def cut(content: bytes, draw: random.Random) -> bytes:
    """Without its end, or without a piece."""
    begin = draw.randrange(len(content))
    return content[:begin] + (content[begin + draw.randrange(1, 9) :] if draw.random() < 0.5 else b"")


def stuffed(content: bytes, draw: random.Random) -> bytes:
    """With other bytes in between."""
    place = draw.randrange(len(content))
    return content[:place] + draw.randbytes(draw.randrange(1, 40)) + content[place:]


_NUMBERS = (0, -1, 1, 2, 3, 7, 2**31 - 1, 2**31, 2**40, 2**63 - 1, -(2**63))


def edited_field(content: bytes, draw: random.Random) -> bytes:
    """With one field of the model changed to something absurd."""
    model = onnx.load_model_from_string(content)
    node = draw.choice(model.graph.node)
    number = draw.choice(_NUMBERS)
    match draw.randrange(8):
        case 0:
            draw.choice(
                model.graph.input[0].type.tensor_type.shape.dim or [onnx.TensorShapeProto.Dimension()]
            ).dim_value = number
        case 1:
            tensor = draw.choice(model.graph.initializer)
            tensor.dims[draw.randrange(len(tensor.dims))] = number
        case 2:
            node.op_type = draw.choice(("Conv", "MatMul", "Gemm", "Einsum", "ConvTranspose", "Attention", "Loop", "?"))
        case 3:
            node.attribute.append(helper.make_attribute(draw.choice(("strides", "pads", "dilations")), [number] * 2))
        case 4:
            node.attribute.append(helper.make_attribute(draw.choice(("group", "axis", "strides")), number))
        case 5:
            node.input[draw.randrange(len(node.input))] = draw.choice(("y", "x", "", "nowhere"))
        case 6:
            del node.output[:]
        case 7:
            model.graph.initializer[0].data_type = draw.randrange(30)
    return model.SerializeToString()


def outcome(path: str) -> str:
    """Reads a file that may be broken."""
    try:
        assert isinstance(network(f"onnx:{path}"), Network)
    except SpecError as error:
        message = str(error)
    else:
        return "imported"
    assert "\n" not in message, path
    assert len(message) < 1500, path
    return "refused"


@pytest.mark.attack("files")
def test_no_mutated_file_does_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempts: Callable[[int], None]):
    """240 files: each is read or refused in one line, in seconds and bounded memory, and no other file is opened."""
    attempts(FILES)
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    listening = True

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event == "open" and isinstance(arguments[0], str):
            opened.append(arguments[0])

    sys.addaudithook(listen)  # for the rest of the process, so it is switched off below
    draw = random.Random(0)
    for base in BASES:  # imports what is imported once
        network(f"onnx:{made.saved(tmp_path, base())}")
    opened.clear()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = {"imported": 0, "refused": 0}
    for index in range(FILES):
        content = BASES[index % len(BASES)]().SerializeToString()
        mutate = (flipped, cut, stuffed, edited_field)[index // len(BASES) % 4]
        path = tmp_path / f"mutated{index}.onnx"
        path.write_bytes(mutate(content, draw))
        start = time.thread_time()
        outcomes[outcome(str(path))] += 1
        assert time.thread_time() - start < 30, path
    listening = False
    assert {Path(path).parent for path in opened} == {tmp_path}
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", *(f"mutated{i}.onnx" for i in range(FILES))}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 500_000  # kB
    assert min(outcomes.values()) > FILES // 10, outcomes


def test_a_layer_of_no_elements_is_told_by_its_name(tmp_path: Path):
    node = helper.make_node("MatMul", ["x", "w"], ["y"], "/head/fc")
    path = made.saved(tmp_path, made.model([node], [made.value("x", [2, 0])], [made.weight("w", 0, 4)]))
    assert "has nothing to map: an axis of size 0 in head/fc (2x0, 0x4); give it a shape without" in refusal(path)
