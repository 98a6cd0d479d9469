"""Flax models as programs: their parameters as shapes, the names of their modules as scopes."""

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import jax
from flax import linen, nnx

from eyeriss_jax.errors import SpecError, first_line


class Program(NamedTuple):
    """What is traced: a call, its arguments, and which of them hold parameters (None: those below ``params``)."""

    call: Callable[..., Any]
    arguments: tuple[Any, ...]
    weights: Collection[int] | None


def model_program(fn: Any, inputs: tuple[Any, ...], *, values: bool = False) -> Program | None:
    """A linen or nnx module called on ``inputs``; None for anything else.

    A ``functools.partial`` of a module with keywords, such as ``train=False``, is one with these fixed. With
    ``values`` the parameters of an nnx module are its arrays, not their shapes.

    Raises:
        SpecError: a linen module that cannot be initialised with these inputs.
    """
    model, options = (fn.func, fn.keywords) if isinstance(fn, functools.partial) and not fn.args else (fn, {})
    if isinstance(model, linen.Module):
        return _linen_program(model, inputs, options)
    return _nnx_program(model, inputs, options, values) if isinstance(model, nnx.Module) else None


def _linen_program(model: linen.Module, inputs: tuple[Any, ...], options: dict[str, Any]) -> Program:
    """``apply``, which names its scopes itself; collections other than the parameters may be written."""
    model, bound = model.unbind() if model.scope is not None else (model, None)
    try:
        variables = bound or jax.eval_shape(functools.partial(model.init, **options), jax.random.key(0), *inputs)
    except Exception as error:
        first = first_line(error)
        raise SpecError(
            f"network {type(model).__name__!r}: init failed with {type(error).__name__}: {first}; give the shapes of "
            f"all its inputs, or a function of (variables, inputs) around model.apply"
        ) from error
    written = [collection for collection in variables if collection != "params"]

    def call(variables: Any, *inputs: Any) -> Any:
        return model.apply(variables, *inputs, mutable=written or False, **options)

    return Program(call, (variables, *inputs), None)


def _nnx_program(model: nnx.Module, inputs: tuple[Any, ...], options: dict[str, Any], values: bool) -> Program:
    """The module's own call, with its parameters as the first argument and a scope for each module inside."""
    graph, parameters, rest = nnx.split(model, nnx.Param, ...)
    pure_parameters, shown = nnx.to_pure_dict(parameters), (lambda leaf: leaf) if values else _shape

    def call(pure: Any, rest: Any, *inputs: Any) -> Any:
        parameters_now = jax.tree.map(lambda x: x, parameters)
        nnx.replace_by_pure_dict(parameters_now, pure)
        merged = nnx.merge(graph, parameters_now, rest)
        with _scopes(merged):
            return merged(*inputs, **options)  # pyright: ignore[reportCallIssue]

    return Program(call, (jax.tree.map(shown, pure_parameters), jax.tree.map(shown, rest), *inputs), (0,))


def _shape(leaf: Any) -> Any:
    """An array's shape and type; whatever is no array stays."""
    if hasattr(leaf, "shape") and hasattr(leaf, "dtype"):
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)
    return leaf


@contextmanager
def _scopes(model: nnx.Module) -> Iterator[None]:
    """While it is open, calls of nnx modules run in scopes named by their attributes, as linen's do by themselves.

    nnx traces without names, so the classes' ``__call__`` is wrapped for the time of one trace.
    """
    open_modules: list[Any] = []

    def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            if self is model or (open_modules and open_modules[-1] is self):  # the root, or super().__call__
                path = ()
            else:
                path = _attribute_path(open_modules[-1] if open_modules else model, self)
            open_modules.append(self)
            try:
                with ExitStack() as scopes:
                    for part in path:
                        scopes.enter_context(jax.named_scope(part))
                    return original(self, *arguments, **options)
            finally:
                open_modules.pop()

        return call

    kinds = {base for _, module in nnx.iter_modules(model) for base in type(module).__mro__ if "__call__" in vars(base)}
    kinds = {kind for kind in kinds if issubclass(kind, nnx.Module)}
    originals = {kind: vars(kind)["__call__"] for kind in kinds}
    try:
        for kind, original in originals.items():
            kind.__call__ = wrapped(original)
        yield
    finally:
        for kind, original in originals.items():
            kind.__call__ = original


def _attribute_path(parent: Any, child: Any) -> tuple[str, ...]:
    """Where ``child`` is inside ``parent``; its class if it is not, as inside a transformed function."""
    for path, module in nnx.iter_modules(parent):
        if module is child and path:
            return tuple(str(part) for part in path)
    return (type(child).__name__,)
