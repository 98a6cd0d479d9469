"""The smallest and largest weight density that a search may give to each layer."""

import difflib
from collections.abc import Mapping

import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Network

Range = tuple[float, float]
Bounds = Range | Mapping[str, Range]
"""(smallest, largest), for every layer or by layer name."""

DEFAULT_RANGE: Range = (0.02, 1.0)
"""Of layers that are not named."""


def density_bounds(network: Network, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest densities, [layers] each.

    The "weights" of an attention product are activations, which nobody prunes: their density stays as it is.

    Raises:
        SpecError: a layer that the network does not have, a range that is none within (0, 1], or nothing to tune.
    """
    names = [layer.name for layer in network.layers]
    by_name = dict(bounds) if isinstance(bounds, Mapping) else dict.fromkeys(names, bounds)
    for name, limits in by_name.items():
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.0)[0]
            raise SpecError(f"density bounds: {network.name} has no layer {name!r}; did you mean {nearest!r}?")
        _check_range(name, limits)
    ranges = [
        (layer.sparsity.weight, layer.sparsity.weight)
        if layer.operation == "attention"
        else by_name.get(layer.name, DEFAULT_RANGE)
        for layer in network.layers
    ]
    least, most = np.asarray(ranges, float).T
    if (least == most).all():
        raise SpecError(f"density bounds leave nothing of {network.name} to tune; widen them for a layer with weights")
    return least, most


def _check_range(name: str, limits: Range) -> None:
    try:
        least, most = map(float, limits)
    except (TypeError, ValueError):
        least = most = np.nan
    if not 0 < least <= most <= 1:
        raise SpecError(
            f"density bounds of {name} = {limits!r} must be two numbers, (smallest, largest), above 0 and at most 1"
        )
