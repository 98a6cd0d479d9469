"""Accelergy's energy reference tables (ERT, versions 0.2 to 0.4) as an energy table in pJ.

An ERT lists pJ per action and component. As in Timeloop, the most expensive arguments of an action count. Our table
has one energy per word for reads and writes together, so a component costs the mean of its ``read`` and its ``write``
(or ``update``, ``fill``); an action that moves several words is divided among them. ``leak`` is paid per cycle by every
instance. Networks on chip are left out: Timeloop's hop counts are not ours.
"""

import math
import re
from pathlib import Path

from eyeriss_jax.dims import TYPES
from eyeriss_jax.documents import Node, read_document
from eyeriss_jax.hardware.component_names import KNOWN_NAMES, Component, component
from eyeriss_jax.hardware.energy import EnergyTable
from eyeriss_jax.hardware.quantities import Types, decimal

ACCELERGY_KEYS: tuple[str, ...] = ("accelergy", "components", "words_per_action")
_PARTS: tuple[str, ...] = ("mac", "dram", "glb", "spad", *(f"{level}_{t}" for level in ("glb", "spad") for t in TYPES))
_WRITES = ("write", "update", "fill")
_MACS = ("compute", "mac_random", "mac", "mac_reused")

Actions = dict[str, float]


def accelergy_table(choice: Node, folder: Path) -> EnergyTable:
    """The table that ``{accelergy: ERT.yaml, components: {...}, words_per_action: {...}}`` stands for.

    Args:
        choice: ``components`` names the component of a part where its own name does not tell, ``words_per_action`` says
            how many words an action of a part moves (1 unless given); parts are ``mac``, ``dram``, ``glb``, ``spad``,
            and ``glb_iact`` ... ``spad_psum`` for one data type.
        folder: where ERT.yaml must lie.

    Raises:
        SpecError: a file outside ``folder`` or that is no ERT, or a part without a component; with line and column.
    """
    fields = choice.fields(ACCELERGY_KEYS, ["accelergy"])
    path = inside(folder, fields["accelergy"])
    tables = _tables(read_document(path, "energy reference tables"))
    named = {part: name.text() for part, name in _by_part(fields.get("components")).items()}
    words = {part: _words(count) for part, count in _by_part(fields.get("words_per_action")).items()}

    def actions(part: str) -> Actions:
        return _component_of(part, named, tables, choice)

    def per_word(part: str) -> float:
        level = part.split("_", maxsplit=1)[0]
        return _access(actions(part), part, choice) / words.get(part, words.get(level, 1))

    def types(level: str) -> Types:
        return Types(**{data_type: per_word(f"{level}_{data_type}") for data_type in TYPES})

    mac = next((energy for action in _MACS if (energy := actions("mac").get(action)) is not None), None)
    if mac is None:
        raise choice.error(
            f"{path.name} has no action {' or '.join(_MACS)} for the MAC; name its component under 'mac'"
        )
    dram = per_word("dram")
    return EnergyTable(
        name=f"Accelergy {path.name}",
        unit="pJ",
        source=f"energy reference tables {path.name}: most expensive arguments, mean of read and write, no networks",
        mac=mac,
        spad=types("spad"),
        glb=types("glb"),
        dram=Types(iact=dram, weight=dram, psum=dram),
        noc=Types(iact=0, weight=0, psum=0),
        static_per_cycle=sum(_instances(name) * table.get("leak", 0.0) for name, table in tables.items()),
    )


def inside(folder: Path, name: Node) -> Path:
    """The file ``name`` in ``folder``; a file that names another must not reach out of its own folder."""
    path = folder / name.text()
    if "\0" in name.text() or not path.resolve().is_relative_to(folder.resolve()):
        raise name.error(f"{name.text()!r} lies outside the folder of this file; copy it there and give its name")
    return path


def _by_part(node: Node | None) -> dict[str, Node]:
    return {} if node is None else node.fields(_PARTS)


def _words(count: Node) -> int:
    """Words that an action moves."""
    if count.integer() < 1:
        raise count.error(f"{count.value} words per action; an action moves at least 1")
    return count.integer()


def _tables(root: Node) -> dict[str, Actions]:
    """Per component its actions, each with its highest energy in pJ."""
    tops = root.fields()
    if "ERT" in tops:
        tables = tops["ERT"].fields(required=["tables"])["tables"]
    elif "ERT_summary" in tops:
        tables = tops["ERT_summary"].fields(required=["table_summary"])["table_summary"]
    else:
        raise root.error("neither 'ERT' nor 'ERT_summary' found; give the ERT.yaml that Accelergy or Timeloop wrote")
    if isinstance(tables.value, dict):  # version 0.2: component -> action -> entries
        return {
            name: {action: _highest(entries.value if isinstance(entries.value, list) else [entries])
                   for action, entries in actions.fields().items()}
            for name, actions in tables.value.items()
        }  # fmt: skip
    found: dict[str, Actions] = {}
    for table in tables.items():
        fields = table.fields(required=["name", "actions"])
        actions = found.setdefault(fields["name"].text(), {})
        for entry in fields["actions"].items():
            name = entry.fields(required=["name"])["name"].text()
            actions[name] = max(actions.get(name, 0.0), _highest([entry]))
    return found


def _highest(entries: list[Node]) -> float:
    """The highest energy of some entries of one action."""
    highest = 0.0
    for entry in entries:
        fields = entry.fields()
        energy = fields.get("max_energy", fields.get("energy"))
        if energy is None:
            raise entry.error("the key 'energy' is missing; give the energy of the action in pJ")
        if not (math.isfinite(energy.number()) and energy.number() >= 0):
            raise energy.error(f"an energy of {energy.value} pJ; it must be finite and at least 0")
        highest = max(highest, float(energy.number()))
    return highest


def _component_of(part: str, named: dict[str, str], tables: dict[str, Actions], choice: Node) -> Actions:
    """The actions of the component that is ``part``."""
    level, _, data_type = part.partition("_")
    name = named.get(part, named.get(level))
    bare = {_bare(full): full for full in tables}
    if name is not None:
        if name not in tables and name not in bare:
            raise choice.error(f"no component {name!r} in the file; its components: {', '.join(bare)}")
        return tables[name] if name in tables else tables[bare[name]]
    place = "pe" if level == "spad" else level
    for wanted in (Component(place, data_type or None), Component(place, None)):  # type: ignore[arg-type]
        for full, actions in tables.items():
            if component(full) == wanted:
                return actions
    raise choice.error(
        f"no component of the file is recognised as {part}; its components: {', '.join(bare)}. Names such as "
        f"{KNOWN_NAMES} are; add 'components: {{{part}: <one of them>}}'"
    )


def _access(actions: Actions, part: str, choice: Node) -> float:
    """pJ of one access: the mean of reading and writing."""
    writes = [actions[name] for name in _WRITES if name in actions][:1]
    reads = [actions[name] for name in ("read", "access") if name in actions][:1]
    if not reads + writes:
        raise choice.error(f"the component for {part} has no action 'read' or 'write'; name another under 'components'")
    return decimal(sum(reads + writes) / len(reads + writes), 12)


def _bare(name: str) -> str:
    """``shared_glb`` for ``system.chip.shared_glb[1..1]``."""
    return re.sub(r"\[[^\]]*\]", "", name).rsplit(".", 1)[-1]


def _instances(name: str) -> int:
    """Instances of a component: the product of the ranges in its path, 168 for ``pe[1..168].mac``."""
    ranges = re.findall(r"\[(\d{1,9})\.\.(\d{1,9})\]", name)
    return math.prod(max(int(last) - int(first) + 1, 1) for first, last in ranges)
