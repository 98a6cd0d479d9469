"""What the stages of one sparse PE hold in every cycle: the steps of :mod:`.pe`, recorded.

A fetch is in stages 1, 2 and 3 in three cycles that follow each other, an issue in stages 4 to 7; between them waits
the queue. An issue of the simulated cycle t enters stage 4 two cycles later, as the fetch of cycle t is then through
stage 3.
"""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.sparse.pe import QUEUE_CYCLES, cycle_limit
from eyeriss_jax.functional.sparse.pe_design import PIPELINE_STAGES, PeDesign
from eyeriss_jax.functional.sparse.pe_stages import State, fetcher, issuer, start
from eyeriss_jax.functional.sparse.pe_tile import PeStreams, PeTile

FETCH_STAGES = 3
"""Stages before the queue (JETCAS 2019)."""

NOTHING, SKIPPED, WORK, DRAIN = range(4)
"""What a stage holds: nothing; an iact that is discarded; an iact, or a weight word with it; psums of the chain."""


@dataclass(frozen=True, kw_only=True)
class PeTrace:
    """One PE, cycle by cycle.

    Attributes:
        holds: what each stage holds, ``[7, cycles]``: :data:`NOTHING`, :data:`SKIPPED`, :data:`WORK`, :data:`DRAIN`.
        iacts: which iact of the strip it belongs to, counted from 0, ``[7, cycles]``; -1 where it is none.
        waiting: entries in the queue at the end of each cycle, ``[cycles]``.
    """

    holds: Ints
    iacts: Ints
    waiting: Ints

    @property
    def cycles(self) -> int:
        """From the first fetch to the last psum update."""
        return self.holds.shape[1]


def trace_pe(tile: PeTile, streams: PeStreams, incoming: jax.Array, design: PeDesign | None = None) -> PeTrace:
    """Runs one PE as :func:`~eyeriss_jax.functional.sparse.pe.run_pe` does and keeps what its stages held.

    Args:
        tile: sizes.
        streams: its operands.
        incoming: ``[P, M0]`` psums of the neighbour.
        design: Eyeriss v2's by default.
    """
    fetched, issued, of_fetch, of_issue, waiting, cycles = map(
        np.asarray, _run(tile, streams, incoming, design or PeDesign())
    )
    cycles, ends = int(cycles), PIPELINE_STAGES - 1 - QUEUE_CYCLES
    holds = np.zeros((PIPELINE_STAGES, cycles + ends), int)
    iacts = np.full_like(holds, -1)
    for stage in range(PIPELINE_STAGES):
        enters = stage if stage < FETCH_STAGES else stage - QUEUE_CYCLES
        what, whose = (fetched, of_fetch) if stage < FETCH_STAGES else (issued, of_issue)
        holds[stage, enters : enters + cycles] = what[:cycles]
        iacts[stage, enters : enters + cycles] = whose[:cycles]
    return PeTrace(
        holds=holds, iacts=iacts, waiting=np.pad(waiting[:cycles], (FETCH_STAGES - 1, ends - (FETCH_STAGES - 1)))
    )


@partial(jax.jit, static_argnames=("tile", "design"))
def _run(tile: PeTile, streams: PeStreams, incoming: jax.Array, design: PeDesign) -> tuple[jax.Array, ...]:
    """Per simulated cycle what was fetched and issued, of which iacts, and the queue's filling; the cycles in all."""
    fetch = fetcher(tile, streams, design)
    issue = issuer(tile, streams, incoming.astype(jnp.int32), design)

    def cycle(carry: tuple[State, jax.Array], _: None) -> tuple[tuple[State, jax.Array], tuple[jax.Array, ...]]:
        before, queue = carry
        middle = issue(before)
        after = fetch(middle)
        word, drain = middle.run.words > before.run.words, middle.run.drains > before.run.drains
        pushed, ended = after.waiting > middle.waiting, after.window > middle.window
        issued = jnp.where(word, WORK, jnp.where(drain, DRAIN, NOTHING))
        moved = (after.pair != middle.pair) & ~ended
        fetched = jnp.where(ended, DRAIN, jnp.where(pushed, WORK, jnp.where(moved, SKIPPED, NOTHING)))
        done = middle.waiting < before.waiting
        whose = jnp.where(fetched == DRAIN, -1, middle.pair)
        left = jnp.where(done, jnp.roll(queue, -1), queue)
        slot = jnp.where(pushed, middle.waiting, design.lookahead)
        kept = left.at[slot].set(whose, mode="drop")
        told = (
            fetched, issued, jnp.where(fetched == NOTHING, -1, whose), jnp.where(word, queue[0], -1), after.waiting,
        )  # fmt: skip
        return (after, kept), told

    queue = jnp.full(design.lookahead, -1, jnp.int32)
    (state, _), told = jax.lax.scan(cycle, (start(tile, design), queue), length=cycle_limit(tile, design))
    return *told, state.run.cycles
