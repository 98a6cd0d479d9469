"""Switches that hold for every test: a strict JAX on the CPU, compiled programs kept, reproducible properties."""

import gc
import os
import time
from pathlib import Path

# Before jax is imported, and through the environment so that the processes which tests start inherit it.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")
# Two thirds of the suite's time is XLA compiling the same programs: they are kept beside pytest's own cache, for all
# processes of this run and for the next run. The key is the whole program with XLA's version and flags.
os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "true"
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "compiled")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

import hypothesis
import jax
import pytest

from tests.attack_table import KINDS, AttackTable

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
hypothesis.settings.register_profile("long", hypothesis.settings.get_profile("ci"), max_examples=200)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--attack_table", help="File whose table of attacks is renewed by this run.")
    parser.addoption("--until", type=float, help="Seconds since 1970 after which no test begins; the rest is skipped.")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--attack_table")
    if file and not hasattr(config, "workerinput"):  # one process of a parallel run hears of all tests
        config.pluginmanager.register(AttackTable(Path(file)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if mark := item.get_closest_marker("attack"):
            (kind,) = mark.args
            assert kind in KINDS, f"{item.nodeid}: kinds of attack are {', '.join(KINDS)}"
            item.user_properties.append(("attack", kind))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    until = item.config.getoption("--until")
    if until and time.time() > until:  # the gate has a hard limit, and machines differ by a factor of three
        pytest.skip("no time was left to begin it")


@pytest.fixture
def attempts(request):
    """Says how many attempts a test is that is marked as an attack."""
    return lambda count: request.node.user_properties.append(("attempts", count))


MOST_MEMORY = 2_500_000_000
"""Bytes a process may hold between two files of tests: a compiled program of the law takes up to 45 MB, and there are
hundreds."""


@pytest.fixture(autouse=True, scope="module")
def _bounded_memory():
    """Compiled programs are let go where there are many; those that are needed again come from the disk."""
    yield
    if _resident() > MOST_MEMORY:
        jax.clear_caches()
        gc.collect()


def _resident() -> int:
    """Bytes of memory that this process holds, where the system says so."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
