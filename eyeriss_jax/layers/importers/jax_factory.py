"""``--network=jax:package.module:factory``: a function of the user's that says what to trace."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.layers.importers.jax_program import from_jax
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.names import called

_CONTRACT = "a factory returns a Network, or (fn, *example_shapes) as from_jax takes them"


def from_factory(where: str, batch: int) -> Network:
    """The network that the factory ``package.module:factory`` describes.

    The factory is called with ``batch=batch`` if it has such a parameter, and returns a :class:`Network` or
    ``(fn, *example_shapes)``. It is Python that runs with all of its rights.

    Raises:
        SpecError: no such module or function, one that raises or returns something else, or a batch that it does not
            take.
    """
    made, options = made_by(where, batch)
    if isinstance(made, Network):
        return made
    return from_jax(*made, name=where.rpartition(":")[2], batch=options.get("batch"))


def made_by(where: str, batch: int) -> tuple[Network | tuple[Any, ...], dict[str, int]]:
    """What a factory returns, a network or ``(fn, *arguments)``, and the options that it was called with.

    Raises:
        SpecError: as for :func:`from_factory`.
    """
    label = f"network 'jax:{where}'"
    factory = _factory(label, where)
    options: dict[str, int] = {}
    if _takes_batch(factory):
        options["batch"] = batch
    elif batch != 1:
        raise SpecError(f"{label}: batch = {batch}, but the factory has no parameter 'batch'; give it one")
    made = _called(label, factory, options)
    if isinstance(made, Network):
        return made, options
    if not isinstance(made, tuple) or not made or not callable(made[0]):
        raise SpecError(f"{label} returned {_brief(made)}; {_CONTRACT}")
    return made, options


def _factory(label: str, where: str) -> Callable[..., Any]:
    """The function itself."""
    module, colon, name = where.partition(":")
    if not colon or not module or not name:
        raise SpecError(f"{label}: write jax:package.module:factory")
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise SpecError(
            f"{label}: importing {module!r} failed with {type(error).__name__}: {first_line(error)}; run in the folder "
            f"that holds it, or add that to PYTHONPATH"
        ) from error
    factory = getattr(found, name, None)
    if not callable(factory):
        known = [key for key, value in vars(found).items() if inspect.isfunction(value) and not key.startswith("_")]
        raise SpecError(f"{label}: {module} has no function {name!r}; its functions: {', '.join(known) or 'none'}")
    return factory


def _takes_batch(factory: Callable[..., Any]) -> bool:
    """Whether the factory can be told the batch."""
    try:
        return "batch" in inspect.signature(factory).parameters
    except (TypeError, ValueError):  # a builtin
        return False


def _called(label: str, factory: Callable[..., Any], options: dict[str, Any]) -> Any:
    """What the factory returns."""
    try:
        return factory(**options)
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        raise SpecError(
            f"{label}: the factory raised {type(error).__name__}: {first_line(error)}; {_CONTRACT}"
        ) from error


def _brief(value: Any) -> str:
    """A value by its type, with its first item's where it is a tuple."""
    first = f" that begins with {called(value[0])}" if isinstance(value, tuple) and value else ""
    return f"{called(value)}{first}"
