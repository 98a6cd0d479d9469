"""The versions of operators that an ONNX file is written in: one opset for every domain."""

from collections.abc import Iterator

import onnx

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_file import path_of
from eyeriss_jax.layers.importers.onnx_graphs import graphs


def newer_than_known(model: onnx.ModelProto) -> Iterator[str]:
    """What to tell of an opset that the installed onnx package does not know, whose operators may mean other things."""
    known = onnx.defs.onnx_opset_version()
    for each in model.opset_import:
        if not each.domain and each.version > known:
            yield (
                f"the file is of opset {each.version}, newer than the {known} that onnx {onnx.__version__} knows: its "
                f"operators count as in opset {known}; install a newer onnx, or export it with an opset up to {known}"
            )


def check_domains(where: str, model: onnx.ModelProto) -> None:
    """Refuses an operator of a domain that the file imports no opset of.

    Raises:
        SpecError: it says which operator of which domain.
    """
    imported = {each.domain for each in model.opset_import}
    for graph in graphs(model.graph):
        for node in graph.node:
            if node.domain not in imported:
                name, domain = (printable(each) for each in ("/".join(path_of(node)), node.domain or "ai.onnx"))
                raise SpecError(
                    f"{where}: {name!r} is a {printable(node.op_type)} of the domain {domain!r}, of which the file "
                    f"imports no opset; add one to its opset_import, or export it again"
                )
