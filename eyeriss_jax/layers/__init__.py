"""What is computed: layers in the papers' symbols, and the networks of the literature."""

from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.layers.networks import NETWORKS, Network, network

__all__ = ["NETWORKS", "Layer", "LayerArrays", "Network", "network"]
