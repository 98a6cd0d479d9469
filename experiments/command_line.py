"""What every experiment's command line shares: one clear line for bad input, common flags, the output folder.

Exit codes: 0, 2 for bad input (``error: ...`` on stderr, never a traceback) and 130 after Ctrl-C.
"""

import dataclasses
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from absl import app, flags, logging
from ml_collections import ConfigDict, config_flags

from experiments.configuration import config_path, explain
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Network

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
BAD_INPUT = 2
INTERRUPTED = 130

flags.disclaim_key_flags()


# Every experiment defines these flags for itself; overriding lets a process, such as a test, import several.
def define_config() -> flags.FlagHolder:
    """Defines ``--config``, and with it ``--config.<field>``."""
    text = "Config file; --config.<field>=... sets one."
    return config_flags.DEFINE_config_file("config", None, text, allow_override=True)


def define_output_dir(default: str) -> flags.FlagHolder[str]:
    """Defines ``--output_dir``."""
    text = "Folder for all results; made if it is missing."
    return flags.DEFINE_string("output_dir", default, text, allow_override=True)


def define_network() -> flags.FlagHolder[str | None]:
    """Defines ``--network``; :func:`eyeriss_jax.layers.network` resolves it."""
    text = "Network, instead of the config's: a name, or jax:package.module:factory, onnx:path, timeloop:path."
    return flags.DEFINE_string("network", None, text, allow_override=True)


def define_networks() -> flags.FlagHolder[list[str] | None]:
    """Defines ``--networks``, several of what ``--network`` takes."""
    text = "Networks with commas between, instead of the config's; each as other experiments' --network."
    return flags.DEFINE_list("networks", None, text, allow_override=True)


def define_batch() -> flags.FlagHolder[int | None]:
    """Defines ``--batch``."""
    return flags.DEFINE_integer("batch", None, "Inputs per run, instead of the config's.", allow_override=True)


def define_layer() -> flags.FlagHolder[str | None]:
    """Defines ``--layer``; :func:`only_layer` applies it."""
    text = "Layer of the network, instead of the config's."
    return flags.DEFINE_string("layer", None, text, allow_override=True)


def define_accelerator() -> flags.FlagHolder[str | None]:
    """Defines ``--accelerator``; :func:`eyeriss_jax.accelerator` resolves it."""
    text = "Accelerator, instead of the config's: a name, or <path>.yaml."
    return flags.DEFINE_string("accelerator", None, text, allow_override=True)


def only_layer(network: Network, name: str) -> Network:
    """``network`` with only its layer ``name``.

    Raises:
        SpecError: it has none of that name.
    """
    layers = {layer.name: layer for layer in network.layers}
    if name not in layers:
        raise SpecError(f"{network.name} has no layer {name!r}; its layers: {', '.join(layers)}")
    return dataclasses.replace(network, layers=(layers[name],))


def run(main: Callable[[], None], default_config: Path | None = None, *, resumes: bool = False) -> None:
    """Parses the flags, runs ``main`` and exits the process.

    Args:
        main: the experiment; it reads its own flags and raises ``SpecError`` for bad input.
        default_config: the config file where the command line names none.
        resumes: whether the same command goes on where it was interrupted.
    """

    def without_arguments(arguments: list[str]) -> None:
        if arguments:
            raise SpecError(f"unexpected argument {arguments[0]!r}; flags look like --name=value")
        main()

    program, *arguments = sys.argv
    if default_config is not None and config_path(arguments) is None:
        arguments.insert(0, f"--config={default_config}")
    _run(without_arguments, [program, *arguments], resumes=resumes)


def run_with_arguments(main: Callable[[list[str]], None]) -> None:
    """Like :func:`run` for a ``main`` that takes what the command line holds beside flags."""
    _run(main, sys.argv)


def _run(main: Callable[[list[str]], None], argv: list[str], *, resumes: bool = False) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without × shows ? instead of failing
    try:
        app.run(lambda rest: main(rest[1:]), argv=argv, flags_parser=_parse_flags)
    except SpecError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        print(f"interrupted{'; the same command goes on where it was' if resumes else ''}", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _parse_flags(argv: list[str]) -> list[str]:
    """Parses all flags, the config's included.

    Raises:
        SpecError: anything that is wrong with them, in one sentence.
    """
    try:
        rest = flags.FLAGS(argv)
        if flags.FLAGS["verbosity"].using_default_value:
            flags.FLAGS.verbosity = logging.WARNING  # absl's own default reports backends that JAX does not find
        if config_path(argv) is not None and not isinstance(flags.FLAGS.config, ConfigDict):
            raise TypeError("--config is not a ConfigDict")
    except Exception as error:
        raise SpecError(explain(argv, error)) from error
    return rest


def prepare_output_dir(path: str) -> Path:
    """Makes the output folder and proves, before any work is done, that files can be written there.

    Raises:
        SpecError: they cannot.
    """
    folder = Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SpecError(
            f"cannot write to output_dir {path!r}: {error.strerror}; choose another --output_dir"
        ) from error
    return folder
