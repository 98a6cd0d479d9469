"""Reading an ONNX file that may be broken or malicious: one file is opened, and nothing in it is trusted."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import onnx

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.layers.importers.onnx_graphs import MOST_NAMES, MOST_NODES, counted_graphs
from eyeriss_jax.layers.importers.onnx_guarded import Failed, inline_functions

# A protocol buffer cannot be larger; weights beyond it are external data, which is never read.
LARGEST_FILE_BYTES = 2**31 - 1

_TERM = r"[A-Za-z]*(\.\.\.)?[A-Za-z]*"
_EQUATION = re.compile(rf"{_TERM}(,{_TERM})*(->{_TERM})?")


def read_model(path: str) -> onnx.ModelProto:
    """The model in the file ``path``, with its own functions written out; external data is not opened.

    Raises:
        SpecError: no such file, no ONNX model, or one that is absurd: too large, external data outside its folder,
            functions that call themselves or blow up.
    """
    where = f"network 'onnx:{path}'"
    content = _content(where, path)
    if not content:
        raise SpecError(f"{where} is empty (0 bytes); copy or export it again")
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # DecodeError, whose base depends on the protobuf implementation
        raise SpecError(
            f"{where} is no ONNX model or is cut off ({first_line(error)}); export it again with torch.onnx.export or "
            f"onnx.save"
        ) from error
    if not model.graph.node:
        raise SpecError(f"{where} has no nodes; is it an ONNX model? Export it again")
    every = counted_graphs(where, model)
    _check_text(where, every)
    _check_external_data(where, every)
    _check_equations(where, model, every)
    if not model.functions:
        return model
    whole = _without_functions(where, model)
    _check_text(where, counted_graphs(where, whole))  # of what the functions brought in
    return whole


def _content(where: str, path: str) -> bytes:
    """The bytes of a regular file of at most 2 GB."""
    try:
        file = Path(path).expanduser()
        if not file.is_file():  # also a device or pipe, which could be read for ever
            what = "is a folder" if file.is_dir() else "does not exist or is no regular file"
            raise SpecError(f"{where}: {path!r} {what}; write onnx:path/to/model.onnx")
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise SpecError(
                f"{where} has {file.stat().st_size:,} bytes, more than the 2 GB of an ONNX file; save its weights as "
                f"external data (onnx.save(..., save_as_external_data=True)), they are not needed here"
            )
        return file.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError(f"{where}: cannot read {path!r}: {first_line(error)}") from error


def _check_text(where: str, every: Iterable[onnx.GraphProto]) -> None:
    """Refuses names that are no UTF-8: protobuf hands them on as bytes."""
    for graph in every:
        kinds = set[type]()
        for node in graph.node:
            kinds.update(map(type, (node.name, node.op_type, node.domain, *node.input, *node.output)))
        kinds.update(type(each.name) for each in (*graph.input, *graph.output, *graph.initializer))
        kinds.update(type(dim.dim_param) for each in graph.input for dim in each.type.tensor_type.shape.dim)
        if not kinds <= {str}:
            raise SpecError(f"{where} has a name that is no UTF-8 text; it is damaged, export it again")


def _check_equations(where: str, model: onnx.ModelProto, every: Iterable[onnx.GraphProto]) -> None:
    """Refuses equations of an Einsum that are none: ONNX's inference may look for the end of one for ever."""
    for node in itertools.chain.from_iterable(body.node for body in (*model.functions, *every)):
        for attribute in node.attribute if node.op_type == "Einsum" else ():
            if attribute.name == "equation":
                equation = attribute.s.decode("utf-8", "replace").replace(" ", "")
                if not _EQUATION.fullmatch(equation):
                    raise SpecError(
                        f"{where}: an Einsum has the equation {equation[:60]!r}; write operands such as ij,...jk->...ik"
                    )


def _check_external_data(where: str, every: Iterable[onnx.GraphProto]) -> None:
    """Refuses weights that lie outside the model's folder: nobody exports that."""
    for graph in every:
        for tensor in graph.initializer:
            for entry in tensor.external_data:
                if entry.key == "location" and not _inside(entry.value):
                    raise SpecError(
                        f"{where}: weight {tensor.name!r} points outside the model's folder, to {entry.value!r}; "
                        f"export the model again, and do not run such a file elsewhere"
                    )


def _inside(location: str) -> bool:
    """Whether a relative path stays below the folder that it starts from, on any system."""
    paths = PurePosixPath(location), PureWindowsPath(location)
    return not any(path.anchor or path.drive or ".." in path.parts for path in paths)


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes by name."""
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def path_of(node: onnx.NodeProto) -> tuple[str, ...]:
    """A node's name as a path of modules; what it makes, where it has no name."""
    name = node.name or next((name for name in node.output if name), "") or node.op_type
    if "/" not in name:
        return (name,)
    return tuple(part for part in name.split("/") if part) or (node.op_type,)


def _without_functions(where: str, model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its local functions in place of their calls, once it is known how many nodes that makes."""
    functions = {(function.domain, function.name): function for function in model.functions}
    sizes: dict[tuple[str, str], Counter[str]] = {}

    def size(nodes: Iterable[onnx.NodeProto], callers: tuple[tuple[str, str], ...]) -> Counter[str]:
        """Nodes and names that these nodes are when all calls in them are written out."""
        total = Counter[str]()
        for node in nodes:
            key = (node.domain, node.op_type)
            # A call counts as well: of an empty function there may be more than anybody can write out.
            total += Counter(nodes=1, names=len(node.input) + len(node.output) + len(node.attribute))
            for attribute in node.attribute:
                for graph in (attribute.g, *attribute.graphs):
                    total += size(graph.node, callers)
            if key not in functions:
                continue
            if key in callers or len(callers) > 50:
                raise SpecError(
                    f"{where}: the function {node.op_type!r} calls itself; inline its functions before export"
                )
            if key not in sizes:
                sizes[key] = size(functions[key].node, (*callers, key))
            total += sizes[key]
        return total

    for what, most in (("nodes", MOST_NODES), ("names", MOST_NAMES)):
        total = size(model.graph.node, ())[what]
        if total > most:
            raise SpecError(f"{where}: {total:,} {what} with its functions inlined, more than {most:,}; simplify it")
    try:
        return inline_functions(where, model)
    except Failed as error:
        raise SpecError(
            f"{where}: its functions cannot be inlined: {first_line(error)}; export without them"
        ) from error
