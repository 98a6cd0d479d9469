"""The stages of the sparse PE as two steps per cycle on one state: fetch (stages 1-3) and issue (stages 4-7)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import struct

from eyeriss_jax.functional.sparse.csc_format import IACTS
from eyeriss_jax.functional.sparse.pe_design import PeDesign
from eyeriss_jax.functional.sparse.pe_tile import PeStreams, PeTile


class PeRun(struct.PyTreeNode):
    """What one PE did.

    psums: [P, M0] the incoming psums plus the tile's convolution.
    cycles: from the first fetch to the last psum update.
    words: weight words issued. drains: cycles of psum accumulation on the chain. bubbles: cycles between the first
    and the last issue without one. macs: multiplications of two nonzeros. finished: False if the limit cut it short.
    """

    psums: jax.Array
    cycles: jax.Array
    words: jax.Array
    drains: jax.Array
    bubbles: jax.Array
    macs: jax.Array
    finished: jax.Array


class Entry(struct.PyTreeNode):
    """Work for the issue stage: words ``word`` to ``end`` of a window; a drain adds incoming psums instead."""

    value: jax.Array
    word: jax.Array
    end: jax.Array
    window: jax.Array
    is_drain: jax.Array


class State(struct.PyTreeNode):
    """The fetch stage's place, the queue [lookahead] with its filling, and what has been done."""

    window: jax.Array
    pair: jax.Array
    queue: Entry
    waiting: jax.Array
    run: PeRun


Step = Callable[[State], State]


def start(tile: PeTile, design: PeDesign) -> State:
    """The state before the first cycle: nothing fetched, nothing done."""
    zero, no = jnp.zeros((), jnp.int32), jnp.zeros((), bool)
    blank = Entry(value=zero, word=zero, end=zero, window=zero, is_drain=no)
    return State(
        window=zero,
        pair=zero,
        queue=jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (design.lookahead,)), blank),
        waiting=zero,
        run=PeRun(
            psums=jnp.zeros((tile.P, tile.M0), jnp.int32),
            cycles=zero, words=zero, drains=zero, bubbles=zero, macs=zero, finished=no,
        ),
    )  # fmt: skip


def fetcher(tile: PeTile, streams: PeStreams, design: PeDesign) -> Step:
    """Stages 1-3: the next stored iact of the window and its weight column, or the window's end, into the queue."""
    bounds = streams.iacts.addresses * IACTS.pairs_per_word
    position = streams.iacts.column(IACTS) * tile.slide + streams.iacts.row(IACTS)
    values = streams.iacts.values.astype(jnp.int32)
    words = streams.weights.addresses
    drain_words = -(-tile.M0 // design.lanes)

    def fetch(state: State) -> State:
        working = (state.window < tile.P) & (state.waiting < design.lookahead)
        tap = position[state.pair] - state.window * tile.slide
        inside = (state.pair < bounds[state.window + tile.window_segments]) & (tap < tile.window)
        value = values[state.pair]
        first, last = words[tap], words[tap + 1]
        useful = (last > first) & ((value != 0) | (not design.skip))
        entry = Entry(
            value=value,
            word=jnp.where(inside, first, 0),
            end=jnp.where(inside, last, drain_words),
            window=state.window,
            is_drain=~inside,
        )
        pushed = working & (~inside | useful)
        slot = jnp.where(pushed, state.waiting, design.lookahead)
        queue = jax.tree.map(lambda leaf, new: leaf.at[slot].set(new, mode="drop"), state.queue, entry)
        window = state.window + (working & ~inside)
        pair = jnp.where(inside, state.pair + working, jnp.where(working, bounds[window], state.pair))
        return state.replace(window=window, pair=pair, queue=queue, waiting=state.waiting + pushed)

    return fetch


def issuer(tile: PeTile, streams: PeStreams, incoming: jax.Array, design: PeDesign) -> Step:
    """Stages 4-7: one weight word of the queue's head into the psums, or one step of the psum accumulation."""
    rows = streams.weights.row(design.weight_format)
    weights = streams.weights.values.astype(jnp.int32)
    lanes = jnp.arange(design.lanes)

    def issue(state: State) -> State:
        head = jax.tree.map(lambda leaf: leaf[0], state.queue)
        busy = state.waiting > 0
        pairs = head.word * design.lanes + lanes
        row = jnp.where(head.is_drain, pairs, rows[pairs])
        weight = weights[pairs]
        drained = incoming.at[head.window, pairs].get(mode="fill", fill_value=0)
        addend = jnp.where(busy, jnp.where(head.is_drain, drained, head.value * weight), 0)
        done = busy & (head.word + 1 >= head.end)
        queue = state.queue.replace(word=state.queue.word.at[0].add(busy))
        queue = jax.tree.map(lambda leaf: jnp.where(done, jnp.roll(leaf, -1), leaf), queue)
        run = state.run
        ended = run.finished | (done & head.is_drain & (head.window == tile.P - 1))
        effectual = busy & ~head.is_drain & (weight != 0) & (head.value != 0)
        return state.replace(
            queue=queue,
            waiting=state.waiting - done,
            run=run.replace(
                psums=run.psums.at[head.window, row].add(addend, mode="drop"),
                cycles=run.cycles + ~run.finished,
                words=run.words + (busy & ~head.is_drain),
                drains=run.drains + (busy & head.is_drain),
                macs=run.macs + effectual.sum(),
                finished=ended,
            ),
        )

    return issue
