"""A Flax network on the accelerator, layer by layer: nonzero shares, the error of 8 bits, and reuse."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from eyeriss_jax.dims import TYPES
from eyeriss_jax.report.figures.style import STEP_COLORS, USEFUL_COLOR, styled
from eyeriss_jax.report.functional_network import FlaxRun

_COLORS = dict(zip(TYPES, (STEP_COLORS[3], STEP_COLORS[1], USEFUL_COLOR), strict=True))


@styled
def flax_network(run: FlaxRun, title: str) -> Figure:
    """Three panels over the layers of the network."""
    names = [each.comparison.layer.layer.name for each in run.layers]
    figure = Figure(figsize=(9.2, 7.4), layout="constrained")
    densities, errors, reuse = figure.subplots(3, 1, sharex=True)
    _densities(densities, run)
    _errors(errors, run)
    _reuse(reuse, run)
    reuse.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=7)
    reuse.set_xlim(-0.7, len(names) - 0.3)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure


def _densities(axes: Axes, run: FlaxRun) -> None:
    """Nonzero iacts, weights and finished psums as bars side by side."""
    shares = {
        "iact": [each.iact_density for each in run.layers],
        "weight": [each.weight_density for each in run.layers],
        "psum": [each.oact_density for each in run.layers],
    }
    for i, (data_type, values) in enumerate(shares.items()):
        label = "finished psum" if data_type == "psum" else data_type
        axes.bar([x + 0.27 * (i - 1) for x in range(len(values))], values, 0.25, color=_COLORS[data_type], label=label)
    axes.set_ylabel("nonzero share")
    axes.set_ylim(0, 1.05)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)


def _errors(axes: Axes, run: FlaxRun) -> None:
    """What 8 bits cost in the layer alone and up to it."""
    own, so_far = ([getattr(each, name) for each in run.layers] for name in ("own_error", "error_so_far"))
    axes.plot(so_far, marker="o", markersize=3, color=STEP_COLORS[5], label="up to this layer")
    axes.plot(own, marker="o", markersize=3, color=STEP_COLORS[2], label="this layer alone")
    axes.set_ylabel("relative rms error of 8 bits")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)


def _reuse(axes: Axes, run: FlaxRun) -> None:
    """MACs per word that leaves or enters DRAM: the reuse factors below it multiplied."""
    for data_type in TYPES:
        factors = [each.comparison.reuse[data_type] for each in run.layers]
        on_chip = [math.prod(each[level] for level in ("glb", "array", "rf")) for each in factors]
        axes.plot(on_chip, marker="o", markersize=3, color=_COLORS[data_type], label=data_type)
    axes.set_yscale("log")
    axes.set_ylabel("MACs per DRAM word")
    axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
