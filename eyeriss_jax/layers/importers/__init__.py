"""Networks that others wrote: JAX and Flax programs, ONNX files."""

from eyeriss_jax.layers.importers.jax_program import from_jax

__all__ = ["from_jax"]
