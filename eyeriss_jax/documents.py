"""YAML files of strangers as plain data that knows its place: bounded, safe, each error with line and column.

No loader of PyYAML constructs anything here. Its event stream becomes a tree of :class:`Node`, so that a file can
neither run code nor name another file, and limits hold before memory is spent: on bytes, on depth, and on nodes after
aliases are expanded (a few lines of nested aliases can stand for billions of nodes). Scalars follow YAML 1.2, where
``no``, ``N`` and ``1:30`` are text and ``200e6`` is a number.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from eyeriss_jax.errors import SpecError
from eyeriss_jax.names import suggestion

MAX_BYTES = 2 * 2**20
MAX_NODES = 100_000
MAX_DEPTH = 40

_LONGEST = 1000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_REAL = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Any] = {"": None, "~": None, ".inf": float("inf"), "-.inf": -float("inf")}
for _word, _value in (("null", None), ("true", True), ("false", False)):
    _WORDS |= dict.fromkeys((_word, _word.title(), _word.upper()), _value)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value of a file and where it stands.

    Attributes:
        value: text, int, float, bool, None, a list of nodes, or a dictionary of nodes by key.
        file: the file, as messages call it; ``line`` and ``column`` count from 1.
        line: see ``file``.
        column: see ``file``.
        spelled: a scalar as the file spells it.
        keys: for a dictionary, where each key stands.
        size: nodes below and including this one, aliases expanded.
        tag: the YAML tag, such as ``!Component``, where the format has it; "" otherwise.
    """

    value: Any
    file: str
    line: int
    column: int
    spelled: str = ""
    keys: "dict[str, Node]" = field(default_factory=dict)
    size: int = 1
    tag: str = ""

    @property
    def place(self) -> str:
        """Where this value stands, for messages."""
        return f"{self.file}, line {self.line}, column {self.column}"

    def error(self, message: str) -> SpecError:
        """The error ``message``, with the place of this value; cut short if the file's own words make it long."""
        short = message if len(message) <= _LONGEST else message[:_LONGEST] + "..."
        return SpecError(short, file=self.file, where=f"line {self.line}, column {self.column}: ")

    def of_field(self, field: str) -> "Node":
        """Where a field such as ``spad_words.iact`` stands, or what is there of it: its map, or else this."""
        name, _, inner = field.partition(".")
        place = self.value.get(name) if isinstance(self.value, dict) else None
        return self if place is None else place.of_field(inner)

    def fields(self, known: Iterable[str] | None = None, required: Iterable[str] = ()) -> "dict[str, Node]":
        """The dictionary that this must be.

        Args:
            known: keys that may occur; None for any.
            required: keys that must.

        Raises:
            SpecError: not a dictionary, unknown keys (with the closest known ones), or missing ones; all at once.
        """
        if not isinstance(self.value, dict):
            raise self.error(f"expected 'key: value' lines, found {self.kind}")
        known = tuple(self.keys) if known is None else tuple(known)
        unknown = [name for name in self.keys if name not in known]
        missing = [name for name in required if name not in self.value]
        if unknown:
            raise self.keys[unknown[0]].error(
                "; ".join(self._unknown(name, known, first=name == unknown[0]) for name in unknown)
                + f" Known keys: {', '.join(known)}"
                + (f". Missing: {', '.join(map(_brief, missing))}" if missing else "")
            )
        if len(missing) == 1:
            raise self.error(f"the key {missing[0]!r} is missing; add '{missing[0]}: ...'")
        if missing:
            raise self.error(f"the keys {', '.join(map(repr, missing))} are missing; add '{missing[0]}: ...' and so on")
        return self.value

    def _unknown(self, name: str, known: "tuple[str, ...]", *, first: bool) -> str:
        """What to say of a key that may not occur: the first has its place before it, others their line with them."""
        where = "" if first else f" in line {self.keys[name].line}"
        return f"unknown key {_brief(name)}{where}{suggestion(name, known)}"

    def items(self) -> "list[Node]":
        """The list that this must be."""
        if not isinstance(self.value, list):
            raise self.error(f"expected a list such as [a, b], found {self.kind}")
        return self.value

    def text(self) -> str:
        """The text that this must be; a number or a truth value is taken as it is spelled."""
        if isinstance(self.value, list | dict) or self.value is None:
            raise self.error(f"expected text, found {self.kind}")
        return self.spelled

    def integer(self) -> int:
        """The integer that this must be."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.error(f"expected an integer, found {self.kind}")
        return self.value

    def number(self) -> int | float:
        """The number that this must be, integer or real as written."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.error(f"expected a number, found {self.kind}")
        return self.value

    def flag(self) -> bool:
        """The ``true`` or ``false`` that this must be."""
        if not isinstance(self.value, bool):
            raise self.error(f"expected true or false, found {self.kind}")
        return self.value

    def plain(self) -> Any:
        """The value without its places: text, numbers, lists and dictionaries."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    @property
    def kind(self) -> str:
        """What was found, for messages."""
        if isinstance(self.value, dict | list):
            return "keys" if isinstance(self.value, dict) else "a list"
        return "nothing" if self.value is None else _brief(self.value)


def read_document(path: Path, what: str) -> Node:
    """The content of the YAML file ``path``; ``what`` names it in messages, e.g. ``"accelerator file"``.

    Raises:
        SpecError: no regular file, too large, not text, not YAML, or YAML that this reader refuses: tags, aliases
            that refer to themselves or expand without bound, deep nesting, repeated keys, several documents.
    """
    return parse_document(read_text(path, what), f"{what} {path}")


def read_text(path: Path, what: str, max_bytes: int = MAX_BYTES) -> str:
    """The text of a regular file of bounded size (a pipe or a device could hang or never end).

    Raises:
        SpecError: it cannot be read, is no regular file, is too large, or is not UTF-8.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SpecError(f"{what} {path}: not a regular file; give the path of a YAML file")
            data = file.read(max_bytes + 1)
    except SpecError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(f"{what} {path}: {reason}; check the path") from error
    if len(data) > max_bytes:
        raise SpecError(f"{what} {path}: larger than {max_bytes:,} bytes; split it or leave out what is not needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SpecError(f"{what} {path}, line {line}: not text in UTF-8; save the file as UTF-8") from error


def parse_document(text: str, where: str, tags: Iterable[str] = (), anchors: Mapping[str, Node] | None = None) -> Node:
    """``text`` as a tree.

    Args:
        text: the document.
        where: names its origin in messages.
        tags: those that the format gives values.
        anchors: values of other documents that its aliases may stand for.

    Raises:
        SpecError: as for :func:`read_document`.
    """
    return _parsed(text, where, tags, anchors or {})[0]


def parse_anchors(text: str, where: str) -> dict[str, Node]:
    """The values that have an anchor in ``text``, which another document may use.

    Raises:
        SpecError: as for :func:`read_document`.
    """
    return _parsed(text, where, (), {})[1]


def _parsed(text: str, where: str, tags: Iterable[str], anchors: Mapping[str, Node]) -> tuple[Node, dict[str, Node]]:
    """The tree of ``text``, and all values that its aliases may stand for."""
    tree = _Tree(where, yaml.parse(text, Loader=_LOADER), frozenset(tags), anchors)
    try:
        return tree.document(), tree.anchors
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        problem = getattr(error, "problem", None) or "characters that are not text"
        raise SpecError(f"{place}: not valid YAML: {problem}; check indentation, quotes and brackets there") from error


class _Tree:
    """Builds the tree of one document from the events of its parser."""

    def __init__(self, where: str, events: Iterator[Any], tags: frozenset[str], anchors: Mapping[str, Node]) -> None:
        self.where, self.events, self.tags = where, events, tags
        self.anchors = dict(anchors)
        self.nodes = 0

    def document(self) -> Node:
        """The only document of the stream."""
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._at(event).error("a second document ('---'); keep one document per file")
                root = self._value(next(self.events), 0)
        if root is None:
            raise SpecError(f"{self.where}: the file is empty")
        return root

    def _at(self, event: Any) -> Node:
        mark = event.start_mark
        return Node(None, self.where, mark.line + 1, mark.column + 1)

    def _value(self, event: Any, depth: int) -> Node:
        """The value that begins with ``event``."""
        here = self._at(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise here.error(f"alias *{event.anchor} refers to itself or to nothing; write the value out")
            node = self.anchors[event.anchor]
            self._count(node.size, here)
            return node
        if event.tag is not None and event.tag not in self.tags:
            raise here.error(f"tag {_brief(event.tag)} is refused: a file holds plain data only; remove the tag")
        here = replace(here, tag=event.tag or "")
        if depth > MAX_DEPTH:
            raise here.error(f"nested more than {MAX_DEPTH} deep; flatten the file")
        self._count(1, here)
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event.value) if event.implicit[0] else event.value
            node = replace(here, value=value, spelled=event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(here, depth)
        else:
            node = self._dictionary(here, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _count(self, nodes: int, here: Node) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise here.error(
                f"the file stands for more than {MAX_NODES:,} values once aliases are expanded; shorten it"
            )

    def _list(self, here: Node, depth: int) -> Node:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return replace(here, value=items, size=1 + sum(item.size for item in items))

    def _dictionary(self, here: Node, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._at(event)
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise key.error("a key must be plain text")
            name = event.value
            if name in values:
                raise key.error(f"the key {_brief(name)} was given in line {keys[name].line} already; keep one of them")
            keys[name] = key
            values[name] = self._value(next(self.events), depth + 1)
        return replace(here, value=values, keys=keys, size=1 + sum(value.size for value in values.values()))


def _scalar(text: str) -> Any:
    """A plain scalar by the rules of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text


def _brief(value: Any) -> str:
    """``value`` as Python spells it, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
