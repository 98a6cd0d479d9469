"""Factories for ``jax:tests.layers.importers.factories:<name>``, good and bad."""

import sys
from typing import Any

import jax
import jax.numpy as jnp

from eyeriss_jax.layers import Layer, Network

SHAPE = jax.ShapeDtypeStruct((3, 8), jnp.float32)
not_a_function = 3


def program(variables: Any, x: Any) -> Any:
    return x @ variables["params"]["w"]


def matmul(batch: int) -> Any:
    weights = {"params": {"w": jax.ShapeDtypeStruct((8, 4), jnp.float32)}}
    return program, weights, jax.ShapeDtypeStruct((batch, 8), jnp.float32)


def fixed() -> Any:
    return matmul(3)


def ready() -> Network:
    return Network(name="ready", layers=(Layer.matmul("a", 1, 2, 3),), source="a test")


def returns_nothing() -> None:
    return None


def returns_three() -> int:
    return 3


def returns_shapes() -> Any:
    return SHAPE, SHAPE


def returns_empty() -> Any:
    return ()


def returns_text() -> Any:
    return program, "text", {"more": object()}


def raises() -> Any:
    raise RuntimeError("no data\nhere")


def exits() -> Any:
    sys.exit(3)


def needs_more(size: int) -> Any:
    return program, size


def never_ends() -> Any:
    return never_ends()
