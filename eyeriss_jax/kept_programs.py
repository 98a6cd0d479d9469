"""Compiled programs outlive the process: JAX's cache on disk, in a folder of the user's that nobody else can write.

A first ``map_layer`` spends most of its seconds in XLA; with the program kept, the next process loads it. JAX has such
a cache and leaves it off. It is turned on with the first program of this package that is compiled from outside, unless
JAX was told of a folder, or told to keep nothing (``JAX_ENABLE_COMPILATION_CACHE=false``). What else the process
compiles in more than a second is kept there too.
"""

import os
import pwd
import tempfile
from pathlib import Path

import jax
from jax.experimental.compilation_cache import compilation_cache

from eyeriss_jax.private_folder import NotPrivate, private_folder

_state = {"decided": False}


def keep_programs(*, wanted: bool = True) -> str:
    """Turns the cache on, or leaves it off for the rest of the process; only the first call decides.

    What is compiled is run: a folder that others can write, or one above it, is not used.

    Returns:
        Why nothing can be kept, in words; empty if it is, or is not wanted.
    """
    if _state["decided"]:
        return ""
    _state["decided"] = True
    told = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
    may = jax.config.jax_enable_compilation_cache  # pyright: ignore[reportAttributeAccessIssue]
    if not wanted or not may or told is not None:
        return ""
    folder = _folder()
    try:
        folder = private_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"cannot write to {folder}: {error.strerror}"
    except NotPrivate as error:
        return str(error)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    compilation_cache.reset_cache()  # JAX looks for a folder once, which may have been before
    return ""


def _folder() -> Path:
    """``eyeriss_jax`` in the user's cache folder, as the XDG base directory specification has it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = Path(os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir, ".cache")
    return Path(base, "eyeriss_jax")
