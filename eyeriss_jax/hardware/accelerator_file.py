"""Accelerators as YAML files: read with line-numbered errors, written so that they read back exactly.

A file gives every field, or names the published design that it is ``like`` and gives the differences::

    like: eyeriss_v2
    cluster_rows: 4
    clock_hz: 400e6
    spad_words: {weight: 256}

What it does not give stays, in nested maps too (here the SPads of iacts and psums), but for what is one with what it
gives: the pairs that a SPad of compressed weights holds move with its words, the energies with the clock where there is
a table of voltages, as along an axis of a sweep (:mod:`~eyeriss_jax.hardware.coupled`). What it gives for both stays as
given. ``like`` may also name a file in the same folder: another accelerator file, which may be like a third, up to
:data:`MOST_LIKE` of them, or a Timeloop architecture, which is an accelerator file by itself
(:mod:`eyeriss_jax.hardware.timeloop_architecture`).

Keys are the fields of :class:`~eyeriss_jax.hardware.accelerator.Accelerator`, under the same names. ``energy`` is the
name of a table, a table written out, or ``{accelergy: ERT.yaml}``: energy reference tables in the same folder
(:mod:`eyeriss_jax.hardware.accelergy`).
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from eyeriss_jax.dims import TYPES
from eyeriss_jax.documents import Node, parse_document, read_text
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, DATAFLOW_NAMES, NOC_KINDS, Accelerator
from eyeriss_jax.hardware.accelergy import ACCELERGY_KEYS, accelergy_table, inside
from eyeriss_jax.hardware.checks import MAX_AXIS
from eyeriss_jax.hardware.coupled import followed
from eyeriss_jax.hardware.energy import ENERGY_TABLES, EnergyTable, energy_table
from eyeriss_jax.hardware.file_fields import arguments_of, kinds_of, object_schema, plain_of, value_of
from eyeriss_jax.hardware.timeloop_architecture import TAGS, read_architecture
from eyeriss_jax.hardware.voltage import at_clock
from eyeriss_jax.hardware.word_bits import fit_for_words

SUFFIXES: tuple[str, ...] = (".yaml", ".yml")
SCHEMA: Path = Path(__file__).with_name("accelerator.schema.json")
"""The published JSON Schema, for editors; :func:`schema` makes it."""

CHOICES: dict[str, tuple[str, ...]] = {
    "noc": NOC_KINDS,
    "dataflow": DATAFLOW_NAMES,
    "glb_keeps": TYPES,
    "overlap": TYPES,
    "reduce_axes": AXES,
    "chained_axes": AXES,
}
"""What fields that are no free text may hold."""
MOST_LIKE: int = 8
"""Files of which each is like the next."""

_WIDTH = 120
_Spec = TypeVar("_Spec")


def read_accelerator(path: Path, preset: Callable[[str], Accelerator]) -> Accelerator:
    """The accelerator in the file ``path``; ``preset`` looks up the design that it is ``like``.

    A file that is ``like`` another design and has no ``name`` is called as the file is; its ``description``, if it
    gives none, says what differs.

    Raises:
        SpecError: whatever is wrong with the file, with line and column.
    """
    return _read(path, preset, (path.resolve(),))


def _read(path: Path, preset: Callable[[str], Accelerator], chain: tuple[Path, ...]) -> Accelerator:
    """:func:`read_accelerator`; ``chain``: the files that led here, this one last."""
    root = _document(path)
    if "architecture" in root.fields():
        return read_architecture(root, path)
    if "arch" in root.fields() and "name" not in root.fields():
        raise root.fields()["arch"].error(
            "Timeloop's first format of architectures (arch, storage) is not read; write the levels as version 0.2 or "
            "later has them (architecture, subtree)"
        )
    readers: dict[str, Callable[[Node], Any]] = dict.fromkeys(AXES, _axis)
    readers |= {"energy": lambda node: _energy(node, path.parent), "sources": _sources}
    if "like" not in root.fields():
        return _built(root, Accelerator, arguments_of(root, Accelerator, readers))
    like = root.fields()["like"]
    base = _like(like, preset, chain)
    readers["energy"] = lambda node: _energy(node, path.parent, base.energy)
    given = arguments_of(root, Accelerator, readers, base=base, also=("like",))
    like_it = _at_its_widths(root, _at_its_clock(root, base, given), given)
    if like_it.energy != base.energy and "energy" in given:
        given["energy"] = _energy(root.fields()["energy"], path.parent, like_it.energy)
    cited = given.pop("sources", {})
    made, went = followed(base, _built(root, like_it.replace, {"name": path.stem} | given), _named(root))
    went += ("energy",) * (made.energy != base.energy and "energy" not in given)
    if base.sparse_pe and made.sparse_pe and "sparse_pe" not in given:
        went += ("sparse_pe.pair_bits",) * (made.sparse_pe.pair_bits != base.sparse_pe.pair_bits)
    if "description" not in given:
        made = made.replace(description=_differing(base.description, [each for each in given if each != "name"], went))
    return made.replace(sources={**made.sources, **cited})


def _document(path: Path) -> Node:
    """The content of ``path``; only a Timeloop architecture may have tags, those of its own format."""
    text = read_text(path, "accelerator file")
    tags = TAGS if re.search(r"^architecture\s*:", text, re.MULTILINE) else ()
    return parse_document(text, f"accelerator file {path}", tags)


def _like(like: Node, preset: Callable[[str], Accelerator], chain: tuple[Path, ...]) -> Accelerator:
    """The design that the last file of ``chain`` is ``like``: a published one, or another file in the same folder."""
    if not like.text().endswith(SUFFIXES):
        with _told_at(like):
            return preset(like.text())
    path = inside(chain[-1].parent, like)
    if path.resolve() in chain:
        around = " -> ".join(each.name for each in (*chain[chain.index(path.resolve()) :], path))
        raise like.error(
            f"files that are like each other in a circle: {around}; name a published design in one of them"
        )
    if len(chain) == MOST_LIKE:
        raise like.error(f"more than {MOST_LIKE} files that are like each other; give all differences in fewer")
    return _read(path, preset, (*chain, path.resolve()))


def _at_its_clock(root: Node, base: Accelerator, given: dict[str, Any]) -> Accelerator:
    """``base`` at the clock that a file gives, and with the energies of that clock by the table of voltages."""
    if "clock_hz" not in given:
        return base
    if "clock_volts" in given:
        base = _built(root, base.replace, {"name": base.name, "clock_volts": given["clock_volts"]})
    with _told_at(root.fields()["clock_hz"]):
        return at_clock(base, given["clock_hz"])


def _at_its_widths(root: Node, base: Accelerator, given: dict[str, Any]) -> Accelerator:
    """``base`` with the energies and the pairs of the words that a file gives."""
    if "word_bits" not in given:
        return base
    with _told_at(root.fields()["word_bits"]):
        return fit_for_words(base, given["word_bits"])


def _differing(description: str, changed: Sequence[str], went: Sequence[str]) -> str:
    """What a design is, from what it is like, what a file gives and what goes with that."""
    with_it = f", and {', '.join(went)} with it" if went else ""
    return f"{description}; with another {', '.join(changed)}{with_it}" if changed else description


def _named(root: Node) -> list[str]:
    """The fields that a file gives, those of nested maps with a dot."""
    inner = {name: node.value if isinstance(node.value, dict) else () for name, node in root.fields().items()}
    return [*inner, *(f"{name}.{each}" for name, names in inner.items() for each in names)]


@contextmanager
def _told_at(node: Node) -> Iterator[None]:
    """Adds to what is refused where the value stands."""
    try:
        yield
    except SpecError as error:
        raise node.error(str(error)) from error


def _axis(node: Node) -> int:
    """The length of a physical axis, short enough for a mapper to try what fits on it."""
    length = value_of(node, int)
    if length > MAX_AXIS:
        raise node.error(f"{length:,} places on one axis; a file may have up to {MAX_AXIS:,}")
    return length


def _energy(node: Node, folder: Path, base: EnergyTable | None = None) -> EnergyTable:
    """An energy table by name, from Accelergy's tables, or written out: all of it, or what differs from ``base``."""
    if isinstance(node.value, dict) and "accelergy" in node.value:
        return accelergy_table(node, folder)
    if isinstance(node.value, dict):
        given = arguments_of(node, EnergyTable, base=base)
        if base is None:
            return _built(node, EnergyTable, given)
        changed = ", ".join(name for name in given if name not in ("name", "source"))
        text = f"{base.source}; changed: {changed}" if changed else base.source
        return _built(node, partial(replace, base), {"name": f"{base.name}, changed", "source": text} | given)
    with _told_at(node):
        return energy_table(node.text())


def _sources(node: Node) -> dict[str, str]:
    """Citations by field."""
    return {name: source.text() for name, source in node.fields(kinds_of(Accelerator)).items()}


def _built(node: Node, make: Callable[..., _Spec], given: dict[str, Any]) -> _Spec:
    """``make(**given)``; if a value is refused, with the place of the value."""
    try:
        return make(**given)
    except SpecError as error:
        raise node.of_field(error.field).error(error.message) from error


def write_accelerator(accelerator: Accelerator, path: Path) -> None:
    """Writes ``accelerator`` to ``path``."""
    path.write_text(accelerator_yaml(accelerator), encoding="utf-8")


def accelerator_yaml(accelerator: Accelerator) -> str:
    """``accelerator`` as a file that :func:`read_accelerator` reads back exactly, sources included."""
    title = "# An accelerator: edit a copy and run with --accelerator=<file>. Editors: accelerator.schema.json\n"
    plain = plain_of(accelerator)
    long = {key: plain.pop(key) for key in ("energy", "sources")}
    style: dict[str, Any] = {"sort_keys": False, "width": _WIDTH, "allow_unicode": True, "Dumper": _Dumper}
    brief = yaml.dump(plain | {"energy": long["energy"]}, default_flow_style=None, **style)
    return title + brief + yaml.dump({"sources": long["sources"]}, default_flow_style=False, **style)


class _Dumper(yaml.SafeDumper):
    """Writes text that cannot be shown, such as the line ends of other systems, with escapes, so that it reads back."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _text)


def schema() -> dict[str, Any]:
    """The JSON Schema of accelerator files, from the fields of the dataclasses."""
    described = object_schema(Accelerator, CHOICES)
    needed = described.pop("required")
    inline = object_schema(EnergyTable)
    accelergy = {"type": "object", "properties": {key: {} for key in ACCELERGY_KEYS}, "required": ["accelergy"]}
    described["properties"]["like"] = {
        "type": "string",
        "description": "Published design, or accelerator or Timeloop architecture file beside this one, that gives all "
        "other fields.",
    }
    described["properties"]["energy"] |= {"anyOf": [{"enum": list(ENERGY_TABLES)}, inline, accelergy]}
    for key in ("type", "properties", "required", "additionalProperties"):
        described["properties"]["energy"].pop(key)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Accelerator of eyeriss_jax",
        **described,
        "anyOf": [{"required": ["like"]}, {"required": needed}],
    }


def schema_text() -> str:
    """:func:`schema` as the published file holds it."""
    return json.dumps(schema(), indent=1) + "\n"
