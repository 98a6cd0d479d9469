"""Gradients of the laws in a layer's densities: finite everywhere, and the slope wherever the law has one."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.evaluate import evaluate
from tests.model.strategies import sparse_jobs

Job = tuple[Accelerator, Layer, Mapping]
STEP = 1e-6


def _costs(machine, layer, mapping, sparsity):
    result = evaluate(machine, layer.replace(sparsity=sparsity), mapping)
    return jnp.stack([result.cycles.total, result.energy.total])


_VALUES = jit_unfused(_costs)
_SLOPES = jit_unfused(jax.jacrev(_costs, argnums=3))


@given(sparse_jobs(), st.sampled_from((0.0, 1.0)) | st.floats(0, 1))
def test_gradients_are_finite_at_every_density(job: Job, weight: float) -> None:
    machine, layer, mapping = job
    with jax.enable_x64(True):
        sparsity = replace(layer.sparsity, weight=weight).build()
        slopes = _SLOPES(machine.build(), layer.build(sparse=True), mapping.build(), sparsity)
    for name in SparsityArrays.__dataclass_fields__:
        assert np.isfinite(getattr(slopes, name)).all(), name


@given(sparse_jobs(), st.just(0.5) | st.floats(2 * STEP, 1 - 2 * STEP))
def test_the_gradient_in_the_weight_density_is_the_slope(job: Job, weight: float) -> None:
    machine, layer, mapping = job

    def costs(density: float) -> np.ndarray:
        sparsity = replace(layer.sparsity, weight=density).build()
        return np.asarray(_VALUES(machine.build(), layer.build(sparse=True), mapping.build(), sparsity))

    with jax.enable_x64(True):
        sparsity = replace(layer.sparsity, weight=weight).build()
        slopes = _SLOPES(machine.build(), layer.build(sparse=True), mapping.build(), sparsity).weight
        below, here, above = costs(weight - STEP), costs(weight), costs(weight + STEP)
    left, right = (here - below) / STEP, (above - here) / STEP
    rounding = 1e-9 * here / STEP
    smooth = np.abs(right - left) <= 1e-3 * np.abs(right) + rounding  # no port, form or queue takes over just here
    wrong = np.abs(slopes - (left + right) / 2) > 1e-3 * np.abs(right) + rounding
    assert not (smooth & wrong).any(), (slopes, left, right)
