"""The networks on chip, functionally: tagged words move through configured routers or over buses, cycle by cycle.

:func:`deliver` sends one pass's iacts or weights through the hierarchical mesh, :func:`collect` brings its psums
back, :func:`deliver_over_bus` uses Eyeriss v1's multicast bus. Each returns a report that says whether every PE
received exactly what it needs, what passed every port in every cycle, and how long it took.
"""

from eyeriss_jax.functional.noc.bus import BusDelivery, deliver_over_bus
from eyeriss_jax.functional.noc.collection import Collection, collect
from eyeriss_jax.functional.noc.delivery import Delivery
from eyeriss_jax.functional.noc.first_pass import FirstPass
from eyeriss_jax.functional.noc.modes import Mode
from eyeriss_jax.functional.noc.multicast import deliver
from eyeriss_jax.functional.noc.passes import Pass
from eyeriss_jax.functional.noc.topology import STEP, Port, Routers, routers, routers_per_cluster

__all__ = [
    "STEP",
    "BusDelivery",
    "Collection",
    "Delivery",
    "FirstPass",
    "Mode",
    "Pass",
    "Port",
    "Routers",
    "collect",
    "deliver",
    "deliver_over_bus",
    "routers",
    "routers_per_cluster",
]
