"""Config files: from a loose ``ConfigDict`` to a frozen, validated dataclass, and what to say when that fails."""

import ast
import dataclasses
import difflib
import os
import re
import runpy
import shlex
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from absl import flags
from ml_collections import ConfigDict
from ml_collections.config_dict import placeholder
from ml_collections.config_flags import config_flags

from eyeriss_jax.errors import SpecError, joined

Spec = TypeVar("Spec")


def freeze(config: ConfigDict, spec: type[Spec], **overrides: Any) -> Spec:
    """``config`` as the frozen dataclass ``spec``; overrides that are not None win.

    Raises:
        SpecError: unknown or missing fields, or values of the wrong type: all of them in one message.
    """
    fields = {field.name: field for field in dataclasses.fields(spec)}  # pyright: ignore[reportArgumentType]
    needed = [name for name, field in fields.items() if _required(field)]
    given = {name: value for name, value in config.to_dict().items() if value is not None or name not in needed}
    values = given | {name: value for name, value in overrides.items() if value is not None}
    missing = [name for name in needed if name not in values]
    wrong = [_wrong(name, values[name], kind) for name, kind in get_type_hints(spec).items() if name in values]
    problems = [unknown_fields([name for name in values if name not in fields], fields), *wrong]
    if missing:
        what = f"no field {missing[0]!r}; set it" if len(missing) == 1 else f"no fields {_names(missing)}; set them"
        problems.append(f"the config has {what} in get_config(), or by --config.{missing[0]}=")
    if found := [problem for problem in problems if problem]:
        raise SpecError(joined(found))
    floats = {name for name, kind in get_type_hints(spec).items() if kind is float}
    return spec(**{name: float(cast(float, value)) if name in floats else value for name, value in values.items()})


def completed(config: ConfigDict, spec: type | None) -> ConfigDict:
    """``config`` with every field of ``spec`` that it leaves out, so that a flag can set each of them.

    A field without a default is there by its type alone, as None, until a flag gives it a value.
    """
    for field in dataclasses.fields(spec) if spec else ():  # pyright: ignore[reportArgumentType]
        if field.name not in config:
            with config.unlocked():
                config[field.name] = placeholder(_plain_kind(spec, field)) if _required(field) else _default(field)
    return config


def _plain_kind(spec: Any, field: dataclasses.Field[Any]) -> type:
    """What holds a field in a config."""
    kind = get_type_hints(spec)[field.name]
    return {Mapping: ConfigDict}.get(get_origin(kind), get_origin(kind)) or kind


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def extended(config: ConfigDict, spec: type | None, argv: Sequence[str]) -> ConfigDict:
    """``config`` with the entries that ``argv`` gives to its dictionaries and that it lacks, or has of another shape.

    ``config_flags`` knows the entries of the config file only, but which axes and constraints there are is free.

    Raises:
        SpecError: a dictionary among them has a key with a dot.
    """
    kinds = get_type_hints(spec) if spec else {}
    free = {name for name, kind in kinds.items() if get_origin(kind) is Mapping}
    for path in dict.fromkeys(_given_fields(argv)):
        first, *inner = path.split(".")
        text = given(argv, f"config.{path}")
        if first in free and inner and all(inner) and text is not None:
            value = _literal(text)
            if dotted := _dotted(value):
                raise SpecError(f"--config.{path}={text} must be nested where a key has a dot: {dotted}")
            with config.unlocked(), config.ignore_type():
                _put(config, [first, *inner], value)
    return config


def _given_fields(argv: Sequence[str]) -> list[str]:
    """The fields of a config that a command line sets, by their path."""
    return [match[1] for each in argv if (match := re.match(r"--?(?:no)?config\.([^=]+)", each))]


def _put(config: ConfigDict, path: Sequence[str], value: Any) -> None:
    """Sets an entry that is missing, or a dictionary where ``value`` is none, or none where it is one."""
    *outer, last = path
    for name in outer:
        if not isinstance(config.get(name), ConfigDict):
            config[name] = ConfigDict()
        config = cast(ConfigDict, config[name])
    if last not in config or isinstance(config[last], ConfigDict) != isinstance(value, Mapping):
        config[last] = ConfigDict(value) if isinstance(value, Mapping) else value


def _literal(text: str) -> Any:
    """A value as Python writes it, or the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


class CompletedConfig(config_flags.ConfigFileFlagParser):
    """Reads a config file, and completes it by the defaults of ``spec`` and by the dictionaries' new entries."""

    def __init__(self, spec: type | None) -> None:
        super().__init__(name="config")
        self.spec = spec

    def parse(self, path: Any) -> Any:
        """The config in the file ``path``; None stays None."""
        config = super().parse(path)
        return extended(completed(config, self.spec), self.spec, sys.argv) if isinstance(config, ConfigDict) else config


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


_IN_WORDS = {
    str: "text", int: "a whole number, such as 4", float: "a number, such as 0.5", bool: "true or false",
}  # fmt: skip
_SEVERAL = {str: "a list of names", int: "a list of whole numbers", float: "a list of numbers"}


def _wrong(name: str, value: Any, kind: Any) -> str:
    """What is wrong with a value of type ``kind``: a plain one, several of one, or a dictionary."""
    if kind in _IN_WORDS and not _is(value, kind):
        return f"config field {name} = {value!r} must be {_IN_WORDS[kind]}"
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    if inner in _SEVERAL and not (isinstance(value, tuple | list) and all(_is(each, inner) for each in value)):
        example = {str: "('a', 'b')", int: "(1, 2)", float: "(0.5, 1.0)"}[inner]
        return f'config field {name} = {value!r} must be {_SEVERAL[inner]}, such as --config.{name}="{example}"'
    if get_origin(kind) is Mapping and not isinstance(value, Mapping):
        return f'config field {name} = {value!r} must be a dictionary, such as --config.{name}="{{...}}"'
    for key in _keys(value) if isinstance(value, Mapping) else ():
        if not isinstance(key, str):
            return f"config field {name} has the key {key!r}; its keys are names in quotes, such as 'pe_rows'"
    return ""


def _keys(value: Mapping[Any, Any]) -> Iterator[Any]:
    """All keys of a dictionary and of those within."""
    for key, inner in value.items():
        yield key
        yield from _keys(inner) if isinstance(inner, Mapping) else ()


def _is(value: Any, kind: Any) -> bool:
    """Whether a value is of a plain type; an integer may stand for a float, a bool only for itself."""
    return type(value) is kind or (kind is float and type(value) is int)


def field_flags(config: ConfigDict) -> list[str]:
    """Every field of a config as a shell takes it: ``--config.<field>=<value>``, a dictionary and what it holds."""
    return [
        f"--config.{name}={_in_shell(value)}"
        for name, value in _entries(config.to_dict())
        if "." not in name or not isinstance(value, Mapping)
    ]


def _entries(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """All fields by their path, the entries of a dictionary after the dictionary."""
    for name, value in fields.items():
        yield f"{before}{name}", value
        if isinstance(value, Mapping):
            yield from _entries(value, f"{before}{name}.")


def _in_shell(value: Any) -> str:
    """A value as it stands in a shell: text as it is, others as Python writes them, in double quotes where needed."""
    text = value if isinstance(value, str) else repr(value)
    if re.fullmatch(r"[\w.,:/+-]*", text):
        return text
    return shlex.quote(text) if re.search(r'["$`\\!]', text) else f'"{text}"'


def unknown_fields(names: Sequence[str], known: Iterable[str]) -> str:
    """The message for config fields that do not exist, with the closest ones that do; empty for no names."""
    known = tuple(known)
    if not names:
        return ""
    close = [difflib.get_close_matches(name, known, n=1) for name in names]
    if len(names) == 1:
        suggestion = f"; did you mean {close[0][0]!r}?" if close[0] else "."
        return f"unknown config field {names[0]!r}{suggestion} Known fields: {', '.join(known)}"
    each = (f"{n!r} (did you mean {c[0]!r}?)" if c else repr(n) for n, c in zip(names, close, strict=True))
    return f"unknown config fields {', '.join(each)}. Known fields: {', '.join(known)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def explain(argv: Sequence[str], error: Exception, spec: type | None = None) -> str:
    """Why parsing ``argv`` failed, in one sentence: the config file, a field of it, or a flag.

    ``config_flags`` reports trouble in the config file in many ways, so the file is run again by itself. ``spec``: what
    it describes.
    """
    path = config_path(argv)
    config = ConfigDict()
    if path is not None:
        try:
            config = extended(completed(load_config(path), spec), spec, argv)
        except SpecError as problem:
            return str(problem)
        known = [name for name, _ in _entries(config.to_dict())]
        if unknown := unknown_fields([name for name in dict.fromkeys(_given_fields(argv)) if name not in known], known):
            return unknown
    if isinstance(error, KeyError) and (twice := _whole_and_by_entry(argv)):
        return f"--config.{twice[0]} is given whole and entry by entry; put all of its entries in one of both"
    if isinstance(error, flags.IllegalFlagValueError) and (match := re.match(r"flag --([\w.]+)=", str(error))):
        return _refused(match[1], argv, config) or str(error)
    return str(error) if isinstance(error, flags.Error | ValueError) else f"{type(error).__name__}: {error}"


def _whole_and_by_entry(argv: Sequence[str]) -> list[str]:
    """The dictionaries that a command line gives in both ways, of which the whole one forgets the entries."""
    paths = _given_fields(argv)
    return [path for path in paths if any(other.startswith(f"{path}.") for other in paths)]


def _refused(name: str, argv: Sequence[str], config: ConfigDict) -> str:
    """What the flag ``name`` takes, where ``argv`` gives it something else; empty if its parser says it best."""
    parser = flags.FLAGS[name].parser if name in flags.FLAGS else None
    at_least = getattr(parser, "lower_bound", None)
    rule = ""
    if isinstance(parser, flags.IntegerParser):
        rule = "a whole number, such as 4" if at_least is None else f"a whole number of at least {at_least}"
    elif isinstance(parser, flags.FloatParser):
        rule = _IN_WORDS[float]
    elif isinstance(parser, flags.BooleanParser):
        rule = _IN_WORDS[bool] if name.startswith("config.") else f"true or false; write --{name} or --no{name}"
    elif isinstance(parser, flags.EnumParser):
        rule = f"one of {', '.join(parser.enum_values)}"
    elif isinstance(value := dict(_entries(config.to_dict())).get(name.removeprefix("config.")), Mapping):
        rule = f"a dictionary in quotes, as Python writes it: --{name}={_in_shell(value)}"
        if dotted := _dotted(_literal(given(argv, name) or "")):
            rule = f"nested where a key has a dot: {dotted}"
    return f"--{name}={given(argv, name) or ''} must be {rule}" if rule else ""


def _dotted(value: Any) -> str:
    """The first key with a dot of ``value``, as it is nested; empty if it is no dictionary or has none."""
    for key in value if isinstance(value, Mapping) else ():
        if isinstance(key, str) and "." in key:
            *outer, last = key.split(".")
            return "".join(f"{{{each!r}: " for each in outer) + f"{{{last!r}: {value[key]!r}}}" + "}" * len(outer)
    return ""


def config_path(argv: Sequence[str]) -> str | None:
    """The config file that a command line names, None if it names none."""
    return given(argv, "config")


def given(argv: Sequence[str], name: str) -> str | None:
    """The last value that a command line gives for the flag ``name``, None if it gives none."""
    value = None
    for argument, following in zip_longest(argv, argv[1:]):
        if match := re.fullmatch(rf"--?{re.escape(name)}(?:=(.*))?", argument, flags=re.DOTALL):
            value = match[1] if match[1] is not None else following
    return value


def load_config(path: str) -> ConfigDict:
    """What ``get_config()`` of the file ``path`` returns.

    Raises:
        SpecError: no such file, an error in it, or no ``get_config`` that returns a ``ConfigDict``.
    """
    file, *argument = path.split(":", 1)
    if not os.path.isfile(file):
        raise SpecError(f"there is no config file {file!r}; name one such as configs/sweep.py, or leave --config out")
    if Path(file).suffix != ".py":
        raise SpecError(f"--config={path} is no Python file with a function get_config(), as those in configs/ are")
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
        return f"line {error.lineno or 1}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{type(error).__name__}: {error}"
