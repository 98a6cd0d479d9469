"""The law of an array that spreads any factors of three dimensions over its rows and of three others over its columns.

::

    cycles = G·N · min ceil(M / Tm) ceil(E / Tr) ceil(F / Tc) · min ceil(C / Tn) ceil(R / Ti) ceil(S / Tj)

with Tm·Tr·Tc at most the rows and Tn·Ti·Tj at most the columns (FlexFlow HPCA'17, equations 2 and 3). The minimum is
over all factors: of the third only the largest that fits can be best.
"""

from typing import Any

import jax
import jax.numpy as jnp

from eyeriss_jax.hardware.field import FlexibleArrays
from eyeriss_jax.hardware.field.flexible_unroll import MOST_PLACES
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.field.spent import Spent, macs
from eyeriss_jax.numerics import ceil_div, floor_div, maximum, real


def fewest_steps(extents: tuple[Any, Any, Any], places: Any) -> jax.Array:
    """Fewest steps through three extents with factors of a product up to ``places``; scalars."""
    sizes = jnp.arange(1.0, MOST_PLACES + 1.0)
    first, second = sizes[:, None], sizes[None, :]
    third = floor_div(real(places), first * second)
    steps = ceil_div(extents[0], first) * ceil_div(extents[1], second) * ceil_div(extents[2], maximum(third, 1.0))
    return jnp.where(third >= 1, steps, jnp.inf).min()


def flexible_spent(layer: LayerArrays, machine: FlexibleArrays) -> Spent:
    """Cycles of ``layer`` on ``machine`` with the factors that suit it best; scalars in, scalars out.

    That one layer's rows should be the next one's columns, which the paper asks for, is not.
    """
    d = layer.dims
    steps = fewest_steps((d.M, d.E, d.F), machine.outputs) * fewest_steps((d.C, d.R, d.S), machine.operands)
    useful = macs(layer) / (machine.outputs * real(machine.operands))
    return Spent(useful=useful, shape=real(d.G) * d.N * steps - useful)
