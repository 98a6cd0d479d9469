"""Narrow psums against a literal oracle: one addition at a time in the order that the hardware adds."""

import math
from collections import defaultdict

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute import execute, run
from eyeriss_jax.functional.execute.sizes import Sizes, common_sizes
from eyeriss_jax.functional.execute.tables import plan_tables
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer
from tests.functional.execute.drawn import drawn_layer, host_mapping, roomy
from tests.functional.execute.reference import convolution, random_operands
from tests.functional.execute.test_random_mappings import room_for
from tests.laws.loop_walk import Tile, passes_of, pes_of
from tests.laws.strategies import Case, cases

V2 = eyeriss_v2()
BITS = 14
LEAST, MOST = -(1 << (BITS - 1)), (1 << (BITS - 1)) - 1


def wrapped(values: NDArray, bits: int) -> NDArray:
    """Two's complement of ``bits``."""
    return (values + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


class SaturatingWalk:
    """The loop nest with every addition saturated: taps in a PE, PEs along the chain, what comes back."""

    def __init__(self, case: Case, layer: Layer, iacts: NDArray, weights: NDArray) -> None:
        pads = [(0, 0)] * 3 + [tuple(sides) for sides in layer.padding]
        self.layer, self.weights = layer, weights.astype(int)
        self.iacts = np.pad(iacts, pads).astype(int)
        self.outputs = np.zeros((layer.G, layer.N, layer.M, layer.E, layer.F), int)
        self.written: set[tuple[int, ...]] = set()
        self.saturated = False
        self._run(case)

    def clip(self, value: int) -> int:
        self.saturated |= not LEAST <= value <= MOST
        return min(max(value, LEAST), MOST)

    def _run(self, case: Case) -> None:
        dims = [DIMS.index(dim) for dim in "CRS"]
        chain = sorted(pes_of(case.mapping), key=lambda pe: [pe.offsets[i] for i in dims])
        held: dict[int, dict[tuple[int, ...], int]] = {}
        last = None
        for _, array_tile in passes_of(case.dims, case.mapping):
            tiles = {i: tile for i, pe in enumerate(chain) if (tile := pe.tile(array_tile)) is not None}
            positions = max(math.prod(b - a for a, b in (t.N, t.E, t.F)) for t in tiles.values())
            visit = (array_tile.G, array_tile.N, array_tile.M, array_tile.E, array_tile.F)
            if positions > 1 or visit != last:
                self.flush(held)
                held = defaultdict(dict)
            last = visit
            for i, tile in tiles.items():
                self.work(tile, held[i])
        self.flush(held)

    def work(self, tile: Tile, psums: dict[tuple[int, ...], int]) -> None:
        """One PE's pass: all psums of its tile, taps in the order C, R, S."""
        layer = self.layer
        for g, n, m, e, f in np.ndindex(*(b - a for a, b in (tile.G, tile.N, tile.M, tile.E, tile.F))):
            at = (g + tile.G[0], n + tile.N[0], m + tile.M[0], e + tile.E[0], f + tile.F[0])
            total = psums.get(at, 0)
            for c in range(*tile.C):
                for r in range(*tile.R):
                    for s in range(*tile.S):
                        row = at[3] * layer.stride[0] + r * layer.dilation[0]
                        column = at[4] * layer.stride[1] + s * layer.dilation[1]
                        product = self.iacts[at[0], at[1], c, row, column] * self.weights[at[0], at[2], c, r, s]
                        total = self.clip(total + int(product))
            psums[at] = total

    def flush(self, held: dict[int, dict[tuple[int, ...], int]]) -> None:
        """The end of a visit: PEs in the order of the chain, then what was in the store."""
        totals: dict[tuple[int, ...], int] = {}
        for pe in sorted(held):
            for at, psum in held[pe].items():
                totals[at] = self.clip(totals.get(at, 0) + psum)
        for at, total in totals.items():
            self.outputs[at] = self.clip(total + int(self.outputs[at])) if at in self.written else total
            self.written.add(at)


@given(cases(), st.integers(0, 99))
@settings(max_examples=60)
def test_saturation_is_that_of_every_single_addition(case: Case, seed: int) -> None:
    layer, mapping = drawn_layer(case), host_mapping(case)
    accelerator = roomy(mapping, ("iact", "psum"), 1, False).replace(word_bits=Types(iact=8, weight=8, psum=BITS))
    iacts, weights = random_operands(layer, seed)
    walk = SaturatingWalk(case, layer, iacts, weights)
    plan = Plan.of(layer, mapping, accelerator)
    sizes = room_for(Sizes.of(plan, plan_tables(plan)))
    execution = execute(plan, iacts, weights, overflow="saturate", sizes=sizes)
    np.testing.assert_array_equal(execution.oacts, walk.outputs)
    assert bool(execution.overflowed) == walk.saturated


@given(cases(), st.integers(0, 99))
@settings(max_examples=60)
def test_wrapping_is_exact_modulo_the_width(case: Case, seed: int) -> None:
    layer, mapping = drawn_layer(case), host_mapping(case)
    accelerator = roomy(mapping, ("iact", "psum"), 1, False).replace(word_bits=Types(iact=8, weight=8, psum=BITS))
    iacts, weights = random_operands(layer, seed)
    plan = Plan.of(layer, mapping, accelerator)
    execution = execute(plan, iacts, weights, sizes=room_for(Sizes.of(plan, plan_tables(plan))))
    exact = convolution(layer, iacts, weights)
    np.testing.assert_array_equal(execution.oacts, wrapped(exact, BITS))
    if np.any(exact != wrapped(exact, BITS)):
        assert execution.overflowed


# One output of 40 products 127·127 = 645,160: beyond 20 bits (524,287), not beyond 21.
ONE_OUTPUT = Layer.fully_connected("fc", 40, 1)
ONES = np.full((1, 1, 40, 1, 1), 127, np.int8)
LARGE = V2.replace(spad_words=Types(iact=64, weight=64, psum=8))
SPLITS = {
    "in one PE": Mapping(glb=Dims(C=40), spad=Dims(C=40)),
    "over PEs": Mapping(glb=Dims(C=40), spad=Dims(C=16), pe_rows=Dims(C=3)),
    "over DRAM": Mapping(glb=Dims(C=10), spad=Dims(C=10), dram_order=("M", "CRS", "NEF")),
}


@pytest.mark.parametrize(
    ("overflow", "bits", "expected", "overflows"),
    [
        ("wrap", 21, 645_160, False),
        ("saturate", 21, 645_160, False),
        ("wrap", 20, 645_160 - (1 << 20), True),
        ("saturate", 20, (1 << 19) - 1, True),
    ],
)
@pytest.mark.parametrize("split", SPLITS)
def test_twenty_bits(overflow: str, bits: int, expected: int, overflows: bool, split: str) -> None:
    accelerator = LARGE.replace(word_bits=Types(iact=8, weight=8, psum=bits))
    sizes = common_sizes([Plan.of(ONE_OUTPUT, mapping, LARGE) for mapping in SPLITS.values()])
    result = run(ONE_OUTPUT, SPLITS[split], accelerator, ONES, ONES, overflow=overflow, sizes=sizes)
    assert int(result.oacts.ravel()[0]) == expected
    assert result.overflowed == overflows
