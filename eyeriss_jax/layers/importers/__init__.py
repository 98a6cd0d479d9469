"""Networks that others wrote: JAX and Flax programs, ONNX files."""

from typing import TYPE_CHECKING

from eyeriss_jax.deferred import deferred

if TYPE_CHECKING:
    from eyeriss_jax.layers.importers.jax_program import from_jax
    from eyeriss_jax.layers.importers.onnx_network import from_onnx

__getattr__ = deferred(__name__, {"jax_program": ("from_jax",), "onnx_network": ("from_onnx",)})

__all__ = ["from_jax", "from_onnx"]
