"""That every value that an ONNX graph reads is there by then: an input, a weight, or what a node before it makes."""

import onnx

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_file import path_of


def check_reads(where: str, graph: onnx.GraphProto) -> None:
    """Refuses a node that reads what is not there; a branch or a body also sees what the graphs around it have so far.

    Raises:
        SpecError: it says which value of which node, and whether a later node makes it or none.
    """
    _check(where, graph, set(), set())


def _check(where: str, graph: onnx.GraphProto, known: set[str], later: set[str]) -> None:
    """Checks one graph around which the values ``known`` are there, and those of ``later`` will be."""
    own = {each.name for each in (*graph.input, *graph.initializer)} - known
    known |= own
    later = later | {name for node in graph.node for name in node.output}
    for node in graph.node:
        for name in node.input:
            if name and name not in known:
                raise SpecError(f"{where}: {_told(node, name, later)}")
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                _check(where, inner, known, later)
        made = set(node.output) - known
        known |= made
        own |= made
    known -= own


def _told(node: onnx.NodeProto, name: str, later: set[str]) -> str:
    """What is wrong with reading the value, and how to mend it."""
    reader = printable("/".join(path_of(node)))
    if name in later:
        return (
            f"{reader} reads {printable(name)!r} before anything makes it; the graph is cyclic, unsorted or cut off, "
            f"export it again"
        )
    return (
        f"{reader} ({printable(node.op_type)}) reads {printable(name)!r}, which is no input, no weight and made by no "
        f"node; make it an input of the graph, or export it again"
    )
