"""The PE's arithmetic: 8-bit operands, narrow psums that wrap or saturate, or plain floats.

Wrapping is exact modulo 2**bits whatever the order of additions, so a PE may add all taps of a pass at once.
Saturation depends on the order: taps in the order C, R, S inside a PE, then PEs along the reduction chain, then what
comes back from the psum store; every single addition saturates.
"""

from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

Overflow = Literal["wrap", "saturate"]


@dataclass(frozen=True)
class Arithmetic:
    """How psums are computed; static and hashable.

    Attributes:
        dtype: name of the psums' dtype: ``int32``, ``float32`` or ``float64``.
        bits: width of an integer psum; not used for floats.
        overflow: what an integer psum does beyond its width.
    """

    dtype: str
    bits: int
    overflow: Overflow

    @property
    def is_integer(self) -> bool:
        """Whether psums have a width."""
        return self.dtype == "int32"

    def fit(self, psums: jax.Array) -> tuple[jax.Array, jax.Array]:
        """``psums`` in their width, and where they had to change."""
        if not self.is_integer:
            return psums, jnp.zeros(psums.shape, bool)
        half = 1 << (self.bits - 1)
        if self.overflow == "saturate":
            fitted = jnp.clip(psums, -half, half - 1)
        else:
            fitted = ((psums + half) & (2 * half - 1)) - half
        return fitted, fitted != psums

    def accumulate(self, psums: jax.Array, iacts: jax.Array, weights: jax.Array) -> tuple[jax.Array, jax.Array]:
        """One pass of all PEs: psums plus the products over all taps.

        Args:
            psums: [P, Q, G, M] of P PEs, Q positions.
            iacts: [P, Q, G, K] windows, K taps.
            weights: [P, G, M, K].

        Returns:
            The psums [P, Q, G, M], and where one of them left its width.
        """
        iacts, weights = iacts.astype(self.dtype), weights.astype(self.dtype)
        if not self.is_integer or self.overflow == "wrap":
            products = jnp.einsum("pqgk,pgmk->pqgm", iacts, weights, precision=lax.Precision.HIGHEST)
            return self.fit(psums + products)

        def tap(k: jax.Array, carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            psums, changed = carry
            iact = lax.dynamic_slice_in_dim(iacts, k, 1, axis=3)
            weight = lax.dynamic_index_in_dim(weights, k, axis=3, keepdims=False)[:, None]
            psums, clipped = self.fit(psums + iact * weight)
            return psums, changed | clipped

        return lax.fori_loop(0, iacts.shape[3], tap, (psums, jnp.zeros(psums.shape, bool)))

    def chain(self, psums: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Sums [O, R, ...] over the R PEs of each reduction group, first to last; and where a sum left its width."""
        if not self.is_integer or self.overflow == "wrap":
            return self.fit(jnp.sum(psums, axis=1, dtype=psums.dtype))

        def link(r: jax.Array, carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            total, clipped = self.fit(carry[0] + lax.dynamic_index_in_dim(psums, r, axis=1, keepdims=False))
            return total, carry[1] | clipped

        first = psums[:, 0]
        return lax.fori_loop(1, psums.shape[1], link, (first, jnp.zeros(first.shape, bool)))
