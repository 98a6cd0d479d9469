"""What a device that is not there would do: its programs compiled ahead of time, and the rate that they allow.

Two programs: the search over designs and mappings, which is every full evaluation of a sweep, and the gradient of log
EDP by every scalar of machine and mapping. A call takes the longest of three times, and none of them is measured:

* launches: kernels x the time from one to the next; on a TPU a program is launched once;
* arithmetic: operations over the device's rate without matrix units, which nothing here uses; those of the compiled
  program, or of the program before it is compiled where the compiler does not count them (CUDA);
* memory: bytes that kernels read and write, as the compiler counts them, or (CUDA) all that they are given and give,
  over the device's bandwidth.

XLA's own estimate stands beside them where its compiler gives one: a TPU's does, unless the program has an operation
that it cannot estimate (its sum is then negative).
"""

import math
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from experiments.measure.absent_devices import Kind
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search import batch
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.tune import gradients

DESIGNS, TILINGS, INNERS = 64, 16, 64
"""What one device searches in a call: every mapping of a shortlist of usual length for each of 64 designs."""

POINTS = 1 << 18
"""Gradients per device and call."""


class Program(NamedTuple):
    """``function`` of ``arguments``, structures of shapes; those with ``rows`` in their first axis are spread over it.

    ``results``: evaluations or gradients of a call.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    rows: int
    results: int


def search_program(machine: Accelerator, layer: Layer, devices: int, platform: str) -> Program:
    """What a sweep runs for one layer: the best mapping of every design."""
    sparse = layer.build().sparsity is not None
    made = batch.search_program(
        machine, platform=platform, designs=DESIGNS * devices, inners=INNERS, tilings=TILINGS, sparse=sparse
    )
    return Program(made.function, made.arguments, DESIGNS * devices, made.evaluations)


def gradient_program(machine: Accelerator, layer: Layer, devices: int, platform: str) -> Program:
    """The gradients of log EDP by every scalar of machine and mapping, all points at once on every ``platform``."""
    points = POINTS * devices
    sizes = jax.tree.map(np.float32, layer.build())

    def loss(one: Any, mapping: Any) -> jax.Array:
        return jnp.log(OBJECTIVES["edp"](evaluate(one, sizes, mapping))[0])

    shapes = _shaped(machine.build(), points), _shaped(Mapping(glb=Dims(), spad=Dims()).build(), points)
    return Program(gradients(loss, (0, 1), block=points), shapes, points, points)


def figures(program: Program, devices: list[Any], kind: Kind) -> dict[str, Any]:
    """Compiles a program for ``devices`` and says what a call is, takes and holds; per device where it says so."""
    mesh = Mesh(np.array(devices), ("device",), axis_types=(AxisType.Auto,))

    def placed(leaf: jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
        spec = PartitionSpec("device") if leaf.shape[:1] == (program.rows,) else PartitionSpec()
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=NamedSharding(mesh, spec))

    arguments = jax.tree.map(placed, program.arguments)
    start = time.process_time()
    compiled = jax.jit(program.function).lower(*arguments).compile()
    compile_cpu_s = time.process_time() - start
    cost: dict[str, float] = compiled.cost_analysis() or {}  # type: ignore[assignment]
    memory, text = compiled.memory_analysis(), compiled.as_text() or ""
    assert memory is not None
    kernels, loops = operations(text)
    flops = cost.get("flops") or _operations_uncompiled(program) / len(devices)
    moved = cost.get("bytes accessed") or bytes_of_kernels(text)
    launches = kernels if kind.platform == "gpu" else 1
    seconds = {
        "launches_s": launches * kind.launch_s,
        "arithmetic_s": flops / kind.operations_per_s,
        "memory_s": moved / kind.bytes_per_s,
    }
    own = cost.get("optimal_seconds", 0.0)
    held = memory.temp_size_in_bytes + memory.argument_size_in_bytes + memory.output_size_in_bytes
    return {
        "devices": len(devices),
        "compile_cpu_s": compile_cpu_s,
        "kernels": kernels,
        "loops": loops,
        "results_per_call": program.results,
        "operations_per_device": flops,
        "bytes_per_device": moved,
        "temporary_bytes_per_device": memory.temp_size_in_bytes,
        "share_of_memory": held / kind.memory_bytes,
        **seconds,
        "results_per_s": program.results / max(seconds.values()),
        "xla_s": own if own > 0 else None,
        "xla_results_per_s": program.results / own if own > 0 else None,
    }


def operations(text: str) -> tuple[int, int]:
    """Kernels that a call of a compiled program starts, and loops and branches in it: where a host may be asked.

    ``text`` is the optimised program; what only names, casts or picks values is no kernel.
    """
    return sum(each[2] not in _FREE for each in _entry(text)), len(re.findall(r" (?:while|conditional)\(", text))


def bytes_of_kernels(text: str) -> float:
    """Bytes of all arguments and results of the kernels that ``text``, an optimised program, starts."""
    size = {name: _size(shape) for name, shape, _, _ in _entry(text)}
    kernels = [each for each in _entry(text) if each[2] not in _FREE]
    return sum(size[name] + sum(size.get(read, 0.0) for read in set(reads)) for name, _, _, reads in kernels)


_FREE = {"parameter", "constant", "tuple", "get-tuple-element", "bitcast", "after-all"}
_BITS = {"pred": 8, "s32": 32, "u32": 32, "f32": 32, "s64": 64, "u64": 64, "f64": 64}


def _entry(text: str) -> list[tuple[str, str, str, list[str]]]:
    """Name, shape, operation and operands of each line of the entry of an optimised program."""
    entry = re.search(r"^ENTRY .*?^}", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(
        r"^ *(?:ROOT )?%?([\w.-]+) = (\(.*?\)|\S+) ([\w-]+)\((.*)", entry[0] if entry else "", re.MULTILINE
    )
    return [(name, shape, each, re.findall(r"%([\w.-]+)", rest.split(")")[0])) for name, shape, each, rest in lines]


def _size(shape: str) -> float:
    """Bytes of a shape such as ``f32[64,128]{1,0}``, or of a tuple of them."""
    parts = re.findall(r"\b([a-z]+\d*)\[([\d,]*)\]", shape)
    return sum(_BITS.get(kind, 8) / 8 * math.prod(int(n) for n in axes.split(",") if n) for kind, axes in parts)


def _operations_uncompiled(program: Program) -> float:
    found: Any = jax.jit(program.function).lower(*program.arguments).cost_analysis()
    return found["flops"]


def _shaped(tree: Any, rows: int = 0) -> Any:
    return jax.tree.map(lambda _: jax.ShapeDtypeStruct((rows,) if rows else (), np.float32), tree)


PROGRAMS: dict[str, Callable[[Accelerator, Layer, int, str], Program]] = {
    "search": search_program,
    "gradients": gradient_program,
}
"""What is compiled, by name: functions of any accelerator and layer, as only their scalars' names count, of the number
of devices and of their platform."""
