"""The persistent compilation cache: a second run of an experiment starts in a second instead of compiling again."""

import sys

import jax
from absl import flags

from eyeriss_jax.kept_programs import keep_programs
from eyeriss_jax.report.escape import visible

flags.disclaim_key_flags()


def define_compilation_cache() -> flags.FlagHolder[bool]:
    """Defines ``--compilation_cache``."""
    text = "Keep compiled programs in the user's cache folder."
    return flags.DEFINE_bool("compilation_cache", True, text, allow_override=True)


def start_compilation_cache(*, wanted: bool) -> None:
    """Turns the cache on (:mod:`eyeriss_jax.kept_programs`), for small programs too, or leaves it off.

    Without a folder that this user can write, and nobody else, one line on stderr says so and everything is compiled
    anew.
    """
    if why_not := keep_programs(wanted=wanted):
        print(visible(f"warning: no compilation cache: {why_not}"), file=sys.stderr)
    elif wanted:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
