"""Whole networks on Eyeriss v2: bit-exact layer by layer."""

import numpy as np
import pytest

from eyeriss_jax.functional.execute import run
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import network
from tests.functional.execute.reference import convolution, random_operands

V2 = eyeriss_v2()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v1_0.5_128", "alexnet"])
def test_every_layer_is_bit_exact(name: str) -> None:
    for layer in network(name).layers:
        iacts, weights = random_operands(layer, bound=12)
        result = run(layer, default_mapping(layer, V2), V2, iacts, weights).oacts
        np.testing.assert_array_equal(result, convolution(layer, iacts, weights))
