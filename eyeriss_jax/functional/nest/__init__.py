"""The loop nest: tiles, their order, what fits, and where in the array each tile sits."""

from eyeriss_jax.functional.nest.default_mapping import default_mapping
from eyeriss_jax.functional.nest.fit import check_fit
from eyeriss_jax.functional.nest.loads import AxisLoads, Loads, iact_loads
from eyeriss_jax.functional.nest.placement import UNUSED, Placement, place
from eyeriss_jax.functional.nest.places import CLUSTERS, COLUMN_PORTS, PLACE_ORDER, ROW_PORTS, Places
from eyeriss_jax.functional.nest.schedule import COLUMNS, Block, Schedule
from eyeriss_jax.functional.nest.tiles import Bools, DimTiles, Ints
from eyeriss_jax.functional.nest.windows import AxisWords, WindowAxis

__all__ = [
    "CLUSTERS",
    "COLUMNS",
    "COLUMN_PORTS",
    "PLACE_ORDER",
    "ROW_PORTS",
    "UNUSED",
    "AxisLoads",
    "AxisWords",
    "Block",
    "Bools",
    "DimTiles",
    "Ints",
    "Loads",
    "Placement",
    "Places",
    "Schedule",
    "WindowAxis",
    "check_fit",
    "default_mapping",
    "iact_loads",
    "place",
]
