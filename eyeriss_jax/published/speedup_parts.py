"""The parts of the rule set behind the nine speed-ups, and what each of them does to all nine.

The study (arXiv 1807.07928v1, JETCAS 2019) does not print the v1 that it compares with. Our v1 is a set of rules; some
are published, some follow from published numbers, some were chosen with the speed-ups in sight.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from eyeriss_jax.dataflow.rs_sets import RS_R1, RowStationarySets
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.hardware.presets.eyeriss_v1 import V1_SPAD_WORDS
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.published.scaling import NETWORKS, PES, SPEEDUPS
from eyeriss_jax.published.workbench import Workbench

PUBLISHED, DERIVED, FITTED = "published", "derived", "fitted"


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyRule:
    """One rule, and the machines without it.

    Attributes:
        rule: What the rule says.
        tag: :data:`PUBLISHED`, :data:`DERIVED` from published numbers, or :data:`FITTED` on the speed-ups.
        instead: What the machines have instead.
        v1, v2: Fields of the scaled machines that differ then.
        flow: The dataflow of v1 then.
    """

    rule: str
    tag: str
    instead: str
    v1: dict[str, Any] = field(default_factory=dict)
    v2: dict[str, Any] = field(default_factory=dict)
    flow: RowStationarySets = RS_R1

    def error(self, bench: Workbench, network: str, pes: int) -> float:
        """By how much the speed-up without the rule is off, as a share of the published one."""
        v1, v2 = (
            accelerator(f"eyeriss_{version}_{pes}").replace(**fields)
            for version, fields in (("v1", self.v1), ("v2", self.v2))
        )
        slow, fast = bench.mapped(NETWORKS[network], v1, dataflow=self.flow), bench.mapped(NETWORKS[network], v2)
        return slow.cycles / fast.cycles / SPEEDUPS[network][PES.index(pes)] - 1


def _v1_words(**words: float) -> dict[str, Any]:
    return {"noc_words_per_cycle": Types(**{"iact": 3, "weight": 1, "psum": 2} | words)}


PARTS: tuple[StudyRule, ...] = (
    StudyRule(rule="the rule set", tag="", instead="-"),
    StudyRule(
        rule="v1: channels meet in the GLB (r = 1)",
        tag=FITTED,
        instead="any number of sets of PEs on other channels",
        flow=replace(RS_R1, channel_sets=True),
    ),
    StudyRule(
        rule="v1: PE tiles divide C and M",
        tag=FITTED,
        instead="any PE tiles",
        flow=replace(RS_R1, dividing=False),
    ),
    StudyRule(
        rule="v1: sets of PEs on other filters (t)",
        tag=PUBLISHED,
        instead="none",
        flow=replace(RS_R1, filter_sets=False),
    ),
    StudyRule(
        rule="v1: channel groups on the array",
        tag=PUBLISHED,
        instead="one group at a time",
        flow=replace(RS_R1, group_sets=False),
    ),
    StudyRule(rule="v1: 1 weight per cycle", tag=FITTED, instead="3, one port of v2", v1=_v1_words(weight=3)),
    StudyRule(rule="v1: 3 iacts per cycle, one port of v2", tag=DERIVED, instead="1", v1=_v1_words(iact=1)),
    StudyRule(rule="v1: 2 psums per cycle, one port of v2", tag=DERIVED, instead="4", v1=_v1_words(psum=4)),
    StudyRule(
        rule="v1: psums are waited for in both directions",
        tag=FITTED,
        instead="hidden behind compute",
        v1={"overlap": ("iact", "psum")},
    ),
    StudyRule(rule="v1: iacts are hidden behind compute", tag=FITTED, instead="waited for", v1={"overlap": ()}),
    StudyRule(
        rule="v1: weights are waited for, as in the v1 chip",
        tag=DERIVED,
        instead="hidden behind compute",
        v1={"overlap": ("iact", "weight")},
    ),
    StudyRule(
        rule="v2: weights are waited for, as in v2 of 192 PEs",
        tag=DERIVED,
        instead="hidden behind compute",
        v2={"overlap": ("iact", "weight", "psum")},
    ),
    StudyRule(
        rule="v2: 4 weights per cycle and cluster",
        tag=FITTED,
        instead="3",
        v2={"noc_words_per_cycle": Types(iact=4, weight=0.75, psum=1)},
    ),
    StudyRule(
        rule="both: SPads of the v2 PE",
        tag=FITTED,
        instead="12, 224 and 24 words, as in the v1 PE",
        v1={"spad_words": V1_SPAD_WORDS},
        v2={"spad_words": V1_SPAD_WORDS},
    ),
    StudyRule(
        rule="both: a cycle per psum on the chain of PEs",
        tag=DERIVED,
        instead="none",
        v1={"psum_chain_cycles": 0},
        v2={"psum_chain_cycles": 0},
    ),
    StudyRule(
        rule="both: what is waited for",
        tag=FITTED,
        instead="all hidden: bandwidth only (Eyexam step 6)",
        v1={"overlap": ("iact", "weight", "psum")},
        v2={"overlap": ("iact", "weight", "psum")},
    ),
)
"""The rule set itself, and without each of its parts."""


def points() -> Iterator[tuple[StudyRule, str, int]]:
    """Every part with every network and size of array."""
    yield from ((part, network, pes) for part in PARTS for network in NETWORKS for pes in PES)
