"""A file's operators have the meaning of the opset that it imports of their domain."""

from pathlib import Path

import onnx
import pytest
from onnx import helper

from eyeriss_jax import SpecError, from_onnx
from tests.layers.importers import onnx_models as made

NEWEST = onnx.defs.onnx_opset_version()


def dense(version: int, domain: str = "") -> onnx.ModelProto:
    node = helper.make_node("MatMul", ["x", "w"], ["y"], "/op")
    model = made.model([node], [made.value("x", [3, 6])], [made.weight("w", 6, 4)])
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid(domain, version))
    return model


@pytest.mark.parametrize("version", [NEWEST + 1, 999])
def test_an_opset_that_the_package_does_not_know_is_noted(tmp_path: Path, version: int):
    """Files of a day after the package still count; who reads the numbers is told what they rest on."""
    net = from_onnx(made.saved(tmp_path, dense(version)))
    (note,) = net.notes
    assert note.startswith(
        f"the file is of opset {version}, newer than the {NEWEST} that onnx {onnx.__version__} knows"
    )
    assert net.macs == 3 * 6 * 4


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_the_newest_opset_is_not_noted(tmp_path: Path, domain: str):
    assert from_onnx(made.saved(tmp_path, dense(NEWEST, domain))).notes == ()


def test_an_operator_of_a_domain_without_an_opset_is_named(tmp_path: Path):
    model = dense(NEWEST)
    model.graph.node[0].CopyFrom(helper.make_node("Frobnicate", ["x", "w"], ["y"], "/my/op", domain="com.mine"))
    told = r"'my/op' is a Frobnicate of the domain 'com\.mine', of which the file imports no opset; add one"
    with pytest.raises(SpecError, match=told):
        from_onnx(made.saved(tmp_path, model))


def test_so_is_one_of_onnx_in_a_file_without_any(tmp_path: Path):
    model = dense(NEWEST)
    del model.opset_import[:]
    with pytest.raises(
        SpecError, match=r"'op' is a MatMul of the domain 'ai\.onnx', of which the file imports no opset"
    ):
        from_onnx(made.saved(tmp_path, model))
