"""How XLA's CPU compiler is told to compile the law: the only place that knows its options.

That compiler fuses by repeating: a value with ten users is computed in all ten kernels. The law is a chain of a few
wide stages (tiles, traffic, accesses, cycles), each used everywhere in the next ones, so values are computed four
times on average, and the repetition has to be compiled too. There are two ways out:

* :data:`IN_STAGES`, for what runs many times: a barrier ends each stage (:func:`apart`). XLA's CPU pipeline removes
  barriers before it fuses, unless it is told not to.
* :data:`UNFUSED`, for what runs a few times: an operation after the other, quick to compile.

Neither changes a value, up to the rounding of operations that the compiler joins. Other compilers need neither.
"""

import warnings
from collections.abc import Callable
from functools import cache, partial, wraps
from typing import Any, TypeVar

import jax
from jax import lax
from jax.core import Tracer

from eyeriss_jax.kept_programs import keep_programs

T = TypeVar("T")
Options = dict[str, str | bool | int]

IN_STAGES: Options = {"xla_disable_hlo_passes": "cse_barrier_expander", "xla_cpu_prefer_vector_width": 512}
"""Keep barriers until after fusion, and the widest vectors there are."""

UNFUSED: Options = {"xla_disable_hlo_passes": "fusion"}
"""One evaluation compiles in 2.7 CPU-seconds instead of 5.1. A slope uses everything many times: a descent does not
compile in 300 CPU-seconds and 9 GB with fusion, and takes 22 and 0.7 GB without."""


def on_a_cpu(options: Options) -> Options | None:
    """For ``compiler_options`` of :func:`jax.jit`: ``options`` where JAX computes on a CPU, elsewhere none."""
    return options if jax.default_backend() == "cpu" else None


def apart(values: T) -> T:
    """``values``, computed before anything that uses them: the end of a stage.

    A barrier for each array, as XLA's CPU compiler ends the process on one for several inside a function of its own.
    """
    return jax.tree.map(lax.optimization_barrier, values)


def jit_unfused(function: Callable[..., Any], **keywords: Any) -> Callable[..., Any]:
    """:func:`jax.jit` for what runs a few times only: quick to compile, slower to run. For calls from outside.

    JAX is asked for its devices at the first call, not before: a process may still have to say which ones it wants.
    """

    @cache
    def jitted() -> Callable[..., Any]:
        _keep()
        return jax.jit(function, compiler_options=on_a_cpu(UNFUSED), **keywords)

    @wraps(function)
    def call(*arguments: Any, **values: Any) -> Any:
        return jitted()(*arguments, **values)

    return call


def compiled(lowered: Any) -> Any:
    """A lowered program with stages, compiled; without them where the compiler cannot keep them.

    It can not inside a loop of which it makes one function, as it does of very small ones, and of larger ones if it is
    told to by ``xla_cpu_small_while_loop_byte_threshold`` in XLA_FLAGS.
    """
    _keep()
    try:
        return lowered.compile(compiler_options=on_a_cpu(IN_STAGES))
    except jax.errors.JaxRuntimeError as error:
        if not _keeps_no_barrier(error):
            raise
        return lowered.compile()


def compiled_in_stages(function: Callable[..., Any], static_argnames: tuple[str, ...] = ()) -> Callable[..., Any]:
    """``function(..., in_stages: bool)`` compiled, in stages where that helps: called from outside, on a CPU.

    Inside another program the options of that one hold, and a barrier would only be in the way.

    Args:
        function: of arrays and of the keyword ``in_stages``, which it hands to the law.
        static_argnames: further keywords that are static.

    Returns:
        A function without ``in_stages``. Its ``lower`` is that of the program that such a call runs.
    """
    jitted = partial(jax.jit, static_argnames=static_argnames)
    plain = jitted(partial(function, in_stages=False))
    staged = jitted(partial(function, in_stages=True), compiler_options=IN_STAGES)

    def program(arguments: Any) -> Any:
        traced = any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(arguments))
        if not traced:
            _keep()
        return plain if traced or jax.default_backend() != "cpu" else staged

    @wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            return program((arguments, keywords))(*arguments, **keywords)
        except jax.errors.JaxRuntimeError as error:
            if not _keeps_no_barrier(error):
                raise
            return plain(*arguments, **keywords)

    def lower(*arguments: Any, **keywords: Any) -> Any:
        return program((arguments, keywords)).lower(*arguments, **keywords)

    call.lower = lower  # type: ignore[attr-defined]
    return call


def _keep() -> None:
    """Keeps what is compiled from now on, or says once why it cannot."""
    if why_not := keep_programs():
        warnings.warn(f"eyeriss_jax keeps no compiled programs: {why_not}", RuntimeWarning, stacklevel=4)


def _keeps_no_barrier(error: Exception) -> bool:
    """Whether the compiler met a barrier where it makes one function of a loop; see :func:`compiled`."""
    return "opt-barrier" in str(error)
