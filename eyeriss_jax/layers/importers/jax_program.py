"""Layers of a JAX program or Flax model, from its trace alone: nothing is computed and no weight exists."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import jax

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.layers.importers.collector import Collector, Path
from eyeriss_jax.layers.importers.jax_walk import Place, Walk
from eyeriss_jax.layers.importers.origins import CONSTANT, Activation, Origin
from eyeriss_jax.layers.importers.unknown import Unknown, check_unknown
from eyeriss_jax.layers.networks.base import Network

if TYPE_CHECKING:
    from eyeriss_jax.layers.importers.flax_models import Program

# Parts of a parameter's path that say nothing of the layer: collections, attributes and the usual names of leaves.
_COLLECTION = "params"
_LEAVES = frozenset({"kernel", "weight", "weights", "w", "embedding", "value", "raw_value", "scale", "bias"})


def from_jax(
    fn: Any,
    *example_shapes: Any,
    name: str = "",
    batch: int | None = None,
    weights: Collection[int] | None = None,
    unknown: Unknown = "refuse",
) -> Network:
    """The layers of ``fn(*example_shapes)``.

    The program is traced with abstract values and walked through jit, scan (repeats), remat, custom derivatives, cond
    (the branch with most MACs), vmap, shard_map and while loops that count between constants. Layers are named by
    module path; what is neither a convolution nor a matmul is in ``network.others``.

    In a product, the operand that depends on parameters alone is the weight; a product of two activations is an
    attention layer, in which keys and values take the weight's place (:func:`.origins.weight_operand`).

    Args:
        fn: a function, a ``flax.linen`` module, a ``flax.nnx`` module, which may be abstract (``nnx.eval_shape``), or
            a ``functools.partial`` of one with keywords such as ``train=False``. A linen module's variables are made
            as shapes; ``jax.eval_shape(model.init, ...)`` makes them for functions around ``model.apply``.
        example_shapes: for each argument a ``jax.ShapeDtypeStruct``, an array, or a pytree of them.
        name: of the network; by default that of ``fn``.
        batch: inferences per run; by default the leading extent of the first input of two or more axes, else 1.
        weights: indices of the arguments that hold parameters. By default these are, for a function, the leaves below
            a key ``params`` and every ``nnx.Param``; constants that the function closes over always are.
        unknown: ``refuse``, or ``list`` to report a primitive that cannot be counted, or a loop of unknown length
            with matmuls in it, among the others.

    Raises:
        SpecError: a function that cannot be traced with these shapes, has no layer, or holds what cannot be counted.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> def model(params, x):
        ...     return jnp.maximum(x @ params["params"]["w"], 0)
        >>> shapes = {"params": {"w": jax.ShapeDtypeStruct((64, 10), "float32")}}
        >>> net = from_jax(model, shapes, jax.ShapeDtypeStruct((1, 64), "float32"))
        >>> net.macs, net.weights
        (640, 640)
    """
    check_unknown(unknown)
    name = name or name_of(fn)
    program = program_of(fn, example_shapes)
    chosen = program.weights if weights is None else weights
    origins, inputs = origins_of(program.arguments, chosen)
    closed = trace(f"network {name!r}", program.call, *program.arguments)
    collector = Collector(f"JAX program {name!r}")
    Walk(collector, unknown).program(closed, origins, Place())
    return collector.network(name, _batch(inputs) if batch is None else batch)


def program_of(fn: Any, arguments: tuple[Any, ...], *, values: bool = False) -> "Program":
    """What is traced for ``fn(*arguments)``; with ``values``, a model's own parameters are arrays and not shapes."""
    from eyeriss_jax.layers.importers.flax_models import Program, model_program  # flax.nnx takes a second to import

    return model_program(fn, arguments, values=values) or Program(fn, arguments, None)


def trace(where: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """The program of ``call(*arguments)`` as a jaxpr.

    Raises:
        SpecError: the call fails; the message ends with the error's own.
    """
    try:
        return jax.make_jaxpr(call)(*arguments)
    except SpecError:
        raise
    except Exception as error:
        first = first_line(error)
        raise SpecError(
            f"{where}: tracing it failed with {type(error).__name__}: {first}; give it arguments that it can be called "
            f"with, and mark flags as Python constants with functools.partial"
        ) from error


def origins_of(arguments: tuple[Any, ...], weights: Collection[int] | None) -> tuple[list[Origin], list[Any]]:
    """The origin of every leaf, and the leaves that are inputs."""
    origins: list[Origin] = []
    inputs = []
    for index, argument in enumerate(arguments):
        for path, leaf in jax.tree_util.tree_leaves_with_path(argument):
            keys = tuple(_key(key) for key in path)
            if index in weights if weights is not None else _COLLECTION in keys:
                origins.append(module_path(keys) or CONSTANT)
            else:
                origins.append(Activation.PLAIN)
                inputs.append(leaf)
    return origins, inputs


def module_path(keys: Path) -> Path:
    """A parameter's path without its collection and the usual names of leaves."""
    if _COLLECTION in keys:
        keys = keys[keys.index(_COLLECTION) + 1 :]
    while len(keys) > 1 and keys[-1] in _LEAVES:
        keys = keys[:-1]
    return keys


def _key(key: Any) -> str:
    """One step of a pytree's path as text."""
    for attribute in ("key", "name", "idx"):
        if hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)


def _batch(inputs: list[Any]) -> int:
    """The leading extent of the first input with two or more axes."""
    shapes = [getattr(leaf, "shape", ()) for leaf in inputs]
    return next((shape[0] for shape in shapes if len(shape) > 1 and shape[0] > 0), 1)


def name_of(fn: Any) -> str:
    """A name for the network: the model's, the function's, or that of the function inside a partial."""
    fn = getattr(fn, "func", fn)
    return getattr(fn, "name", None) or getattr(fn, "__name__", None) or type(fn).__name__
