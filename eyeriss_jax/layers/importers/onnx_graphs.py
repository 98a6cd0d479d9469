"""All graphs of an ONNX file, and how large a file may be: counted before anything in it is looked at.

The limits are such that a file at any one of them takes about a second. The largest file tried has 1,746 nodes; exports
of the largest networks are taken to have some ten thousand.
"""

from collections.abc import Iterator

import onnx

from eyeriss_jax.errors import SpecError

MOST_NODES = 20_000
"""A node inside of other nodes counts once for each of them as well: what is around it looks at it again."""

MOST_GRAPHS = 1_000
"""ONNX's inference takes all names that are known around a branch or a body along into it."""

MOST_TENSORS = 20_000
"""Weights, inputs and outputs of all graphs."""

MOST_NAMES = 200_000
"""Inputs, outputs and attributes of all nodes, values whose types are stated, and imported domains."""

_REMEDY = "simplify it (onnxsim), or export a part of it"


def graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """A graph and all graphs in its nodes' attributes."""
    return (each for each, _ in _by_depth(graph))


def counted_graphs(where: str, model: onnx.ModelProto) -> list[onnx.GraphProto]:
    """All graphs of a model.

    Raises:
        SpecError: there is more of something than anything is done with.
    """
    found, nodes, tensors, names = [], 0, 0, len(model.opset_import)
    for graph, depth in _by_depth(model.graph):
        found.append(graph)
        _check(where, len(found) - 1, MOST_GRAPHS, "branches and bodies of loops")
        nodes += (depth + 1) * len(graph.node)
        _check(where, nodes, MOST_NODES, "nodes (one inside of others counts for each of them)" if depth else "nodes")
        tensors += len(graph.initializer) + len(graph.sparse_initializer) + len(graph.input) + len(graph.output)
        _check(where, tensors, MOST_TENSORS, "weights, inputs and outputs")
        names += len(graph.value_info)
        names += sum(len(node.input) + len(node.output) + len(node.attribute) for node in graph.node)
        _check(where, names, MOST_NAMES, "names of what its nodes read and make")
    return found


def _check(where: str, number: int, most: int, what: str) -> None:
    if number > most:
        raise SpecError(f"{where}: more than {most:,} {what}; {_REMEDY}")


def _by_depth(graph: onnx.GraphProto) -> Iterator[tuple[onnx.GraphProto, int]]:
    """All graphs, and how many graphs lie around each."""
    waiting = [(graph, 0)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        for node in current.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    waiting.append((attribute.g, depth + 1))
                if attribute.graphs:
                    waiting += [(each, depth + 1) for each in attribute.graphs]
