"""What a sweep found: answers as tables, a summary for scripts, figures, and a page that opens offline."""

from typing import TYPE_CHECKING

from eyeriss_jax.deferred import deferred
from eyeriss_jax.report.sweep.answers import Answers, answers

if TYPE_CHECKING:
    from eyeriss_jax.report.sweep.bundle import write_sweep_report
    from eyeriss_jax.report.sweep.terminal import sweep_tables, terminal_sweep

__getattr__ = deferred(
    __name__,
    {
        "bundle": ("write_sweep_report",),
        "terminal": ("sweep_tables", "terminal_sweep"),
    },
)

__all__ = ["Answers", "answers", "sweep_tables", "terminal_sweep", "write_sweep_report"]
