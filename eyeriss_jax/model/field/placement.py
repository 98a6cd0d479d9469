"""Where the columns of a product of matrices lie on a machine of the field: one after the other, or as a plane.

Columns use the same weights, so that tokens may as well be the positions of a plane that a 1x1 filter slides over. A
machine that spreads a plane, or fills its pipeline for every input anew, is then as busy as it can be.
"""

from dataclasses import replace
from typing import Any

from eyeriss_jax.hardware.field import CartesianMachine, FlexibleMachine, TreeMachine
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.field.evaluate import spent
from eyeriss_jax.model.field.spent import Spent


def placements(layer: Layer, machine: Any) -> list[Layer]:
    """``layer``, and for a product of matrices the same with its columns as a plane of every shape.

    The laws of the other mechanisms count N, E and F alike.
    """
    alone = (layer.E, layer.F, layer.R, layer.S) == (1, 1, 1, 1)
    if not alone or layer.N == 1 or not isinstance(machine, TreeMachine | CartesianMachine | FlexibleMachine):
        return [layer]
    heights = [height for height in range(1, layer.N + 1) if layer.N % height == 0]
    plane = replace(layer, operation="conv", input_size=None)
    return [layer, *(replace(plane, N=1, E=height, F=layer.N // height) for height in heights)]


def best_placed(layer: Layer, machine: Any) -> tuple[Layer, Spent]:
    """The placement of fewest cycles, the first of equals, and its cycles.

    Raises:
        SpecError: as for :func:`~eyeriss_jax.model.field.evaluate.spent`.
    """
    found = [(each, spent(each, machine)) for each in placements(layer, machine)]
    return min(found, key=lambda pair: pair[1].total)
