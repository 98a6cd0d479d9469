"""One law, many points: the batch engine. Given designs, the mappings of a layer and an objective, the best of them.

:mod:`.blocks` what a device takes at once; :mod:`.candidates` mappings as tables; :mod:`.search` the best mapping per
design; :mod:`.facts` what is known of it; :mod:`.ahead` the same for compiling ahead of time;
:mod:`.limits` what is too large.
"""

from eyeriss_jax.search.batch.ahead import MOST_ORDERS, SearchProgram, search_program
from eyeriss_jax.search.batch.blocks import BLOCKS, Blocks, blocks_for
from eyeriss_jax.search.batch.candidates import Candidates, Choice, inner_of, order_of
from eyeriss_jax.search.batch.facts import FACTS, facts_of
from eyeriss_jax.search.batch.limits import check_mappings, check_memory
from eyeriss_jax.search.batch.search import SHAPE_LEAVES, Best, best_mappings

__all__ = [
    "BLOCKS",
    "FACTS",
    "MOST_ORDERS",
    "SHAPE_LEAVES",
    "Best",
    "Blocks",
    "Candidates",
    "Choice",
    "SearchProgram",
    "best_mappings",
    "blocks_for",
    "check_mappings",
    "check_memory",
    "facts_of",
    "inner_of",
    "order_of",
    "search_program",
]
