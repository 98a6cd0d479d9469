"""The array in time: equal to its rules applied beat by beat, consistent with the PE pipeline, and never impossible."""

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse import ArrayQueues, ArraySplit, ArrayWork, array_work, random_masks, run_array
from eyeriss_jax.functional.sparse.pe import run_pe
from eyeriss_jax.functional.sparse.pe_tile import PeTile, pe_streams
from eyeriss_jax.layers import Layer

LAYER = Layer(name="PW", M=24, C=32, E=6, F=4)


def random_work(seed, K, J, blocks, passes=3, P=7):
    generator = np.random.default_rng(seed)
    loads = np.zeros((passes, P, K, J), int)
    loads[:, 0] = generator.integers(1, 40, (passes, K, J))
    return ArrayWork(
        macs=generator.integers(0, 30, (passes * P, K, J, blocks)),
        pairs=generator.integers(0, 17, (passes * P, K, blocks)),
        loads=loads.reshape(-1, K, J),
    )


def beat_by_beat(work, M0, lanes, queues):
    """The same rules, psum beat by psum beat, as plain loops over times."""
    Q, K, J, blocks = work.macs.shape
    drain, fifo = -(-M0 // lanes), max(queues.psum_fifo // lanes, 1)
    if fifo >= drain:
        fifo -= fifo % drain
    taken = np.zeros((Q * drain, K, J, blocks), int)  # when each beat of psums leaves its PE
    end = np.zeros((Q, K, J, blocks), int)
    arrived, loaded, released = np.zeros((K, blocks), int), np.zeros((K, J), int), np.zeros((K, J), int)
    for q in range(Q):
        for k, j, i in np.ndindex(K, J, blocks):
            free = taken[q * drain - 1, k, :, :] + 1 if q else np.zeros((J, blocks), int)
            if j == i == 0:
                for jj in range(J):
                    if work.loads[q, k, jj]:
                        start = released[k, jj] if queues.weights_ahead else free[jj].max()
                        loaded[k, jj] = max(loaded[k, jj], start) + work.loads[q, k, jj]
                        released[k, jj] = free[jj].max()
                room = end[q - queues.iact_windows, k].max(0) if q >= queues.iact_windows else 0
                rate = queues.iact_pairs_per_cycle
                arrived[k] = np.maximum(arrived[k], room) + (-(-work.pairs[q, k] // rate) if rate else 0)
            end[q, k, j, i] = max(free[j, i], loaded[k, j], arrived[k, i]) + work.macs[q, k, j, i]
        for beat in range(q * drain, (q + 1) * drain):
            for k, j, i in np.ndindex(K, J, blocks):
                time = end[q, k, j, i]
                time = max(time, taken[beat - 1, k, j, i] + 1 if beat else 0)
                time = max(time, taken[beat, k - 1, j, i] + 1 if k else 0)
                time = max(time, taken[beat - fifo, k + 1, j, i] if k + 1 < K and beat >= fifo else 0)
                taken[beat, k, j, i] = time
    return taken[-1].max() + 1


@pytest.mark.parametrize(
    ("fifo", "iact_windows", "rate", "ahead"),
    [
        (1, 1, 0, False),
        (1, 2, 3, True),
        (4, 3, 1, False),
        (6, 2, 0, True),
        (6, 1, 2, False),
        (14, 2, 3, False),
        (16, 1, 0, True),
        (16, 2, 1, False),
        (40, 3, 2, True),
    ],
)
def test_equals_the_rules_beat_by_beat(fifo, iact_windows, rate, ahead):
    work = random_work(seed=fifo, K=5, J=2, blocks=2)
    queues = ArrayQueues(psum_fifo=fifo, iact_windows=iact_windows, iact_pairs_per_cycle=rate, weights_ahead=ahead)
    assert run_array(work, 16, 2, queues).cycles == beat_by_beat(work, 16, 2, queues)


def test_the_parts_add_up_to_the_cycles():
    run = run_array(random_work(0, 4, 3, 2), 8, 2, ArrayQueues())
    parts = run.macs + run.drains + run.weight_waits + run.iact_waits + run.chain_waits + run.end_waits
    assert parts == pytest.approx(float(run.cycles), rel=1e-5)


def test_larger_queues_are_never_slower():
    work = random_work(1, 6, 3, 3)
    for name, sizes in (("psum_fifo", (1, 2, 4, 8, 16, 64)), ("iact_windows", (1, 2, 3, 8)), ("weights_ahead", (0, 1))):
        cycles = [int(run_array(work, 16, 2, ArrayQueues(**{name: size})).cycles) for size in sizes]
        assert cycles == sorted(cycles, reverse=True)


def test_between_the_mean_and_lock_step():
    work = random_work(2, 6, 3, 3)
    cycles = int(run_array(work, 16, 2, ArrayQueues(psum_fifo=64, iact_windows=8)).cycles)
    assert cycles >= work.macs.sum(0).max() + work.macs.shape[0] * 8
    lock_step = (work.macs.max((1, 2, 3)) + 8 + work.loads.max((1, 2))).sum() + 6
    assert cycles <= lock_step


def test_equal_work_makes_nobody_wait():
    work = ArrayWork(macs=np.full((12, 4, 2, 3), 9), pairs=np.full((12, 4, 3), 4), loads=np.zeros((12, 4, 2), int))
    run = run_array(work, 8, 2, ArrayQueues())
    assert run.cycles == 12 * (9 + 4) + 3  # and the skew of the chain, one hop per PE


def test_one_pe_takes_the_cycles_of_its_pipeline():
    """Without bubbles, which only empty columns cause, the pipeline adds nothing but its fill."""
    tile = PeTile(M0=8, C0=6, P=10)
    generator = np.random.default_rng(3)
    iacts = (generator.random((6, 10)) < 0.6).astype(np.int8)
    weights = (generator.random((8, 6, 1)) < 0.7).astype(np.int8)
    pe = run_pe(tile, pe_streams(tile, iacts, weights), np.zeros((10, 8), np.int32))
    masks = random_masks(Layer(name="tile", M=8, C=6, F=10), 0.5, 0.5)
    masks = type(masks)(layer=masks.layer, iacts=iacts[:, None] != 0, weights=weights[..., None] != 0)
    work = array_work(masks, ArraySplit(M0=8, C0=6))
    assert work.macs.sum() == pe.words
    run = run_array(work._replace(loads=np.zeros_like(work.loads)), 8, 2, ArrayQueues())
    assert run.cycles + 6 + pe.bubbles == pe.cycles


@pytest.mark.parametrize(
    ("options", "message"),
    [({"psum_fifo": 0}, "psum_fifo = 0"), ({"iact_windows": 0}, "iact_windows = 0"),
     ({"iact_pairs_per_cycle": -1}, "iact_pairs_per_cycle = -1")],
)  # fmt: skip
def test_bad_queues_are_refused(options, message):
    with pytest.raises(SpecError, match=message):
        ArrayQueues(**options)
