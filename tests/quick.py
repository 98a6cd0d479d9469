"""How tests compile programs of their own that run once or twice on a few values."""

LITTLE_EFFORT: dict[str, int | bool] = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""For ``compiler_options`` of :func:`jax.jit`: a PE's pipeline compiles in 1.2 CPU-seconds instead of 2.1."""
