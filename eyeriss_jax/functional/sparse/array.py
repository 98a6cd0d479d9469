"""The PE array in time: PEs wait for each other through the psum chain, the iact streams and the weight streams.

One step is one window of every PE. Its MAC cycles are those of the PE pipeline; when it starts and ends follows from
what it waits for, a recurrence of maxima and sums that is exact for the queues below:

* iacts: one stream per chain position and block, multicast to the J PEs that share it, which take it together. A PE
  holds ``iact_windows`` windows, the one at work included.
* psums: a PE passes its psums on after its neighbour's have come, and its neighbour takes them when it is through with
  its own window; in between is a queue of ``psum_fifo`` psums, at least one beat. A queue that holds more than the
  psums of a window counts in whole windows.
* weights: the I PEs that share a stream take it together, once all of them are through with the weights before;
  with ``weights_ahead`` there is room for those of one more pass.
"""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.array_work import ArrayWork


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayQueues:
    """What lies between the PEs.

    Attributes:
        psum_fifo: psums that fit between two neighbours of the chain.
        iact_windows: windows that a PE holds, the one at work included.
        iact_pairs_per_cycle: pairs that a PE's iact stream brings per cycle; 0 for no limit.
        weights_ahead: whether the weights of the next pass are loaded during this one.

    Raises:
        SpecError: a negative size, or no window at all.
    """

    psum_fifo: int = 8
    iact_windows: int = 2
    iact_pairs_per_cycle: int = 0
    weights_ahead: bool = False

    def __post_init__(self) -> None:
        """Refuses queues that no hardware has."""
        for name, least in (("psum_fifo", 1), ("iact_windows", 1), ("iact_pairs_per_cycle", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise SpecError(f"array queues: {name} = {value!r} must be an integer of at least {least}")


class ArrayRun(struct.PyTreeNode):
    """Cycles of the array, and what its PEs spent them on, in cycles per PE averaged over all PEs.

    cycles = macs + drains + weight_waits + iact_waits + chain_waits + end_waits. Chain waits are for the neighbours'
    psums before a drain and for room after it; end waits are for the last PE of the layer.
    """

    cycles: jax.Array
    macs: jax.Array
    drains: jax.Array
    weight_waits: jax.Array
    iact_waits: jax.Array
    chain_waits: jax.Array
    end_waits: jax.Array


class _State(struct.PyTreeNode):
    """Times: [K, J, I] unless said otherwise; ``ends`` and ``handed`` are histories with the newest first."""

    free: jax.Array
    ends: jax.Array  # [iact_windows, K, J, I] ends of the MACs of past windows
    past: jax.Array  # [windows, K, J, I] what :func:`_chain` remembers of past windows
    arrived: jax.Array  # [K, I]
    loaded: jax.Array  # [K, J]
    released: jax.Array  # [K, J] when the weights before the present ones were no longer needed
    waits: jax.Array  # [3, K, J, I] for weights, iacts, chain


@partial(jax.jit, static_argnames=("M0", "lanes", "queues"))
def run_array(work: ArrayWork, M0: int, lanes: int, queues: ArrayQueues) -> ArrayRun:
    """Runs a layer's work on the array.

    Args:
        work: from :func:`eyeriss_jax.functional.sparse.array_work.array_work`.
        M0: psums that a PE hands on per window.
        lanes: psums that it hands on per cycle.
        queues: what lies between the PEs.
    """
    macs = jnp.asarray(work.macs, jnp.int32)
    shape = macs.shape[1:]
    drain, fifo = -(-M0 // lanes), max(queues.psum_fifo // lanes, 1)
    zeros = jnp.zeros(shape, jnp.int32)
    state = _State(
        free=zeros,
        ends=jnp.zeros((queues.iact_windows, *shape), jnp.int32),
        past=jnp.zeros((max(_history(shape[0], drain, fifo), 1), *shape), jnp.int32),
        arrived=zeros[:, 0, :],
        loaded=zeros[:, :, 0],
        released=zeros[:, :, 0],
        waits=jnp.zeros((3, *shape), jnp.int32),
    )
    step = partial(_step, drain=drain, fifo=fifo, queues=queues)
    loads, pairs = jnp.asarray(work.loads, jnp.int32), jnp.asarray(work.pairs, jnp.int32)
    state, _ = jax.lax.scan(step, state, (macs, pairs, loads))
    cycles = state.free.max()
    waits = state.waits.mean((1, 2, 3))
    return ArrayRun(
        cycles=cycles,
        macs=macs.sum(0).mean(),
        drains=jnp.asarray(macs.shape[0] * drain),
        weight_waits=waits[0],
        iact_waits=waits[1],
        chain_waits=waits[2],
        end_waits=(cycles - state.free).mean(),
    )


def _step(
    state: _State, work: tuple[jax.Array, jax.Array, jax.Array], drain: int, fifo: int, queues: ArrayQueues
) -> tuple[_State, None]:
    """One window of every PE."""
    macs, pairs, loads = work
    loaded, released = _load(state, loads, queues)
    room = state.ends[-1].max(1)
    rate = queues.iact_pairs_per_cycle
    arrived = jnp.maximum(state.arrived, room) + (-(-pairs // rate) if rate else 0)
    with_weights = jnp.maximum(state.free, loaded[:, :, None])
    begin = jnp.maximum(with_weights, arrived[:, None, :])
    end = begin + macs
    free, past = _chain(end, state.past, drain, fifo)
    waits = jnp.stack([with_weights - state.free, begin - with_weights, free - end - drain])
    return (
        _State(
            free=free,
            ends=jnp.concatenate([end[None], state.ends[:-1]]),
            past=past,
            arrived=arrived,
            loaded=loaded,
            released=released,
            waits=state.waits + waits,
        ),
        None,
    )


def _load(state: _State, loads: jax.Array, queues: ArrayQueues) -> tuple[jax.Array, jax.Array]:
    """When the weights are there, and when those of the pass before were no longer needed."""
    reload = loads > 0
    unneeded = state.free.max(2)
    start = jnp.maximum(state.loaded, state.released if queues.weights_ahead else unneeded)
    return jnp.where(reload, start + loads, state.loaded), jnp.where(reload, unneeded, state.released)


def _chain(end: jax.Array, past: jax.Array, drain: int, fifo: int) -> tuple[jax.Array, jax.Array]:
    """When each PE has passed on the last psum of its window, and the new history.

    A window's psums move in ``drain`` beats, one per cycle. Beat b leaves a PE one cycle after the PE before took it
    over and not before the PE after it has taken beat b - fifo, which may be of an earlier window.
    """
    hops = jnp.arange(end.shape[0], dtype=jnp.int32)[:, None, None]
    handed = jax.lax.cummax(end - hops, axis=0) + hops
    left = handed + drain
    if fifo >= drain:  # the last beat waits for a last beat
        left = left.at[:-1].max(past[-1, 1:])
        return left, jnp.concatenate([left[None], past[:-1]])
    history = jnp.concatenate([handed[None], past])
    for further in range(1, end.shape[0]):
        windows_back, beat = divmod(drain - 1 - further * fifo, drain)
        left = left.at[:-further].max(history[-windows_back, further:] + beat + 1)
    return left, history[:-1]


def _history(K: int, drain: int, fifo: int) -> int:
    """Past windows that a chain of K PEs depends on."""
    return fifo // drain if fifo >= drain else -((drain - 1 - (K - 1) * fifo) // drain) if K > 1 else 1
