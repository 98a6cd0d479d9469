"""Eyeriss v1's flat multicast bus, one per data type: every word crosses it once and all PEs that need it take it.

The law (``model.cycles``): unique words over words per cycle, whatever the size of the array. A beat reaches all PEs
within its cycle (JSSC 2017: single-cycle multicast), so there is no latency on top. Psums use the bus the other way
round: a word is taken from the one PE that ends its chain.
"""

from dataclasses import dataclass

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, GROUPS, TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import Ints, place
from eyeriss_jax.functional.noc.bus_simulation import simulate
from eyeriss_jax.functional.noc.bus_tags import BusTags, tag_bits
from eyeriss_jax.functional.noc.needs import POSITION, Flags, Tags, needs, takers, union
from eyeriss_jax.functional.noc.passes import Pass, PeTiles
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True)
class BusDelivery:
    """What one pass sent over the bus.

    Attributes:
        bus_tags: Tags of the X-buses and PEs.
        values: Words per cycle that the bus passes.
        words: Tag of each word in the order in which they are sent, ``[words]``.
        loads: Words on each X-bus and cycle, ``[cycles, pe_rows]``.
        received: Which PEs took which word, ``[words, pe_rows, pe_cols]``.
        missing: Words that a PE needs and did not receive, all PEs added up.
        unneeded: Words that a PE received and does not need.
        same_tag_cycles: Cycles if the words of a beat must have one tag in common.
    """

    bus_tags: BusTags
    values: int
    words: Ints
    loads: Ints
    received: Flags
    missing: int
    unneeded: int
    same_tag_cycles: int

    @property
    def exact(self) -> bool:
        """Whether every PE received exactly the words that it needs; each is sent once."""
        return self.missing == self.unneeded == 0

    @property
    def cycles(self) -> int:
        """Cycles from the first beat to the last."""
        return len(self.loads)

    @property
    def peak_values(self) -> int:
        """Most words on any X-bus in any cycle."""
        return int(self.loads.max())


def deliver_over_bus(
    layer: Layer, mapping: Mapping, accelerator: Accelerator, data_type: str, *, one_pass: Pass | None = None
) -> BusDelivery:
    """Sends the words of one pass (the first by default) over the bus of ``data_type``.

    Raises:
        SpecError: the mapping does not fit the accelerator, the pass not the mapping, the accelerator has no such
            bus, or the tags cannot make the multicast.
    """
    one_pass = Pass.first(layer, mapping) if one_pass is None else one_pass
    one_pass.check(layer, mapping)
    values = _bus_words(accelerator, data_type)
    if data_type == "psum":
        _check_chains(mapping, accelerator)
    placement = place(mapping, accelerator)
    tiles = PeTiles.of(one_pass, placement)
    tags = Tags.of(data_type, layer, placement.spad)
    needed = needs(data_type, layer, tiles, tags)[0, 0]
    words = union(needed)
    wanted = takers(words, needed)
    if data_type == "psum":
        wanted &= np.cumsum(wanted[:, ::-1], axis=1)[:, ::-1] == 1
    due = _due(tags.decode(words), tiles, data_type)
    where = f"mapping: {data_type} bus of accelerator {accelerator.name!r}"
    bus_tags = BusTags.of(wanted, due, tag_bits(accelerator.pe_rows, accelerator.pe_cols, data_type), where)
    word_tags = bus_tags.of_words(wanted)
    received, loads = simulate(bus_tags, *word_tags, due, values)
    counts = np.unique(np.stack(word_tags), axis=1, return_counts=True)[1]
    return BusDelivery(
        bus_tags=bus_tags,
        values=values,
        words=words,
        loads=loads,
        received=received,
        missing=int((wanted & ~received).sum()),
        unneeded=int((received & ~wanted).sum()),
        same_tag_cycles=int(np.sum(-(-counts // values))),
    )


def _bus_words(accelerator: Accelerator, data_type: str) -> int:
    """Words per cycle of the bus of ``data_type``."""
    where = f"accelerator {accelerator.name!r}"
    if data_type not in TYPES:
        raise SpecError(f"deliver_over_bus: data_type = {data_type!r} must be one of {', '.join(TYPES)}")
    words = accelerator.noc_words_per_cycle[data_type]
    if accelerator.noc != "bus" or accelerator.clusters != 1:
        raise SpecError(
            f"{where}: noc = {accelerator.noc!r} over {accelerator.clusters} clusters is no flat bus; use noc = 'bus' "
            "and one cluster, or deliver over the mesh"
        )
    if not float(words).is_integer():
        raise SpecError(
            f"{where}: noc_words_per_cycle.{data_type} = {words} must be a finite whole number of words "
            "per cycle to be simulated"
        )
    return int(words)


def _check_chains(mapping: Mapping, accelerator: Accelerator) -> None:
    """Refuses reduced dimensions on axes along which psums cannot be added up."""
    for axis in AXES:
        for dim in GROUPS["CRS"]:
            if getattr(mapping, axis)[dim] > 1 and axis not in accelerator.reduce_axes:
                raise SpecError(
                    f"mapping: {axis}.{dim} spreads a reduced dimension, but psums of accelerator {accelerator.name!r} "
                    f"add up along {', '.join(accelerator.reduce_axes)} only; move {dim} there"
                )


def _due(words: dict[str, Ints], tiles: PeTiles, data_type: str) -> Flags:
    """Which PEs have the position of each word in their tile, ``[words, pe_rows, pe_cols]``."""
    due = np.broadcast_to(tiles.busy[0, 0], (len(next(iter(words.values()))), *tiles.busy.shape[2:]))
    if data_type == "iact":
        for step, dim in zip(POSITION, "FNE", strict=True):
            size = (tiles.stop - tiles.start)[0, 0, ..., DIMS.index(dim)]
            due = due & (words[step][:, None, None] < size)
    return due
