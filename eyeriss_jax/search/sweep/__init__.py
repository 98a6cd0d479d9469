"""Sweeps: every design of a space mapped and scored, part by part, to a Pareto front."""

from eyeriss_jax.search.sweep.one_design import shortlisted
from eyeriss_jax.search.sweep.pareto import Designs, Result, front_of, merged, top_of
from eyeriss_jax.search.sweep.run import Events, collect, missing_parts, run_missing
from eyeriss_jax.search.sweep.sweep import Base, First, Settings, Sweep

__all__ = [
    "Base",
    "Designs",
    "Events",
    "First",
    "Result",
    "Settings",
    "Sweep",
    "collect",
    "front_of",
    "merged",
    "missing_parts",
    "run_missing",
    "shortlisted",
    "top_of",
]
