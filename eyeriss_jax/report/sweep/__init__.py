"""What a sweep found: answers as tables, a summary for scripts, figures, and a page that opens offline."""

from eyeriss_jax.report.sweep.answers import Answers, answers
from eyeriss_jax.report.sweep.bundle import write_sweep_report
from eyeriss_jax.report.sweep.terminal import sweep_tables, terminal_sweep

__all__ = ["Answers", "answers", "sweep_tables", "terminal_sweep", "write_sweep_report"]
