"""A result as a table of other libraries, where those are installed, and as HTML for notebooks."""

import html
import importlib
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.records import ENERGY_PARTS, LEVELS, records, words
from eyeriss_jax.model.results import NetworkResult


def to_pandas(result: NetworkResult) -> Any:
    """One row per layer, indexed by its name; the columns are those of :func:`eyeriss_jax.model.records.layer_record`.

    Raises:
        ModuleNotFoundError: pandas is not installed.
    """
    return _needed("pandas", "to_pandas").DataFrame(records(result)).set_index("layer")


def to_polars(result: NetworkResult) -> Any:
    """One row per layer; the columns are those of :func:`eyeriss_jax.model.records.layer_record`.

    Raises:
        ModuleNotFoundError: polars is not installed.
    """
    return _needed("polars", "to_polars").DataFrame(records(result))


def to_xarray(result: NetworkResult) -> Any:
    """A dataset over layers: ``bounds_macs_per_cycle`` [layer, step], ``words`` [layer, level, data_type], ``energy``
    [layer, component], and ``macs``, ``cycles`` and ``utilization`` [layer].

    All repeats of a layer together, as in the records.

    Raises:
        ModuleNotFoundError: xarray is not installed.
    """  # noqa: D205
    rows = records(result)
    layers = result.layers
    energy = [[row[f"energy_{part}"] for part in ENERGY_PARTS] for row in rows]
    moved = [[[words(each, level, t) * each.layer.repeat for t in TYPES] for level in LEVELS] for each in layers]
    return _needed("xarray", "to_xarray").Dataset(
        data_vars={
            "bounds_macs_per_cycle": (("layer", "step"), [layer.bounds for layer in layers]),
            "words": (("layer", "level", "data_type"), moved),
            "energy": (("layer", "component"), energy, {"units": result.accelerator.energy.unit}),
            **{name: ("layer", [row[name] for row in rows]) for name in ("macs", "cycles", "utilization")},
        },
        coords={
            "layer": [row["layer"] for row in rows],
            "step": range(1, 8),
            "level": list(LEVELS),
            "data_type": list(TYPES),
            "component": list(ENERGY_PARTS),
        },
        attrs={"network": result.network, "accelerator": result.accelerator.name, "dataflow": result.dataflow},
    )


def _needed(library: str, method: str) -> Any:
    """The library, or an error that says how to get it."""
    try:
        return importlib.import_module(library)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{method}() needs {library}, which is not installed: pip install {library}"
        ) from error


def as_html(result: NetworkResult) -> str:
    """The layers as an HTML table with the network's totals as caption."""
    head = "".join(
        f"<th>{name}</th>" for name in ("layer", "shape", "MACs", "cycles", "MAC/cycle", "of peak", "limiter")
    )
    rows = []
    for layer in result.layers:
        cells = (
            layer.layer.shape,
            f"{layer.macs:,}",
            f"{layer.cycles:,.0f}",
            f"{layer.bounds[-1]:.1f}",
            f"{100 * layer.evaluation.utilization:.0f} %",
            layer.limiter,
        )
        body = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr><th>{html.escape(layer.layer.name)}</th>{body}</tr>")
    caption = html.escape(
        f"{result.network} on {result.accelerator.name}: {result.inferences_per_s:,.4g} inferences/s, "
        f"{100 * result.utilization:.0f} % of the peak of {result.accelerator.macs_per_cycle:,} MAC/cycle"
    )
    return (
        f'<table><caption style="text-align:left">{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
