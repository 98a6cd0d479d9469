"""The seven steps of Eyexam, in the words of its authors (Chen et al., arXiv 1807.07928v1, Table II)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what becomes known, the bound it leads to, and why performance is lost there.

    ``label`` names the step in a sentence, ``short`` in a column header.
    """

    number: int
    label: str
    short: str
    constraint: str
    bound: str
    loss: str


STEPS: tuple[Step, ...] = (
    Step(
        1,
        "layer size",
        "size",
        "layer size and shape",
        "maximum workload parallelism",
        "finite workload size",
    ),
    Step(
        2,
        "dataflow",
        "flow",
        "dataflow loop nest",
        "maximum dataflow parallelism",
        "the loop nest restricts the mapping space",
    ),
    Step(
        3,
        "PE count",
        "#PEs",
        "number of PEs",
        "maximum PE parallelism",
        "shape fragmentation over the number of PEs",
    ),
    Step(
        4,
        "array shape",
        "array",
        "physical dimensions of the PE array",
        "number of active PEs",
        "shape fragmentation over each dimension of the array",
    ),
    Step(
        5,
        "storage",
        "store",
        "fixed storage capacity",
        "number of active PEs",
        "intermediate data must be stored",
    ),
    Step(
        6,
        "bandwidth",
        "bandw.",
        "fixed data bandwidth",
        "maximum data bandwidth to the active PEs",
        "the average bandwidth is too low",
    ),
    Step(
        7,
        "burstiness",
        "actual",
        "varying data access patterns",
        "actual performance",
        "the instantaneous bandwidth is too low: ramp-up, bursts and imbalance",
    ),
)
