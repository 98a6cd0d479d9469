"""Config files: from a loose ``ConfigDict`` to a frozen, validated dataclass, and what to say when that fails."""

import dataclasses
import difflib
import re
import runpy
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from absl import flags
from ml_collections import ConfigDict

from eyeriss_jax.errors import SpecError

Spec = TypeVar("Spec")


def freeze(config: ConfigDict, spec: type[Spec], **overrides: Any) -> Spec:
    """``config`` as the frozen dataclass ``spec``; overrides that are not None win.

    Raises:
        SpecError: an unknown or missing field, or a value of the wrong type.
    """
    values = config.to_dict() | {name: value for name, value in overrides.items() if value is not None}
    fields = {field.name: field for field in dataclasses.fields(spec)}  # pyright: ignore[reportArgumentType]
    for name in values:
        if name not in fields:
            raise SpecError(unknown_field(name, fields))
    for name, kind in get_type_hints(spec).items():
        if name in values:
            values[name] = _checked(name, values[name], kind)
        elif fields[name].default is dataclasses.MISSING:
            raise SpecError(f"the config has no field {name!r}; set it in get_config()")
    return spec(**values)


def _checked(name: str, value: Any, kind: Any) -> Any:
    """``value`` if it is of a plain type ``kind``; an integer may stand for a float, a bool for nothing else."""
    if kind is float and type(value) is int:
        return float(value)
    if kind in (str, int, float, bool) and type(value) is not kind:
        raise SpecError(f"config field {name} = {value!r} must be of type {kind.__name__}")
    return value


def unknown_field(name: str, known: Iterable[str]) -> str:
    """The message for a config field that does not exist, with the closest one that does."""
    known = tuple(known)
    close = difflib.get_close_matches(name, known, n=1)
    suggestion = f"; did you mean {close[0]!r}?" if close else "."
    return f"unknown config field {name!r}{suggestion} Known fields: {', '.join(known)}"


def explain(argv: Sequence[str], error: Exception) -> str:
    """Why parsing ``argv`` failed, in one sentence: the config file, a field of it, or a flag.

    ``config_flags`` reports trouble in the config file in many ways, so the file is run again by itself.
    """
    path = config_path(argv)
    if path is not None:
        try:
            config = load_config(path)
        except SpecError as problem:
            return str(problem)
        known = _field_names(config)
        for argument in argv:
            match = re.match(r"--?(?:no)?config\.([^=]+)", argument)
            if match and match[1] not in known:
                return unknown_field(match[1], known)
    return str(error) if isinstance(error, flags.Error | ValueError) else f"{type(error).__name__}: {error}"


def _field_names(config: ConfigDict) -> list[str]:
    """The fields of a config, nested ones with dots."""
    names = []
    for name, value in config.items():
        names.append(name)
        if isinstance(value, ConfigDict):
            names += [f"{name}.{inner}" for inner in _field_names(value)]
    return names


def config_path(argv: Sequence[str]) -> str | None:
    """The config file that a command line names, None if it names none."""
    path = None
    for argument, following in zip(argv, [*argv[1:], None], strict=True):
        if match := re.fullmatch(r"--?config(?:=(.*))?", argument, flags=re.DOTALL):
            path = match[1] if match[1] is not None else following
    return path


def load_config(path: str) -> ConfigDict:
    """What ``get_config()`` of the file ``path`` returns.

    Raises:
        SpecError: no such file, an error in it, or no ``get_config`` that returns a ``ConfigDict``.
    """
    file, *argument = path.split(":", 1)
    if not Path(file).is_file():
        raise SpecError(f"there is no config file {file!r}")
    try:
        namespace = runpy.run_path(file)
        if "get_config" not in namespace:
            raise SpecError(f"config file {file} has no function get_config()")
        config = namespace["get_config"](*argument)
    except SpecError:
        raise
    except Exception as error:
        raise SpecError(f"config file {file}: {_last_line(error, file)}") from error
    if not isinstance(config, ConfigDict):
        raise SpecError(f"config file {file}: get_config() must return a ConfigDict, not {type(config).__name__}")
    return config


def _last_line(error: Exception, file: str) -> str:
    """An error in one line, with the line of the config file that it comes from."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{type(error).__name__}: {error}"
