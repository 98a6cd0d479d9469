"""Timeloop mappings as written: the directives of a YAML file become one loop nest, outermost loop first.

A directive names a target (a level), its type, and for loops the factors and their order. In Timeloop a permutation
lists the innermost loop first; a spatial directive spreads its first ``split`` loops over X and the rest over Y; a
factor of 0 is what the other levels leave; ``R=3,2`` makes 3 steps and 2 in the last round of the loops outside it.
"""

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

from eyeriss_jax.dims import TYPES
from eyeriss_jax.documents import Node, read_document
from eyeriss_jax.hardware.component_names import KNOWN_NAMES, Level, component
from eyeriss_jax.layers.importers.timeloop_problem import Problem

_KEYS = ("target", "name", "type", "factors", "permutation", "split", "keep", "bypass")
_STORES = ("bypass", "datatype", "dataspace")
_FACTOR = re.compile(r"\s*([A-Za-z_]\w*?)\s*=?\s*(\d{1,10})(?:,(\d{1,10}))?\s*(?:,|;|$|(?=[A-Za-z_\s]))")
MAX_DIRECTIVES = 1000


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop: its level, Timeloop's dimension, the steps, those in the last round, and the axis if it is spatial.

    ``node`` is where the file gives it.
    """

    target: str
    level: Level
    dim: str
    bound: int
    last: int
    axis: str
    node: Node


@dataclass(frozen=True, slots=True)
class Nest:
    """All loops that iterate, outermost first, and the levels.

    ``targets`` are the levels in order, outermost first; ``fans`` those that fan out, also by 1; ``keeps`` the data
    types that each stores. ``root`` is the list of directives, for messages.
    """

    loops: tuple[Loop, ...]
    targets: dict[str, Level]
    fans: tuple[str, ...]
    keeps: dict[str, tuple[str, ...]]
    root: Node


def read_nest(path: Path, problem: Problem) -> Nest:
    """The loop nest of the mapping in the file ``path``; other parts of a Timeloop specification may be in it too.

    The levels come in the order in which the file first names them, DRAM first or DRAM last.

    Raises:
        SpecError: whatever is wrong with the file, with line and column.
    """
    root = read_document(path, "Timeloop mapping").fields(required=["mapping"])["mapping"]
    directives = [each.fields(_KEYS, ["type"]) for each in root.items()]
    if len(directives) > MAX_DIRECTIVES:
        raise root.error(f"{len(directives):,} directives; a mapping has at most {MAX_DIRECTIVES:,}")
    targets: dict[str, Level] = {}
    for each in sorted(directives, key=lambda fields: fields["type"].spelled in _STORES):
        name = _target(each, root)
        found = component(name.text())
        if found is None or found.level == "mac":
            raise name.error(f"the level {name.text()!r} is not recognised; use names such as {KNOWN_NAMES}")
        targets.setdefault(name.text(), found.level)
    levels = list(targets.values())
    if "dram" not in levels:
        raise root.error("no directive targets DRAM; the outermost level must be called DRAM or MainMemory")
    if "pe" in levels and levels.index("dram") > levels.index("pe"):
        targets = dict(reversed(targets.items()))
    _check_order(targets, root)
    loops = [loop for target in targets for loop in _loops_at(target, targets[target], directives, root, problem)]
    return Nest(
        loops=tuple(loop for loop in _completed(loops, problem, root) if loop.bound > 1),
        targets=targets,
        fans=tuple(target for target in targets if any(loop.axis and loop.target == target for loop in loops)),
        keeps={target: _kept(target, directives, root, problem) for target in targets},
        root=root,
    )


def _target(fields: dict[str, Node], root: Node) -> Node:
    if "target" not in fields and "name" not in fields:
        raise root.error("a directive has no 'target'; name its level")
    return fields.get("target", fields.get("name", root))


def _check_order(targets: dict[str, Level], root: Node) -> None:
    """DRAM, GLB, levels that fan out, PE; one DRAM and one GLB."""
    ranks = [("dram", "glb", "array", "pe", "mac").index(level) for level in targets.values()]
    if ranks != sorted(ranks) or ranks.count(0) != 1 or ranks.count(1) > 1:
        listed = ", ".join(f"{name} ({level})" for name, level in targets.items())
        raise root.error(
            f"levels {listed}: this machine has one DRAM, one GLB, levels that only fan out, and PEs, in this order"
        )


def _loops_at(target: str, level: Level, directives: list[dict[str, Node]], root: Node, problem: Problem) -> list[Loop]:
    """The temporal, then the spatial loops of one level, outermost first, those of one step included."""
    found: dict[str, list[Loop]] = {"temporal": [], "spatial": []}
    for fields in directives:
        kind = fields["type"].text()
        if _target(fields, root).text() != target or kind in _STORES:
            continue
        if kind not in found:
            raise fields["type"].error(f"type {kind!r} is not known; use temporal, spatial or bypass")
        if found[kind]:
            raise fields["type"].error(f"a second {kind} directive for {target}; keep one")
        factors = _factors(fields.get("factors"), problem)
        order = _order(fields.get("permutation"), factors, problem, fields["type"])
        split = fields["split"].integer() if "split" in fields else len(order)
        for position, dim in reversed(list(enumerate(order))):
            axis = "" if kind == "temporal" else ("X" if position < split else "Y")
            bound, last = factors.get(dim, (1, 1))
            found[kind].append(Loop(target, level, dim, bound, last, axis, fields.get("factors", fields["type"])))
    return found["temporal"] + found["spatial"]


def _text_of(node: Node | None) -> str:
    """A value that may be text or a list of texts."""
    if node is None or node.value is None:
        return ""
    return ",".join(item.text() for item in node.value) if isinstance(node.value, list) else node.text()


def _factors(node: Node | None, problem: Problem) -> dict[str, tuple[int, int]]:
    """Steps per dimension and those in the last round, from ``R=3 S=1``, ``R3 S1`` or ``[R=3, P=4,2]``."""
    text, found, position = _text_of(node).strip(), {}, 0
    while node is not None and position < len(text):
        match = _FACTOR.match(text, position)
        if not match or match[1] not in problem.extents or match[1] in found:
            known = ", ".join(problem.extents)
            wrong = (
                "behind a dimension comes a whole number of at most 10 digits"
                if not match
                else f"{match[1]} is given twice"
                if match[1] in found
                else f"{match[1]} is no dimension of the problem"
            )
            raise node.error(
                f"factors {text[position : position + 40]!r}: write each of {known} at most once, as M=4; {wrong}"
            )
        found[match[1]] = (int(match[2]), int(match[3] or match[2]))
        position = match.end()
    return found


def _order(node: Node | None, factors: dict[str, tuple[int, int]], problem: Problem, directive: Node) -> list[str]:
    """Dimensions innermost first; those that the file leaves out must not loop, except a single one."""
    text = _text_of(node)
    names = re.split(r"[\s,]+", text.strip()) if "," in text else list(re.sub(r"\s", "", text))
    names = [name for name in names if name]
    unknown = [name for name in names if name not in problem.extents]
    if unknown or len(set(names)) != len(names):
        bad = unknown[0] if unknown else next(name for name in names if names.count(name) > 1)
        raise (node or directive).error(f"permutation: {bad!r} must be one of {', '.join(problem.extents)}, once")
    rest = [dim for dim in problem.extents if dim not in names]
    looping = [dim for dim in factors if factors[dim][0] != 1]
    if len(looping) > 1 and any(dim in rest for dim in looping):
        raise (node or directive).error(f"the order of {', '.join(looping)} is not given; name them in 'permutation'")
    return names + rest


def _completed(loops: list[Loop], problem: Problem, root: Node) -> list[Loop]:
    """Factors of 0 filled in, and every dimension covered exactly."""
    for dim, extent in problem.extents.items():
        mine = [index for index, loop in enumerate(loops) if loop.dim == dim]
        missing = [index for index in mine if loops[index].bound == 0]
        rest, remainder = divmod(extent, math.prod(loops[index].bound or 1 for index in mine))
        if len(missing) > 1 or (missing and remainder):
            raise loops[missing[0]].node.error(f"{dim}=0, what other levels leave of {extent}, is no whole number")
        for index in missing:
            loops[index] = replace(loops[index], bound=rest, last=rest)
        covered, inside = 1, 1
        for index in reversed(mine):
            loop = loops[index]
            if not 1 <= loop.last <= loop.bound:
                raise loop.node.error(f"{dim}={loop.bound},{loop.last}: the last round has 1 to {loop.bound} steps")
            covered += (loop.last - 1) * inside
            inside *= loop.bound
        if covered != extent:
            given = ", ".join(f"{loops[index].bound} at {loops[index].target}" for index in mine) or "none"
            raise (loops[mine[0]].node if mine else root).error(
                f"the factors of {dim} cover {covered} of its {extent}; change one, or give a last round as {dim}=3,2 "
                f"(given: {given})"
            )
    return loops


def _kept(target: str, directives: list[dict[str, Node]], root: Node, problem: Problem) -> tuple[str, ...]:
    """The data types that a level stores: all unless it says otherwise; a SPad named for one type, that type."""
    found = component(target)
    if found is None or found.level == "array":
        return ()
    kept, own = set(TYPES), found.data_type if found.level == "pe" else None
    if own:
        kept = {own}
    for fields in directives:
        if _target(fields, root).text() == target and fields["type"].spelled in _STORES:
            keep, bypass = (_types(fields.get(key), problem) for key in ("keep", "bypass"))
            left = set(TYPES) - keep - bypass - ({own} if own else set())
            if left and not own and found.level != "dram":
                raise fields["type"].error(f"{target}: is {', '.join(sorted(left))} data kept or bypassed? Say which")
            kept = (kept | keep) - bypass
    return tuple(t for t in TYPES if t in kept)


def _types(names: Node | None, problem: Problem) -> set[str]:
    return set() if names is None else {_type(name, problem) for name in names.items()}


def _type(name: Node, problem: Problem) -> str:
    if name.text() not in problem.types:
        raise name.error(f"{name.text()!r} is no data space of the problem; it has {', '.join(problem.types)}")
    return problem.types[name.text()]
