"""A claim: what an error is, and that a record no scoreboard could show is refused."""

import math
import threading
import time

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.published import Claim, Entry, Workbench, claims, score, surprises


def claim(**changes):
    fields = {"id": "X", "statement": "x", "source": "a paper", "tag": "P", "published": 100.0, "tolerance": 0.1}
    return Claim(**fields | {"ours": lambda _: 104.0} | changes)


@pytest.mark.parametrize(
    ("changes", "ours", "error"),
    [
        ({}, 104.0, 0.04),
        ({}, 90.0, -0.1),
        ({"published": -100.0}, -90.0, 0.1),
        ({"absolute": True}, 104.0, 4.0),
        ({"published": (80.0, 100.0)}, 90.0, 0.0),
        ({"published": (80.0, 100.0)}, 110.0, 0.1),
        ({"published": (80.0, 100.0)}, 60.0, -0.25),
        ({"published": (80.0, math.inf)}, 1e9, 0.0),
        ({"published": (80.0, math.inf)}, 60.0, -0.25),
        ({"published": 0.0, "absolute": True}, 2.0, 2.0),
    ],
)
def test_the_error_is_the_distance_to_the_nearest_published_value(changes, ours, error):
    assert claim(**changes).error(ours) == pytest.approx(error)


@pytest.mark.parametrize(
    ("ours", "tag", "verdict"),
    [(110.0, "P", "holds"), (110.1, "P", "misses"), (90.0, "M", "holds (soft)"), (80.0, "M", "misses (soft)")],
)
def test_the_verdict_follows_the_tolerance_and_says_what_is_soft(ours, tag, verdict):
    assert Entry(topic="t", claim=claim(tag=tag), ours=ours).verdict == verdict


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tag": "Q"}, "tag = 'Q' must be one of"),
        ({"tolerance": -0.1}, "tolerance = -0.1 must be"),
        ({"tolerance": math.nan}, "tolerance = nan must be"),
        ({"published": (2.0, 1.0)}, "must give the lowest value first"),
        ({"published": math.nan}, "must give the lowest value first"),
        ({"published": 0.0}, "set absolute=True"),
        ({"published": (0.0, 1.0)}, "set absolute=True"),
    ],
)
def test_a_record_that_no_scoreboard_can_show_is_refused(changes, message):
    with pytest.raises(SpecError) as error:
        claim(**changes)
    assert message in str(error.value)


def test_scoring_keeps_the_order_and_reports_progress():
    seen = []
    topics = {"a": (claim(id="1"), claim(id="2")), "b": (claim(id="3", ours=lambda _: 7.0),)}
    entries = score(topics, progress=lambda *step: seen.append(step))
    assert [(entry.topic, entry.claim.id, entry.ours) for entry in entries] == [
        ("a", "1", 104.0), ("a", "2", 104.0), ("b", "3", 7.0),
    ]  # fmt: skip
    assert seen == [(0, 3, "1"), (1, 3, "2"), (2, 3, "3")]


def test_topics_scored_at_the_same_time_come_out_in_order():
    first_may_go_on = threading.Event()
    waiting = claim(id="1", ours=lambda _: float(first_may_go_on.wait(60)))
    passing = claim(id="2", ours=lambda _: float(first_may_go_on.set() or 2))
    entries = score({"a": (waiting,), "b": (passing,)}, workers=2)
    assert [(entry.topic, entry.claim.id, entry.ours) for entry in entries] == [("a", "1", 1.0), ("b", "2", 2.0)]


def test_a_figure_that_fails_stops_the_other_topics():
    failed, computed = threading.Event(), []

    def fail(_):
        failed.set()
        raise SpecError("no such layer")

    def compute(_):
        computed.append(failed.wait(60))
        time.sleep(0.2)  # the failure arrives
        return 1.0

    slow = claim(ours=compute)
    with pytest.raises(SpecError, match="no such layer"):
        score({"a": (claim(ours=fail),), "b": (slow,) * 50}, workers=2)
    assert len(computed) < 50


def test_a_miss_without_a_reason_and_a_reason_without_a_miss_are_surprises():
    missing, excused = claim(ours=lambda _: 1.0), claim(id="Y", explanation="because")
    fine, explained = claim(id="Z"), claim(id="W", ours=lambda _: 1.0, explanation="because")
    found = surprises(score({"t": (missing, excused, fine, explained)}))
    assert found == ["X misses but has no explanation", "Y holds but has an explanation"]


@pytest.mark.slow
def test_the_workbench_searches_once():
    bench = Workbench()
    small = bench.mapped("mobilenet_v1_0.5_32", "eyeriss_v1_5", objective="dram_words")
    assert bench.mapped("mobilenet_v1_0.5_32", "eyeriss_v1_5", objective="dram_words") is small


def test_every_claim_has_its_own_id():
    ids = [claim.id for of_topic in claims().values() for claim in of_topic]
    assert len(set(ids)) == len(ids)


def test_an_unknown_topic_is_named():
    with pytest.raises(SpecError, match="did you mean 'jetcas'"):
        claims("jetcsa")
