"""Densities per layer: how sparse each layer may become for an accuracy, by gradients of the laws."""

from eyeriss_jax.search.density.sensitivity import Kernels, Sensitivity, check_densities, losses_at, measure_sensitivity
from eyeriss_jax.search.density.tune import DensityPoint, DensityTuner, check_skips_zeros

__all__ = [
    "DensityPoint",
    "DensityTuner",
    "Kernels",
    "Sensitivity",
    "check_densities",
    "check_skips_zeros",
    "losses_at",
    "measure_sensitivity",
]
