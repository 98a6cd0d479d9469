"""Losses of the field in Eyexam's steps: nothing is lost on the way, and each lands where the mechanism says."""

import pytest

from eyeriss_jax.hardware.field import TreeMachine
from eyeriss_jax.hardware.presets.field import FIELD_MACHINES, field_machine
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.field import Spent, spent
from eyeriss_jax.model.field.placement import best_placed, placements
from eyeriss_jax.model.field.steps import STEP_OF, cycles_of_steps, parallel_dims

LAYERS = (
    *network("alexnet").layers[:2],
    network("mobilenet_v1").layers[1],
    Layer.fully_connected("fc", 100, 300),
    Layer.attention("scores", 64, 32, 64, 4),
    network("alexnet_sparse").layers[2],
)


def test_every_loss_but_shape_has_a_step():
    assert {*STEP_OF, "useful", "shape"} == set(Spent._fields)


@pytest.mark.parametrize("name", FIELD_MACHINES)
def test_steps_and_useful_work_are_all_cycles_and_shape_is_steps_one_to_four(name):
    machine = field_machine(name)
    for layer in LAYERS:
        parts = spent(layer, machine)
        steps = cycles_of_steps(layer, machine, parts)
        assert parts.useful + sum(steps) == pytest.approx(parts.total, rel=1e-9)
        assert sum(steps[:4]) == pytest.approx(parts.shape + parts.fetch + parts.precision, rel=1e-9, abs=1e-6)
        assert parts.utilization <= 1 + 1e-9


def box(**axes):
    return TreeMachine(name="box", description="", clock_hz=1e9, **axes)


@pytest.mark.parametrize(
    ("layer", "machine", "steps"),
    [
        # 4 MACs on 8 multipliers: half of the one cycle is lost as there is no more work at all.
        (Layer.fully_connected("tiny", 2, 2), box(filters=4, channels=2), (0.5, 0, 0, 0)),
        # Depthwise: M = C = 1 per group, so that trees over channels have 8 groups' 9 taps in time, one MAC at a time.
        (Layer.depthwise("dw", 8, 1, 3, padding=1), box(filters=4, channels=2), (0, 72 - 9, 0, 0)),
        # 12 filters x 1 channel want 12 places of 8: two cycles instead of 1.5.
        (Layer.fully_connected("count", 8, 12), box(filters=8, channels=1), (0, 0, 4, 0)),
        # 4 x 6 parallel MACs are 3 times 8 places, but 6 filters fill 4 rows one and a half times.
        (Layer.fully_connected("axes", 4, 6), box(filters=4, channels=2), (0, 0, 0, 1)),
    ],
)
def test_shape_falls_to_the_step_that_leaves_multipliers_empty(layer, machine, steps):
    assert cycles_of_steps(layer, machine, spent(layer, machine))[:4] == pytest.approx(steps)


def test_merged_taps_are_spread_like_channels():
    assert parallel_dims(box(filters=2, channels=4)) == ("M", "C")
    assert parallel_dims(box(filters=2, channels=4, merged_taps=True)) == ("M", "C", "R", "S")


def test_columns_of_a_product_lie_where_they_take_fewest_cycles():
    """12 tokens on a block of 4x4 outputs: 12 cycles per MAC of an output one by one, one as a plane of 3x4."""
    product = Layer.matmul("qk", 5, 7, 12)
    block = box(filters=1, channels=1, rows=4, cols=4)
    assert spent(product, block).total == 12 * 35
    placed, parts = best_placed(product, block)
    assert (parts.total, placed.macs, placed.E * placed.F) == (35, product.macs, 12)
    conv = network("alexnet").layers[0]
    assert placements(conv, block) == [conv]
    assert placements(product, field_machine("eie")) == [product]
