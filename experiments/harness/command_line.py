"""What every experiment's command line shares: one clear line for bad input, common flags, the output folder.

Exit codes: 0, 2 for bad input, 1 where the disk refuses or another process of the same work is gone (``error: ...`` on
stderr, never a traceback), 130 after Ctrl-C, 143 and 129 after SIGTERM and SIGHUP. The environment variable
``EYERISS_JAX_FLAGS`` adds flags to every command, after its own, as ``XLA_FLAGS`` does for XLA.
"""

import _thread
import dataclasses
import io
import os
import re
import shlex
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from absl import app, flags, logging
from ml_collections import ConfigDict, config_flags

from experiments.harness import accepted
from experiments.harness.configuration import CompletedConfig, completed, config_path, explain, field_flags, load_config
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Network
from eyeriss_jax.report.escape import visible
from eyeriss_jax.search.store import DISK_REFUSES, StoreError, explained

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130
HELP = frozenset({"--help", "-help", "--helpshort", "-helpshort", "-h", "-?"})
ENVIRONMENT = "EYERISS_JAX_FLAGS"
OWNER = ".experiment"
"""File of an output folder that names the experiment whose results they are."""
_LONGEST_NAME = 64
_UNSET = "    (default: 'None')"
_RUNS = "jax: imports and runs that module, nothing else is run"

flags.disclaim_key_flags()


# Every experiment defines these flags for itself; overriding lets a process, such as a test, import several.
def define_config(default: Path) -> flags.FlagHolder:
    """Defines ``--config``, and with it ``--config.<field>``."""
    text = f"Config file, by default {_shown(default)}; --config.<field>=... sets one field of it."
    return config_flags.DEFINE_config_file("config", None, text, allow_override=True)


class _Text(flags.ArgumentParser):
    """Text that is not empty: an empty variable of a script is no answer to what a flag asks."""

    def parse(self, argument: str) -> str:
        """The text itself."""
        if not argument.strip():
            raise ValueError("nothing is given; give a value, or leave the flag out")
        return argument


def define_text(name: str, text: str, *, empty: bool = False) -> flags.FlagHolder[str | None]:
    """Defines a flag that is None unless it is given; ``empty``: whether it may be given as the empty text."""
    if empty:
        return flags.DEFINE_string(name, None, text, allow_override=True)
    return flags.DEFINE(_Text(), name, None, text, serializer=flags.ArgumentSerializer(), allow_override=True)


def define_switch(name: str, text: str) -> flags.FlagHolder[bool]:
    """Defines a flag that is off unless it is given."""
    return flags.DEFINE_bool(name, False, text, allow_override=True)


def define_network() -> flags.FlagHolder[str | None]:
    """Defines ``--network``; :func:`eyeriss_jax.layers.network` resolves it."""
    return define_text("network", f"Network, instead of the config's: {accepted.networks()}; {_RUNS}.")


def define_networks() -> flags.FlagHolder[list[str] | None]:
    """Defines ``--networks``, several of what ``--network`` takes."""
    text = f"Networks with commas between, instead of the config's: {accepted.networks()}; {_RUNS}."
    return flags.DEFINE_list("networks", None, text, allow_override=True)


def define_batch() -> flags.FlagHolder[int | None]:
    """Defines ``--batch``."""
    return flags.DEFINE_integer("batch", None, "Inputs per run, instead of the config's.", allow_override=True)


def define_layer(*, empty: bool = False) -> flags.FlagHolder[str | None]:
    """Defines ``--layer``; :func:`only_layer` applies it. ``empty``: whether the empty text stands for all layers."""
    text = f"Layer of the network, instead of the config's{'; empty for all' if empty else ''}."
    return define_text("layer", text, empty=empty)


def define_accelerator() -> flags.FlagHolder[str | None]:
    """Defines ``--accelerator``; :func:`eyeriss_jax.accelerator` resolves it."""
    return define_text("accelerator", f"Accelerator, instead of the config's: {accepted.accelerators()}.")


def define_dataflow() -> flags.FlagHolder[str | None]:
    """Defines ``--dataflow``."""
    text = f"Dataflow, instead of the accelerator's own: {accepted.dataflows()}; empty for its own."
    return define_text("dataflow", text, empty=True)


def define_objective() -> flags.FlagHolder[str | None]:
    """Defines ``--objective``."""
    return define_text("objective", f"What the mapper minimises, instead of the config's: {accepted.objectives()}.")


def define_conventions() -> flags.FlagHolder[str | None]:
    """Defines ``--conventions``."""
    return define_text("conventions", f"What counts as an access, instead of the config's: {accepted.conventions()}.")


def only_layer(network: Network, name: str) -> Network:
    """``network`` with only its layer ``name``.

    Raises:
        SpecError: it has none of that name.
    """
    layers = {layer.name: layer for layer in network.layers}
    if name not in layers:
        raise SpecError(f"{network.name} has no layer {name!r}; its layers: {', '.join(layers)}")
    return dataclasses.replace(network, layers=(layers[name],))


@contextmanager
def reading(flag: str, value: str, takes: str, suffixes: Sequence[str]) -> Iterator[None]:
    """Adds to whatever is wrong with the file that a flag names what that flag takes.

    Raises:
        SpecError: the file has another suffix, or what was wrong with it.
    """
    if os.path.isfile(value) and Path(value).suffix not in suffixes:
        raise SpecError(f"--{flag}={value} is no file ending in {' or '.join(suffixes)}; give {takes}")
    try:
        yield
    except SpecError as error:
        raise SpecError(f"{error} (--{flag} takes {takes})") from error


def run(
    main: Callable[[], None], default_config: Path | None = None, spec: type | None = None, *, resumes: bool = False
) -> None:
    """Parses the flags, runs ``main`` and exits the process.

    Args:
        main: the experiment; it reads its own flags and raises ``SpecError`` for bad input.
        default_config: the config file where the command line names none.
        spec: the dataclass that a config becomes.
        resumes: whether the same command goes on where it was interrupted.
    """

    def without_arguments(arguments: list[str]) -> None:
        if arguments:
            example = f", such as --network={arguments[0]}" if "network" in flags.FLAGS else ""
            raise SpecError(f"unexpected argument {arguments[0]!r}; flags look like --name=value{example}")
        main()

    _run(main.__module__, without_arguments, default_config, spec, resumes=resumes)


def run_with_arguments(main: Callable[[list[str]], None]) -> None:
    """Like :func:`run` for a ``main`` that takes what the command line holds beside flags."""
    _run(main.__module__, main)


def _run(
    module: str,
    main: Callable[[list[str]], None],
    default_config: Path | None = None,
    spec: type | None = None,
    *,
    resumes: bool = False,
) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without × shows ? instead of failing
    program, *arguments = sys.argv
    if _is_own_process():
        _hear_signals()
    try:
        if not HELP.isdisjoint(arguments):
            print(help_text(module, default_config, spec))
            sys.exit(0)
        arguments += _flags_from_outside()
        sys.argv = [program, *arguments]  # where config_flags looks for --config.<field>
        if default_config is not None and config_path(arguments) is None:
            arguments.insert(0, f"--config={default_config}")
        app.run(lambda rest: main(rest[1:]), argv=[program, *arguments], flags_parser=partial(_parse_flags, spec))
    except SpecError as error:
        print(f"error: {visible(' '.join(str(error).split()))}", file=sys.stderr)
        _leave(BAD_INPUT)
    except (StoreError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in DISK_REFUSES:
            raise
        what = explained(error) if isinstance(error, OSError) else str(error)
        print(f"error: {visible(' '.join(what.split()))}", file=sys.stderr)
        _leave(FAILED)
    except KeyboardInterrupt as stopped:
        word, code = "interrupted", INTERRUPTED
        if isinstance(stopped, Stopped):
            word, code = f"stopped by {stopped.name}", stopped.code
        print(f"{word}{'; the same command goes on where it was' if resumes else ''}", file=sys.stderr)
        _leave(code)
    except SystemExit:
        if _is_own_process():  # all is written, and Python would tell of a signal at length while it cleans up
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
        raise


def _hear_signals() -> None:
    """From here on, when all is imported, a signal is an exception; one that is ignored, as by nohup or &, stays so."""
    sys.unraisablehook = _not_lost
    for number, heard in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, _stop), (signal.SIGHUP, _stop)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, heard)


class Stopped(KeyboardInterrupt):
    """A signal that ends the process, such as a batch system's: it ends as after Ctrl-C, with the shell's exit code."""

    def __init__(self, number: int) -> None:
        """Of a signal's number."""
        self.number, self.name, self.code = number, signal.Signals(number).name, 128 + number


def _stop(number: int, _: object) -> None:
    raise Stopped(number)


def _not_lost(unraisable: Any) -> None:
    """Raises a Ctrl-C again that fell into a callback (of the garbage collector, mostly), where Python ignores it."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        number = getattr(unraisable.exc_value, "number", signal.SIGINT)
        _thread.start_new_thread(_interrupt_soon, (threading.get_ident(), number))
    else:
        sys.__unraisablehook__(unraisable)


def _interrupt_soon(thread: int, number: int) -> None:
    """Interrupts a thread from beside it: at once could be within the hook, where Python ignores it as well."""
    time.sleep(0.05)
    signal.pthread_kill(thread, number)


def _leave(code: int) -> None:
    """Ends the process; at once where it is this command's own, as Python would wait for whatever still compiles."""
    if _is_own_process():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _is_own_process() -> bool:
    """Whether this process was started for an experiment, and is not somebody's who calls one."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and spec.name.startswith("experiments.")


def help_text(module: str, default_config: Path | None, spec: type | None = None) -> str:
    """What ``--help`` prints: what the experiment answers, its flags, and the fields of its config with values."""
    listed = flags.FLAGS.module_help(sys.argv[0] if module == "__main__" else module)
    parts = [
        (sys.modules[module].__doc__ or "").strip(),
        "flags:\n" + "\n".join(line for line in listed.splitlines() if line.startswith(" ") and line != _UNSET),
    ]
    if default_config is not None:
        config = completed(load_config(str(default_config)), spec)
        lines = [f"  {flag}" for flag in field_flags(config)]
        parts.append("\n".join([f"fields of {_shown(default_config)}, the default config:", *lines]))
        known = accepted.dictionaries().items()
        if holds := [f"  {name}: {text}" for name, text in known if isinstance(config.get(name), ConfigDict)]:
            title = "fields that are dictionaries, given whole or entry by entry (new entries too):"
            parts.append("\n".join([title, *holds]))
    parts.append(f"Flags in the environment variable {ENVIRONMENT} come after those of the command line.")
    return "\n\n".join(parts)


def _shown(config: Path) -> str:
    return f"{config.parent.name}/{config.name}"


def names_config() -> bool:
    """Whether the user named a config or set a field of it."""
    return any(re.match(r"--?(no)?config\b", each) for each in sys.argv[1:])


def _flags_from_outside() -> list[str]:
    """The flags in the environment variable.

    Raises:
        SpecError: quotes in it do not match.
    """
    try:
        return shlex.split(os.environ.get(ENVIRONMENT, ""))
    except ValueError as error:
        raise SpecError(f"environment variable {ENVIRONMENT}: {error}; write flags as in a shell") from error


def _parse_flags(spec: type | None, argv: list[str]) -> list[str]:
    """Parses all flags, the config's included.

    Raises:
        SpecError: anything that is wrong with them, in one sentence.
    """
    if "config" in flags.FLAGS:
        flags.FLAGS["config"].parser = CompletedConfig(spec)
    try:
        rest = flags.FLAGS(argv)
        if flags.FLAGS["verbosity"].using_default_value:
            flags.FLAGS.verbosity = logging.WARNING  # absl's own default reports backends that JAX does not find
        if config_path(argv) is not None and not isinstance(flags.FLAGS.config, ConfigDict):
            raise TypeError("--config is not a ConfigDict")
    except Exception as error:
        raise SpecError(explain(argv, error, spec)) from error
    return rest


def prepare_output_dir(path: str, experiment: str) -> Path:
    """Makes the output folder and proves, before any work is done, that files can be written there.

    The folder remembers which experiment writes to it: several call their files report.html and summary.json.

    Raises:
        SpecError: they cannot, or another experiment's results are there.
    """
    folder = Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        there = _owner(folder / OWNER, experiment)
    except (FileExistsError, NotADirectoryError) as error:
        raise SpecError(f"--output_dir={path}: a file is there, and results need a folder; name another one") from error
    except OSError as error:
        raise SpecError(f"--output_dir={path} cannot be written: {error.strerror}; name another folder") from error
    if there != experiment:
        raise SpecError(
            f"--output_dir={path} holds results of experiments.{there}, and those of experiments.{experiment} have "
            "files of the same names; name another folder"
        )
    return folder


def _owner(file: Path, experiment: str) -> str:
    """Whose results are in the folder of ``file``: the first experiment that wrote there."""
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(experiment)
    except FileExistsError:
        if not file.is_file():  # a pipe would be waited for
            raise SpecError(f"{file} is no file; remove it, or name another --output_dir") from None
        with file.open(encoding="utf-8", errors="replace") as kept:
            return kept.read(_LONGEST_NAME).strip() or experiment
    return experiment
