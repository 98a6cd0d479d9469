"""Sparse throughput in closed form: cycles per window of a group of PEs that wait for each other.

A window takes its mean MAC cycles, the cycles that hand its psums on, and what the PEs wait for each other:

    cycles = mean + drain + sqrt(spread**2 + wait**2)

Spread and noise are those of the density model (:mod:`eyeriss_jax.model.density`), both extremes of nearly normal
sums, so that they add like variances. ``wait`` is what the queues leave of the noise:

* a queue smaller than a window's psums keeps about 2·drain / queue neighbours in lock-step (a PE blocks those before it
  until its backlog fits in the queues between them), each with the queue's cycles as slack;
* a queue of whole windows gives a slack of as many windows; what slack leaves of the waiting is
  :func:`eyeriss_jax.model.group_wait.group_wait`;
* however large the queues, N windows through a chain are delayed by the last-passage law, up to lock-step.

One constant is fitted: ``LOCK_STEP_REACH``, on simulated synthetic chains. Every function is pure and takes scalars:
vmap over designs, differentiate in density.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.model.density import WindowStats
from eyeriss_jax.model.group_wait import group_wait
from eyeriss_jax.model.order_statistics import expected_maximum, expected_passage
from eyeriss_jax.numerics import ceil_div, floor_div, maximum, minimum, real, safe_div

LOCK_STEP_REACH = 2.0
"""Neighbours that one blocked PE stops, in units of drain / queue: both directions of the chain.

Fitted: chosen from array simulations of synthetic chains.
"""


class Queues(NamedTuple):
    """``psum_fifo``: psums between neighbours of the chain. ``windows``: windows that a layer streams in all.

    ``blocks``: PEs that share a weight stream and wait for each other every ``windows_per_pass`` windows.
    ``overlap``: windows that an iact is part of, S / U; by so many fewer windows are independent of each other.
    """

    psum_fifo: Any
    windows: Any
    blocks: Any = 1.0
    windows_per_pass: Any = 1.0
    overlap: Any = 1.0


class WindowCycles(NamedTuple):
    """Cycles per window of the array: all of them, and their parts.

    ``macs``: of the average PE. ``drain``: handing the psums on. ``imbalance``: waiting for the slowest PE.
    """

    total: jax.Array
    macs: jax.Array
    drain: jax.Array
    imbalance: jax.Array


def window_cycles(stats: WindowStats, M0: Any, lanes: Any, chain: Any, queues: Queues) -> WindowCycles:
    """Expected cycles per window of PEs in chains of ``chain`` with ``M0`` psums each."""
    drain = ceil_div(M0, lanes)
    independent = maximum(safe_div(queues.windows, queues.overlap), 1.0)
    wait = queue_wait(stats, drain, chain, floor_div(queues.psum_fifo, lanes), independent)
    in_a_pass = maximum(safe_div(queues.windows_per_pass, queues.overlap), 1.0)
    barrier = stats.noise * expected_maximum(queues.blocks) / jnp.sqrt(in_a_pass)
    imbalance = jnp.sqrt(stats.spread**2 + wait**2 + barrier**2)
    return WindowCycles(total=stats.mean + drain + imbalance, macs=stats.mean, drain=drain, imbalance=imbalance)


def queue_wait(stats: WindowStats, drain: Any, chain: Any, fifo: Any, windows: Any) -> jax.Array:
    """What the noise of a window costs; ``fifo`` in beats of the chain, ``windows`` independent ones."""
    fifo = maximum(real(fifo), 1.0)
    is_window = fifo >= drain
    group = jnp.where(is_window, real(chain), minimum(real(chain), LOCK_STEP_REACH * drain / fifo))
    slack = jnp.where(is_window, floor_div(fifo, drain) * (stats.mean + drain), fifo - 1.0)
    limited = group_wait(stats.noise, group, slack)
    passage = minimum(expected_passage(chain) / jnp.sqrt(real(windows)), expected_maximum(chain))
    return maximum(limited, stats.noise * passage)
