"""Figures: each function takes results and returns a matplotlib ``Figure``; :func:`save` writes it.

Every figure of a network takes ``title=False`` where a caption says it, and ``column=True`` for one column of a paper.
"""

from eyeriss_jax.report.figures.array_map import array_map
from eyeriss_jax.report.figures.layer_bars import dram, energy
from eyeriss_jax.report.figures.nest import nest
from eyeriss_jax.report.figures.roofline import roofline
from eyeriss_jax.report.figures.staircase import staircase
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.figures.timeline import timeline

__all__ = ["array_map", "dram", "energy", "nest", "roofline", "save", "staircase", "timeline"]
