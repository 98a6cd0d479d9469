"""PEs that multiply all fetched activations with all fetched weights: the law against a walk over PEs and groups."""

from math import ceil, comb, isqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.hardware.field import CartesianMachine
from eyeriss_jax.hardware.presets.field import scnn, scnn_dense
from eyeriss_jax.layers import Layer, Sparsity
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.field import cartesian_spent, spent
from eyeriss_jax.model.field.fetches import fetches


def machine(**changes) -> CartesianMachine:
    fields = {"name": "c", "description": "", "rows": 2, "cols": 3, "iacts": 4, "weights": 2, "clock_hz": 1e6}
    return CartesianMachine(**fields | {"filters_per_group": 4, "accumulators": 100} | changes)


def tiles(outputs: int, places: int, most: int) -> list[list[slice]]:
    """Of one axis: every place with a tile, and the pieces that its tile is cut into."""
    whole = ceil(outputs / places)
    found = []
    for start in range(0, outputs, whole):
        stop = min(start + whole, outputs)
        found.append([slice(at, min(at + most, stop)) for at in range(start, stop, most)])
    return found


def walk(layer: Layer, array: CartesianMachine, iacts, weights) -> float:
    """Cycles of masks [C, E, F] and [M, C, R·S] on every PE, waiting for each other after every group of filters."""
    kc = min(array.filters_per_group, layer.M)
    side = isqrt(array.accumulators // kc)
    heights = tiles(layer.E, array.rows, max(side - layer.R + 1, 1))
    widths = tiles(layer.F, array.cols, max(side - layer.S + 1, 1))
    cycles = 0
    for first in range(0, layer.M, kc):
        fetched = [ceil(weights[first : first + kc, c].sum() / array.weights) for c in range(layer.C)]
        work = [
            sum(
                ceil(iacts[c, rows, cols].sum() / array.iacts) * fetched[c]
                for c in range(layer.C)
                for rows in height
                for cols in width
            )
            for height in heights
            for width in widths
        ]
        cycles += max(work)
    return cycles


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 3), st.integers(1, 13), st.integers(1, 13), st.integers(1, 3), st.integers(1, 3),
    st.sampled_from([16, 40, 100, 400]),
)  # fmt: skip
def test_dense_layers_take_exactly_the_walk(filters, channels, rows, cols, tall, wide, accumulators):
    array = machine(accumulators=accumulators)
    layer = Layer(name="layer", M=filters, C=channels, E=rows, F=cols, R=tall, S=wide)
    full = walk(layer, array, np.ones((channels, rows, cols)), np.ones((filters, channels, tall * wide)))
    parts = spent(layer, array)
    assert parts.total == pytest.approx(full, rel=1e-4)
    assert parts.useful == pytest.approx(layer.macs / array.macs_per_cycle)


@pytest.mark.parametrize(
    ("size", "iact", "weight"), [(27, 0.9, 0.4), (13, 0.5, 0.35), (14, 0.3, 0.3), (56, 0.7, 0.25), (7, 0.4, 0.3)]
)
def test_the_law_is_within_3_percent_of_drawn_masks(size, iact, weight):
    """The mean of five draws; measured: at most 1.8 % off. A single draw of the smallest plane varies by 10 %."""
    layer = Layer(name="l", M=32, C=48, E=size, F=size, R=3, S=3, sparsity=Sparsity(iact=iact, weight=weight))
    drawn = []
    for seed in range(5):
        random = np.random.default_rng(seed)
        masks = random.random((48, size, size)) < iact, random.random((32, 48, 9)) < weight
        drawn.append(walk(layer, scnn(), *masks))
    assert spent(layer, scnn()).total == pytest.approx(np.mean(drawn), rel=0.03)


@pytest.mark.parametrize(
    ("values", "density", "width"), [(1, 0.4, 4), (7, 0.3, 2), (12, 0.8, 4), (9, 1.0, 4), (5, 0.0, 3)]
)
def test_mean_and_variance_of_fetches_are_those_of_the_binomial_law(values, density, width):
    nonzeros = np.arange(values + 1)
    chance = np.array([comb(values, n) * density**n * (1 - density) ** (values - n) for n in nonzeros])
    taken = np.ceil(nonzeros / width)
    law = fetches(values, density, width)
    assert float(law.mean) == pytest.approx(chance @ taken, abs=1e-5)
    assert float(law.variance) == pytest.approx(chance @ taken**2 - (chance @ taken) ** 2, abs=1e-5)


def test_a_fully_connected_layer_uses_at_most_a_quarter():
    """ISCA'17 [P]: at most 4 of 16 multipliers, in one PE of 64."""
    parts = spent(Layer.fully_connected("fc", 64, 64), scnn())
    assert parts.useful / (parts.useful + parts.fetch) == pytest.approx(1 / 4)
    assert parts.shape / parts.total == pytest.approx(63 / 64)


@pytest.mark.slow
def test_fewer_nonzeros_never_cost_time_and_the_slope_says_so():
    layer = Layer(name="l", M=64, C=64, E=14, F=14, R=3, S=3, sparsity=Sparsity(iact=0.5, weight=0.5)).build()

    def total(density):
        zeros = SparsityArrays(weight=0.5, iact=density)
        return cartesian_spent(layer.replace(sparsity=zeros), scnn().build()).total

    totals = jax.vmap(total)(jnp.linspace(0.1, 1.0, 10))
    assert bool((jnp.diff(totals) > -1e-5 * totals[-1]).all())
    assert float(jax.grad(total)(0.3)) > 0


def test_the_dense_design_is_a_block_of_outputs_with_trees_over_channels():
    assert scnn_dense().macs_per_cycle == scnn().macs_per_cycle == 1024
    assert spent(Layer(name="l", M=2, C=16, E=16, F=16), scnn_dense()).utilization == 1.0
