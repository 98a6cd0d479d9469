"""The law of nodes that compute with a block of inputs while they forward it (DaDianNao, MICRO'14, CLASS layers).

::

    cycles = nodes · max(compute of a block, block over link, hop)

A single node has nothing to forward. The last step need not wait for a block to come, and is counted like the others.
"""

import jax.numpy as jnp

from eyeriss_jax.dims import product
from eyeriss_jax.hardware.field import RingArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.field.spent import Spent, macs
from eyeriss_jax.numerics import ceil_div, maximum, positive_part, real, safe_div


def ring_spent(layer: LayerArrays, ring: RingArrays) -> Spent:
    """Cycles of ``layer`` on ``ring``; scalars in, scalars out. Blocks are of the size of the largest."""
    d = layer.dims
    block, outputs = ceil_div(d.C, ring.nodes), ceil_div(d.M, ring.nodes)
    others = product(real(d[dim]) for dim in "GNEFRS")
    compute = others * ceil_div(block, ring.channels) * ceil_div(outputs, ring.filters)
    positions = product(real(d[dim]) for dim in "GNEF")
    sent = maximum(safe_div(positions * block * ring.iact_bits, ring.link_bits_per_cycle), real(ring.hop_cycles))
    waiting = jnp.where(ring.nodes > 1, positive_part(sent - compute), 0.0)
    useful = macs(layer) / (ring.nodes * ring.filters * real(ring.channels))
    return Spent(useful=useful, shape=ring.nodes * compute - useful, link=ring.nodes * waiting)
