"""The trace of a PE is the run itself: the same cycles, words and drains, each through all stages in order."""

import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.functional.sparse.pe import run_pe
from eyeriss_jax.functional.sparse.pe_tile import PeTile, pe_streams
from eyeriss_jax.functional.sparse.pe_trace import DRAIN, FETCH_STAGES, NOTHING, SKIPPED, WORK, trace_pe

TILE = PeTile(M0=9, C0=3, S=3, U=1, P=7)


def traced(iact_density: float, weight_density: float):
    random = np.random.default_rng(3)
    iacts = random.integers(1, 99, (TILE.C0, TILE.width)) * (random.random((TILE.C0, TILE.width)) < iact_density)
    weights = random.integers(1, 9, (9, 3, 3)) * (random.random((9, 3, 3)) < weight_density)
    streams = pe_streams(TILE, jnp.asarray(iacts, jnp.int8), jnp.asarray(weights, jnp.int8))
    incoming = jnp.zeros((TILE.P, TILE.M0), jnp.int32)
    return run_pe(TILE, streams, incoming), trace_pe(TILE, streams, incoming), iacts, weights


@pytest.mark.parametrize(("iact", "weight"), [(1.0, 1.0), (0.5, 0.4), (0.3, 0.1), (0.0, 1.0)])
def test_it_is_the_run(iact: float, weight: float):
    run, trace, iacts, _ = traced(iact, weight)
    assert trace.cycles == run.cycles
    for stage in range(FETCH_STAGES, 7):
        assert (trace.holds[stage] == WORK).sum() == run.words
        assert (trace.holds[stage] == DRAIN).sum() == run.drains
    assert trace.holds[-1, -1] == DRAIN  # the last psum update is the last cycle
    first, last = np.flatnonzero(trace.holds[3] != NOTHING)[[0, -1]]
    assert (trace.holds[3, first : last + 1] == NOTHING).sum() == run.bubbles
    fetches = trace.holds[0] == WORK
    assert set(trace.iacts[0][fetches]) <= set(range(np.count_nonzero(iacts)))


def test_stages_follow_each_other_and_nothing_overtakes():
    _, trace, *_ = traced(0.5, 0.4)
    for stage in (1, 2, 4, 5, 6):
        np.testing.assert_array_equal(trace.holds[stage, 1:], trace.holds[stage - 1, :-1])
    issued = trace.iacts[3][trace.holds[3] == WORK]
    kept = trace.iacts[2][trace.holds[2] == WORK]
    changes = np.flatnonzero(np.diff(issued, prepend=-9))
    # An iact that two windows in a row need and whose word is one long is issued twice in a row only after a drain.
    assert list(issued[changes]) == [each for i, each in enumerate(kept) if i == 0 or each != kept[i - 1]]
    for each in np.unique(kept):
        assert np.flatnonzero(trace.iacts[3] == each)[0] > np.flatnonzero(trace.iacts[2] == each)[0]


def test_every_iact_of_every_window_is_fetched_and_those_with_an_empty_column_discarded():
    _, trace, iacts, weights = traced(0.5, 0.1)
    windows = [iacts[:, p * TILE.U : p * TILE.U + TILE.S] != 0 for p in range(TILE.P)]
    columns = (weights != 0).any(axis=0)
    assert (trace.holds[0] == WORK).sum() == sum((window & columns).sum() for window in windows)
    assert (trace.holds[0] == SKIPPED).sum() == sum((window & ~columns).sum() for window in windows) > 0
    assert (trace.holds[0] == DRAIN).sum() == TILE.P
    assert trace.waiting.max() <= 2
