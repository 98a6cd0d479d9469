"""What is computed: layers in the papers' symbols, the networks of the literature, and importers for others."""

from typing import TYPE_CHECKING

from eyeriss_jax.deferred import deferred
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.layers.networks import NETWORKS, Network
from eyeriss_jax.layers.sources import network
from eyeriss_jax.layers.sparsity import Sparsity

if TYPE_CHECKING:
    from eyeriss_jax.layers.importers import from_jax, from_onnx

__getattr__ = deferred(__name__, {"importers": ("from_jax", "from_onnx")})

__all__ = ["NETWORKS", "Layer", "LayerArrays", "Network", "Sparsity", "from_jax", "from_onnx", "network"]
