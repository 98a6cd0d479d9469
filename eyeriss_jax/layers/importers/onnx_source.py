"""An ONNX file as a user asks for it on a command line, and the argument that asks for it with more said."""

import re
import shlex
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import NamedTuple, cast

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import integer_of
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.unknown import Unknown

UNKNOWN = "unknown"
"""The option that no axis can be called by."""


class Source(NamedTuple):
    """A file and how to read it: numbers by symbol, ``input.axis`` or ``loop.<name>``; what to do with the unknown."""

    path: str
    dims: Dictionary[str, int]
    unknown: Unknown = "refuse"

    @property
    def where(self) -> str:
        """How messages begin."""
        return f"network 'onnx:{printable(self.path)}'"

    def asked(self, more: Dictionary[str, int | str]) -> str:
        """The whole argument, quoted for a shell, with ``more`` options beside those given, such as ``tokens: 128``."""
        given = {} if self.unknown == "refuse" else {UNKNOWN: self.unknown}
        options = "&".join(f"{printable(name)}={value}" for name, value in {**self.dims, **given, **more}.items())
        path = self.path if self.path.isprintable() else printable(self.path)  # not cut: it was typed like that
        return shlex.quote(f"onnx:{path}?{options}")


def parse_location(location: str) -> Source:
    """What follows ``onnx:`` on a command line: ``path`` or ``path?symbol=128&unknown=list``.

    Symbols are what a file calls them, ``?`` and ``w&h`` too, or ``input.axis``. A path with a ``?`` in it is taken
    whole where there is such a file.

    Raises:
        SpecError: options of another form.
    """
    path, mark, options = location.partition("?")
    if not mark or _is_file(location):
        return Source(location, {})
    where = Source(path, {}).where
    dims: dict[str, int] = {}
    wrong: dict[str, str] = {}
    unknown = "refuse"
    for option in re.findall(r".*?=[^&=]*(?=&|$)&?|.+", options) or [""]:
        name, _, value = option.removesuffix("&").rpartition("=")
        if not name:
            raise SpecError(f"{where}: write options as path?symbol=128&unknown=list, not {printable(option)!r}")
        if name == UNKNOWN:
            unknown = value
        elif re.fullmatch(r"[0-9]+", value):
            dims[name] = integer_of(where, name, value)
        else:
            wrong[name] = value
    source = Source(path, dims, cast(Unknown, unknown))  # checked where the file is read
    if wrong:
        told = " and ".join(f"{printable(name)} = {printable(value)}" for name, value in wrong.items())
        what = "are no whole numbers" if len(wrong) > 1 else "is no whole number"
        meant = source.asked(dict.fromkeys(wrong, 128))
        raise SpecError(f"{where}: {told} {what} of at least 1; write {meant}")
    return source


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # no name that this system allows
        return False
