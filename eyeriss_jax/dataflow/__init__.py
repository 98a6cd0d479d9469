"""HOW a layer runs: mappings, the mapspace, and dataflows as constraints over it."""

from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import LoopOrder, Mapping, MappingArrays
from eyeriss_jax.dataflow.no_local_reuse import NLR
from eyeriss_jax.dataflow.output_stationary import OS_A, OS_B, OS_C
from eyeriss_jax.dataflow.rs import RS
from eyeriss_jax.dataflow.rs_isca16 import RS_ISCA16
from eyeriss_jax.dataflow.rs_plus import RS_PLUS
from eyeriss_jax.dataflow.rs_sets import RS_R1
from eyeriss_jax.dataflow.weight_stationary import WS
from eyeriss_jax.hardware.checks import known_name

DATAFLOWS: dict[str, Dataflow] = {
    flow.name: flow for flow in (RS, RS_PLUS, RS_R1, RS_ISCA16, WS, OS_A, OS_B, OS_C, NLR)
}


def dataflow(name: str) -> Dataflow:
    """The dataflow ``name``.

    Raises:
        SpecError: no such dataflow.
    """
    known_name("dataflow", name, DATAFLOWS)
    return DATAFLOWS[name]


__all__ = [
    "DATAFLOWS", "NLR", "OS_A", "OS_B", "OS_C", "RS", "RS_ISCA16", "RS_PLUS", "RS_R1", "WS", "Dataflow", "LoopOrder",
    "Mapping", "MappingArrays", "dataflow",
]  # fmt: skip
