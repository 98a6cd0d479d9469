"""Every published figure at its tolerance, one test each, named after its paper.

A figure that the model misses has a written explanation, and this test then asserts that it still misses: a miss
that heals is news, and so is a figure that is lost.
"""

import pytest

from eyeriss_jax.published import Claim, Workbench, claims
from eyeriss_jax.published.scoreboard import score, surprises

# Topics that search whole networks for longer than a few seconds.
SLOW_TOPICS = {"energy", "isca16", "jetcas", "mapper", "scaling", "sparse"}

BENCH = Workbench()


def _cases():
    for topic, of_topic in claims().items():
        marks = [pytest.mark.slow] if topic in SLOW_TOPICS else []
        for claim in of_topic:
            yield pytest.param(topic, claim, id=f"{claim.id} ({claim.source})", marks=marks)


@pytest.mark.parametrize(("topic", "claim"), list(_cases()))
def test_published_figure(topic: str, claim: Claim):
    (entry,) = entries = score({topic: (claim,)}, BENCH)
    assert not surprises(entries), f"published {claim.range}, ours {entry.ours:g}, error {entry.error:+.3g}"
