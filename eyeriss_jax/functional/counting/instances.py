"""The words of every instance in its physical place: SPads, router ports, GLB banks."""

from collections.abc import Callable

import numpy as np

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.counting.accesses import ArrayTally
from eyeriss_jax.functional.counting.counts import BankedWords, Instances
from eyeriss_jax.functional.nest import CLUSTERS, COLUMN_PORTS, ROW_PORTS, Ints, Places
from eyeriss_jax.functional.noc import routers_per_cluster
from eyeriss_jax.hardware.accelerator import AXES

_PORT_AXES: dict[str, tuple[str, ...]] = {"iact": CLUSTERS, "weight": ROW_PORTS, "psum": COLUMN_PORTS}


def instances(moved: ArrayTally, spads: PerType, glb: PerType, places: Places) -> Instances:
    """What the array's instances moved; ``spads`` and ``glb``: their words over places."""
    machine = places.accelerator

    def on_banks(data_type: str, values: Ints) -> Ints:
        """[cluster_rows, cluster_cols, banks] from values per bank (iact: per cluster)."""
        grid = places.on_axes(values, _PORT_AXES[data_type])
        banks = routers_per_cluster(machine, data_type)
        if data_type == "iact":
            return dealt(grid, banks)
        return grid if banks == grid.shape[2] else grid.sum(axis=2, keepdims=True)

    def through_ports(data_type: str) -> Ints:
        """Likewise through the ports; a flat bus is one port, which passes what the banks send once."""
        if machine.noc == "bus":
            return on_banks(data_type, moved.banks[data_type]).sum(keepdims=True)
        return on_banks(data_type, moved.ports[data_type])

    def each(words: BankedWords, place: Callable[[Ints], Ints]) -> BankedWords:
        return BankedWords(place(words.reads), place(words.fills), place(words.updates))

    return Instances(
        spads=PerType.build(lambda t: each(spads[t], lambda values: places.on_axes(values, AXES))),
        arrivals=PerType.build(lambda t: places.on_axes(moved.pes[t])),
        ports=PerType.build(through_ports),
        banks=PerType.build(lambda t: each(glb[t], lambda values: on_banks(t, values))),
        cluster_words=PerType.build(lambda t: places.on_axes(moved.clusters[t], CLUSTERS)),
        source_reads=PerType.build(lambda t: on_banks(t, moved.banks[t]).sum(axis=2)),
    )


def dealt(words: Ints, ways: int) -> Ints:
    """[..., ways] shares of ``words`` that are dealt in turn: way j gets ceil((words - j) / ways)."""
    return (words[..., None] + ways - 1 - np.arange(ways)) // ways
