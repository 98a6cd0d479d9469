"""The persistent compilation cache: a second run of an experiment starts in a second instead of compiling again."""

import os
import sys
import tempfile
from pathlib import Path

import jax
from absl import flags

from experiments.harness.private_folder import NotPrivate, private_folder
from eyeriss_jax.report.escape import visible

flags.disclaim_key_flags()


def define_compilation_cache() -> flags.FlagHolder[bool]:
    """Defines ``--compilation_cache``."""
    text = "Keep compiled programs in the user's cache folder."
    return flags.DEFINE_bool("compilation_cache", True, text, allow_override=True)


def enable_compilation_cache() -> None:
    """Turns the cache on in the user's cache folder, unless JAX was told of another one.

    What is compiled is run: without a folder that this user can write, and nobody else, one line on stderr says so and
    everything is compiled anew.
    """
    if jax.config.jax_compilation_cache_dir is None:  # pyright: ignore[reportAttributeAccessIssue]
        folder = _folder()
        try:
            folder = private_folder(folder)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except (OSError, NotPrivate) as error:
            why = f"cannot write to {folder}: {error.strerror}" if isinstance(error, OSError) else str(error)
            print(visible(f"warning: no compilation cache: {why}"), file=sys.stderr)
            return
        jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _folder() -> Path:
    """``eyeriss_jax`` in the user's cache folder, as the XDG base directory specification has it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path("~/.cache").expanduser()) / "eyeriss_jax"
