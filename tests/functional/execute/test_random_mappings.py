"""Any layer under any mapping: bit-exact outputs, and the words that the device moved are the words counted.

Compiling a program for each case would take hours, so cases are padded to a few common sizes and share programs.
"""

import math

import hypothesis.strategies as st
import jax
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute import execute
from eyeriss_jax.functional.execute.conv import spad_moved
from eyeriss_jax.functional.execute.sizes import Sizes
from eyeriss_jax.functional.execute.tables import plan_tables
from eyeriss_jax.hardware.quantities import Types
from tests.functional.execute.drawn import drawn_layer, host_mapping, roomy
from tests.functional.execute.reference import convolution, random_operands
from tests.laws.strategies import Case, cases

KEEPS = (("iact", "psum"), (), TYPES)
MEMORY = {"glb": (4096, 2048, 2048), "dram": (4096, 2048, 2048), "spans": (32, 32), "passes": 2048, "steps": 1024}
# The fewest programs for which little is computed that is not needed.
ROOMS = tuple(
    Sizes(
        groups=groups, chained=chained, stream=stream, rows=rows, row_tiles=tiles, positions=positions,
        channel_groups=channels, outputs=outputs, taps=taps, **MEMORY,
    )
    for groups, chained, stream, rows, tiles, positions, channels, outputs, taps in (
        (8, 4, 12, 4, 9, 6, 2, 3, 6), (24, 24, 12, 4, 9, 6, 2, 3, 6),
        (24, 4, 64, 8, 32, 16, 3, 5, 24), (8, 24, 64, 8, 32, 16, 3, 5, 24),
    )
)  # fmt: skip


def flat(sizes: Sizes) -> NDArray[np.int64]:
    return np.array(jax.tree.leaves(sizes))


def room_for(need: Sizes) -> Sizes:
    """The first of the common sizes that is enough, else the need in powers of two."""

    room = next((room for room in ROOMS if np.all(flat(room) >= flat(need))), None)
    if room is not None:
        return room
    return jax.tree.map(lambda size: 1 << math.ceil(math.log2(size)), need)


def assert_exact(case: Case, keeps: tuple[str, ...], seed: int) -> None:
    layer, mapping = drawn_layer(case), host_mapping(case)
    accelerator = roomy(mapping, keeps, lanes=1, bypass=False).replace(word_bits=Types(iact=8, weight=8, psum=25))
    iacts, weights = random_operands(layer, seed)
    plan = Plan.of(layer, mapping, accelerator)
    execution = execute(plan, iacts, weights, sizes=room_for(Sizes.of(plan, plan_tables(plan))))
    np.testing.assert_array_equal(execution.oacts, convolution(layer, iacts, weights))
    assert not execution.overflowed
    counts, moved = execution.counter.counts(accelerator, plan.accounting), spad_moved(plan, execution.moved)
    np.testing.assert_array_equal(moved.iact, counts.instances.arrivals.iact)
    np.testing.assert_array_equal(moved.weight, counts.instances.arrivals.weight)
    assert moved.psum.sum() == counts.instances.source_reads.psum.sum()


@given(cases(), st.sampled_from(KEEPS), st.integers(0, 99))
@settings(max_examples=120)  # 1,250 in the long run below
def test_outputs_are_bit_exact_and_moved_words_are_counted(case: Case, keeps: tuple[str, ...], seed: int) -> None:
    assert_exact(case, keeps, seed)


@pytest.mark.slow
@given(cases(), st.sampled_from(KEEPS), st.integers(0, 99))
@settings(max_examples=1250)
def test_outputs_are_bit_exact_in_a_long_run(case: Case, keeps: tuple[str, ...], seed: int) -> None:
    assert_exact(case, keeps, seed)
