"""Whole networks on Eyeriss v2: bit-exact layer by layer, in bounded time."""

import time

import jax
import numpy as np
import pytest

from eyeriss_jax.functional.execute import run
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import network
from tests.functional.execute.reference import convolution, random_operands

V2 = eyeriss_v2()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seconds"), [("mobilenet_v1_0.5_128", 300), ("alexnet", 300)])
def test_every_layer_is_bit_exact_in_time(name: str, seconds: float) -> None:
    elapsed = 0.0
    for layer in network(name).layers:
        iacts, weights = random_operands(layer, bound=12)
        start = time.perf_counter()
        result = jax.block_until_ready(run(layer, default_mapping(layer, V2), V2, iacts, weights).oacts)
        elapsed += time.perf_counter() - start
        np.testing.assert_array_equal(result, convolution(layer, iacts, weights))
    assert elapsed < seconds
