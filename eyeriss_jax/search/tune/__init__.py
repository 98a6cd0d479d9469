"""Tuning by gradients: hardware, mappings or both descend, and exact scores decide."""

from eyeriss_jax.search.tune.design import DesignProblem, DesignTuner, Scored
from eyeriss_jax.search.tune.gradients import gradients
from eyeriss_jax.search.tune.mapping import tune_mapping
from eyeriss_jax.search.tune.relaxed_design import relax
from eyeriss_jax.search.tune.rivals import evolution, random_search

__all__ = [
    "DesignProblem",
    "DesignTuner",
    "Scored",
    "evolution",
    "gradients",
    "random_search",
    "relax",
    "tune_mapping",
]
