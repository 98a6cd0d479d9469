"""The networks of the Eyeriss papers and their neighbours, one file per family."""

from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.registry import NETWORK_FAMILIES, NETWORKS, known_network

__all__ = ["NETWORKS", "NETWORK_FAMILIES", "Network", "known_network"]
