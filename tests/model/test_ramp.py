"""The ramp law: the first windows of every pass equal a literal walk, and only who does not send them ahead waits."""

import jax
import pytest
from hypothesis import given

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.presets import eyeriss_v1
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.ramp import first_windows
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.numerics import real
from eyeriss_jax.search.mapping import evaluate_exactly
from tests.laws.loop_walk import Tile, passes_of
from tests.laws.strategies import Case, cases
from tests.published.test_physical_bounds import layer_of


@jit_unfused
def _law(layer, mapping):
    layer, mapping = jax.tree.map(real, (layer, mapping))
    return first_windows(layer, tile_all(layer.dims, mapping), in_cluster=False)


def walked(case: Case) -> int:
    """Distinct iacts that all PEs need at their first position, counted pass by pass."""

    def first_outputs(tile: Tile, dim: str) -> range:
        start, stop = getattr(tile, dim)
        return range(start, stop, int(case.mapping.spad[dim]))

    def along(tile: Tile, outputs: str, taps: str, axis: int) -> int:
        stride, dilation = case.stride[axis], case.dilation[axis]
        return len(
            {e * stride + r * dilation for e in first_outputs(tile, outputs) for r in range(*getattr(tile, taps))}
        )

    def words(tile: Tile) -> int:
        planes = len(first_outputs(tile, "N")) * (tile.G[1] - tile.G[0]) * (tile.C[1] - tile.C[0])
        return planes * along(tile, "E", "R", 0) * along(tile, "F", "S", 1)

    return sum(words(tile) for _, tile in passes_of(case.dims, case.mapping))


@given(cases())
def test_first_windows_equal_the_walk(case):
    assert _law(layer_of(case).build(), case.mapping) == walked(case)


LAYER = Layer.conv2d("conv", 4, 8, 9, 3)
# 2 filters, 2 channels and 7 columns at a time: 4 x 2 passes of 2 x 3 x (7 + 2) first iacts.
MAPPING = Mapping(
    glb=Dims(M=8, C=4, E=7, F=7, R=3, S=3), spad=Dims(M=2, C=2, E=7, R=3), pe_rows=Dims(S=3), pe_cols=Dims(F=7)
)


def test_every_pass_waits_for_its_windows_unless_they_are_sent_ahead():
    chip = eyeriss_v1()
    waits, ahead = (
        evaluate_exactly(chip.replace(sends_windows_ahead=sent), LAYER, MAPPING).cycles for sent in (False, True)
    )
    assert waits.ramp - ahead.ramp == pytest.approx(8 * 2 * 3 * 9 / 1 - 2 * 3 * 3 / 1)
    assert waits.total - ahead.total == pytest.approx(waits.ramp - ahead.ramp)
