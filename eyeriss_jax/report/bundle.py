"""The whole report in a folder: page, data, mappings, the accelerator and figures."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.array_map import array_map as count_array
from eyeriss_jax.report.figures import array_map, dram, energy, nest, roofline, save, staircase, timeline
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.mapping_file import write_mappings
from eyeriss_jax.report.page import render_page
from eyeriss_jax.report.summary import summary

FORMATS: tuple[str, ...] = ("png", "svg", "pdf", "column")
"""What :func:`write_figures` can write; ``column`` is a PDF for one column of a paper."""

MOST_DRAWN = 1_000
"""Layers up to which there are a page and figures; those of 10,000 took more than two minutes and a gigabyte."""


def write_report(
    result: NetworkResult, config: Dictionary[str, Any], folder: Path, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Writes every file of the report into ``folder``, which exists.

    Args:
        result: what to report.
        config: what led to it; goes into the summary as it is.
        folder: where to write; files of an earlier report are replaced.
        formats: formats of the figures, some of :data:`FORMATS`.

    Returns:
        The paths: ``report.html``, ``summary.json``, ``mappings.yaml``, ``accelerator.yaml``, and the figures
        of :func:`write_figures`. No page and no figures for more than :data:`MOST_DRAWN` layers.
    """
    page, data, mappings = folder / "report.html", folder / "summary.json", folder / "mappings.yaml"
    machine = folder / "accelerator.yaml"
    content = summary(result, config)
    write_json(data, content)  # what was found, before what takes long to draw
    write_mappings(mappings, result, config)
    write_text(machine, accelerator_yaml(result.accelerator))
    if len(result.layers) > MOST_DRAWN:
        return [data, mappings, machine]
    write_text(page, render_page(result, content))
    return [page, data, mappings, machine, *write_figures(result, folder, formats)]


def check_formats(formats: Sequence[str]) -> None:
    """Refuses what is none of :data:`FORMATS`.

    Raises:
        SpecError: an unknown format; the message lists the known ones.
    """
    for name in formats:
        if name not in FORMATS:
            raise SpecError(f"figure format {name!r} is not known; choose from {', '.join(FORMATS)}")


def write_figures(result: NetworkResult, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Every figure in each of ``formats``; ``column`` gives ``<name>_column.pdf``.

    ``mapping`` and ``array`` show the layer that takes most of the time, ``array`` if its passes can be counted.
    """
    slowest = max(result.layers, key=lambda layer: layer.cycles)
    draw: dict[str, Callable[..., Figure]] = {
        each.__name__: partial(each, result) for each in (staircase, timeline, roofline, energy, dram)
    }
    draw["mapping"] = partial(nest, slowest, result.accelerator)
    if (found := count_array(slowest, result.accelerator)) is not None:
        draw["array"] = partial(array_map, slowest, found, result.accelerator)
    wide = tuple(name for name in formats if name != "column")
    saved = []
    for name, figure in draw.items():
        saved += save(figure(), folder / name, wide) if wide else []
        if "column" in formats:
            saved += save(figure(title=False, column=True), folder / f"{name}_column", ("pdf",))
    return saved
