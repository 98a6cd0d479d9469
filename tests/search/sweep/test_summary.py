"""Fronts, best designs and marginals are exact reductions: order, chunks and devices cannot matter."""

import jax
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.search.sweep import Designs, front_of
from eyeriss_jax.search.sweep.pareto import top_of
from eyeriss_jax.search.sweep.summary import Kept, add, empty_summary

ADD = jax.jit(add, static_argnames="radices")
RADICES, OBJECTIVES, COLUMNS, PLACES, TOP, CALL = (4, 6), 2, 3, 16, 4, 8


def brute_front(values):
    """Indices of the designs that no other dominates, of equal ones the first."""
    designs = range(values.shape[1])

    def beats(a, b):
        no_worse = (values[:, a] >= values[:, b]).all()
        return no_worse and ((values[:, a] > values[:, b]).any() or a < b)

    return [b for b in designs if not any(beats(a, b) for a in designs if a != b)]


def summarised(values, feasible, order):
    """A summary of 24 designs that come in calls of 8, in the given order of calls."""
    summary = empty_summary(OBJECTIVES, COLUMNS, sum(RADICES), PLACES, TOP)
    for call in order:
        at = np.arange(call * CALL, (call + 1) * CALL)
        new = Kept(
            values=np.where(feasible[at], values[:, at], -np.inf).astype(np.float32),
            index=np.where(feasible[at], at, -1).astype(np.int32),
            rows=np.stack([at, at, at]).astype(np.float32),
        )
        digits = np.stack([at // 6, at % 6]).astype(np.int32)
        shares = np.zeros((1 + len(LOSSES), CALL), np.float32)
        shares[1 + at % 3, np.arange(CALL)] = 0.5
        logs = np.log2(np.where(feasible[at], values[:, at], 1.0)).astype(np.float32)
        summary = ADD(summary, new, np.int32(CALL), logs, digits, RADICES, shares)
    return jax.device_get(summary)


points = st.lists(st.integers(1, 4), min_size=48, max_size=48).map(lambda x: np.float32(x).reshape(2, 24))


@settings(max_examples=25)
@given(points, st.lists(st.booleans(), min_size=24, max_size=24).map(np.array), st.permutations([0, 1, 2]))
def test_summary_is_the_brute_force_one_in_any_order(values, feasible, order):
    found = summarised(values, feasible, order)
    known = np.flatnonzero(feasible)
    front = known[brute_front(values[:, known])]
    held = found.front.index >= 0
    assert sorted(found.front.index[held]) == list(front)
    assert not found.overflow
    assert (found.front.rows[0][held] == found.front.index[held]).all()
    best = sorted(known, key=lambda i: (-values[0, i], i))[:TOP]
    assert [i for i in found.top.index if i >= 0] == best
    assert found.feasible == len(known)
    for digit in range(4):
        has = [i for i in known if i // 6 == digit]
        assert found.count[digit] == len(has)
        if has:
            assert found.best[0, digit] == values[0, has].max()
    logs = found.log_high.astype(np.int64) * 4096 + found.log_low
    assert (logs == summarised(values, feasible, order[::-1]).log_high.astype(np.int64) * 4096
            + summarised(values, feasible, order[::-1]).log_low).all()  # fmt: skip
    assert found.binds.sum() == len(known)


def test_a_front_that_does_not_fit_says_so():
    values = np.float32([np.arange(1, 25), np.arange(24, 0, -1)])
    found = summarised(values, np.ones(24, bool), [0, 1, 2])
    assert found.overflow


@given(points)
def test_host_front_and_top_agree_with_brute_force(values):
    designs = Designs(index=np.arange(24), values=values, rows=values)
    assert list(front_of(designs).index) == brute_front(values)
    assert list(top_of(designs, 5).index) == sorted(range(24), key=lambda i: (-values[0, i], i))[:5]
