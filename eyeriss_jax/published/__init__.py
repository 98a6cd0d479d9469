"""The literature's figures and the comparison: one file per paper or topic, one scoreboard for all.

To add a figure, write a :class:`Claim` in the topic's file; to add a topic, a file with a function ``claims()`` and
its line in :data:`TOPICS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from eyeriss_jax.hardware.checks import known_names
from eyeriss_jax.published import (
    area,
    energy,
    eyeriss_v1,
    eyeriss_v1_mapper,
    eyeriss_v1_power,
    field,
    isca16,
    jetcas,
    scaling,
    sparse,
)
from eyeriss_jax.published.claim import TAGS, Claim
from eyeriss_jax.published.scoreboard import Entry, score, surprises
from eyeriss_jax.published.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of claims: its title on the scoreboard, what makes the claims, and which machines they are about."""

    title: str
    claims: Callable[[], tuple[Claim, ...]]
    about: str = "Eyeriss"


TOPICS: dict[str, Topic] = {
    "jetcas": Topic("Eyeriss v1.5 against v1, dense networks (JETCAS 2019)", jetcas.claims),
    "sparse": Topic("Eyeriss v2 where it skips zeros (JETCAS 2019)", sparse.claims),
    "energy": Topic("Energy of v1, v1.5 and v2, DRAM traffic of v2 (JETCAS 2019)", energy.claims),
    "scaling": Topic("v2 against v1 from 256 to 16384 PEs (arXiv 1807.07928v1, JETCAS 2019)", scaling.claims),
    "eyeriss_v1": Topic("The Eyeriss v1 chip, AlexNet CONV1-5, batch 4 (JSSC 2017, ISSCC 2016)", eyeriss_v1.claims),
    "power": Topic("Power of the Eyeriss v1 chip, AlexNet CONV1-5 (ISSCC 2016, JSSC 2017)", eyeriss_v1_power.claims),
    "mapper": Topic("The mapper against the mappings of the Eyeriss v1 chip (JSSC 2017)", eyeriss_v1_mapper.claims),
    "isca16": Topic("Six dataflows on 256 PEs of equal area, AlexNet (ISCA 2016)", isca16.claims),
    "area": Topic("Area of v1, v1.5 and v2 (JETCAS 2019, JSSC 2017, ISSCC 2016)", area.claims),
    "field": Topic(
        "The field that Eyeriss v2 answers to, a law per mechanism (2014 to 2017)", field.claims, about="the field"
    ),
}
"""The topics, in the order of the scoreboard."""


def claims(*topics: str) -> dict[str, tuple[Claim, ...]]:
    """The claims by topic; of all topics where none is named.

    Raises:
        SpecError: no such topic.
    """
    known_names("topics", topics, TOPICS)
    return {name: topic.claims() for name, topic in TOPICS.items() if not topics or name in topics}


__all__ = ["TAGS", "TOPICS", "Claim", "Entry", "Topic", "Workbench", "claims", "score", "surprises"]
