"""The report as one HTML file: opens offline, sorts and filters, prints, and carries its own data.

Nothing is fetched: style, script, figures and ``summary.json`` are all inside. Every text that comes from a
result is escaped.
"""

import html
import json
from collections.abc import Mapping as Dictionary
from importlib import resources
from string import Template
from typing import Any

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.page.figures import inline_figures
from eyeriss_jax.report.page.layers import LAYER_HEADERS, layer_rows
from eyeriss_jax.report.page.overview import hardware_rows, step_rows
from eyeriss_jax.report.terminal import totals
from eyeriss_jax.report.words import largest_loss, others_in_words, search_in_words, speed


def render_page(result: NetworkResult, summary: Dictionary[str, Any]) -> str:
    """The whole page; ``summary`` (:func:`eyeriss_jax.report.summary.summary`) is embedded in it."""
    return Template(_template("page.html")).substitute(
        title=html.escape(f"{result.network} on {result.accelerator.name}"),
        headline=html.escape(f"{speed(result)} {largest_loss(result)}").replace(" %", "&nbsp;%"),
        totals="\n".join(_total(name, value) for name, value in totals(result)),
        steps="\n".join(step_rows(result)),
        layer_headers=LAYER_HEADERS,
        layers="\n".join(layer_rows(result)),
        search=html.escape(search_in_words(result)),
        others=html.escape(others_in_words(result)),
        accelerator=html.escape(result.accelerator.description),
        hardware="\n".join(hardware_rows(result.accelerator)),
        provenance=html.escape(_provenance(summary)),
        summary=embedded_json(summary),
        style=_template("page.css"),
        script=_template("page.js"),
        **inline_figures(result),
    )


def embedded_json(data: Dictionary[str, Any]) -> str:
    """``data`` as JSON that no HTML parser can take for a tag: every ``<`` is an escape."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _template(name: str) -> str:
    """A template of this package."""
    return resources.files("eyeriss_jax.report.page").joinpath("templates", name).read_text(encoding="utf-8")


def _total(name: str, value: str) -> str:
    """One tile below the headline."""
    return f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>"


def _provenance(summary: Dictionary[str, Any]) -> str:
    """What produced the page."""
    versions = ", ".join(f"{name} {version}" for name, version in summary["versions"].items() if version)
    revision = f"revision {summary['git_revision']}, " if summary["git_revision"] else ""
    config = ", ".join(f"{name}={value}" for name, value in summary["config"].items() if value not in ("", None))
    return f"{config}. {revision}{versions}."
