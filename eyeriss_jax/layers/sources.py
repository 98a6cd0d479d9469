"""A network by what the user writes: a name from the literature, or a prefix that says where the network comes from."""

import difflib
import os
from collections.abc import Callable
from importlib import import_module

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import check_batch
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.registry import known_network

Importer = Callable[[str, int], Network]
"""Called with what follows the prefix and the batch size; raises SpecError for anything that it cannot read."""

# Prefix -> (module, function, what follows the prefix). A module is imported on first use: most runs need none.
SOURCES: dict[str, tuple[str, str, str]] = {
    "jax": ("eyeriss_jax.layers.importers.jax_factory", "from_factory", "package.module:factory"),
    "onnx": ("eyeriss_jax.layers.importers.onnx_network", "from_location", "path"),
    "timeloop": ("eyeriss_jax.layers.importers.timeloop_problem", "timeloop_network", "problem.yaml"),
}


def network(name: str, batch: int = 1) -> Network:
    """The network called ``name``.

    Args:
        name: one of :data:`NETWORKS`, ``mobilenet_v1_<width>_<resolution>`` (and v2), or ``<prefix>:<where>`` with a
            prefix of :data:`SOURCES`.
        batch: inputs per run.

    Raises:
        SpecError: an unknown name or prefix (with the nearest known one), a batch out of range, or whatever an
            importer has to say of its input.

    Example:
        >>> [layer.name for layer in network("alexnet").layers]
        ['CONV1', 'CONV2', 'CONV3', 'CONV4', 'CONV5', 'FC6', 'FC7', 'FC8']
        >>> network("mobilenet_v1_0.5_128").macs
        49160192
    """
    if not isinstance(name, str):
        raise SpecError(f"network {name!r} must be a string; write e.g. 'alexnet'")
    prefix, colon, where = name.partition(":")
    if not colon:
        try:
            return known_network(name, batch)
        except SpecError as error:
            if os.path.isfile(name):
                raise SpecError(
                    f"network {name!r} is a file; write onnx:{name} or timeloop:{name} if it is of that kind, others "
                    "are exported as ONNX first"
                ) from error
            raise
    check_batch(f"network {name!r}", batch)
    if prefix not in SOURCES:
        known = ", ".join(f"{each}:{what}" for each, (_, _, what) in SOURCES.items())
        nearest = difflib.get_close_matches(prefix.lower(), SOURCES, n=1)
        hint = f"did you mean {nearest[0]!r}? " if nearest else ""
        raise SpecError(f"network {name!r}: {prefix!r} is no known source; {hint}Known: {known}, or a name without ':'")
    module, function, what = SOURCES[prefix]
    if not where:
        raise SpecError(f"network {name!r} names nothing; write {prefix}:{what}")
    importer: Importer = getattr(import_module(module), function)
    return importer(where, batch)
