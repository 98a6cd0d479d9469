"""Timeloop architecture files as written: a tree of nodes (v0.4) or subtrees (v0.3) becomes one list of levels.

In v0.4 a node with ``spatial: {meshX: 14}`` multiplies what comes after it. In v0.3 a name ends in the range of its
instances, ``PE[0..167]``, counted along the path; ``meshX`` is how many of them lie in a row, all of them where it is
not given. Files of v0.2 may give their number as ``instances`` instead.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from eyeriss_jax.documents import Node

TAGS: tuple[str, ...] = ("!Component", "!Element", "!Container", "!Hierarchical", "!Parallel", "!Pipelined", "!Nothing")
"""The tags of v0.4: its formats give nodes their kind by tag."""

_RANGE = re.compile(r"\[(\d{1,6})\.\.(\d{1,6})\]$")
_V4_KEYS = (
    "name", "class", "subclass", "attributes", "spatial", "constraints", "required_actions", "enabled",
    "sparse_optimizations", "area_scale", "energy_scale", "required",
)  # fmt: skip
_V3_KEYS = (
    "name", "class", "subclass", "attributes", "required_actions", "local", "subtree", "area_share", "enabled",
    "area_scale", "energy_scale",
)  # fmt: skip
_CONSTRAINTS = ("dataspace", "spatial", "temporal")

Mesh = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Level:
    """One component, or a container that fans out.

    Attributes:
        name: without its range.
        class_name: what Accelergy calls it, subclass included; "" for a container.
        attributes: its own, and those of the containers it is in.
        mesh: instances of it along X and Y, in all.
        constraints: what v0.4 says beside it, by kind: ``dataspace``, ``spatial``, ``temporal``.
        node: where it stands.
    """

    name: str
    class_name: str
    attributes: dict[str, Node]
    mesh: Mesh
    node: Node
    constraints: dict[str, Node] = field(default_factory=dict)


def levels_of(architecture: Node) -> list[Level]:
    """All levels of the file, outermost first.

    Raises:
        SpecError: what is wrong with its form, with line and column.
    """
    fields = architecture.fields()
    if "nodes" in fields:
        return list(_nodes(fields["nodes"], {}, [(1, 1)]))
    if "subtree" in fields:
        return _settled(list(_subtrees(fields["subtree"], {}, 1)))
    raise architecture.error(
        "neither 'nodes' (v0.4) nor 'subtree' (v0.3) found; write the levels as one of these versions has them"
    )


def _merged(node: Node) -> Node:
    """``node`` with what its merge keys (``<<: *defaults``) bring; its own keys win."""
    if not isinstance(node.value, dict) or "<<" not in node.value:
        return node
    merged = node.value["<<"]
    parts = merged.value if isinstance(merged.value, list) else [merged]
    values: dict[str, Node] = {}
    keys: dict[str, Node] = {}
    for part in [*reversed(parts), node]:
        fields = _merged(part).fields() if part is not node else {k: v for k, v in node.value.items() if k != "<<"}
        for name, value in fields.items():
            both = isinstance(value.value, dict) and name in values and isinstance(values[name].value, dict)
            values[name] = _joined(values[name], value) if both else value
            keys[name] = part.keys.get(name, value)
    return replace(node, value=values, keys=keys)


def _joined(first: Node, second: Node) -> Node:
    """Two dictionaries as one; the second wins."""
    first, second = _merged(first), _merged(second)
    return replace(second, value={**first.fields(), **second.fields()}, keys={**first.keys, **second.keys})


def _attributes(fields: dict[str, Node]) -> dict[str, Node]:
    return _merged(fields["attributes"]).fields() if "attributes" in fields else {}


def _class(fields: dict[str, Node]) -> str:
    return " ".join(fields[key].text() for key in ("class", "subclass") if key in fields)


def _nodes(nodes: Node, inherited: dict[str, Node], mesh: list[Mesh]) -> Iterator[Level]:
    """The levels of a v0.4 list; ``mesh`` holds what all before it fan out to, and is moved on."""
    for item in nodes.items():
        tag = item.tag.lstrip("!")
        if tag in ("Hierarchical", "Parallel", "Pipelined"):
            inside, start = _merged(item).fields(["nodes", "name", "attributes"], ["nodes"]), mesh[0]
            yield from _nodes(inside["nodes"], inherited | _attributes(inside), mesh)
            if tag != "Hierarchical" and mesh[0] != start:
                raise item.error(f"a {tag} branch fans out; move its 'spatial' to a container before it")
        elif tag in ("Component", "Element", "Container"):
            fields = _merged(item).fields(_V4_KEYS, ["name"])
            if "enabled" in fields and not fields["enabled"].flag():
                continue
            mesh[0] = _grown(mesh[0], fields.get("spatial"))
            own = inherited | _attributes(fields)
            if tag == "Container":
                inherited = own
            constraints = fields["constraints"].fields(_CONSTRAINTS) if "constraints" in fields else {}
            name = fields["name"].text()
            yield Level(name, _class(fields) if tag != "Container" else "", own, mesh[0], item, constraints)
        elif tag != "Nothing":
            raise item.error(f"a node has no tag; write one of {', '.join(TAGS)}")


def _grown(mesh: Mesh, spatial: Node | None) -> Mesh:
    """``mesh`` times what ``spatial: {meshX: 14, meshY: 12}`` says."""
    if spatial is None:
        return mesh
    asked = spatial.fields(["meshX", "meshY"])
    times = {key: _count(size) for key, size in asked.items()}
    return mesh[0] * times.get("meshX", 1), mesh[1] * times.get("meshY", 1)


def _count(node: Node) -> int:
    if not 1 <= node.integer() <= 10**6:
        raise node.error(f"{node.spelled} instances; write a number from 1 to 1,000,000")
    return node.integer()


def _subtrees(subtree: Node, inherited: dict[str, Node], instances: int) -> Iterator[tuple[Level, int]]:
    """The levels of a v0.3 tree with the number of instances of each; the mesh is settled later."""
    for item in subtree.items():
        fields = _merged(item).fields(_V3_KEYS, ["name"])
        count = instances * _range(fields["name"])
        own = inherited | _attributes(fields)
        for part in fields["local"].items() if "local" in fields else []:
            local = _merged(part).fields(_V3_KEYS, ["name", "class"])
            if "enabled" in local and not local["enabled"].flag():
                continue
            name = _RANGE.sub("", local["name"].text())
            attributes = own | _attributes(local)
            yield Level(name, _class(local), attributes, (0, 0), part), count * _range(local["name"])
        if "subtree" in fields:
            yield from _subtrees(fields["subtree"], own, count)


def _range(name: Node) -> int:
    """How many instances ``PE[0..167]`` stands for."""
    found = _RANGE.search(name.text())
    count = int(found[2]) - int(found[1]) + 1 if found else 1
    if count < 1:
        raise name.error(f"{name.text()!r} has no instance; write the range as [0..167]")
    return count


def _settled(found: list[tuple[Level, int]]) -> list[Level]:
    """Levels with their mesh: ``meshX`` in a row, or all instances in one."""
    settled = []
    for level, ranged in found:
        count = _count(level.attributes["instances"]) if ranged == 1 and "instances" in level.attributes else ranged
        across = {key: _count(level.attributes[key]) for key in ("meshX", "meshY") if key in level.attributes}
        x = across.get("meshX", count // across["meshY"] if "meshY" in across else count)
        y = across.get("meshY", count // x if x else 0)
        if x * y != count:
            raise level.node.error(f"{level.name}: {count} instances are no {x} x {y}; change meshX or the range")
        settled.append(replace(level, mesh=(x, y)))
    return settled


def words_of(level: Level) -> int:
    """How many words a storage level holds, as Timeloop counts them.

    Raises:
        SpecError: its size is missing, no number, or can be read in two ways.
    """
    size = _words_of(level)
    buffered = given(level, "multiple-buffering", "multiple_buffering")
    return math.floor(size / buffered.number()) if buffered is not None and buffered.number() > 0 else size


def _words_of(level: Level) -> int:
    block = given(level, "block-size", "block_size", "n_words")
    entries = given(level, "entries")
    if entries is not None:
        return entries.integer()
    depth = given(level, "depth", "memory_depth", "data_storage_depth")
    if depth is not None:
        return depth.integer() * (block.integer() if block is not None else _words_of_a_row(level))
    kilobytes = given(level, "sizeKB")
    if kilobytes is not None:
        return int(kilobytes.number() * 1024 * 8) // word_bits_of(level)
    raise level.node.error(f"{level.name} has no size; add 'depth' and 'width', or 'entries'")


def _words_of_a_row(level: Level) -> int:
    """Words that a row of a memory has where nothing says so: what its width holds, as Timeloop has it now."""
    width, bits = given(level, "width", "memory_width", "data_storage_width"), word_bits_of(level)
    if width is None:
        return 1
    clusters = given(level, "cluster-size", "cluster_size")
    words, rest = divmod(width.integer(), bits * (clusters.integer() if clusters is not None else 1))
    if rest or words < 1:
        raise width.error(
            f"{level.name} is {width.integer()} bits wide, which is no whole number of its words of {bits} bits; "
            f"make it one, or say how many words a row has: add 'block_size: {max(words, 1)}'"
        )
    return words


def word_bits_of(level: Level) -> int:
    """Width of a word, in bits.

    Raises:
        SpecError: it is missing or no number.
    """
    bits = given(level, "word-bits", "word_bits", "word_width", "datawidth")
    if bits is None:
        raise level.node.error(f"{level.name} has no width of a word; add 'datawidth: 16'")
    if bits.integer() < 1:
        raise bits.error(f"a word of {bits.spelled} bits; write at least 1")
    return bits.integer()


def bandwidth_of(level: Level, direction: str) -> float:
    """Words per cycle that one instance can be read or written (``direction``); infinite where nothing is said.

    Raises:
        SpecError: it is no positive number.
    """
    node, halves = given(level, f"{direction}_bandwidth"), 1
    if node is None:
        node, halves = given(level, "bandwidth"), 2  # the old name: half of it each way
    if node is None:
        return math.inf
    if not 0 < node.number() < math.inf:
        raise node.error(f"{node.spelled} words per cycle; write a number above 0")
    return node.number() / halves


def given(level: Level, *names: str) -> Node | None:
    """The attribute of the first of ``names`` that ``level`` has."""
    return next((level.attributes[name] for name in names if name in level.attributes), None)
