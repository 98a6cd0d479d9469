"""``unknown=list``: every refusal of an operator lets the rest of the file be read; what is left is damage and limits.

:data:`OPERATORS` has a file for each place where the importer refuses an operator, :data:`DAMAGE` the reason for each
place where it refuses the file. A new ``raise SpecError`` has to go into one of them.
"""

import ast
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import onnx
import pytest
from onnx import helper

from eyeriss_jax import SpecError, from_onnx
from eyeriss_jax.layers import importers
from eyeriss_jax.layers.importers.onnx_runtime import DOMAIN
from tests.layers.importers import onnx_models as made


class Refused(NamedTuple):
    """An operator on inputs of these shapes, the first no weight; ``made``: what it makes, as the file states it."""

    message: str
    operator: str
    shapes: Sequence[tuple[int, ...] | None]
    attributes: dict[str, Any] = {}  # noqa: RUF012
    domain: str = ""
    made: tuple[int, ...] = (2, 5)


IMAGE = (1, 6, 8, 8)
OPERATORS = {
    "an unknown operator": Refused("which cannot be counted", "Mine", [(2, 4)], {}, "com.acme"),
    "an operator of ONNX Runtime": Refused("which cannot be counted", "Inverse", [(2, 2)], {}, DOMAIN),
    "a loop": Refused("which cannot be counted; say how often it runs, as ", "Loop", [(), None, (2, 5)]),
    "shapes that do not follow": Refused("its shapes do not fit together", "MatMul", [(2, 4), (3, 5)]),
    "channels": Refused("groups of 5 channels do not make 6", "FusedConv", [IMAGE, (4, 5, 3, 3)], {}, DOMAIN),
    "groups": Refused(
        "groups do not divide 6 filters", "Conv", [(1, 8, 8, 8), (6, 2, 3, 3)], {"group": 4}, "", (1, 6, 6, 6)
    ),
    "groups of a transposed one": Refused(
        "groups do not suit an input of 5", "ConvTranspose", [(1, 5, 8, 8), (5, 2, 3, 3)], {"group": 2}, "",
        (1, 4, 10, 10),
    ),
    "strides": Refused(
        "does not suit 2 spatial axes", "FusedConv", [IMAGE, (4, 6, 3, 3)], {"strides": [1]}, DOMAIN
    ),
    "pads": Refused(
        "pads = .* does not suit 2 spatial axes", "FusedConv", [IMAGE, (4, 6, 3, 3)], {"pads": [1]}, DOMAIN
    ),
    "a missing operand": Refused("is missing or has no known shape", "FusedGemm", [(2, 4)], {}, DOMAIN),
    "two lengths": Refused("operands of 4 and 6 do not multiply", "FusedMatMul", [(2, 4), (6, 5)], {}, DOMAIN),
    "packed weights": Refused(
        "packed weights of .* do not suit 6 features", "Attention", [(2, 5, 6), (7, 36)], {"num_heads": 4}, DOMAIN,
        (2, 5, 12),
    ),
    "an Einsum of another rank": Refused(
        "an Einsum names 3 axes of an operand", "Einsum", [(2, 4), (4, 5)], {"equation": "abc,cd->ad"}
    ),
    "an Einsum of two lengths": Refused(
        "an Einsum has axes 'b' of .*which do not multiply", "Einsum", [(2, 4), (3, 5)], {"equation": "ab,bc->ac"}
    ),
    "a filter larger than its input": Refused(
        "the filter's height spans 9 positions", "FusedConv", [IMAGE, (4, 6, 9, 9)], {}, DOMAIN, (1, 4, 1, 1)
    ),
    "too many phases": Refused(
        "has more than", "ConvTranspose", [(1, 1, 2, 2), (1, 1, 70_000, 1)], {"strides": [70_000, 1]}, "",
        (1, 1, 140_000, 2),
    ),
    "a domain without an opset": Refused("of which the file imports no opset", "Mine", [(2, 4)], {}, "org.acme"),
    "no group": Refused("is below 1", "Conv", [IMAGE, (4, 6, 3, 3)], {"group": 0}, "", (1, 4, 6, 6)),
    "another kernel": Refused(
        "but its weights have", "Conv", [IMAGE, (4, 6, 3, 3)], {"kernel_shape": [5, 5]}, "", (1, 4, 4, 4)
    ),
    "no automatic padding": Refused(
        "is none of", "MaxPool", [IMAGE], {"auto_pad": "SAMEISH", "kernel_shape": [3, 3]}, "", (1, 6, 6, 6)
    ),
    "padding as long as its window": Refused(
        "is as long as the window", "MaxPool", [IMAGE], {"kernel_shape": [3, 3], "pads": [0, 0, 10**6, 0]}, "",
        (1, 6, 10**6 + 6, 6),
    ),
    "too much behind the output": Refused(
        "is not below the strides", "ConvTranspose", [IMAGE, (6, 4, 3, 3)], {"output_padding": [1, 1]}, "",
        (1, 4, 11, 11),
    ),
    "an Einsum with an axis twice in its result": Refused(
        "of an Einsum names axis", "Einsum", [(2, 4), (4, 5)], {"equation": "ab,bc->acc"}, "", (2, 5, 5)
    ),
    "a missing attribute": Refused("malformed", "MatMulNBits", [(2, 4), (5, 1, 16), (5,)], {}, DOMAIN),
}  # fmt: skip
"""ONNX's inference finds some of these first: then the message is that of ``shapes that do not follow``."""


def saved(folder: Path, case: Refused) -> str:
    """The operator, and a product of what it makes, of the shape that the file states."""
    names = ["" if shape is None else f"i{index}" for index, shape in enumerate(case.shapes)]
    node = helper.make_node(case.operator, names, ["made"], "/op", domain=case.domain, **case.attributes)
    if case.operator == "Loop":
        node.attribute.append(helper.make_attribute("body", body()))
    behind = helper.make_node("MatMul", ["made", "last"], ["y"], "/behind")
    kinds = {"Loop": 7}
    inputs = [made.value("i0", case.shapes[0] or (), kinds.get(case.operator, 1))]
    weights = [made.weight(name, *shape) for name, shape in zip(names, case.shapes, strict=True) if shape is not None]
    model = made.model([node, behind], inputs, [*weights[1:], made.weight("last", case.made[-1], 3)])
    model.opset_import.extend(helper.make_opsetid(domain, 1) for domain in (DOMAIN, "com.acme"))
    model.graph.value_info.append(made.value("made", case.made))
    return made.saved(folder, model)


def body() -> onnx.GraphProto:
    """A loop's body that makes what it is given."""
    inputs = [made.value("i", [], 7), made.value("c", [], 9), made.value("h", (2, 5))]
    nodes = [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Identity", ["h"], ["g"])]
    return helper.make_graph(nodes, "body", inputs, [made.value("d", [], 9), made.value("g", (2, 5))])


@pytest.mark.parametrize("name", OPERATORS)
def test_what_is_refused_is_listed_on_request(tmp_path: Path, name: str):
    """The product behind it counts, by the shape that the file states."""
    case = OPERATORS[name]
    path = saved(tmp_path, case)
    with pytest.raises(SpecError, match=f"{case.message}|its shapes do not fit together"):
        from_onnx(path)
    net = from_onnx(path, unknown="list")
    assert net.macs == math.prod(case.made) * 3
    kind = f"{case.domain}.{case.operator}" if case.domain else case.operator
    assert [(work.name, work.kind) for work in net.others] == [("op", f"unknown ({kind})")]


DAMAGE = {
    "is no ONNX model": "no ONNX file",
    "has no nodes": "no ONNX file",
    "is empty (0 bytes)": "no ONNX file",
    "; write onnx:path/to/model.onnx": "no file",
    "cannot read": "no file",
    "more than the 2 GB": "a limit",
    "is no UTF-8 text": "damage",
    "has the equation": "ONNX's inference may look for its end for ever",
    "points outside the model's folder": "an attack",
    "calls itself": "has no end",
    "more than {most:,} {what}": "a limit",
    "are of different kinds and sizes": "a limit",
    "{what} with its functions inlined": "a limit",
    "its functions cannot be inlined": "damage",
    "{_told(node, name, later)}": "damage: there is no order to read it in",
    "write options as": "the user's",
    "of at least 1; write {meant}": "the user's",
    "write {source.asked(_as_given(missing))}": "an axis without a number: the user's",
    "no free axis is called": "the user's",
    "no loop is called": "the user's",
    "has a fixed batch": "the user's",
    "runs {trips:,} times": "a limit, and listed: test_onnx_loops.py",
    "is {axis.dim.dim_value}": "an axis of an input that no run can have",
    "has the shape {list(tensor.dims)}": "damage",
    "nodes calculate sizes": "a limit",
    "{_CRASHED}": "a limit, or a crash of ONNX's inference",
    "{_ended(_CHILD.end())}": "a limit, or a crash of ONNX's inference",
    "its shapes cannot be inferred": "ONNX's inference fails without being strict",
}
"""Where the file is refused whatever becomes of operators, by words of the message, and why."""


def messages() -> list[str]:
    """The message of every SpecError that the importer raises, as it is written."""
    folder = Path(importers.__file__).parent
    found = []
    for path in (*sorted(folder.glob("onnx_*.py")), folder.parent / "sub_pixel.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SpecError":
                found.append(ast.unparse(node.args[0]).replace("\\'", "'"))
    return found


def test_every_refusal_is_accounted_for():
    """Each is damage or a limit, or there is an operator above that is refused so and listed on request."""
    shown = [re.sub(r"\.\*|\d+|'b'", " ", case.message).split("  ") for case in OPERATORS.values()]
    texts = messages()
    assert len(texts) > 25
    left = [
        text
        for text in texts
        if not any(words in text for words in DAMAGE)
        and not any(all(part.strip() in text for part in parts) for parts in shown)
    ]
    assert left == []
