"""What holds on every machine of the field: losses are losses, and together they are all cycles."""

import math

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.hardware.presets.field import FIELD_MACHINES, field_machine
from eyeriss_jax.layers import Layer, Sparsity
from eyeriss_jax.model.field import spent

LAYERS = (
    Layer.conv2d("conv", 3, 50, 33, 5, stride=2, padding=1, groups=1),
    Layer.depthwise("depthwise", 20, 9, 3),
    Layer.fully_connected("fc", 1, 1),
    Layer(name="sparse", M=70, C=33, E=6, F=11, R=3, S=1, N=2, sparsity=Sparsity(iact=0.3, weight=0.2)),
    Layer(name="empty", M=5, C=3, E=2, sparsity=Sparsity(iact=0.5, weight=0.0)),
    Layer(name="no inputs", M=5, C=3, E=2, sparsity=Sparsity(iact=0.0, weight=0.5)),
)


@pytest.mark.parametrize("name", FIELD_MACHINES)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_no_loss_is_negative_and_the_multipliers_are_never_overrun(name, layer):
    parts = spent(layer, field_machine(name))
    assert all(math.isfinite(part) for part in parts)
    assert min(parts) >= -1e-6 * parts.total
    assert parts.total == pytest.approx(math.fsum(parts))
    assert parts.useful <= parts.total * (1 + 1e-6)
    assert 0 <= parts.utilization <= 1 + 1e-6


def test_other_machines_and_other_work_are_refused_in_a_line():
    with pytest.raises(SpecError, match="machine is of type Accelerator but must be one of the field"):
        spent(LAYERS[0], accelerator("eyeriss_v2"))
    with pytest.raises(SpecError, match=r"spent\(layer, machine\): layer = 'conv' must be of type Layer"):
        spent("conv", field_machine("eie"))  # type: ignore[arg-type]


def test_citations_that_are_none_are_refused_in_a_line():
    with pytest.raises(SpecError, match="sources = 3 must be of type Mapping"):
        field_machine("eie").replace(sources=3)
