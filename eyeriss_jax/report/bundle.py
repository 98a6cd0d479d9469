"""The whole report in a folder: page, data, mappings, the accelerator and figures."""

from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any

from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.figures import roofline, save, staircase, timeline
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.mapping_file import write_mappings
from eyeriss_jax.report.page import render_page
from eyeriss_jax.report.summary import summary


def write_report(result: NetworkResult, config: Dictionary[str, Any], folder: Path) -> list[Path]:
    """Writes every file of the report into ``folder``, which exists.

    Args:
        result: what to report.
        config: what led to it; goes into the summary as it is.
        folder: where to write; files of an earlier report are replaced.

    Returns:
        The paths: ``report.html``, ``summary.json``, ``mappings.yaml``, ``accelerator.yaml``, and the figures as PNG
        and SVG.
    """
    page, data, mappings = folder / "report.html", folder / "summary.json", folder / "mappings.yaml"
    machine = folder / "accelerator.yaml"
    content = summary(result, config)
    write_text(page, render_page(result, content))
    write_json(data, content)
    write_mappings(mappings, result)
    write_text(machine, accelerator_yaml(result.accelerator))
    figures = {"staircase": staircase, "timeline": timeline, "roofline": roofline}
    saved = [path for name, draw in figures.items() for path in save(draw(result), folder / name)]
    return [page, data, mappings, machine, *saved]
