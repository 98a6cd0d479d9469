"""What long work leaves on disk: sealed files that are checked when they are read."""

from eyeriss_jax.search.store.parts import CorruptPart, Store, differences
from eyeriss_jax.search.store.sealed import StoreError

__all__ = [
    "CorruptPart",
    "Store",
    "StoreError",
    "differences",
]
