"""ONNX's own C++ code, in a process of its own: on the file of a stranger it may hang, crash or take all memory.

Run as a script by :mod:`eyeriss_jax.layers.importers.onnx_guarded`, with the folder of the onnx package and the least
limits of time and memory. It needs no other package and imports only the compiled part of onnx, so that it starts in
hundredths of a second. A message is a list of byte strings: the length of all, their number, then each behind its
length.
"""

import contextlib
import resource
import struct
import sys
import types
from collections.abc import Iterator
from typing import IO, Any

_NUMBER = struct.Struct("<Q")

SECONDS_PER_MB = 10
"""Time of the processor that a request may take more for every megabyte that it has."""

MEMORY_PER_BYTE = 8
"""Bytes of memory that it may take more for every byte."""


def send(stream: IO[bytes], parts: list[bytes]) -> None:
    """Writes a message, at once: a model may be thousands of messages of a dozen parts."""
    body = b"".join([_NUMBER.pack(len(parts)), *(each for part in parts for each in (_NUMBER.pack(len(part)), part))])
    stream.write(_NUMBER.pack(len(body)) + body)
    stream.flush()


def receive(stream: IO[bytes]) -> list[bytes]:
    """Reads a message.

    Raises:
        EOFError: the other side has ended.
    """
    (size,) = _NUMBER.unpack(_exactly(stream, _NUMBER.size))
    body, place, parts = _exactly(stream, size), _NUMBER.size, []
    for _ in range(*_NUMBER.unpack_from(body)):
        (length,) = _NUMBER.unpack_from(body, place)
        place += _NUMBER.size
        parts.append(body[place : place + length])
        place += length
    return parts


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def flattened(entries: dict[str, bytes]) -> list[bytes]:
    """A dictionary as parts of a message."""
    return [str(len(entries)).encode(), *(part for key, value in entries.items() for part in (key.encode(), value))]


def _dictionary(parts: Iterator[bytes]) -> dict[str, bytes]:
    return {next(parts).decode(): next(parts) for _ in range(int(next(parts)))}


def _answer(onnx: Any, request: list[bytes]) -> list[bytes]:
    """What onnx says to a request."""
    parts = iter(request)
    match next(parts):
        case b"infer_shapes":
            strict, model = next(parts) == b"strict", next(parts)
            return [onnx.shape_inference.infer_shapes(model, False, strict, False)]
        case b"inline":
            return [onnx.inliner.inline_local_functions(next(parts), False)]
        case b"infer_node":
            kind, domain, version, node, ir_version = (next(parts) for _ in range(5))
            inputs, data, opsets = (_dictionary(parts) for _ in range(3))
            schema = onnx.defs.get_schema(kind.decode(), int(version), domain.decode())
            versions = {name: int(number) for name, number in opsets.items()}
            found = schema._infer_node_outputs(node, inputs, data, {}, versions, int(ir_version))
            return flattened(found)
        case unknown:
            raise ValueError(f"{unknown!r} is no request")


def _limit(size: int, seconds: int, memory: int) -> None:
    """Bounds what a request of ``size`` bytes may take: time beyond what is used already, and memory in all."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds + SECONDS_PER_MB * size // 1_000_000
    for which, most in ((resource.RLIMIT_CPU, until), (resource.RLIMIT_AS, memory + MEMORY_PER_BYTE * size)):
        with contextlib.suppress(ValueError, OSError):  # a system without that limit, or with a lower one
            resource.setrlimit(which, (most, resource.getrlimit(which)[1]))


def main() -> None:
    """Answers requests until there are no more."""
    package = types.ModuleType("onnx")  # without running its __init__, which imports all of NumPy and protobuf
    package.__path__ = [sys.argv[1]]
    seconds, memory = map(int, sys.argv[2:])
    sys.modules["onnx"] = package
    import onnx.onnx_cpp2py_export as compiled

    refused = compiled.shape_inference.InferenceError  # pyright: ignore[reportAttributeAccessIssue]
    while True:
        try:
            request = receive(sys.stdin.buffer)
        except EOFError:
            return
        _limit(sum(map(len, request)), seconds, memory)
        try:
            answer = [b"done", *_answer(compiled, request)]
        except Exception as error:
            kind = (
                b"refused" if isinstance(error, refused) else b"memory" if isinstance(error, MemoryError) else b"failed"
            )
            answer = [kind, str(error).encode("utf-8", "replace")]
        send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main()
