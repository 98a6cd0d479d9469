"""The report as a self-contained HTML page."""

from eyeriss_jax.report.page.render import render_page

__all__ = ["render_page"]
