"""The sparse PE of Eyeriss v2, cycle by cycle: seven stages that compute and are timed.

Stages 1-3 fetch: iact address, iact pair, weight address. Each cycle they take the next stored iact of the window;
zeros are not stored and cost nothing. An iact that is zero or whose weight column is empty is discarded; the others
wait in a short queue, the lookahead, which hides such gaps. Stages 4-5 read one weight word per cycle, stages 6-7
multiply its pairs with the iact and update their psums; a lane whose weight is zero (the padding of an odd
column) is gated. After the last iact of a window as many psums per cycle as there are lanes go through the same two
stages to be added to the neighbour's on the chain.

In-order stages without hazards delay everything alike, so the queue between stages 3 and 4 is all the state there
is, and the other stages are added as the pipeline's fill. The window sits in the SPad; what the PE waits for outside
is the array's business.
"""

from functools import partial

import jax
import jax.numpy as jnp

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.pe_design import PIPELINE_STAGES, PeDesign
from eyeriss_jax.functional.sparse.pe_stages import PeRun, State, fetcher, issuer, start
from eyeriss_jax.functional.sparse.pe_tile import PeStreams, PeTile

QUEUE_CYCLES = 1
"""The first cycle of a run only fetches: of the pipeline's fill it is the one that is simulated."""


def cycle_limit(tile: PeTile, design: PeDesign) -> int:
    """Cycles that any content finishes within: a discarded iact costs one cycle, another at most a dense column."""
    column = -(-tile.M0 // design.lanes)
    return tile.P * ((tile.window + 1) * column + 1) + 2


@partial(jax.jit, static_argnames=("tile", "design", "limit"))
def run_pe(
    tile: PeTile,
    streams: PeStreams,
    incoming: jax.Array,
    design: PeDesign | None = None,
    limit: int | None = None,
) -> PeRun:
    """Runs one PE on its streams; made to be vmapped over PEs.

    Args:
        tile: sizes.
        streams: from :func:`pe_streams`.
        incoming: [P, M0] psums of the neighbour on the chain, integers (20 bits on the chip, 32 here).
        design: Eyeriss v2's by default.
        limit: cycles to simulate, enough for any content by default.

    Raises:
        SpecError: incoming psums that do not match the tile.
    """
    design = design or PeDesign()
    if incoming.shape != (tile.P, tile.M0):
        raise SpecError(f"PE tile: incoming psums of shape {incoming.shape} must be {(tile.P, tile.M0)}")
    fetch = fetcher(tile, streams, design)
    issue = issuer(tile, streams, incoming.astype(jnp.int32), design)

    def cycle(state: State, _: None) -> tuple[State, None]:
        return fetch(issue(state)), None

    state, _ = jax.lax.scan(cycle, start(tile, design), length=limit or cycle_limit(tile, design))
    run = state.run
    return run.replace(
        cycles=run.cycles + PIPELINE_STAGES - 1 - QUEUE_CYCLES,
        bubbles=run.cycles - QUEUE_CYCLES - run.words - run.drains,
    )
