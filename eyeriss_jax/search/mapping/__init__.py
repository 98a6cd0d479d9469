"""The mapper: the best mapping of a layer, certified by branch and bound, and of a whole network."""

from eyeriss_jax.search.mapping.kernels import PLAN_ROWS, Tables, device_tables, inner_of, outer_of, with_plans
from eyeriss_jax.search.mapping.mapper import LEAVES_OUT, decode, map_layer
from eyeriss_jax.search.mapping.network import REPLAYED, Progress, check_mappable, evaluate_exactly, map_network
from eyeriss_jax.search.mapping.rescore import Rescore, Unfit

__all__ = [
    "LEAVES_OUT",
    "PLAN_ROWS",
    "REPLAYED",
    "Progress",
    "Rescore",
    "Tables",
    "Unfit",
    "check_mappable",
    "decode",
    "device_tables",
    "evaluate_exactly",
    "inner_of",
    "map_layer",
    "map_network",
    "outer_of",
    "with_plans",
]
