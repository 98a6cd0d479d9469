"""Where the cycles of a layer go on a machine of the field: useful ones, and one loss per mechanism."""

from typing import Any, NamedTuple

from eyeriss_jax.dims import DIMS, product
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.numerics import real, safe_div


class Spent(NamedTuple):
    """The cycles of a layer by what they are for, as Eyexam splits them: the parts add up to :attr:`total`.

    ``useful``: MACs that take place over the multipliers. ``shape``: multipliers without work, as the extents do not
    fill them. ``precision``: operands wider than the multipliers. ``format``: entries of a sparse format that hold no
    non-zero. ``fetch``: multipliers left empty by a fetch that the non-zeros do not fill. ``imbalance``: waiting for
    the slowest of a group. ``ramp``: pipelines that fill. ``weight_shift``: weights that move into the array while it
    waits. ``weight_bandwidth``: weights that are not there yet. ``link``: inputs that are still on their way from
    another node.
    """

    useful: Any
    shape: Any = 0.0
    precision: Any = 0.0
    format: Any = 0.0
    fetch: Any = 0.0
    imbalance: Any = 0.0
    ramp: Any = 0.0
    weight_shift: Any = 0.0
    weight_bandwidth: Any = 0.0
    link: Any = 0.0

    @property
    def total(self) -> Any:
        """All cycles of the layer."""
        return sum(self)

    @property
    def utilization(self) -> Any:
        """Share of the multipliers' time that is useful; none where a layer without non-zeros takes no time."""
        total = self.total
        if isinstance(total, float):
            return self.useful / total if total else 0.0
        return safe_div(self.useful, total)


def macs(layer: LayerArrays) -> Any:
    """MACs of the layer, zeros included."""
    return product(real(layer.dims[d]) for d in DIMS)
