"""Timeloop's problem files as its own library has them: templates over a base file.

``{{include_text('../problem_base.yaml')}}`` in a line of its own stands for a file beside this one or in the folder
above, whose anchors the file then uses; ``<<<: *problem_base`` takes over what the file does not give itself, key by
key at every depth, ``<<`` only at its own. Nothing else of a template is filled in: no other file is opened, and no
expression is evaluated.
"""

import os
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

from eyeriss_jax.documents import MAX_DEPTH, Node, parse_anchors, parse_document, read_text
from eyeriss_jax.errors import SpecError

MAX_INCLUDES = 8

_INCLUDE = re.compile(r"""^\{\{[ ]*include_text\([ ]*(["'])([^"'\n]+)\1[ ]*\)[ ]*\}\}[ \t\r]*$""", re.MULTILINE)
_OTHER = re.compile(r"\{[{%#]")
_WAY_OUT = "give the file that Timeloop wrote after filling it in (parsed-processed-input.yaml, or inputs/input.yaml)"
_DEEP, _SHALLOW = "<<<", "<<"


def read_template(path: Path, what: str) -> Node:
    """The content of the YAML file ``path`` with its includes and merges filled in.

    Every value knows the file and the line that it stands in.

    Raises:
        SpecError: as for :func:`eyeriss_jax.documents.read_document`; an include of another file than one beside or
            above, or of a template; any other expression of a template.
    """
    where, text = f"{what} {path}", read_text(path, what)
    included = list(_INCLUDE.finditer(text))
    anchors = {}
    for number, each in enumerate(included):
        place = f"{where}, line {_line(text, each.start())}"
        if number >= MAX_INCLUDES or not _near(each[2]):
            raise SpecError(
                f"{place}: at most {MAX_INCLUDES} files are included, and only YAML files beside this one or in the "
                f"folder above; copy {each[2][:80]!r} there, or {_WAY_OUT}"
            )
        base = path.parent / each[2]
        if not os.path.exists(base):  # where Path.exists raises for a name that no system allows, this does not
            raise SpecError(f"{place}: it includes {each[2][:80]!r}, which is not there; copy it there, or {_WAY_OUT}")
        anchors |= parse_anchors(_plain(read_text(base, what), f"{what} {base}"), f"{what} {base}")
    return _merged(parse_document(_plain(_INCLUDE.sub("", text), where), where, anchors=anchors))


def _near(included: str) -> bool:
    """Whether a path leads to a YAML file in the folder that it starts from, or in the one above."""
    parts = PurePosixPath(included).parts
    beside = parts[1:] if parts[:1] == ("..",) else parts
    return len(beside) == 1 and beside[0].endswith((".yaml", ".yml")) and "\\" not in included


def _plain(text: str, where: str) -> str:
    """``text``, unless it has an expression that is not filled in here."""
    if other := _OTHER.search(text):
        raise SpecError(
            f"{where}, line {_line(text, other.start())}: a template ({other[0]}); of these only "
            f"{{{{include_text('file.yaml')}}}} in a line of its own is filled in; write the value out, or {_WAY_OUT}"
        )
    return text


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _merged(node: Node, depth: int = 0) -> Node:
    """``node`` with what it takes over in place of the keys that say so."""
    if depth > MAX_DEPTH:  # aliases of aliases may be deeper than any text
        raise node.error(f"nested more than {MAX_DEPTH} deep once aliases are expanded; flatten the file")
    if isinstance(node.value, list):
        return replace(node, value=[_merged(each, depth + 1) for each in node.value])
    if not isinstance(node.value, dict):
        return node
    own = {key: _merged(each, depth + 1) for key, each in node.value.items() if key not in (_DEEP, _SHALLOW)}
    found = replace(node, value=own, keys={key: node.keys[key] for key in own})
    for key in (_SHALLOW, _DEEP):
        for base in _bases(node.value.get(key)):
            found = _over(_merged(base, depth + 1), found, deep=key == _DEEP)
    return found


def _bases(node: Node | None) -> list[Node]:
    """What is taken over: one map, or several, the first of which counts most."""
    if node is None:
        return []
    bases = node.value if isinstance(node.value, list) else [node]
    for base in bases:
        base.fields()
    return bases


def _over(base: Node, own: Node, *, deep: bool) -> Node:
    """The map ``base`` with the keys of ``own`` in their place; ``deep``: maps in maps likewise."""
    values = dict(base.value)
    for key, node in own.value.items():
        both = deep and isinstance(node.value, dict) and key in values and isinstance(values[key].value, dict)
        values[key] = _over(values[key], node, deep=True) if both else node
    return replace(own, value=values, keys={**base.keys, **own.keys})
