"""What long work leaves on disk: sealed files that are checked when they are read."""

from eyeriss_jax.search.store.difference import differences
from eyeriss_jax.search.store.parts import CorruptPart, Store
from eyeriss_jax.search.store.sealed import DISK_REFUSES, Damaged, StoreError, explained, write_durably

__all__ = [
    "DISK_REFUSES",
    "CorruptPart",
    "Damaged",
    "Store",
    "StoreError",
    "differences",
    "explained",
    "write_durably",
]
