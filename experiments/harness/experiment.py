"""What every experiment is made of: its config, where it writes, what it prints, how its process begins and ends."""

import dataclasses
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import jax
from absl import flags
from rich.console import RenderableType

from experiments.harness.command_line import define_config, define_text, prepare_output_dir, run, run_with_arguments
from experiments.harness.compilation_cache import define_compilation_cache, start_compilation_cache
from experiments.harness.configuration import freeze, load_config
from experiments.harness.output import define_format, show
from experiments.harness.output_folder import folder_name
from eyeriss_jax.layers import Network, network
from eyeriss_jax.report.table import Table

Spec = TypeVar("Spec")

flags.disclaim_key_flags()


class Experiment:
    """Defines and serves ``--config``, ``--output_dir``, ``--format`` and ``--compilation_cache`` of one experiment.

    Args:
        name: of the module; results go below ``output/<name>/`` unless ``--output_dir`` says otherwise.
        default_config: the config file where the command line names none; None for an experiment without a config.
        resumes: whether the same command goes on where it was interrupted.
        compiles: whether compiled programs are worth keeping.
    """

    def __init__(
        self, name: str, default_config: Path | None = None, *, resumes: bool = False, compiles: bool = True
    ) -> None:
        self.name, self.default_config, self.resumes = name, default_config, resumes
        self._spec: type | None = None
        self._assumed: dict[str, None] = {}
        self._config = define_config(default_config) if default_config is not None else None
        text = f"Folder for all results, made if it is missing; by default output/{name}/<what>-<where>."
        self._output_dir = define_text("output_dir", text)
        self._format = define_format()
        self._cache = define_compilation_cache() if compiles else None

    def configured(self, spec: type[Spec]) -> type[Spec]:
        """Decorates the dataclass that a config becomes: its defaults complete every config file."""
        self._spec = spec
        return spec

    def config(self, spec: type[Spec], **overrides: Any) -> Spec:
        """The config as the frozen dataclass ``spec``; flags (``overrides``) that are not None win.

        From here on compiled programs are kept, or are not: checks compile as well.

        Raises:
            SpecError: as for :func:`experiments.harness.configuration.freeze`.
        """
        assert self._config is not None
        self._assumed.clear()
        config = freeze(self._config.value, spec, **overrides)
        start_compilation_cache(wanted=self._cache is not None and bool(self._cache.value))
        return config

    def network(self, name: str, batch: int = 1) -> Network:
        """The network ``name``; :meth:`show` tells what its importer assumed.

        Raises:
            SpecError: as for :func:`eyeriss_jax.layers.network`.
        """
        found = network(name, batch=batch)
        self._assumed |= dict.fromkeys(f"Note on {found.name}: {note}." for note in found.notes)
        return found

    def start(self, config: Any = None, *more: str, unnamed: Collection[str] = ()) -> Path:
        """Ends the checks and begins the work: makes the output folder.

        Args:
            config: what is asked, as :meth:`config` gave it; the default folder is named after it.
            more: words for what else tells this run from others.
            unnamed: fields that do not tell runs apart: what they change comes after the work.

        Raises:
            SpecError: the folder cannot be written, or holds another experiment's results.
        """
        folder = self._output_dir.value
        if folder is None:
            folder = str(Path("output", self.name, self._folder_name(config, more, unnamed)))
        return prepare_output_dir(folder, self.name)

    def _folder_name(self, config: Any, more: Sequence[str], unnamed: Collection[str]) -> str:
        if config is None:
            return folder_name({}, {}, more)
        assert self.default_config is not None
        fields = [each for each in dataclasses.fields(config) if each.name not in unnamed]
        usual = {each.name: each.default for each in fields} | load_config(str(self.default_config)).to_dict()
        return folder_name({each.name: getattr(config, each.name) for each in fields}, usual, more)

    def show(self, tables: Sequence[Table], text: Callable[[int], RenderableType], notes: Sequence[str] = ()) -> None:
        """Prints a result in the chosen format; see :func:`experiments.harness.output.show`."""
        show(self._format.value, tables, text, [*self._assumed, *notes])

    def run(self, main: Callable[[], None]) -> None:
        """Parses the flags, runs ``main`` and exits the process."""
        jax.config.parse_flags_with_absl()
        run(main, self.default_config, self._spec, resumes=self.resumes)

    def run_with_arguments(self, main: Callable[[list[str]], None]) -> None:
        """Like :meth:`run` for a ``main`` that takes what the command line holds beside flags."""
        jax.config.parse_flags_with_absl()
        run_with_arguments(main)
