"""An accuracy proxy measured on a network: what pruning each layer alone adds to its loss, summed over the layers.

The increases are measured by magnitude pruning one layer at a time to several densities, made monotone, and
interpolated by a monotone cubic in the logarithm of the density (Fritsch and Carlson 1980), so that the proxy has a
continuous gradient and never rises with a density. That the increases of layers add up is an assumption: fine-tuning
makes up for most of them, and layers that are pruned together disturb each other.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import PchipInterpolator

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.pruning import magnitude_mask

Kernels = Mapping[str, jax.Array]
"""Kernels by the name of their layer."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensitivity:
    """The proxy: called with densities [layers], it gives the loss increase that it expects, in the loss's unit.

    Attributes:
        densities: where the increases were measured, rising, the last one 1.
        increases: per layer one per density, never rising; beyond the first density it stays what it is there.

    Raises:
        SpecError: fewer than two densities, some that do not rise to 1, or increases that are no falling numbers.
    """

    densities: tuple[float, ...]
    increases: tuple[tuple[float, ...], ...]
    _cubics: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuses what cannot be interpolated, and fits the cubics."""
        check_densities(self.densities)
        for layer, row in enumerate(self.increases):
            if len(row) != len(self.densities) or not np.isfinite(row).all() or (np.diff(row) > 0).any():
                raise SpecError(
                    f"sensitivity of layer {layer}: {row} must hold a finite increase for each of the "
                    f"{len(self.densities)} densities, none above the one before"
                )
        fit = PchipInterpolator(np.log(self.densities), np.asarray(self.increases), axis=1)
        object.__setattr__(self, "_cubics", np.moveaxis(fit.c, 2, 0))

    def __call__(self, densities: jax.Array) -> jax.Array:
        """The expected increase at ``densities`` [layers]; differentiable."""
        knots = jnp.log(jnp.asarray(self.densities))
        at = jnp.clip(jnp.log(densities), knots[0], knots[-1])
        piece = jnp.clip(jnp.searchsorted(knots, at, side="right") - 1, 0, len(self.densities) - 2)
        cubic = jnp.asarray(self._cubics)[jnp.arange(len(self.increases)), :, piece]
        offset = at - knots[piece]
        return (((cubic[:, 0] * offset + cubic[:, 1]) * offset + cubic[:, 2]) * offset + cubic[:, 3]).sum()


def check_densities(densities: tuple[float, ...]) -> None:
    """Refuses densities that do not rise from above 0 to 1.

    Raises:
        SpecError: they do not.
    """
    usable = all(0 < density <= 1 for density in densities) and (np.diff(densities) > 0).all()
    if len(densities) < 2 or not usable or densities[-1] != 1:
        raise SpecError(f"sensitivity: densities {densities} must be two or more, rise, and end at 1 (dense)")


def measure_sensitivity(
    loss: Callable[[dict[str, jax.Array]], Any], kernels: Kernels, densities: tuple[float, ...]
) -> Sensitivity:
    """Prunes one layer at a time by magnitude and measures the loss.

    Args:
        loss: the network's loss with given kernels, by layer; called with traced arrays.
        kernels: the trained kernels, in the order in which the proxy takes its densities.
        densities: where to measure, rising, the last one 1.

    Raises:
        SpecError: densities that do not rise to 1, or a loss that is not finite; the message names layer and density.
    """
    check_densities(densities)
    names = tuple(kernels)
    rows = [[d if i == layer else 1.0 for i in range(len(names))] for layer in range(len(names)) for d in densities]
    measured = np.asarray(losses_at(loss, kernels, rows), float).reshape(len(names), len(densities))
    for name, row in zip(names, measured, strict=True):
        for density, value in zip(densities, row, strict=True):
            if not math.isfinite(value):
                raise SpecError(f"sensitivity: the loss is {value} with {name} pruned to a density of {density:g}")
    falling = np.maximum.accumulate((measured - measured[:, -1:])[:, ::-1], axis=1)[:, ::-1]
    return Sensitivity(densities=densities, increases=tuple(tuple(map(float, row)) for row in falling))


def losses_at(loss: Callable[[dict[str, jax.Array]], Any], kernels: Kernels, densities: list[list[float]]) -> jax.Array:
    """The loss with all kernels pruned by magnitude: one per row of ``densities`` [rows, layers]."""
    names = tuple(kernels)

    # Kernels are an argument: XLA would sort constants while it compiles.
    def all_losses(kernels: Kernels, rows: jax.Array) -> jax.Array:
        def pruned(row: jax.Array) -> jax.Array:
            masked = {name: kernels[name] * magnitude_mask(kernels[name], row[i]) for i, name in enumerate(names)}
            return jnp.asarray(loss(masked))

        return jax.lax.map(pruned, rows)

    return jax.jit(all_losses)(dict(kernels), jnp.asarray(densities))
