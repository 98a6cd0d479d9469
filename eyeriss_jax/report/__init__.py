"""Reports of a :class:`~eyeriss_jax.model.results.NetworkResult`: terminal, figures, HTML page, summary."""

from eyeriss_jax.report.bundle import FORMATS, check_formats, write_report
from eyeriss_jax.report.columns import network_tables
from eyeriss_jax.report.figures import roofline, save, staircase, timeline
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.mapping_file import read_mappings, write_mappings
from eyeriss_jax.report.page import render_page
from eyeriss_jax.report.summary import summary
from eyeriss_jax.report.terminal import terminal_report

__all__ = [
    "FORMATS",
    "check_formats",
    "network_tables",
    "read_mappings",
    "render_page",
    "roofline",
    "save",
    "staircase",
    "summary",
    "terminal_report",
    "timeline",
    "write_json",
    "write_mappings",
    "write_report",
    "write_text",
]
