"""Shares of the array's cycles: additive, complete, and equal to the utilization."""

import dataclasses

import pytest

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.report.losses import layer_losses, network_bounds, network_losses
from tests.report.fake_results import ACCELERATOR, fake_layer_result, fake_result

PEAK = 384


def test_shares_add_up_to_one_and_useful_work_is_the_utilization():
    result = fake_result()
    losses = network_losses(result)
    assert losses.useful_share + sum(losses.shares) == pytest.approx(1)
    assert losses.useful_share == pytest.approx(result.utilization)
    assert losses.total == pytest.approx(result.cycles)


def test_bounds_above_the_peak_cost_nothing():
    layer = Layer(name="conv", M=64, C=64, E=16, F=16)
    bounds = (float(layer.macs), 10.0 * PEAK, PEAK, PEAK / 2, PEAK / 2, PEAK / 4, PEAK / 4)
    losses = layer_losses(dataclasses.replace(fake_layer_result(layer), bounds=bounds), ACCELERATOR)
    # In units of the time at the peak: 1 at step 3, 2 at step 4, 4 at step 6.
    assert losses.shares == pytest.approx((0, 0, 0, 1 / 4, 0, 2 / 4, 0))
    assert losses.useful_share == pytest.approx(1 / 4)
    assert losses.largest.label == "bandwidth"


def test_a_layer_smaller_than_the_array_loses_to_its_shape():
    layer = Layer(name="tiny", M=10, C=1)
    losses = layer_losses(dataclasses.replace(fake_layer_result(layer), bounds=(10.0,) * 7), ACCELERATOR)
    assert losses.useful == pytest.approx(10 / PEAK)
    assert losses.steps == pytest.approx((1 - 10 / PEAK, 0, 0, 0, 0, 0, 0))


def test_network_bounds_weigh_layers_by_time():
    result = fake_result()
    first, last = network_bounds(result)[0], network_bounds(result)[-1]
    assert first == pytest.approx(result.macs / len(result.layers))
    assert last == pytest.approx(result.macs / result.cycles)
    assert list(network_bounds(result)) == sorted(network_bounds(result), reverse=True)
