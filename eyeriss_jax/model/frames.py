"""A result as a table of other libraries, where those are installed. Every column says its unit."""

import importlib
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.outcomes import NetworkOutcome
from eyeriss_jax.model.records import ENERGY_PARTS, LEVELS, energy_key, records, words

_UNITS = {"macs": "MACs", "cycles": "cycles", "utilization": "1"}


def to_pandas(result: NetworkOutcome) -> Any:
    """One row per layer, indexed by its name; the columns are those of :func:`eyeriss_jax.model.records.layer_record`.

    Raises:
        ModuleNotFoundError: pandas is not installed.
    """
    return _needed("pandas", "to_pandas").DataFrame(records(result)).set_index("layer")


def to_polars(result: NetworkOutcome) -> Any:
    """One row per layer; the columns are those of :func:`eyeriss_jax.model.records.layer_record`.

    Raises:
        ModuleNotFoundError: polars is not installed.
    """
    return _needed("polars", "to_polars").DataFrame(records(result))


def to_xarray(result: NetworkOutcome) -> Any:
    """A dataset over layers: ``bounds_macs_per_cycle`` [layer, step], ``words`` [layer, level, data_type], ``energy``
    [layer, component], and ``macs``, ``cycles`` and ``utilization`` [layer].

    All repeats of a layer together, as in the records. The attribute ``units`` of a variable is its unit.

    Raises:
        ModuleNotFoundError: xarray is not installed.
    """  # noqa: D205
    rows = records(result)
    layers = result.layers
    unit = result.accelerator.energy.unit
    energy = [[row[energy_key(part, unit)] for part in ENERGY_PARTS] for row in rows]
    moved = [[[words(each, level, t) * each.layer.repeat for t in TYPES] for level in LEVELS] for each in layers]
    return _needed("xarray", "to_xarray").Dataset(
        data_vars={
            "bounds_macs_per_cycle": (("layer", "step"), [layer.bounds for layer in layers], {"units": "MAC/cycle"}),
            "words": (("layer", "level", "data_type"), moved, {"units": "words"}),
            "energy": (("layer", "component"), energy, {"units": unit}),
            **{name: ("layer", [row[name] for row in rows], {"units": unit}) for name, unit in _UNITS.items()},
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
