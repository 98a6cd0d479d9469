"""The factors of FlexFlow: no choice of six beats the law, and one reaches it."""

from itertools import product
from math import ceil, prod

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets.field import flexflow
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.networks.field import lenet5
from eyeriss_jax.model.field import flexible_spent, spent

TABLE_4 = {"C1": (3, 1, 1, 5, 3, 5), "C3": (16, 3, 1, 1, 1, 5)}
"""HPCA'17, Table 4 [PF]: Tm, Tn, Tr, Tc, Ti, Tj of LeNet-5."""


def best(extents: tuple[int, ...], places: int) -> int:
    """The fewest steps of all triples of factors."""
    triples = product(range(1, places + 1), repeat=3)
    return min(prod(map(ceil, (x / t for x, t in zip(extents, triple, strict=True)))) for triple in triples
               if prod(triple) <= places)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(*(st.integers(1, 14) for _ in range(4)), st.integers(1, 5), st.integers(1, 5), st.integers(1, 12))
def test_the_law_is_the_best_of_all_factors(filters, channels, rows, cols, tall, wide, side):
    layer = Layer(name="l", M=filters, C=channels, E=rows, F=cols, R=tall, S=wide)
    steps = best((filters, rows, cols), side) * best((channels, tall, wide), side)
    assert spent(layer, flexflow(side)).total == pytest.approx(steps)


@pytest.mark.parametrize("name", TABLE_4)
def test_the_papers_own_factors_are_never_better(name):
    layer = next(each for each in lenet5().layers if each.name == name)
    sizes = (layer.M, layer.C, layer.E, layer.F, layer.R, layer.S)
    published = prod(ceil(size / factor) for size, factor in zip(sizes, TABLE_4[name], strict=True))
    assert spent(layer, flexflow()).total <= published


def test_one_call_takes_many_sizes():
    layer = Layer(name="l", M=32, C=32, E=8, F=8).build()
    total = jax.vmap(lambda side: flexible_spent(layer, flexflow().build().replace(outputs=side, operands=side)).total)
    assert total(jnp.array([8.0, 16.0, 32.0])).tolist() == [256 * 4, 128 * 2, 64]


def test_more_places_than_the_law_tries_are_refused():
    with pytest.raises(SpecError, match="outputs = 65 must be at most 64"):
        flexflow(65)
