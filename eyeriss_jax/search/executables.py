"""Compiled programs on disk: a start that finds its programs there neither traces nor compiles them.

JAX's persistent compilation cache saves the compilation only, as its key is the traced and lowered program. Here the
key is everything that the program was made from: the package's source, the libraries, the devices, the processor, all
settings of JAX and XLA, and what the caller says. What is damaged or refused by JAX is compiled anew and overwritten.
"""

import hashlib
import os
import platform
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jaxlib.version
from jax.experimental import serialize_executable

from eyeriss_jax.search.kept import keep, kept_folder, read_kept
from eyeriss_jax.source import source_digest

_SETTINGS = tuple(sorted(name for name in jax.config.values if "cache" not in name))
"""JAX's settings as of now: JAX adds further ones while it traces, which would make the key depend on the moment."""

_MOST_LOADED = 16
_loaded: OrderedDict[str, Any] = OrderedDict()


class Executable:
    """A function compiled for one set of shapes.

    Args:
        function: what ``jax.jit`` gave.
        made_from: everything that the function depends on beside its arguments and the package's source; its ``repr``
            must say all of it.
        devices: the devices that it runs on.
    """

    def __init__(self, function: Any, made_from: Any, devices: Sequence[Any]) -> None:
        self._function, self._made_from, self._devices = function, made_from, tuple(devices)
        self._compiled: Any = None

    def __call__(self, *arguments: Any) -> Any:
        """Runs it."""
        return self._compiled(*arguments)

    @property
    def is_ready(self) -> bool:
        """Whether it is loaded or compiled."""
        return self._compiled is not None

    def load(self, arguments: tuple[Any, ...], result: Any) -> bool:
        """Takes it from an earlier sweep of this process or from disk; whether it is there.

        Args:
            arguments: examples; only shapes, types and structure matter.
            result: anything of the structure of the result.
        """
        key = self._key(arguments)
        self._keep(key, _loaded.get(key) or _read(key, arguments, result, self._devices))
        return self.is_ready

    def compile(self, arguments: tuple[Any, ...]) -> None:
        """Compiles it and keeps it on disk."""
        key = self._key(arguments)
        self._keep(key, self._function.lower(*arguments).compile())
        _write(key, self._compiled)

    def _keep(self, key: str, compiled: Any) -> None:
        self._compiled = compiled
        if compiled is not None:
            _loaded[key] = compiled
            while len(_loaded) > _MOST_LOADED:
                _loaded.popitem(last=False)

    def _key(self, arguments: tuple[Any, ...]) -> str:
        leaves, structure = jax.tree.flatten(arguments)
        shapes = [(leaf.shape, str(leaf.dtype)) for leaf in leaves]
        made_from = (self._made_from, shapes, str(structure), _place(self._devices), source_digest())
        return hashlib.sha256(repr(made_from).encode()).hexdigest()


class Request(NamedTuple):
    """What an executable is to be made for: example ``arguments``, and anything of the structure of the ``result``."""

    executable: Executable
    arguments: tuple[Any, ...]
    result: Any


def load_all(requests: Sequence[Request]) -> bool:
    """Loads executables, each in a thread; whether all of them were there."""
    with ThreadPoolExecutor(len(requests)) as threads:
        return all(list(threads.map(lambda each: each.executable.load(each.arguments, each.result), requests)))


def compile_all(requests: Sequence[Request]) -> None:
    """Loads or compiles executables, each in a thread, as XLA leaves Python to others while it compiles."""

    def make_ready(each: Request) -> None:
        if not each.executable.load(each.arguments, each.result):
            each.executable.compile(each.arguments)

    with _not_in_jaxs_cache(), ThreadPoolExecutor(len(requests)) as threads:
        list(threads.map(make_ready, requests))


@contextmanager
def _not_in_jaxs_cache() -> Iterator[None]:
    """Keeps what is compiled out of JAX's own cache, if it is kept here.

    Serialized once more, an executable that JAX took from its cache lacks most of its code (jax 0.10.2).
    """
    name = "jax_persistent_cache_min_compile_time_secs"
    before = jax.config.values[name]
    if kept_folder() is not None:
        jax.config.update(name, float("inf"))
    try:
        yield
    finally:
        jax.config.update(name, before)


def _place(devices: tuple[Any, ...]) -> Any:
    """What a compiled program depends on beside what it computes: libraries, devices, processor and settings."""
    flags = {name: os.environ.get(name) for name in ("XLA_FLAGS", "LIBTPU_INIT_ARGS")}
    client = devices[0].client
    kinds = [(device.id, device.device_kind, device.process_index) for device in devices]
    settings = [(name, jax.config.values[name]) for name in _SETTINGS]
    versions = platform.python_version(), jax.__version__, jaxlib.version.__version__, client.platform_version
    return versions, kinds, _processor(), flags, settings, jax.config.jax_enable_x64  # type: ignore[attr-defined]


@cache
def _processor() -> Any:
    """The processor's name and instruction sets, as code for one kind of processor may not run on another."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0]
    except OSError:
        first = platform.processor()
    measured = ("cpu MHz", "bogomips", "BogoMIPS", "processor", "apicid", "initial apicid", "core id", "physical id")
    return platform.machine(), [line for line in first.splitlines() if not line.startswith(measured)]


def _read(key: str, arguments: tuple[Any, ...], result: Any, devices: tuple[Any, ...]) -> Any:
    """The executable on disk; None if there is none that can be used."""
    payload = read_kept(key)
    if payload is None:
        return None
    structures = jax.tree.structure((arguments, {})), jax.tree.structure(result)
    try:
        return serialize_executable.deserialize_and_load(payload, *structures, devices[0].client, devices)
    except Exception:  # whatever JAX finds wrong with a file of its own: compiling answers it
        return None


def _write(key: str, compiled: Any) -> None:
    """Keeps an executable, if its backend can serialize it."""
    if kept_folder() is None:
        return
    try:
        payload, _, _ = serialize_executable.serialize(compiled)
    except (ValueError, NotImplementedError):
        return
    keep(key, payload)
