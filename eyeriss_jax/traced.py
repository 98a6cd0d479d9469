"""What specs and searches say under a transformation of JAX: both work with numbers, which a trace has not."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from eyeriss_jax.errors import SpecError


def refuse_traced(where: str, value: Any) -> None:
    """Refuses a field of a spec that JAX traces.

    Raises:
        SpecError: with what to do instead.
    """
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(value)):
        raise SpecError(
            f"{where} is traced by JAX, but specs hold numbers: make the spec outside, and within jit, vmap and grad "
            "give evaluate() what its .build() returns, with .replace(...) for what is traced"
        )


def refuse_within_jit(function: str) -> None:
    """Refuses to run ``function``, which searches or moves numbers by programs of its own, while ``jax.jit`` traces.

    Raises:
        SpecError: with what to call instead.
    """
    if isinstance(jnp.zeros(()), Tracer):
        raise SpecError(
            f"{function}() cannot be called within jax.jit, as it runs programs of its own: call it outside; within "
            "jit call evaluate(accelerator, layer, mapping) with a mapping that map_layer() found"
        )
