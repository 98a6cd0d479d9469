"""Sparsity of a layer: what share of its values is not zero, and how unevenly channels share the zeros.

Zeros are what gating saves energy on (Eyeriss v1) and what the sparse PE skips (Eyeriss v2, JETCAS 2019).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.traced import refuse_traced

IACT_CORRELATION = 0.57
"""Correlation of iacts within a channel of a trained layer: mean over the four layers of sparse MobileNet 0.5-128 with
public masks (0.48 to 0.65)."""

WEIGHT_CORRELATION = 0.04
"""The same of the weights that share an input channel (0.01 to 0.08)."""


class SparsityArrays(struct.PyTreeNode):
    """A layer's sparsity as scalars, the form the laws take; the defaults are a dense layer."""

    iact: Any = 1.0
    weight: Any = 1.0
    oact: Any = 1.0
    iact_correlation: Any = 0.0
    weight_correlation: Any = 0.0


def _check_share(name: str, value: Any) -> None:
    """``value`` is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        refuse_traced(f"sparsity: {name}", value)
        raise SpecError(f"sparsity: {name} = {value!r} must be a number from 0 to 1 (1 is dense)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparsity:
    """Densities of a layer; dense by default.

    Attributes:
        iact: [share] input activations that are not zero.
        weight: [share] weights that are not zero.
        oact: [share] finished outputs that are not zero.
        iact_correlation: [share] how alike two iacts of one channel are beyond the layer's density: 0 independent, 1 a
            channel is all zeros or none.
        weight_correlation: [share] the same of two weights that share an input channel.

    Raises:
        SpecError: a value outside [0, 1].

    Example:
        >>> pruned = Sparsity(iact=0.5, weight=0.3)
        >>> Layer(name="fc", M=10, C=64, sparsity=pruned).sparsity.weight
        0.3
    """

    iact: float = 1.0
    weight: float = 1.0
    oact: float = 1.0
    iact_correlation: float = 0.0
    weight_correlation: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what is no density."""
        for name in self.__dataclass_fields__:
            _check_share(name, getattr(self, name))

    @classmethod
    def trained(cls, *, iact: float = 1.0, weight: float = 1.0, oact: float = 1.0) -> "Sparsity":
        """Densities of a trained layer, whose channels differ as those of sparse MobileNet do.

        Raises:
            SpecError: a density outside [0, 1].
        """
        return cls(
            iact=iact,
            weight=weight,
            oact=oact,
            iact_correlation=IACT_CORRELATION,
            weight_correlation=WEIGHT_CORRELATION,
        )

    @classmethod
    def of_channels(
        cls, *, iact: Sequence[float] = (1.0,), weight: Sequence[float] = (1.0,), oact: float = 1.0
    ) -> "Sparsity":
        """From the density of every input channel; the correlation is what their differences amount to.

        Raises:
            SpecError: no channels, or a density outside [0, 1].
        """
        iact_mean, iact_correlation = _mean_and_correlation("iact", iact)
        weight_mean, weight_correlation = _mean_and_correlation("weight", weight)
        return cls(
            iact=iact_mean,
            weight=weight_mean,
            oact=oact,
            iact_correlation=iact_correlation,
            weight_correlation=weight_correlation,
        )

    @property
    def is_dense(self) -> bool:
        """Whether nothing is known to be zero."""
        return self.iact == self.weight == self.oact == 1.0

    def build(self) -> SparsityArrays:
        """The sparsity as a pytree of Python floats, for the laws."""
        return SparsityArrays(**{name: float(getattr(self, name)) for name in self.__dataclass_fields__})


def _mean_and_correlation(name: str, densities: Sequence[float]) -> tuple[float, float]:
    """Mean of per-channel densities, and their variance over the largest that this mean allows."""
    if not densities:
        raise SpecError(f"sparsity: {name} has no channels; give the density of each")
    for channel, density in enumerate(densities):
        _check_share(f"{name} of channel {channel}", density)
    mean = math.fsum(densities) / len(densities)
    variance = math.fsum((density - mean) ** 2 for density in densities) / len(densities)
    return mean, min(variance / (mean * (1 - mean)), 1.0) if 0 < mean < 1 else 0.0


DENSE = Sparsity()
"""No zeros."""
