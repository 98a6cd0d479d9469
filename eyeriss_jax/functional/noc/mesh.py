"""The hierarchical mesh, cycle by cycle: circuit-switched routers with one register at the end of every link."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.noc.streams import EMPTY
from eyeriss_jax.functional.noc.switches import OFF, Switches
from eyeriss_jax.functional.noc.topology import Port


class Trace(NamedTuple):
    """What passed the ports.

    ``delivered`` ``[cycles, routers, cluster_rows, cluster_cols, values]``: word ids at the outputs to the PEs, -1
    where empty. ``loads`` ``[cycles, 5, routers, cluster_rows, cluster_cols]``: values on every output, by
    ``Port``.
    """

    delivered: Ints
    loads: Ints


def simulate(switches: Switches, feed: Ints) -> Trace:
    """Runs ``feed`` (word ids at the sources) through the routers until every register is empty.

    A router passes a beat on within the cycle and a link takes one cycle, so a word injected in cycle t arrives
    ``hops`` cycles later. Memory: the whole trace, 4 bytes per value and port.
    """
    cycles = len(feed) + int(switches.hops.max())
    # Cycle counts are rounded up to a power of two, so that few programs are compiled.
    padded = np.full((1 << (cycles - 1).bit_length(), *feed.shape[1:]), EMPTY, np.int32)
    padded[: len(feed)] = feed
    delivered, loads = jax.device_get(_run(jnp.asarray(switches.listens, jnp.int32), jnp.asarray(padded)))
    return Trace(delivered[:cycles], loads[:cycles])


@jax.jit
def _run(listens: jax.Array, feed: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The scan over cycles; ``listens`` ``[5, rows, cols]``, ``feed`` ``[cycles, routers, rows, cols, values]``."""
    ports = (len(Port), *feed.shape[1:])
    chosen = jnp.broadcast_to(listens[:, None, :, :, None], ports)
    is_on = chosen != OFF

    def cycle(links: jax.Array, injected: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        inputs = jnp.concatenate([injected[None], links])
        outputs = jnp.where(is_on, jnp.take_along_axis(inputs, jnp.where(is_on, chosen, 0), axis=0), EMPTY)
        loads = (outputs != EMPTY).sum(axis=-1, dtype=jnp.int32)
        return _across_links(outputs), (outputs[Port.CLUSTER], loads)

    links = jnp.full((len(Port) - 1, *feed.shape[1:]), EMPTY, feed.dtype)
    return lax.scan(cycle, links, feed)[1]


def _across_links(outputs: jax.Array) -> jax.Array:
    """Inputs of the next cycle ``[4, routers, rows, cols, values]``: the neighbours' outputs on the facing sides."""
    return jnp.stack(
        [
            shift(outputs[Port.SOUTH], 1, axis=1),
            shift(outputs[Port.NORTH], -1, axis=1),
            shift(outputs[Port.WEST], -1, axis=2),
            shift(outputs[Port.EAST], 1, axis=2),
        ]
    )


def shift(values: jax.Array, by: int, axis: int) -> jax.Array:
    """``values`` moved one place up (``by`` = 1) or down (-1) along ``axis``; what enters at the edge is empty."""
    edge = jnp.full_like(lax.slice_in_dim(values, 0, 1, axis=axis), EMPTY)
    length = values.shape[axis]
    if by > 0:
        return jnp.concatenate([edge, lax.slice_in_dim(values, 0, length - 1, axis=axis)], axis=axis)
    return jnp.concatenate([lax.slice_in_dim(values, 1, length, axis=axis), edge], axis=axis)
