"""Figures: each function takes a result and returns a matplotlib ``Figure``; :func:`save` writes it."""

from eyeriss_jax.report.figures.roofline import roofline
from eyeriss_jax.report.figures.staircase import staircase
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.figures.timeline import timeline

__all__ = ["roofline", "save", "staircase", "timeline"]
