"""eyeriss_jax: a batched, differentiable model of Eyeriss v2 and its relatives.

How fast and how efficient is an Eyeriss-v2-like design on a network, what exactly holds it back, and what should be
changed? The names here are all that a user needs; everything else is one room further in.

>>> import eyeriss_jax as ej
>>> layer = ej.Layer.conv2d("CONV3", in_channels=256, out_channels=384, input_size=13, kernel=3, padding=1)
>>> layer.macs
149520384
>>> "eyeriss_v2" in ej.ACCELERATORS, "rs_plus" in ej.DATAFLOWS, "alexnet" in ej.NETWORKS
(True, True, True)
"""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from eyeriss_jax.dataflow import DATAFLOWS, Dataflow, Mapping
from eyeriss_jax.deferred import deferred
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator, EnergyTable
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator
from eyeriss_jax.layers import NETWORKS, Layer, Network, Sparsity, network
from eyeriss_jax.model.conventions import Conventions, conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.many import evaluate_many
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.search.mapping import map_layer, map_network

if TYPE_CHECKING:
    from eyeriss_jax.doors import run_functional, sweep, tune
    from eyeriss_jax.layers.importers import from_jax, from_onnx

__getattr__ = deferred(
    __name__,
    {
        "doors": ("run_functional", "sweep", "tune"),
        "layers.importers": ("from_jax", "from_onnx"),
    },
)

try:
    __version__ = version("eyeriss_jax")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = [
    "ACCELERATORS",
    "DATAFLOWS",
    "NETWORKS",
    "Accelerator",
    "Conventions",
    "Dataflow",
    "EnergyTable",
    "Evaluation",
    "Layer",
    "LayerResult",
    "Mapping",
    "Network",
    "NetworkResult",
    "Sparsity",
    "SpecError",
    "accelerator",
    "conventions",
    "evaluate",
    "evaluate_many",
    "from_jax",
    "from_onnx",
    "map_layer",
    "map_network",
    "network",
    "run_functional",
    "sweep",
    "tune",
]
