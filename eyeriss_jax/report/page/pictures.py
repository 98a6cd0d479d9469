"""What the page's script needs to draw the pictures of a chosen layer: small, and only what the summary lacks."""

from itertools import groupby
from typing import Any

import numpy as np

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.array_map import array_map
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import percent

_PORTS = {"iact": "iact router", "weight": "weight router", "psum": "psum router"}


def picture_data(result: NetworkResult) -> dict[str, Any]:
    """Names of the steps, and the heat maps of every layer."""
    return {
        "steps": [step.label for step in STEPS],
        "layers": [{"maps": layer_maps(layer, result.accelerator)} for layer in result.layers],
    }


def layer_maps(layer: LayerResult, accelerator: Accelerator) -> list[dict[str, Any]]:
    """The heat maps of one run of a layer: MACs of the PEs, then words through the ports by data type.

    None at all if the run cannot be counted.
    """
    found = array_map(layer, accelerator)
    if found is None:
        return []
    caption = (
        f"{found.active:,} of {accelerator.pes:,} PEs have work, on average {percent(found.balance)} of the busiest"
    )
    maps = [{"title": "MACs of each PE", "unit": "MACs", "place": "PE", "caption": caption, **encoded(found.macs)}]
    for data_type in TYPES:
        words = found.ports[data_type]
        port = "port" if accelerator.noc == "bus" else _PORTS[data_type]
        caption = f"{words.sum():,} words in all, {words.max():,} at the busiest {port}"
        title = f"{data_type} words per {port}"
        maps.append({"title": title, "unit": "words", "place": port, "caption": caption, **encoded(words)})
    return maps


def encoded(grid: Ints) -> dict[str, Any]:
    """A grid [cluster_rows, cluster_cols, rows, cols] as the distinct values, clusters of indices into them, and runs.

    Most clusters look alike, so an array of thousands of PEs takes no more than a few lines.
    """
    values, index = np.unique(grid, return_inverse=True)
    patterns, which = np.unique(index.reshape(grid.shape[0] * grid.shape[1], -1), axis=0, return_inverse=True)
    runs = [[int(pattern), len(list(members))] for pattern, members in groupby(which.ravel().tolist())]
    return {"shape": list(grid.shape), "values": values.tolist(), "patterns": patterns.tolist(), "runs": runs}
