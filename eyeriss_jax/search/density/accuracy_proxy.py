"""The user's accuracy proxy: a differentiable function of densities, checked before it is trusted with a search."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.numerics import real

Proxy = Callable[[jax.Array], Any]
"""From densities [layers] to a scalar, the higher the less accurate; JAX must be able to trace and differentiate it."""

_CONTRACT = "it must be a JAX function of one array [layers] that returns one number"


def in_words(names: Sequence[str], densities: Any) -> str:
    """Densities by layer: ``CONV1 = 0.5, CONV2 = 0.31``."""
    return ", ".join(f"{name} = {float(density):.4g}" for name, density in zip(names, densities, strict=True))


def check_proxy(proxy: Proxy, names: Sequence[str]) -> Callable[[jax.Array], jax.Array]:
    """``proxy`` as a function that returns a real scalar of the default float type.

    Raises:
        SpecError: it cannot be traced or differentiated, or returns something else; with what it raised or returned.
    """
    if not callable(proxy):
        raise SpecError(f"accuracy proxy {proxy!r} cannot be called; {_CONTRACT}")

    def loss(densities: jax.Array) -> jax.Array:
        return real(proxy(densities))

    try:
        jax.eval_shape(jax.grad(loss), real(np.ones(len(names))))
    except Exception as error:
        raise SpecError(
            f"accuracy proxy fails with {type(error).__name__} for densities of {len(names)} layers: "
            f"{first_line(error)}; {_CONTRACT}"
        ) from error
    return loss


def refuse_undefined(names: Sequence[str], densities: Any, value: float, gradient: Any) -> None:
    """Refuses a proxy that is not defined where a search needs it.

    Raises:
        SpecError: the value or the gradient is NaN (or the gradient infinite); the message names the densities.
    """
    if np.isnan(value):
        raise SpecError(f"accuracy proxy returned NaN for the densities {in_words(names, densities)}")
    if not np.isfinite(gradient).all():
        worst = [name for name, slope in zip(names, gradient, strict=True) if not np.isfinite(slope)]
        raise SpecError(
            f"the gradient of the accuracy proxy is not finite by the density of {', '.join(worst)}, at "
            f"{in_words(names, densities)}"
        )


def check_feasible(names: Sequence[str], loss: Callable[[np.ndarray], float], most: np.ndarray, budget: float) -> None:
    """Refuses a budget that not even the largest densities ``most`` meet.

    Args:
        names: of the layers.
        loss: the proxy on the host.
        most: largest densities that the bounds allow, [layers].
        budget: largest loss that is accepted.

    Raises:
        SpecError: by how much it is missed, and whether the bounds or the budget itself are to blame.
    """
    least_loss = loss(most)
    if least_loss <= budget:
        return
    missed = f"budget {budget:.6g} is {least_loss - budget:.3g} below the accuracy proxy's {least_loss:.6g}"
    dense = loss(np.ones_like(most))
    if (most == 1).all():
        raise SpecError(f"{missed} for dense layers, which pruning cannot improve; raise the budget to that at least")
    bound = {name: top for name, top in zip(names, most, strict=True) if top < 1}
    raise SpecError(
        f"{missed} at the largest densities that the bounds allow ({in_words(list(bound), bound.values())}); "
        + (
            f"raise these bounds (dense layers have {dense:.6g}), or the budget"
            if dense <= budget
            else f"even dense layers have {dense:.6g}, {dense - budget:.3g} too much; raise the budget"
        )
    )
