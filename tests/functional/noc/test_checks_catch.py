"""The checks are worth something: every kind of wrong delivery is reported as what it is."""

from dataclasses import replace

import numpy as np
import pytest

from eyeriss_jax.functional.noc import Delivery, Port, bus, collect, collection, deliver, deliver_over_bus, multicast

from .cases import V1_CASES, V2_CASES

CASE = V2_CASES["conv: iact shared along columns, weight along rows"]
CHAINED = V2_CASES["conv: channels accumulate over all cluster rows"]


def delivered_with(monkeypatch: pytest.MonkeyPatch, change) -> Delivery:
    """The delivery of CASE's iacts with ``change(switches, feed)`` slipped in before the simulation."""
    simulate = multicast.simulate
    monkeypatch.setattr(multicast, "simulate", lambda switches, feed: simulate(*change(switches, feed.copy())))
    return deliver(CASE.layer, CASE.mapping, CASE.accelerator, "iact")


def test_a_lost_word_is_missing_at_every_pe_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(switches, feed):
        feed[0, 0, 0, 0, 0] = -1
        return switches, feed

    result = delivered_with(monkeypatch, lose)
    assert not result.exact
    assert result.missing == 8 * result.streams.takes[0].sum() and result.unneeded == result.repeated == 0


def test_a_word_sent_twice_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(switches, feed):
        feed = np.concatenate([feed, np.full_like(feed[:1], -1)])
        feed[-1, 0, 0, 0, 0] = feed[0, 0, 0, 0, 0]
        return switches, feed

    result = delivered_with(monkeypatch, twice)
    assert result.repeated == 8 * result.streams.takes[0].sum() and result.missing == result.unneeded == 0


def test_a_router_that_listens_to_the_wrong_side_starves_what_is_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(switches, feed):
        listens = switches.listens.copy()
        listens[Port.SOUTH, 3, 0] = Port.EAST
        return replace(switches, listens=listens), feed

    result = delivered_with(monkeypatch, cut)
    assert (result.words_per_cluster[4:, 0] == 0).all() and (result.words_per_cluster[:4] > 0).all()
    assert result.missing > 0 and result.unneeded == result.repeated == 0


def test_a_foreign_stream_is_unneeded(monkeypatch: pytest.MonkeyPatch) -> None:
    def swap(switches, feed):
        return switches, feed[:, :, :, ::-1]

    result = delivered_with(monkeypatch, swap)
    assert result.unneeded > 0 and result.missing > 0


def test_a_late_beat_is_not_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def stall(switches, feed):
        return switches, np.concatenate([feed[:5], np.full_like(feed[:1], -1), feed[5:]])

    result = delivered_with(monkeypatch, stall)
    assert result.exact and not result.on_time


def test_a_share_added_to_the_wrong_psum_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = collection.simulate

    def tampered(chains, refills, shares):
        shares = shares.copy()
        shares[7, 2, 1] = 0
        return simulate(chains, refills, shares)

    monkeypatch.setattr(collection, "simulate", tampered)
    result = collect(CHAINED.layer, CHAINED.mapping, CHAINED.accelerator)
    assert (result.missing, result.repeated, result.wrong) == (0, 0, 1)


def test_a_broken_chain_returns_unfinished_psums_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = collection.simulate

    def broken(chains, refills, shares):
        to_south, from_north = chains.to_south.copy(), chains.from_north.copy()
        to_south[3, 0], from_north[4, 0] = False, False
        refills = refills.copy()
        refills[:, :, 4, 0] = refills[:, :, 0, 0]
        return simulate(replace(chains, to_south=to_south, from_north=from_north), refills, shares)

    monkeypatch.setattr(collection, "simulate", broken)
    result = collect(CHAINED.layer, CHAINED.mapping, CHAINED.accelerator)
    psums_of_column_0 = CHAINED.mapping.array_tile("M") * 13 * 4
    assert result.repeated == result.wrong == psums_of_column_0 and result.missing == 0


def test_a_wrong_pe_tag_misses_words_and_takes_foreign_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = bus.simulate

    def tampered(bus_tags, *words):
        cols = bus_tags.cols.copy()
        cols[0, 0] += 1
        return simulate(replace(bus_tags, cols=cols), *words)

    monkeypatch.setattr(bus, "simulate", tampered)
    case = V1_CASES["conv3: four sets of filters"]
    result = deliver_over_bus(case.layer, case.mapping, case.accelerator, "iact")
    assert result.missing > 0 and result.unneeded > 0
