"""Constraints of Timeloop's mapper (``architecture_constraints``, ``mapspace_constraints``) as a restriction here.

Dimensions have the names of Timeloop's ``cnn-layer``: N, C, K or M, P, Q, R, S (and G); P and R are height here, Q and
S width. A factor of 0 is the whole dimension. What becomes of a constraint:

* **spatial**, on a machine of one cluster: a dimension at a place before ``split`` in the permutation lies on X (the
  PE columns), behind it on Y (the PE rows); its factor is the limit there. An axis on which some directive puts
  dimensions carries no others.
* **temporal in the PE** (its SPads together): limits on the tile of one PE along G, M, C, R and S. The PE holds one
  position at a time in Timeloop; its loops over positions are the GLB's innermost there, so N, P, Q = 1 says nothing.
* **temporal at DRAM**: into how many tiles a dimension is cut; the permutation orders the loop groups.
* **temporal at the GLB**: the permutation orders the loop groups; a factor of 1 means as many DRAM tiles as there are
  array tiles.
* **bypass, keep**: at the GLB must be what the accelerator's GLB keeps; DRAM holds everything, a SPad its data type.

What cannot be expressed is not dropped in silence: ``unused`` of the
:class:`~eyeriss_jax.dataflow.constrained.Restriction` names it.
"""

import math
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from eyeriss_jax.dataflow.constrained import WHOLE, Limit, Restriction
from eyeriss_jax.dims import GROUPS, TYPES
from eyeriss_jax.documents import Node, read_document
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.component_names import KNOWN_NAMES, Component, component, named_data_type

DIMENSIONS: dict[str, str] = {
    "N": "N", "C": "C", "K": "M", "M": "M", "P": "E", "Q": "F", "R": "R", "S": "S", "G": "G",
}  # fmt: skip
"""Our dimension for each of Timeloop's."""

_SECTIONS = ("architecture_constraints", "mapspace_constraints", "constraints")
_STORES = ("bypass", "datatype", "dataspace")
_KEYS = ("target", "type", "factors", "permutation", "split", "keep", "bypass")
_FACTOR = re.compile(r"\s*([A-Za-z])\s*(<=|=|)\s*(\d{1,10})\s*(?:,|;|$|(?=[A-Za-z\s]))")
_POSITIONS = GROUPS["NEF"]
MAX_CONSTRAINTS = 1000


class _Directive(NamedTuple):
    """One directive: its level's name and kind, what it is, and its limits and order in our dimensions."""

    target: str
    level: str
    kind: str
    limits: dict[str, Limit]
    order: list[str]
    split: int | None
    node: Node


class _Found:
    """What is read so far, by what it restricts."""

    def __init__(self) -> None:
        self.axes: dict[str, dict[str, list[Limit]]] = defaultdict(lambda: defaultdict(list))
        self.pe: dict[str, list[Limit]] = defaultdict(list)
        self.parts: dict[str, Limit] = {}
        self.once: dict[str, str] = {}
        self.orders: dict[str, tuple[str, ...]] = {}
        self.unused: list[str] = []


def read_constraints(path: Path, accelerator: Accelerator) -> Restriction:
    """The restriction in the file ``path``.

    Raises:
        SpecError: whatever is wrong with the file, with line and column; spatial constraints of a machine of several
            clusters; data that the accelerator's GLB keeps otherwise.
    """
    root = read_document(path, "Timeloop constraints")
    sections = [root.fields()[name] for name in _SECTIONS if name in root.fields()]
    if not sections and "mapspace" in root.fields():
        raise root.fields()["mapspace"].error(
            "the mapspace of Timeloop's first versions is not read; put its list under 'mapspace_constraints:', each "
            "entry with target, type, and what it says beside them"
        )
    if not sections:
        raise root.error(f"no constraints found; a file of them has one of the keys {', '.join(_SECTIONS)}")
    nodes = [node for section in sections for node in _targets(section)]
    if len(nodes) > MAX_CONSTRAINTS:
        raise root.error(f"{len(nodes):,} constraints; a file has at most {MAX_CONSTRAINTS:,}")
    found = _Found()
    directives = [each for each in (_directive(node, accelerator, found) for node in nodes) if each is not None]
    _check_one_array(directives, accelerator)
    registers = _registers(nodes)
    for each in directives:
        _take(each, found)
    axes = {axis: {dim: _product(limits) for dim, limits in of.items()} for axis, of in found.axes.items()}
    tiles = _tiles(found, registers)
    _once_at_the_glb(found, [*axes.values(), tiles])
    return Restriction(
        source=path.name,
        axes=axes,
        pe=tiles,
        dram_parts=found.parts,
        orders=found.orders,
        unused=tuple(found.unused),
    )


def _check_one_array(directives: list[_Directive], accelerator: Accelerator) -> None:
    """Refuses X and Y of one array where there are two: neither the product nor one of both is what the file means."""
    spatial = next((each for each in directives if each.kind == "spatial"), None)
    if spatial is not None and accelerator.clusters > 1:
        raise spatial.node.error(
            f"{accelerator.name!r} spreads work twice, over {accelerator.clusters} clusters and over the PEs of each, "
            "and a spatial constraint of one array does not say over which; leave those out (all others apply), or "
            "take a machine of one cluster"
        )


def _targets(section: Node) -> list[Node]:
    """The directives of a section, which may stand under ``targets``."""
    listed = section.fields(required=["targets"])["targets"] if isinstance(section.value, dict) else section
    return listed.items()


def _registers(nodes: list[Node]) -> int:
    """Levels of a PE: those that the file names, and three where it names one for a single data type."""
    found = {node.fields()["target"].text() for node in nodes if "target" in node.fields()}
    named = [known for known in map(component, found) if known is not None and known.level == "pe"]
    return max(len(named), len(TYPES) if any(known.data_type for known in named) else 1)


def _directive(node: Node, accelerator: Accelerator, found: _Found) -> _Directive | None:
    """A directive in our terms; None for one that is dealt with, or cannot be expressed."""
    fields = node.fields(required=["target", "type"])
    target, kind = fields["target"].text(), fields["type"].text()
    known = component(target)
    if known is None:
        raise fields["target"].error(f"the level {target!r} is not recognised; use names such as {KNOWN_NAMES}")
    for key in fields:
        if key not in _KEYS:
            found.unused.append(f"{key} of {target} ({node.place}): it has no counterpart here")
    if kind in _STORES:
        _take_kept(fields, known, accelerator, node, found)
        return None
    if kind not in ("spatial", "temporal"):
        found.unused.append(f"the {kind} constraint of {target} ({node.place}): it has no counterpart here")
        return None
    return _Directive(
        target,
        "array" if kind == "spatial" else known.level,
        kind,
        _limits(fields.get("factors")),
        _order(fields.get("permutation")),
        fields["split"].integer() if "split" in fields else None,
        node,
    )


def _meant(fields: dict[str, Node], accelerator: Accelerator) -> list[str]:
    """What the GLB keeps by a directive; as it is where the directive says nothing."""
    said = {
        key: {named_data_type(name.text()) for name in fields[key].items()}
        for key in ("keep", "bypass")
        if key in fields
    }
    keeps = said.get("keep", set()) | set(accelerator.glb_keeps) - said.get("bypass", set())
    return [data_type for data_type in TYPES if data_type in keeps]


def _take_kept(fields: dict[str, Node], known: Component, accelerator: Accelerator, node: Node, found: _Found) -> None:
    """What the GLB keeps and bypasses is the accelerator's; DRAM holds everything, and each SPad its data type."""
    for key, kept in (("keep", True), ("bypass", False)):
        for name in fields[key].items() if key in fields else []:
            data_type = named_data_type(name.text())
            if data_type is None:
                raise name.error(f"{name.text()!r} is no data space; write Weights, Inputs or Outputs")
            if known.level != "glb":
                holds = known.level == "dram" or known.data_type in (None, data_type)
                if holds != kept and known.level in ("dram", "pe"):
                    what = "DRAM holds everything" if known.level == "dram" else "a PE has a SPad for each data type"
                    found.unused.append(f"{key} {name.text()} of {fields['target'].text()} ({node.place}): {what}")
            elif (data_type in accelerator.glb_keeps) != kept:
                raise node.error(
                    f"the GLB is to {key} {name.text()}, but that of {accelerator.name!r} keeps "
                    f"{', '.join(accelerator.glb_keeps) or 'nothing'}; give an accelerator file that is 'like:' it, "
                    f"with 'glb_keeps: [{', '.join(_meant(fields, accelerator))}]'"
                )


def _text_of(node: Node | None) -> str:
    """A value that may be text or a list of texts."""
    if node is None or node.value is None:
        return ""
    return ",".join(item.text() for item in node.value) if isinstance(node.value, list) else node.text()


def _limits(node: Node | None) -> dict[str, Limit]:
    """Limits by dimension, from ``R=1 S=0`` or ``[M<=16, C=4]``; 0 is all that other levels leave."""
    text, found, position = _text_of(node).strip(), {}, 0
    while node is not None and position < len(text):
        match = _FACTOR.match(text, position)
        if not match or match[1] not in DIMENSIONS or DIMENSIONS[match[1]] in found:
            raise node.error(f"factors {text[position : position + 40]!r}: write each of {_NAMES} at most once, as M=4")
        number = int(match[3])
        found[DIMENSIONS[match[1]]] = Limit(at_most=number) if match[2] == "<=" else Limit(exactly=number)
        position = match.end()
    return found


_NAMES = ", ".join(DIMENSIONS)


def _order(node: Node | None) -> list[str]:
    """Dimensions innermost first."""
    names = [name for name in _text_of(node) if not re.match(r"[\s,]", name)]
    unknown = [name for name in names if name not in DIMENSIONS]
    dims = [DIMENSIONS[name] for name in names if name in DIMENSIONS]
    if node is not None and (unknown or len(set(dims)) != len(dims)):
        raise node.error(f"permutation {_text_of(node)[:40]!r}: write each of {_NAMES} at most once")
    return dims


def _take(each: _Directive, found: _Found) -> None:
    """Adds what a directive says to what is ``found``."""
    if each.kind == "spatial":
        _take_spatial(each, found)
    elif each.level == "pe":
        for dim, limit in each.limits.items():
            found.pe[dim].append(limit)
        if each.order and len(_looping(each)) > 1:
            found.unused.append(f"permutation of {each.target} ({each.node.place}): a PE here has its own loop order")
    elif each.level in ("dram", "glb"):
        _take_order(each, found)
        for dim, limit in each.limits.items():
            _take_factor(each, dim, limit, found)
    elif any(limit != Limit(exactly=1) for limit in each.limits.values()):
        found.unused.append(f"{each.kind} {each.target} ({each.node.place}): it stores nothing, so it does not loop")


def _looping(each: _Directive) -> set[str]:
    """The loop groups that may iterate at a directive's level; the order of one alone makes no difference."""
    return {
        group for group, members in GROUPS.items() if any(each.limits.get(dim) != Limit(exactly=1) for dim in members)
    }


def _take_spatial(each: _Directive, found: _Found) -> None:
    """Dimensions before the split lie on X, the PE columns; the others, and those without a place, on Y or both."""
    rest = [dim for dim in dict.fromkeys(DIMENSIONS.values()) if dim not in each.order]
    if each.split is None and each.order:
        found.unused.append(
            f"permutation of spatial {each.target} ({each.node.place}): without a split it says no axis"
        )
    anywhere = each.split is None or not each.order
    split = len(DIMENSIONS) if each.split is None or anywhere else each.split
    for place, dim in enumerate((*each.order, *rest)):
        limit = each.limits.get(dim, Limit())
        for axis in (
            axis for axis, lies in (("pe_cols", place < split), ("pe_rows", place >= split or anywhere)) if lies
        ):
            found.axes[axis][dim].append(limit)


def _take_order(each: _Directive, found: _Found) -> None:
    """The groups of a permutation from the innermost; dimensions that do not loop there have no place in it."""
    groups: list[str] = []
    for dim in each.order:
        group = next((name for name, members in GROUPS.items() if dim in members), None)
        if group is None or each.limits.get(dim) == Limit(exactly=1):
            continue
        if group in groups and groups[-1] != group:
            found.unused.append(
                f"permutation of {each.target} ({each.node.place}): the loops of {group} are in pieces, which are one "
                f"block here"
            )
            return
        if group not in groups:
            groups.append(group)
    if groups:
        found.orders[each.level] = tuple(groups)


def _take_factor(each: _Directive, dim: str, limit: Limit, found: _Found) -> None:
    """A factor at DRAM, or one at the GLB that says how many DRAM tiles there are."""
    if each.level == "dram" and limit.exactly != WHOLE:
        found.parts[dim] = limit
    elif each.level == "glb" and limit.exactly == 1 and dim not in _POSITIONS:
        found.once[dim] = f"the factor 1 of {dim} at {each.target} ({each.node.place})"
    else:
        why = "it follows from what is in the array and how often DRAM tiles are made"
        if dim in _POSITIONS and each.level == "glb":
            why = "the positions that a PE walks through are loops of the GLB there"
        found.unused.append(f"the factor of {dim} at {each.target} ({each.node.place}): {why}")


def _once_at_the_glb(found: _Found, inside: list[dict[str, Limit]]) -> None:
    """A dimension without a loop at the GLB has as many DRAM tiles as array tiles, or is whole inside the array."""
    for dim, told in found.once.items():
        if any(limits.get(dim) == Limit(exactly=WHOLE) for limits in inside):
            continue
        if dim in found.parts:
            found.unused.append(f"{told}: with its factor at DRAM it says what the array has, which is free here")
        else:
            found.parts[dim] = Limit(exactly=WHOLE)


def _product(limits: list[Limit]) -> Limit:
    """What several levels together must be; free where one of them is."""
    loops = [limit for limit in limits if limit != Limit(exactly=1)]
    if len(loops) <= 1:
        return loops[0] if loops else Limit(exactly=1)
    if all(limit.exactly for limit in loops):
        return Limit(exactly=math.prod(limit.exactly or 1 for limit in loops))
    most = [limit.exactly or limit.at_most for limit in loops]
    return Limit(at_most=math.prod(each or 1 for each in most)) if all(most) else Limit()


def _tiles(found: _Found, registers: int) -> dict[str, Limit]:
    """Limits on a PE's tile, where every one of its levels says something of a dimension that it can hold."""
    tiles = {dim: _product(limits) for dim, limits in found.pe.items() if len(limits) == registers}
    return {dim: limit for dim, limit in tiles.items() if dim not in _POSITIONS and limit != Limit()}
