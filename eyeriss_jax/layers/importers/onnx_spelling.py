"""What ONNX lets a file spell in two ways, spelled in one, so that everything behind this knows one way only.

* The domain of ONNX's own operators is called ``ai.onnx`` or nothing at all.
* A weight is dense, or sparse with the shape beside it. Both are an operand of that shape; values are never needed.
"""

import onnx

from eyeriss_jax.layers.importers.onnx_graphs import graphs

LONG_NAME = "ai.onnx"
"""The other name of ONNX's own domain, whose short one is empty."""


def spell_one_way(model: onnx.ModelProto) -> None:
    """Changes ``model``, which has no functions, in place: operators of ONNX in the domain "", every weight dense."""
    short = [each for each in model.opset_import if each.domain != LONG_NAME]
    versions = [each.version for each in model.opset_import if each.domain == LONG_NAME]
    if versions:
        if all(each.domain for each in short):  # otherwise the file says it both ways
            short.append(onnx.helper.make_opsetid("", versions[-1]))
        del model.opset_import[:]
        model.opset_import.extend(short)
    for graph in graphs(model.graph):
        for node in graph.node:
            if node.domain == LONG_NAME:
                node.domain = ""
        if graph.sparse_initializer:
            graph.initializer.extend(map(_as_dense, graph.sparse_initializer))
            del graph.sparse_initializer[:]


def _as_dense(sparse: onnx.SparseTensorProto) -> onnx.TensorProto:
    """A tensor of the same name, type and shape whose values are said to lie elsewhere, so that nothing reads them."""
    values = sparse.values
    tensor = onnx.TensorProto(name=values.name, data_type=values.data_type, dims=sparse.dims)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="sparse")
    return tensor
