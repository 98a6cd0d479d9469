"""Reports of a :class:`~eyeriss_jax.model.results.NetworkResult`: terminal, figures, HTML page, summary."""

from typing import TYPE_CHECKING

from eyeriss_jax.deferred import deferred
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.mapping_file import read_mapping_file, read_mappings, write_mappings
from eyeriss_jax.report.summary import summary

if TYPE_CHECKING:
    from eyeriss_jax.report.bundle import FORMATS, MOST_DRAWN, check_formats, write_report
    from eyeriss_jax.report.columns import network_tables
    from eyeriss_jax.report.figures import roofline, save, staircase, timeline
    from eyeriss_jax.report.page import render_page
    from eyeriss_jax.report.terminal import terminal_report

__getattr__ = deferred(
    __name__,
    {
        "bundle": ("FORMATS", "MOST_DRAWN", "check_formats", "write_report"),
        "columns": ("network_tables",),
        "figures": ("roofline", "save", "staircase", "timeline"),
        "page": ("render_page",),
        "terminal": ("terminal_report",),
    },
)

__all__ = [
    "FORMATS",
    "MOST_DRAWN",
    "check_formats",
    "network_tables",
    "read_mapping_file",
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
