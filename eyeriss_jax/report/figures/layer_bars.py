"""Bars per layer: energy by component, and DRAM traffic by data type."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.records import ENERGY_PARTS
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.figures.style import (
    PAPER,
    STEP_COLORS,
    TYPE_COLORS,
    USEFUL_COLOR,
    add_legend,
    set_title,
    sized,
    styled,
)
from eyeriss_jax.report.traffic import dram_bits_by_type
from eyeriss_jax.report.units import data_unit, energy_unit, percent

ENERGY_NAMES: dict[str, str] = {
    "mac": "MAC", "spad": "SPad", "noc": "NoC", "glb": "GLB", "dram": "DRAM", "static": "static",
}  # fmt: skip
_ENERGY_COLORS = (USEFUL_COLOR, STEP_COLORS[2], STEP_COLORS[0], STEP_COLORS[1], STEP_COLORS[3], STEP_COLORS[6])
_MOST_NAMES, _MOST_NAMES_IN_COLUMN = 64, 24
_LETTERS, _LETTERS_IN_COLUMN = 100, 40
"""Letters below the bars in one line: names that are short enough lie flat."""


@styled
def energy(result: NetworkResult, title: bool = True, *, column: bool = False) -> Figure:
    """Energy of each layer with all its repeats, stacked by component."""
    factor, unit = energy_unit(max(layer.energy for layer in result.layers), result.accelerator.energy.unit)
    parts = {
        ENERGY_NAMES[part]: [
            factor * getattr(layer.evaluation.energy, part) * layer.layer.repeat for layer in result.layers
        ]
        for part in ENERGY_PARTS
    }
    figure = _bars(result, parts, _ENERGY_COLORS, "energy", column)
    figure.axes[0].set_ylabel(f"energy{chr(10) if column else ' '}({unit})")
    if title:
        set_title(figure, result, "Energy per layer")
    return figure


@styled
def dram(result: NetworkResult, title: bool = True, *, column: bool = False) -> Figure:
    """DRAM traffic of each layer with all its repeats stacked by data type; 1 kB is 1000 bytes."""
    bits = [dram_bits_by_type(layer, result.accelerator) for layer in result.layers]
    most = max(sum(each.values()) * layer.layer.repeat for layer, each in zip(result.layers, bits, strict=True))
    factor, unit = data_unit(most)
    parts = {
        data_type: [
            factor * each[data_type] * layer.layer.repeat for layer, each in zip(result.layers, bits, strict=True)
        ]
        for data_type in TYPES
    }
    figure = _bars(result, parts, tuple(TYPE_COLORS.values()), "DRAM traffic", column)
    figure.axes[0].set_ylabel(f"DRAM traffic ({unit})")
    if title:
        set_title(figure, result, "DRAM traffic per layer")
    return figure


def _bars(
    result: NetworkResult, parts: Dictionary[str, Sequence[float]], colors: Sequence[str], what: str, column: bool
) -> Figure:
    """One stacked bar per layer; parts that are nothing everywhere are left out."""
    figure = Figure(figsize=sized(column, 3.4, 2.4), layout="constrained")
    axes = figure.add_subplot()
    whole = sum(sum(values) for values in parts.values())
    bottom, handles = np.zeros(len(result.layers)), []
    for (name, values), color in zip(parts.items(), colors, strict=True):
        if not any(values):
            continue
        bars = axes.bar(range(len(values)), values, 0.82, bottom=bottom, color=color, edgecolor=PAPER, linewidth=0.3)
        for index, bar in enumerate(bars.patches):
            bar.set_gid(f"bar-{index}-{name}")
        bottom += np.asarray(values)
        handles.append(Patch(color=color, label=f"{percent(sum(values) / whole)}  {name}"))
    axes.margins(x=0.01)
    name_layers(axes, [layer.layer.name for layer in result.layers], column)
    add_legend(figure, handles[::-1], f"all {what}", column)
    return figure


def name_layers(axes: Axes, names: Sequence[str], column: bool) -> None:
    """Names below the bars, as many as can be read, and large numbers with an SI prefix."""
    every = max(1, -(-len(names) // (_MOST_NAMES_IN_COLUMN if column else _MOST_NAMES)))
    room = (_LETTERS_IN_COLUMN if column else _LETTERS) / max(1, len(names))
    turn = 0 if all(len(name) + 1 <= room for name in names) else 90
    axes.set_xticks(range(0, len(names), every), names[::every], rotation=turn, fontsize="x-small")
    axes.tick_params(axis="x", length=0)
