"""ONNX's own inference and inlining of functions, under limits of time and memory: they read files of strangers.

They run in one process beside this one (:mod:`eyeriss_jax.layers.importers.onnx_child`), which starts with the first
request, serves all files, and is replaced where a file made it hang, crash or take too much.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import onnx
from onnx import shape_inference

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers import onnx_child
from eyeriss_jax.layers.importers.onnx_child import flattened, receive, send

CPU_SECONDS = 10
"""Time of the processor that a request may take; more for large ones."""

MEMORY = 2 << 30
"""Bytes that the process beside this one may take; more for large requests."""


MOST_QUESTIONS = 10_000
"""Nodes of one model that are asked about one by one; each costs about 50 microseconds of two processes."""

_MOST_KEPT = 1024

_CRASHED = "ONNX's own inference takes too much memory on it, or crashed"


class Failed(Exception):
    """ONNX refused a request for another reason than that shapes do not fit together."""


def infer_shapes(where: str, model: onnx.ModelProto, *, strict: bool = True) -> onnx.ModelProto:
    """``model`` with the shapes of all values that follow; ``strict``: what does not fit together is an error.

    Types are not checked: an int8 or bfloat16 convolution has the shapes of any other. Values are not followed: what
    matters of them is calculated before, and ONNX follows them however large they become.

    Raises:
        SpecError: ONNX took too much time or memory, or crashed.
        shape_inference.InferenceError, Failed: the shapes do not fit together.
    """
    return onnx.load_model_from_string(
        _asked(where, [b"infer_shapes", b"strict" if strict else b"", model.SerializeToString()])[0]
    )


def inline_functions(where: str, model: onnx.ModelProto) -> onnx.ModelProto:
    """``model`` with its own functions in place of their calls.

    Raises:
        SpecError: ONNX took too much time or memory, or crashed.
        Failed: they cannot be inlined.
    """
    return onnx.load_model_from_string(_asked(where, [b"inline", model.SerializeToString()])[0])


class Answers:
    """What ONNX answered about nodes of one model: it is asked once about all that differ in names alone."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.asked = 0
        self.kept: dict[tuple[bytes, ...], list[bytes]] = {}

    def of(self, request: tuple[bytes, ...]) -> list[bytes]:
        """The answer to a request.

        Raises:
            SpecError: more than :data:`MOST_QUESTIONS`, or as for :func:`infer_node`.
            shape_inference.InferenceError, Failed: as for :func:`infer_node`.
        """
        if request not in self.kept:
            self.asked += 1
            if self.asked > MOST_QUESTIONS:
                raise SpecError(
                    f"{self.where}: more than {MOST_QUESTIONS:,} of its nodes are of different kinds and sizes, beside "
                    f"sizes that it calculates itself; simplify it (onnxsim)"
                )
            if len(self.kept) >= _MOST_KEPT:
                self.kept.clear()
            self.kept[request] = _asked(self.where, list(request))
        return self.kept[request]


def infer_node(
    answers: Answers,
    schema: onnx.defs.OpSchema,
    node: onnx.NodeProto,
    types: Mapping[str, onnx.TypeProto],
    data: Mapping[str, onnx.TensorProto],
    opsets: Mapping[str, int],
) -> dict[str, onnx.TypeProto]:
    """The types of a node's outputs.

    Args:
        answers: those about other nodes of the model.
        schema: of its operator.
        node: without a graph that reads other values than ``types``.
        types: of values, by name.
        data: values that are known, by name.
        opsets: version by domain.

    Raises:
        SpecError: ONNX took too much time or memory, or crashed.
        shape_inference.InferenceError, Failed: they do not fit together.
    """
    alone = all(not each.HasField("g") and not each.graphs for each in node.attribute)
    names = {name: f"i{place}" for place, name in enumerate(node.input) if name} if alone else {}
    alike = onnx.NodeProto(op_type=node.op_type, domain=node.domain, attribute=node.attribute)
    alike.input.extend(names.get(name, name) for name in node.input)
    alike.output.extend(f"o{place}" if alone and name else name for place, name in enumerate(node.output))
    request = (
        *(b"infer_node", schema.name.encode(), schema.domain.encode(), str(schema.since_version).encode()),
        *(alike.SerializeToString(), str(onnx.IR_VERSION).encode()),
        *flattened({names.get(name, name): each.SerializeToString() for name, each in types.items()}),
        *flattened({names.get(name, name): each.SerializeToString() for name, each in data.items()}),
        *flattened({name: str(version).encode() for name, version in opsets.items()}),
    )
    found = answers.of(request)
    outputs = dict(zip(alike.output, node.output, strict=True))
    return {
        outputs[name.decode()]: onnx.TypeProto.FromString(kind)
        for name, kind in zip(found[1::2], found[2::2], strict=True)
    }


class _Child:
    """The process beside this one; None where there is none."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        atexit.register(self.end)

    def answer(self, request: list[bytes]) -> list[bytes]:
        """What the child says to a request.

        Raises:
            EOFError, BrokenPipeError: it ended instead.
        """
        if self.process is None or self.owner != os.getpid():  # a fork must not share its parent's child
            folder = str(Path(onnx.__file__).parent)
            command = [sys.executable, "-I", "-S", onnx_child.__file__, folder, str(CPU_SECONDS), str(MEMORY)]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self.owner = os.getpid()
        assert self.process.stdin and self.process.stdout
        send(self.process.stdin, request)
        return receive(self.process.stdout)

    def end(self) -> int:
        """Ends the child, if there is one, and returns how it ended."""
        process, self.process = self.process, None
        if process is None or self.owner != os.getpid():
            return 0
        for stream in (process.stdin, process.stdout):
            assert stream
            with suppress(BrokenPipeError):
                stream.close()
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:  # a request was interrupted
            process.kill()
            return process.wait()


_CHILD = _Child()


def _asked(where: str, request: list[bytes]) -> list[bytes]:
    """What ONNX answers.

    Raises:
        SpecError, shape_inference.InferenceError, Failed: as for the requests.
    """
    with _CHILD.lock:
        try:
            verdict, *parts = _CHILD.answer(request)
        except (EOFError, BrokenPipeError):
            raise SpecError(f"{where}: {_ended(_CHILD.end())}; export it again, or simplify it (onnxsim)") from None
        except BaseException:  # Ctrl-C: the rest of the answer is not to be taken for the next one
            _CHILD.end()
            raise
    if verdict == b"done":
        return parts
    message = parts[0].decode("utf-8", "replace")
    if verdict == b"memory":
        raise SpecError(f"{where}: {_CRASHED}; export it again, or simplify it (onnxsim)")
    raise shape_inference.InferenceError(message) if verdict == b"refused" else Failed(message)


def _ended(code: int) -> str:
    """How a process ended that should have answered, in words."""
    if -code in (signal.SIGXCPU, signal.SIGKILL):
        return "ONNX's own inference takes too much time on it"
    return _CRASHED
