"""Networks that others wrote: JAX and Flax programs, ONNX files."""

from eyeriss_jax.layers.importers.jax_program import from_jax
from eyeriss_jax.layers.importers.onnx_network import from_onnx

__all__ = ["from_jax", "from_onnx"]
