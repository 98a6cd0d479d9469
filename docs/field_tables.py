"""The lists and tables of ``fields.md`` and ``glossary.md``, read from the specifications and registries themselves.

Nothing is listed by hand. Names, units, meanings and defaults are those of the dataclasses and their docstrings. Who
reads a field is found in the source of the laws; whether it can be swept or tuned, and which quantities it moves, is
found by trying. ``python docs/field_tables.py`` prints the tables.
"""

import ast
import dataclasses
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

import eyeriss_jax
from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.accelerator_file import CHOICES
from eyeriss_jax.hardware.energy import ENERGY_TABLES, EnergyTable
from eyeriss_jax.hardware.file_fields import UNLIMITED, kinds_of, meanings_of, option_of
from eyeriss_jax.hardware.presets import preset
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.hardware.sparse_pe import SparsePe
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.search.space import (
    METRICS,
    QUANTITIES,
    TARGETS,
    DesignSpace,
    axis,
    cost_in_words,
    costs_of,
    sweepable_fields,
)
from eyeriss_jax.search.tune import relax

BASE: Accelerator = preset("eyeriss_v2")
"""The design on which abilities are tried: it has sparse PEs and a hierarchical mesh."""

PAGES: tuple[str, ...] = ("fields", "glossary")
"""The pages with tables that are made here."""

SPECS: tuple[type, ...] = (Accelerator, SparsePe, EnergyTable, Layer, Sparsity)

_PACKAGE = Path(eyeriss_jax.__file__).parent
_READERS = ("layers", "hardware/area.py", "dataflow", "model", "functional", "search")  # where laws and mapspaces are
_NO_LAWS = ("model.frames", "model.records", "model.shown")  # tables of results
_INSIDE = {SparsePe: "sparse_pe.", EnergyTable: "energy.", Sparsity: "sparsity."}
# What the source calls an instance, or the field that holds one.
_HOLDERS: dict[type, tuple[str, ...]] = {
    Accelerator: ("accelerator", "machine", "spec", "base", "design"),
    SparsePe: ("sparse_pe", "sparse", "pe"),
    EnergyTable: ("energy", "table", "cost"),
    Layer: ("layer",),
    Sparsity: ("sparsity", "density"),
}


class Entry(NamedTuple):
    """What the page says about one field; ``abilities`` is empty where nothing can be swept."""

    name: str
    values: str
    default: str
    text: str
    readers: str
    abilities: str


@cache
def entries(spec: type) -> list[Entry]:
    """Every field of a specification."""
    kinds, meanings, inside = kinds_of(spec), meanings_of(spec), _INSIDE.get(spec, "")
    found = []
    for item in dataclasses.fields(spec):
        name, kind = item.name, kinds[item.name]
        modules = ", ".join(f"`{each}`" for each in readers(spec).get(name, ()))
        found.append(
            Entry(
                name=inside + name,
                values=_values(name, kind, meanings[name].unit),
                default=_default(item),
                text=meanings[name].text,
                readers=modules or ("reports" if kind in (str, dict[str, str]) else "build"),
                abilities=_abilities(inside + name) if spec in (Accelerator, SparsePe) else "",
            )
        )
    return found


def field_list(spec: type) -> str:
    """A Markdown definition list with every field of a specification."""
    lines = []
    for each in entries(spec):
        abilities = f" Can be {each.abilities}." if each.abilities else ""
        lines += [
            f"`{each.name}` ({each.values}; {each.default})",
            f": {each.text}",
            f": Read by {each.readers}.{abilities}",
            "",
        ]
    return "\n".join(lines)


def quantities_table() -> str:
    """A Markdown table with what a constraint can bound, and the fields that move it."""
    moving: dict[str, list[str]] = defaultdict(list)
    for field in sweepable_fields(BASE):
        for quantity in moved(field):
            moving[quantity].append(field)
    values = _quantities(BASE)
    rows = [
        [f"`{name}`", _plain(values[name]), ", ".join(f"`{field}`" for field in _without_types(moving[name]))]
        for name in QUANTITIES
    ]
    results = [[f"`{name}`", "a result", "mappings and every field that they depend on"] for name in TARGETS]
    return _table(("constraint", BASE.name, "moved by"), rows + results)


def _without_types(fields: list[str]) -> list[str]:
    """``spad_words`` once, in the place of the three that end in a data type."""
    return list(dict.fromkeys(re.sub(rf"\.({'|'.join(TYPES)})$", "", field) for field in fields))


def metrics_table() -> str:
    """A Markdown table with what a sweep or a tuning can be told to improve."""
    return _table(
        ("objective", "better is"), [[f"`{name}`", "more" if way > 0 else "less"] for name, way in METRICS.items()]
    )


def steps_table() -> str:
    """A Markdown table with the seven steps of Eyexam."""
    rows = [[f"b{step.number}", step.label, step.constraint, step.bound, step.loss] for step in STEPS]
    return _table(("bound", "step", "what becomes known", "what it bounds", "why performance is lost"), rows)


def filled(text: str) -> str:
    """``text`` with every line ``<!-- table: NAME -->`` replaced by that table."""
    tables = {spec.__name__: partial(field_list, spec) for spec in SPECS}
    tables |= {"constraints": quantities_table, "objectives": metrics_table, "steps": steps_table}
    return re.sub(r"<!-- table: (\w+) -->", lambda match: tables[match[1]](), text)


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _values(name: str, kind: Any, unit: str) -> str:
    """The unit of a number, or what else a field may be."""
    inner = option_of(kind) or kind
    if inner is Types:
        return f"{unit}; one value for each of {', '.join(f'`.{t}`' for t in TYPES)}"
    if unit:
        return unit
    if name in CHOICES:
        words = ", ".join(f"`{choice}`" for choice in CHOICES[name])
        return f"any of {words}" if get_origin(kind) is tuple else f"one of {words}"
    if inner in SPECS:
        return f"see [below](#{inner.__name__.lower()})"
    if get_origin(kind) is dict:
        return "text for each field"
    plain = {bool: "yes or no", str: "text", int: "a whole number", float: "a number"}
    return plain.get(inner) or ("one of " + ", ".join(f"`{x}`" for x in get_args(inner)) if get_args(inner) else "")


def _default(item: Any) -> str:
    """The default in words."""
    if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
        return "required"
    return f"default {_default_value(item)}"


def _default_value(item: Any) -> str:
    if item.default_factory is not dataclasses.MISSING:
        return "none"
    if isinstance(item.default, float) and math.isinf(item.default):
        return UNLIMITED
    if isinstance(item.default, bool):
        return "yes" if item.default else "no"
    if isinstance(item.default, Types):
        return ", ".join(f"{item.default[t]:g}" for t in TYPES)
    if isinstance(item.default, int | float):
        return _plain(item.default)
    if isinstance(item.default, tuple):
        return ", ".join(map(str, item.default)) or "none"
    return "none" if item.default is None else "dense" if item.default == Sparsity() else str(item.default)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def _abilities(field: str) -> str:
    """What a sweep and a tuning can do with a field, what it costs, and what moves with it."""
    names = [name for name in sweepable_fields(BASE) if name == field or name.startswith(f"{field}.")]
    if not names:
        return "set, not swept"
    axes = [axis(name, _tried(name), BASE) for name in names]
    costs = dict.fromkeys(cost for each in axes for cost in costs_of(each, BASE))
    partners = ", ".join(f"`{each.partner}`" for each in axes if each.partner)
    price = f"costs {cost_in_words(tuple(costs))}" if costs else cost_in_words(())
    return (
        f"swept{' and tuned' if any(map(tunable, names)) else ''}; {price}"
        f"{f'; takes {partners} with it in proportion' if partners else ''}"
    )


def tunable(field: str) -> bool:
    """Whether an axis over ``field`` has a gradient."""
    try:
        relax(DesignSpace(base=BASE, axes=(axis(field, _tried(field), BASE),)))
    except SpecError:
        return False
    return True


def moved(field: str) -> tuple[str, ...]:
    """The quantities, of those that a constraint can bound, that change along an axis over ``field``."""
    first, *others = [_quantities(axis(field, [v], BASE).apply(BASE, v)) for v in _tried(field)]
    return tuple(name for name in QUANTITIES if any(other[name] != first[name] for other in others))


def _quantities(machine: Accelerator) -> dict[str, float]:
    return {name: float(law(machine.build())) for name, law in QUANTITIES.items()}


def _tried(field: str) -> list[Any]:
    """Two or more values that a field may take, its own among them where that is finite."""
    value: Any = BASE
    for name in field.split("."):
        value = getattr(value, name)
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, int | float):
        return [value, 2 * value] if 0 < value < math.inf else [64, 128]
    if isinstance(value, EnergyTable):
        return list(ENERGY_TABLES)
    if isinstance(value, tuple):
        return list(dict.fromkeys([value, (), CHOICES[field][-1:]]))
    return list(CHOICES[field]) if field in CHOICES else [value]


@cache
def readers(spec: type) -> dict[str, list[str]]:
    """Field -> the modules of the laws, and the packages beside them, whose source reads it."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    names = set(kinds_of(spec))
    for part in _READERS:
        paths = [_PACKAGE / part] if part.endswith(".py") else sorted((_PACKAGE / part).rglob("*.py"))
        for path in paths:
            module = ".".join(path.relative_to(_PACKAGE).with_suffix("").parts)
            if module in _NO_LAWS:
                continue
            shown = module if part in ("model", "hardware/area.py") else part
            for name in _read(ast.parse(path.read_text(encoding="utf-8")), spec):
                if name in names:
                    found[name][shown] = None
    return {name: list(modules) for name, modules in found.items()}


def _read(tree: ast.AST, spec: type) -> Iterator[str]:
    """Attributes of instances of ``spec`` that some source reads, properties and what they are made of included."""
    holders, properties = _HOLDERS[spec], _properties(spec)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _name(node.value) in holders:
            yield from properties.get(node.attr, {node.attr})
        elif isinstance(node, ast.Call) and _name(node.func) == "getattr" and _name(node.args[0]) in holders:
            yield from AXES  # the only fields that laws go through by name


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def _properties(spec: type) -> dict[str, set[str]]:
    """Property of ``spec`` -> the fields that it is made of; and what its arrays call a field otherwise."""
    source = ast.parse((_PACKAGE.parent / (spec.__module__.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    body = next(n for n in ast.walk(source) if isinstance(n, ast.ClassDef) and n.name == spec.__name__).body
    parts = {
        each.name: {n.attr for n in ast.walk(each) if isinstance(n, ast.Attribute) and _name(n.value) == "self"}
        for each in body
        if isinstance(each, ast.FunctionDef) and any(_name(mark) == "property" for mark in each.decorator_list)
    }
    for _ in parts:  # properties of properties
        parts = {name: set().union(*(parts.get(part, {part}) for part in made)) for name, made in parts.items()}
    return parts | {"noc_is_mesh": {"noc"}, "reduces": {"reduce_axes"}, "chained": {"chained_axes"}}


if __name__ == "__main__":
    sys.stdout.write(filled((Path(__file__).parent / "fields.md").read_text(encoding="utf-8")))
