"""The live explorer: what is drawn and said of one design, and the page that shows it while a hand moves."""

from eyeriss_jax.report.explorer.answer import answer, metrics_of
from eyeriss_jax.report.explorer.page import explorer_page
from eyeriss_jax.report.explorer.parts import control_data
from eyeriss_jax.report.explorer.played import MOST_PLAYED, played

__all__ = ["MOST_PLAYED", "answer", "control_data", "explorer_page", "metrics_of", "played"]
