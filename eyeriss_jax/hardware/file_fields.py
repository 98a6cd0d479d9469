"""How the fields of a hardware specification are spelled in a YAML file: keys are their names, values go by type.

Everything is derived from the dataclass, so that a new field of :class:`~eyeriss_jax.hardware.accelerator.Accelerator`
is read, written and described by the schema without a change here.
"""

import dataclasses
import inspect
import math
import re
import types
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from eyeriss_jax.documents import Node
from eyeriss_jax.errors import SpecError, gathered

UNLIMITED = "unlimited"
"""How a file spells an infinite bandwidth."""

_LARGEST_INTEGER = 2**31 - 1
_LARGEST_WHOLE = 1e15  # bits or words; beyond it, reals are soon not whole numbers any more


@cache
def kinds_of(spec: Any) -> dict[str, Any]:
    """The type of every field of the dataclass ``spec``, in order."""
    hints = get_type_hints(spec)
    return {field.name: hints[field.name] for field in dataclasses.fields(spec)}


class Meaning(NamedTuple):
    """What a docstring says about a field: its unit (empty where it has none), and what it is."""

    unit: str
    text: str


def meanings_of(spec: Any) -> dict[str, Meaning]:
    """What the ``Attributes:`` of the dataclass ``spec`` say about each field, ``name: [unit] What it is``."""
    section = re.split(r"^(\w+):\n", inspect.cleandoc(spec.__doc__ or ""), flags=re.MULTILINE)
    text = dict(zip(section[1::2], section[2::2], strict=True)).get("Attributes", "")
    entries = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", text, flags=re.MULTILINE)
    return {name: _meaning(" ".join(entry.split())) for name, entry in entries}


def _meaning(entry: str) -> Meaning:
    entry = re.sub(r":\w+:`~?([^`]*)`", r"\1", entry).replace("``", "")
    unit, text = re.fullmatch(r"(?:\[([^]]+)\] )?(.*)", entry).groups("")  # type: ignore[union-attr]
    return Meaning(unit, text[:1].upper() + text[1:])


def option_of(kind: Any) -> Any:
    """``X`` for the type ``X | None``, None for any other."""
    inner = [each for each in get_args(kind) if each is not types.NoneType]
    return inner[0] if get_origin(kind) in (Union, types.UnionType) and len(inner) == 1 else None


def value_of(node: Node, kind: Any, base: Any = None) -> Any:
    """The value of type ``kind`` that ``node`` spells; of a map only what differs from ``base``, if there is one.

    Raises:
        SpecError: another type, an unknown or a missing key; with line and column.
    """
    if option_of(kind) is not None:
        return None if node.value is None else value_of(node, option_of(kind), base)
    if kind is bool:
        return node.flag()
    if kind is int:
        if abs(node.integer()) > _LARGEST_INTEGER:
            raise node.error(f"{node.spelled} does not fit in 32 bits; give a smaller number")
        return node.integer()
    if kind is float:
        if node.value != UNLIMITED and math.isfinite(node.number()) and abs(node.number()) >= _LARGEST_WHOLE:
            raise node.error(
                f"{node.spelled} is more than any machine has; give less than {_LARGEST_WHOLE:g}, or for a bandwidth "
                f"without a limit {UNLIMITED!r}"
            )
        return math.inf if node.value == UNLIMITED else node.number()
    if kind is str:
        return node.text()
    if get_origin(kind) is tuple:
        return tuple(value_of(item, get_args(kind)[0]) for item in node.items())
    if get_origin(kind) is dict:
        return {name: value_of(value, get_args(kind)[1]) for name, value in node.fields().items()}
    given = arguments_of(node, kind, base=base)
    try:
        return kind(**given) if base is None else dataclasses.replace(base, **given)
    except SpecError as error:
        raise node.error(str(error)) from error


def arguments_of(
    node: Node,
    spec: Any,
    readers: dict[str, Callable[[Node], Any]] | None = None,
    base: Any = None,
    also: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The fields of the dataclass ``spec`` that ``node`` gives.

    Args:
        node: where they stand.
        spec: what they are fields of.
        readers: how to read fields that are not spelled by their type.
        base: a ``spec`` whose fields are kept where ``node`` does not give them, entry by entry in nested maps; None
            where every field without a default must be there.
        also: further keys that may be there.

    Raises:
        SpecError: unknown keys, missing ones, values of another type or that no machine has: all that is wrong at
            once, with lines and columns.
    """
    kinds = kinds_of(spec)
    needed = [field.name for field in dataclasses.fields(spec) if base is None and not _default(field)]
    by_type = {name: partial(value_of, kind=kind, base=getattr(base, name, None)) for name, kind in kinds.items()}
    readers, rules = by_type | (readers or {}), getattr(spec, "RULES", {})
    names = [name for name in node.fields() if name in kinds]

    def read(name: str) -> Any:
        value = readers[name](node.value[name])
        if name in rules:
            _obeys(node, name, value, rules[name])
        return value

    _, found = gathered([partial(node.fields, [*also, *kinds], needed)], [partial(read, name) for name in names])
    read_as = dict(zip(names, found, strict=True))
    return {name: read_as[name] for name in kinds if name in read_as}


def _obeys(node: Node, name: str, value: Any, rule: Callable[[str, Any], None]) -> None:
    """Checks the ``value`` of the field ``name`` of ``node`` by itself; what is refused is told with its place."""
    try:
        rule(name, value)
    except SpecError as error:
        raise node.of_field(error.field or name).error(error.message) from error


def _default(field: Any) -> bool:
    """Whether a dataclass field may be left out."""
    return not (field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING)


def plain_of(value: Any) -> Any:
    """``value`` as plain data that :func:`value_of` reads back exactly."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain_of(getattr(value, name)) for name in kinds_of(type(value))}
    if isinstance(value, tuple | list):
        return [plain_of(item) for item in value]
    if isinstance(value, dict):
        return {key: plain_of(item) for key, item in value.items()}
    if isinstance(value, float):
        if math.isinf(value):
            return UNLIMITED
        return int(value) if value.is_integer() and abs(value) < _LARGEST_WHOLE else value
    return value


def schema_of(kind: Any, choices: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON Schema of a value of type ``kind``; ``choices`` are the only texts allowed, if there are any."""
    if option_of(kind) is not None:
        return {"anyOf": [schema_of(option_of(kind), choices), {"type": "null"}]}
    if kind is float:
        return {"anyOf": [{"type": "number", "minimum": 0}, {"const": UNLIMITED}]}
    if kind is int:
        return {"type": "integer", "minimum": 0}
    if kind in (bool, str):
        return {"type": {bool: "boolean", str: "string"}[kind]} | ({"enum": list(choices)} if choices else {})
    if get_origin(kind) is tuple:
        return {"type": "array", "items": schema_of(get_args(kind)[0], choices)}
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": schema_of(get_args(kind)[1])}
    return object_schema(kind)


def _described(meaning: Meaning) -> str:
    return f"{meaning.text} Unit: {meaning.unit}." if meaning.unit else meaning.text


def object_schema(spec: Any, choices: dict[str, tuple[str, ...]] | None = None) -> dict[str, Any]:
    """The JSON Schema of the dataclass ``spec``; ``choices`` by field name."""
    meanings, properties = meanings_of(spec), {}
    for name, kind in kinds_of(spec).items():
        described = {"description": _described(meanings[name])} if name in meanings else {}
        properties[name] = described | schema_of(kind, (choices or {}).get(name, ()))
    needed = [field.name for field in dataclasses.fields(spec) if not _default(field)]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
