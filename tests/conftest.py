"""Switches that hold for every test: a strict JAX on the CPU, no outside caches, reproducible properties."""

import os

# Before jax is imported, and through the environment so that the processes which tests start inherit it.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")
# A test of the compilation cache starts a process of its own and turns the cache on for it.
os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"
os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)

import hypothesis
import jax

# [B] with [L, B] is an accident here: axes are written out or vmapped. Scalars still broadcast.
jax.config.update("jax_numpy_rank_promotion", "raise")
# Not "strict": int32 counts and indices meet float32 sizes on purpose, and strict refuses that mix.
jax.config.update("jax_numpy_dtype_promotion", "standard")

# A first example compiles and a loaded machine draws slowly, so no deadline and no health check of speed. Fixed seeds:
# a failure in one run is a failure in every run; HYPOTHESIS_PROFILE=explore looks for new counter-examples.
hypothesis.settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("long", hypothesis.settings.get_profile("ci"), max_examples=500)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
