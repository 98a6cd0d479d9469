"""Timeloop architecture files (v0.3, v0.4) as accelerators: what an Eyeriss-like machine can express, or why it cannot.

Expressed is DRAM, one shared buffer (or further ones for one data type each), and one array of PEs, each with one SPad
per data type and one MAC. Anything else is refused, all reasons at once: a machine that only resembles the file would
have other counts. What Accelergy alone reads (technology, banks, latencies) has no effect here.
"""

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from eyeriss_jax.dims import TYPES
from eyeriss_jax.documents import Node
from eyeriss_jax.errors import SpecError, joined
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.checks import MAX_AXIS
from eyeriss_jax.hardware.component_names import component, named_data_type
from eyeriss_jax.hardware.energy import TIMELOOP_E168
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.hardware.timeloop_levels import TAGS, Level, bandwidth_of, given, levels_of, word_bits_of, words_of
from eyeriss_jax.hardware.timeloop_machine import timeloop_machine

__all__ = ["TAGS", "read_architecture"]

_USED = (
    "depth", "memory_depth", "data_storage_depth", "entries", "sizeKB", "width", "memory_width", "data_storage_width",
    "word-bits", "word_bits", "word_width", "datawidth", "block-size", "block_size", "n_words", "cluster-size",
    "cluster_size", "read_bandwidth", "write_bandwidth", "bandwidth", "multiple-buffering", "multiple_buffering",
    "meshX", "meshY",
)  # fmt: skip
_ENOUGH = 2
"""Words per cycle that a SPad can at most read or write at one MAC per cycle: a psum and what refills it."""
_CONSTRAINTS = ("architecture_constraints", "mapspace_constraints", "constraints")
_ABC = {"A": "weight", "B": "iact", "Z": "psum"}
_Value = TypeVar("_Value")


class _Reasons:
    """What is wrong so far: reading goes on behind a fault, so that all are told at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, node: Node, message: str) -> None:
        """One more reason, with its place."""
        self.of(node.error(message))

    def of(self, error: SpecError) -> None:
        """One more reason, unless it was given already."""
        if str(error) not in self.found:
            self.found.append(str(error))

    def attempt(self, read: Callable[..., _Value], *arguments: object, default: _Value) -> _Value:
        """What ``read`` gives, or ``default`` where it finds a fault."""
        try:
            return read(*arguments)
        except SpecError as error:
            self.of(error)
            return default


def read_architecture(root: Node, path: Path) -> Accelerator:
    """The accelerator that the key ``architecture`` of ``root`` describes; ``path`` names it.

    Energies are Eyeriss ratios (an architecture file has none): an accelerator file that is ``like`` this one can give
    an energy table, ``glb_keeps`` or a dataflow beside it.

    Raises:
        SpecError: everything that this machine cannot express, with line and column.
    """
    levels, reasons = _with_bypasses(levels_of(root.fields()["architecture"]), root), _Reasons()
    storages = [level for level in levels if _stores(level)]
    macs = [level for level in levels if _is_mac(level)]
    networks = [level for level in levels if _is_network(level)]
    levels = [level for level in levels if level not in networks]
    for level in levels:
        _check_attributes(level, reasons)
        if level.class_name and level not in storages and level not in macs and not _is_array(level):
            reasons.add(level.node, f"{level.name} ({level.class_name}) is no memory and no MAC; leave it out")
    drams = [level for level in storages if _is_dram(level)]
    mesh = macs[0].mesh if macs else (1, 1)
    inside = [level for level in storages if level not in drams and _in_pe(level, mesh)]
    glbs = [level for level in storages if level not in drams and level not in inside]
    where = levels[0].node if levels else root
    if len(macs) != 1:
        reasons.add(where, f"{len(macs)} MACs (class intmac or compute) in the file; a PE has one: keep one")
    if len(drams) != 1 or (storages and storages[0] not in drams):
        reasons.add(where, "the outermost memory, and only that, must be DRAM (class DRAM); add or remove one")
    if not glbs:
        reasons.add(where, "no buffer between DRAM and the PEs; add one that is called, say, shared_glb")
    for level in (*drams, *glbs):
        if level.mesh != (1, 1):
            reasons.add(
                level.node, f"{level.name} has {math.prod(level.mesh)} instances; here one is shared by all PEs"
            )
    for level in inside:
        if level.mesh != mesh:
            reasons.add(
                level.node,
                f"{level.name} has {math.prod(level.mesh)} instances for {math.prod(mesh)} MACs; a PE here has one MAC "
                "and its own SPads: make them as many",
            )
    if max(mesh) > MAX_AXIS:
        reasons.add(where, f"{max(mesh):,} places on one axis; a file may have up to {MAX_AXIS:,}")
    spads = {data_type: _spad(data_type, inside, where, reasons) for data_type in TYPES}
    keeps = {level.name: _kept(level, reasons) for level in glbs}
    bits = _word_bits([*drams, *glbs], keeps, reasons)
    for level in inside:
        for direction in ("read", "write"):
            if reasons.attempt(bandwidth_of, level, direction, default=math.inf) < _ENOUGH:
                reasons.add(level.node, f"{level.name} limits {direction}s to less than {_ENOUGH} words per cycle; a "
                            "SPad here has no such limit: remove it")  # fmt: skip
    others = {t: reasons.attempt(word_bits_of, spad, default=bits[t]) if spad else bits[t] for t, spad in spads.items()}
    sizes = {t: reasons.attempt(words_of, spad, default=1) if spad else 1 for t, spad in spads.items()}
    shared, own, bandwidths = _glb_sizes(glbs, keeps, reasons)
    dram = {d: reasons.attempt(bandwidth_of, drams[0], d, default=1.0) if drams else 1.0 for d in ("read", "write")}
    clock = reasons.attempt(_clock, root, levels, default=200e6)
    if reasons.found:
        raise SpecError(joined(reasons.found))
    word = word_bits_of(drams[0])
    return timeloop_machine(
        f"Timeloop architecture {path.name}",
        name=path.stem,
        description=f"Timeloop architecture {path.name}: {mesh[1]}x{mesh[0]} PEs, {len(glbs)} GLB, energies of Eyeriss"
        + "".join(
            f"; words of {others[t]} bits in {spad.name} count as those of {bits[t]} that GLB and DRAM have"
            for t, spad in spads.items()
            if spad and others[t] != bits[t]
        )
        + (f"; {', '.join(level.name for level in networks)}: its networks on chip are ideal" if networks else "")
        + ("; the constraints of its mapper are not applied" if _constrains(levels, root) else ""),
        pe_rows=mesh[1],
        pe_cols=mesh[0],
        spad_words=Types(**sizes),
        word_bits=Types(**bits),
        oact_bits=bits["psum"],
        glb_bits=Types(**own),
        glb_shared_bits=shared,
        glb_keeps=tuple(t for t in TYPES if any(t in kept for kept in keeps.values())),
        glb_read_words_per_cycle=bandwidths[0],
        glb_write_words_per_cycle=bandwidths[1],
        dram_read_bits_per_cycle=dram["read"] * word,
        dram_write_bits_per_cycle=dram["write"] * word,
        clock_hz=clock,
        energy=TIMELOOP_E168,
    )


def _targets(constraints: Node) -> list[Node]:
    """The entries of a list of constraints, which may stand under ``targets``."""
    listed = constraints.fields(required=["targets"])["targets"] if isinstance(constraints.value, dict) else constraints
    return listed.items()


def _with_bypasses(levels: list[Level], root: Node) -> list[Level]:
    """``levels`` with what constraints in the same file, a list beside the architecture (v0.3), say that they keep."""
    found: dict[str, Node] = {}
    for key in _CONSTRAINTS:
        if key in root.fields():
            for each in _targets(root.fields()[key]):
                fields = each.fields(required=["type"])
                if fields["type"].spelled in ("bypass", "datatype", "dataspace") and "target" in fields:
                    lists = {name: fields[name] for name in ("keep", "bypass") if name in fields}
                    found[fields["target"].text()] = replace(each, value=lists, keys=lists)
    return [
        replace(level, constraints=level.constraints | {"dataspace": found[level.name]})
        if level.name in found
        else level
        for level in levels
    ]


def _constrains(levels: list[Level], root: Node) -> bool:
    """Whether the file also restricts mappings."""
    kinds = {kind for level in levels for kind in level.constraints}
    for key in _CONSTRAINTS:
        if key in root.fields():
            kinds |= {each.fields()["type"].spelled for each in _targets(root.fields()[key])}
    return bool(kinds - {"dataspace", "bypass", "datatype"})


def _is_mac(level: Level) -> bool:
    return bool(re.search(r"mac\b|mac_|compute|alu|multipl", level.class_name.lower()))


def _is_array(level: Level) -> bool:
    """Whether ``level`` stores nothing and only fans out, whatever its class."""
    found = component(level.name)
    return not level.class_name or "dummy" in level.class_name.lower() or (found is not None and found.level == "array")


def _stores(level: Level) -> bool:
    stores = r"dram|sram|smartbuffer|buffer|storage|reg|memory|cache|spad"
    return not _is_array(level) and not _is_mac(level) and bool(re.search(stores, level.class_name.lower()))


def _is_network(level: Level) -> bool:
    """Whether ``level`` is a network on chip: Timeloop counts an ideal one unless a memory names another."""
    return bool(re.search(r"noc\b|network", level.class_name.lower()))


def _is_dram(level: Level) -> bool:
    found = component(level.name)
    return "dram" in level.class_name.lower() or (found is not None and found.level == "dram")


def _in_pe(level: Level, mesh: tuple[int, int]) -> bool:
    """Whether a memory is one of each PE: where there is one PE only, its name says it."""
    found = component(level.name)
    return level.mesh != (1, 1) if mesh != (1, 1) else found is not None and found.level == "pe"


def _check_attributes(level: Level, reasons: _Reasons) -> None:
    """Attributes that this model would need, and those that are one letter away from one that it takes."""
    for name, node in level.attributes.items():
        if name in _USED or name.startswith("metadata_"):  # of compressed data, which dense counts do not have
            continue
        if name == "shared_bandwidth":
            reasons.add(node, f"{level.name}: reads and writes share a bandwidth; give read_ and write_bandwidth")
        elif name.startswith("network_"):
            reasons.add(
                node, f"{level.name}: networks on chip are ideal here, as Timeloop's own default; remove {name}"
            )
        elif close := difflib.get_close_matches(name, _USED, n=1, cutoff=0.85):
            reasons.add(node, f"{level.name} has the unknown attribute {name!r}; did you mean {close[0]!r}?")


def _type_of(name: Node) -> str:
    """Our data type for a data space, by its name."""
    found = _ABC.get(name.text(), named_data_type(name.text()))
    if found is None:
        raise name.error(f"which data is {name.text()!r}? Names such as Weights, Inputs and Outputs tell")
    return found


def _kept(level: Level, reasons: _Reasons) -> tuple[str, ...]:
    """The data types that a level stores: as v0.4 says beside it, else by its name, else all."""
    own = named_data_type(level.name)
    if "dataspace" not in level.constraints:
        return (own,) if own else TYPES
    fields = level.constraints["dataspace"].fields(["keep", "bypass", "keep_only"])
    lists = {
        key: [reasons.attempt(_type_of, name, default="") for name in node.items()] for key, node in fields.items()
    }
    if "keep" in lists or "keep_only" in lists:
        kept = lists.get("keep", lists.get("keep_only", []))
        return tuple(t for t in TYPES if t in kept)
    return tuple(t for t in TYPES if t not in lists["bypass"]) if "bypass" in lists else TYPES


def _spad(data_type: str, inside: list[Level], where: Node, reasons: _Reasons) -> Level | None:
    """The one SPad of each PE for ``data_type``."""
    holders = [level for level in inside if data_type in reasons.attempt(_kept, level, reasons, default=())]
    if len(holders) != 1:
        names = " and ".join(level.name for level in holders) or "no memory"
        reasons.add(
            holders[0].node if holders else where,
            f"{data_type} data is kept by {names} in a PE; a PE here has one SPad per data type: name it ifmap_spad, "
            "weights_spad or psum_spad, or give it a 'dataspace'",
        )
        return None
    (holder,) = holders
    if (shared := _kept(holder, reasons)) != (data_type,):
        reasons.add(holder.node, f"{holder.name} keeps {', '.join(shared)} data in one memory; a PE here has one SPad "
                    "per data type: split it")  # fmt: skip
    return holder


def _word_bits(outside: list[Level], keeps: dict[str, tuple[str, ...]], reasons: _Reasons) -> dict[str, int]:
    """The one width that words of a data type have in DRAM and GLB; SPads hold so many words, however wide."""
    found: dict[str, tuple[int, str]] = {}
    for level in outside:
        bits = reasons.attempt(word_bits_of, level, default=0)
        for data_type in keeps.get(level.name, TYPES) if bits else ():
            other, name = found.setdefault(data_type, (bits, level.name))
            if other != bits:
                reasons.add(
                    level.node,
                    f"{data_type} words have {other} bits in {name} and {bits} in {level.name}; here a data type has "
                    "one width there: make them equal",
                )
    return {t: found[t][0] if t in found else 16 for t in TYPES}


def _glb_sizes(
    glbs: list[Level], keeps: dict[str, tuple[str, ...]], reasons: _Reasons
) -> tuple[int, dict[str, int], tuple[float, float]]:
    """Bits of the shared buffer, bits of those for one data type, and words per cycle of reads and writes."""
    own, shared, holders = dict.fromkeys(TYPES, 0), 0, dict.fromkeys(TYPES, "")
    for level in glbs:
        bits = reasons.attempt(words_of, level, default=1) * reasons.attempt(word_bits_of, level, default=16)
        for data_type in keeps[level.name]:
            if holders[data_type]:
                reasons.add(level.node, f"{data_type} data is kept by {holders[data_type]} and {level.name}; here one "
                            "level between DRAM and the PEs keeps it")  # fmt: skip
            holders[data_type] = level.name
        if len(keeps[level.name]) == 1 and len(glbs) > 1:
            own[keeps[level.name][0]] = bits
        elif shared:
            reasons.add(level.node, f"{level.name} is a second buffer for several data types; here one is shared")
        else:
            shared = bits
    limits = {
        level.name: tuple(reasons.attempt(bandwidth_of, level, d, default=math.inf) for d in ("read", "write"))
        for level in glbs
    }
    if len(glbs) > 1 and any(limit != (math.inf, math.inf) for limit in limits.values()):
        reasons.add(glbs[0].node, f"{', '.join(limits)} have a bandwidth each; here all buffers share one: remove them")
    return shared, own, next(iter(limits.values()), (1.0, 1.0))  # type: ignore[return-value]


def _clock(root: Node, levels: list[Level]) -> float:
    """Cycles per second, from ``global_cycle_seconds``; 200 MHz, as the Eyeriss chips have, if nothing is said."""
    seconds = next((node for level in levels if (node := given(level, "global_cycle_seconds"))), None)
    if "variables" in root.fields():
        seconds = root.fields()["variables"].fields().get("global_cycle_seconds", seconds)
    if seconds is None:
        return 200e6
    if not 0 < seconds.number() < math.inf:
        raise seconds.error(f"a cycle of {seconds.spelled} seconds; write a number above 0, such as 5e-9")
    return 1 / seconds.number()
