"""What the page says of a design is what the other reports say of it, and against a pin what changed and why."""

import json

import pytest

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.loops import TEMPORAL, loops
from eyeriss_jax.functional.nest import Schedule, default_mapping
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator
from eyeriss_jax.report.columns import totals
from eyeriss_jax.report.explorer import MOST_PLAYED, answer, explorer_page, played
from eyeriss_jax.report.files import strict
from eyeriss_jax.search.explore import changed_design
from eyeriss_jax.search.mapping import Rescore
from tests.search.explore.small import MACHINE, MAPPINGS, NET, score


@pytest.fixture(scope="module")
def results():
    rescore = score()
    wider = changed_design(MACHINE, {"noc_words_per_cycle.weight": 6, "clock_hz": 1e8})
    return rescore(MACHINE, MAPPINGS), rescore(wider, MAPPINGS)


def test_its_figures_are_those_of_every_report(results):
    told = {key: text for key, _, text, *_ in answer(results[0], 0)["tiles"]}
    reported = {each.key: each.text for each in totals(results[0])}
    assert told["inferences_per_s"] == reported["inferences_per_s"]
    assert told["latency"] == reported["latency_s"]
    assert told["utilization"] == reported["utilization"]


def test_shares_of_energy_and_area_add_up(results):
    found = answer(results[0], 0)
    assert sum(share for _, _, share, _ in found["energy"]) == pytest.approx(1)
    assert sum(share for _, _, share, _ in found["area"]) == pytest.approx(1)


def test_without_a_pin_nothing_changed_and_with_itself_neither(results):
    for pinned in (None, results[0]):
        found = answer(results[0], 0, pinned)
        assert {change for *_, change, _ in found["tiles"]} <= {"", "="}
        assert {row["changed"] for row in found["layers"]} == {""}
        assert {row["why"] for row in found["layers"]} == {""}


def test_against_a_pin_every_change_has_its_sign_and_its_reason(results):
    found = answer(results[1], 0, results[0])
    changes = {key: (change, verdict) for key, _, _, change, verdict in found["tiles"]}
    assert changes["inferences_per_s"][1] == "worse"  # half the clock
    assert changes["inferences_per_s"][0].startswith("−")
    assert changes["latency"][0].startswith("+")
    assert all(row["changed"].startswith(("+", "×")) for row in found["layers"])
    assert any("cycles" in row["why"] for row in found["layers"])


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_preset_has_an_answer(name):
    machine = accelerator(name)
    mappings = {layer.name: default_mapping(layer, machine) for layer in NET.layers}
    result = Rescore(NET, dataflow(machine.dataflow))(machine, mappings)
    found = json.loads(json.dumps(strict(answer(result, 0)), allow_nan=False))
    assert found["chosen"]["plan"]["boxes"]
    assert {link["mark"].split("-")[0] for link in found["chosen"]["links"]} == {"link", "dram"}


def test_it_is_strict_json(results):
    text = json.dumps(strict(answer(results[1], 2, results[0])), allow_nan=False)
    assert json.loads(text)["chosen"]["name"] == "fc"


def test_names_of_others_are_text_in_the_page(results):
    explored = {
        "network": "</script><b>",
        "start": {"answer": strict(answer(results[0], 0))},
        "controls": [],
        "layers": ["<i>"],
    }
    page = explorer_page("<u>", explored, {"config": {"network": "<s>"}}, "ws://127.0.0.1:1")
    assert not any(tag in page for tag in ("<u>", "<i>", "<s>", "</script><b>"))
    assert "connect-src ws://127.0.0.1:1" in page
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")


def test_what_is_played_is_the_walk_of_the_functional_model():
    for layer in NET.layers:
        mapping = MAPPINGS[layer.name]
        found, schedule = played(layer, mapping), Schedule.of(layer, mapping)
        assert found["passes"] == schedule.passes
        assert len(found["moved"]) == len(found["at"]) == min(MOST_PLAYED, schedule.passes)
        assert (
            found["moved"][0] & 0b11011 == 0b11011
        )  # the first pass needs iacts and weights, from DRAM and from the GLB
        nest = loops(mapping, layer)
        temporal = [at for at, loop in enumerate(nest) if loop.level in TEMPORAL]
        assert found["loops"] == temporal
        for column, at in enumerate(temporal):
            assert max(row[column] for row in found["at"]) < nest[at].count
