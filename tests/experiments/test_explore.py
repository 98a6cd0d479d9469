"""The live explorer's server: only the user's own page gets in, a session answers or says why not, and files replay."""

import asyncio
import json
import math
import re
import stat
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.websocket import websocket_connect

from experiments.explore import ExploreConfig
from experiments.explorer import Address, Studio, application, bound, kept_token
from experiments.explorer.session import Session
from experiments.explorer.worker import Said
from eyeriss_jax.dataflow.loop_nest import to_dict
from eyeriss_jax.hardware.accelerator_file import read_accelerator
from eyeriss_jax.hardware.presets import preset
from eyeriss_jax.report.mapping_file import read_mapping_file
from eyeriss_jax.search.mapping import map_network
from tests.search.explore.small import MACHINE, MAPPINGS, NET

TOKEN = "a" * 32
WRONG = ("/", f"/{TOKEN[:-1]}b/", f"/{TOKEN}", f"/{TOKEN}/nothing", "/%2e%2e/")
REBOUND = ("evil.com:{}", "127.0.0.1:1", "localhost:{}")
CONFIG = ExploreConfig(network="small", accelerator="eyeriss_v2")
BROKEN = {name: {"glb": {"Q": 1}, "spad": {}} for name in MAPPINGS}


class FakeRemapper:
    """Maps nothing; a test says what it would have said."""

    def __init__(self):
        self.asked, self.stopped = [], []

    def ask(self, owner, design, tell):
        self.asked.append((owner, design, tell))

    def stop(self, owner):
        self.stopped.append(owner)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return Studio(NET, MACHINE, MAPPINGS, tmp_path_factory.mktemp("explored"), CONFIG)


@pytest.fixture
def studio(built, monkeypatch):
    monkeypatch.setattr(built, "remapper", FakeRemapper())
    return built


class Page:
    """A session with what it was sent."""

    def __init__(self, studio):
        self.heard = []
        self.session = Session(studio, self.heard.append)
        self.start = self.session.begin()

    def ask(self, do, **rest) -> Any:
        self.session.receive({"do": do, "number": 7, "changes": {}, "set": self.start["set"], "layer": 0, **rest})
        return self.heard[-1] if self.heard else None


@pytest.fixture
def page(studio):
    return Page(studio)


# ---- who gets in


def test_only_our_own_page_with_the_secret_gets_in(studio):
    """Another host's name (DNS rebinding), another page's socket, none at all, and a guessed secret are turned away."""

    async def tried():
        socket_, port = bound(0)
        address = Address(port=port, token=TOKEN)
        server = HTTPServer(application(address, studio, lambda start: f"page {len(start['changes'])}"))
        server.add_socket(socket_)
        client, here = AsyncHTTPClient(), f"http://127.0.0.1:{port}"

        async def code(path, **headers):
            try:
                return (await client.fetch(HTTPRequest(here + path, headers=headers))).code
            except HTTPClientError as error:
                return error.code

        async def socket(origin, token=TOKEN):
            headers = {"Origin": origin} if origin else {}
            request = HTTPRequest(f"ws://127.0.0.1:{port}/{token}/socket", headers=headers)
            try:
                connection = await websocket_connect(request)
            except HTTPClientError as error:
                return error.code
            await connection.write_message(json.dumps({"do": "score", "number": 1, "changes": {}, "set": "no"}))
            said = await connection.read_message()
            connection.close()
            return None if said is None else json.loads(said)["say"]

        found = {
            "page": await code(f"/{TOKEN}/"),
            "wrong": [await code(path) for path in WRONG],
            "rebound": [await code(f"/{TOKEN}/", Host=h.format(port)) for h in REBOUND],
            "socket": await socket(here),
            "foreign": [await socket(each) for each in ("http://evil.com", "null", "https://127.0.0.1", f"{here}0")],
            "without": await socket(None),
            "guessed": await socket(here, "b" * 32),
        }  # fmt: skip
        reply = await client.fetch(f"{here}/{TOKEN}/")
        server.stop()
        await server.close_all_connections()
        return found, reply

    found, reply = asyncio.run(tried())
    assert found["page"] == 200
    assert found["wrong"] == [404] * 5
    assert found["rebound"] == [403] * 3
    assert found["socket"] == "refused"  # of mappings that it does not know, but answered
    assert found["foreign"] == [403] * 4
    assert found["without"] is None
    assert found["guessed"] == 404
    assert reply.body == b"page 0"
    assert (reply.headers["Referrer-Policy"], reply.headers["X-Frame-Options"]) == ("no-referrer", "DENY")
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_the_secret_is_the_same_after_a_restart_and_only_the_user_can_read_it(tmp_path):
    token = kept_token(tmp_path / "kept")
    assert len(token) == 32
    assert kept_token(tmp_path / "kept") == token
    assert stat.S_IMODE((tmp_path / "kept" / "token").stat().st_mode) == 0o600
    (tmp_path / "kept").chmod(0o777)
    assert kept_token(tmp_path / "kept") != token
    assert Address(port=8642, token=token).url == f"http://127.0.0.1:8642/{token}/"


def test_a_port_that_is_taken_is_no_obstacle():
    first, port = bound(0)
    second, other = bound(port)
    assert port != other
    for each in (first, second):
        each.close()


# ---- what a session says


def test_the_page_begins_with_the_machine_as_it_is(page):
    assert page.start["changes"] == {}
    assert page.start["mappings"] == {name: to_dict(mapping) for name, mapping in MAPPINGS.items()}
    assert page.start["answer"]["layers"][page.start["layer"]]["time"] == max(
        layer["time"] for layer in page.start["answer"]["layers"]
    )


def test_a_move_is_scored_under_the_present_mappings(page, studio):
    said = page.ask("score", changes={"clock_hz": 4e8}, pin={"changes": {}, "set": page.start["set"]})
    assert (said["say"], said["number"]) == ("scored", 7)
    tiles = {key: change for key, _, _, change, _ in said["answer"]["tiles"]}
    assert tiles["inferences_per_s"] == "+100 %"
    expected = map_network(NET, MACHINE.replace(clock_hz=4e8), mappings=MAPPINGS)
    assert math.isclose(said["answer"]["metrics"]["inferences_per_s"], expected.inferences_per_s)


@pytest.mark.parametrize(
    ("message", "field", "why"),
    [
        ({"changes": {"pe_rows": 0}}, "pe_rows", "must be an integer of at least 1"),
        ({"changes": {"pe_rowz": 1}}, "", "did you mean 'pe_rows'"),
        ({"set": "unknown"}, "", "does not know these mappings"),
        ({"changes": [1]}, "", "unknown name 1"),
        ({"changes": 1}, "", "no page of ours sends"),
        ({"changes": {"pe_rows": {"a": 1}}}, "pe_rows", "must be an integer"),
        ({"changes": {"noc": [["x"]]}}, "", ""),
        ({"layer": "first"}, "", "no page of ours sends"),
        ({"do": "import os"}, "", "no such question"),
        ({"do": None}, "", "no such question"),
        ({"do": "step", "metric": "beauty", "most_area": 1}, "", "no metric 'beauty'"),
        ({"do": "play", "layer": 99}, "", "no page of ours sends"),
        ({"do": "know", "sets": {"x": {"other": {}}}}, "", "another network"),
        (
            {"do": "know", "sets": {"x": BROKEN}},
            "",
            "must give integers",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_the_reason(page, message, field, why):
    said = page.ask(**{"do": "score", **message})
    assert said["say"] == "refused"
    assert why in said["why"]
    assert not field or said["field"] == field
    assert page.ask("score")["say"] == "scored"  # and nothing is lost


@pytest.mark.parametrize("message", [None, 3, "score", [], [["do", "score"]]], ids=str)
def test_messages_that_are_none_are_refused(page, message):
    page.session.receive(message)
    assert page.heard[-1]["say"] == "refused"


def test_mappings_that_no_longer_fit_are_named(page):
    said = page.ask("score", changes={"pe_cols": 1, "pe_rows": 1})
    assert said["say"] == "refused"
    assert "conv" in said["unfit"]
    assert "does not fit" in said["why"]


def test_two_pages_do_not_disturb_each_other(studio):
    first, second = Page(studio), Page(studio)
    first.ask("map", changes={"pe_rows": 4})
    second.ask("score", changes={"clock_hz": 1e8})
    assert first.heard == []
    assert [owner for owner, *_ in studio.remapper.asked] == [first.session]
    second.session.end()
    assert studio.remapper.stopped == [second.session]


def test_re_mapping_is_told_step_by_step_and_a_certified_result_is_shown_as_it_is(page, studio):
    page.ask("map", changes={"clock_hz": 3e8})
    _, design, tell = studio.remapper.asked[-1]
    assert design.clock_hz == 3e8
    tell(Said("progress", "shortlist", 1, 3, "dw"))
    assert page.heard[-1] == {"say": "mapping", "how": "shortlist", "done": 1, "total": 3, "layer": "dw"}
    tell(Said("mapped", "shortlist", mappings=MAPPINGS))
    told = page.heard[-1]
    assert (told["how"], told["set"], told["changes"]) == ("shortlist", page.start["set"], {"clock_hz": 3e8})
    result = map_network(NET, design, mappings=MAPPINGS)
    searched = replace(result, layers=tuple(replace(x, bounds=(9.0,) * 7, certified=True) for x in result.layers))
    tell(Said("mapped", "certified", mappings=MAPPINGS, result=searched))
    shown = page.ask("score", changes={"clock_hz": 3e8})["answer"]
    assert shown["layers"][0]["rate"] == 9.0  # its own bounds, which a search found
    asked = len(studio.remapper.asked)
    other = Page(studio)
    other.ask("map", changes={"clock_hz": 3e8})  # was mapped before: nobody waits again
    assert (other.heard[-1]["how"], len(studio.remapper.asked)) == ("certified", asked)
    tell(Said("failed", why="too small"))
    assert page.heard[-1] == {"say": "unmapped", "why": "too small", "changes": {"clock_hz": 3e8}}


def test_a_page_of_an_earlier_server_brings_its_mappings(studio):
    before, after = Page(studio), Page(studio)
    other = dict(before.start["mappings"])
    other["fc"] = {**other["fc"], "dram_order": ["NEF", "CRS", "M"]}
    assert after.ask("score", set="old")["unknown"] == "old"
    assert after.ask("know", sets={"old": other})["say"] == "known"
    assert after.ask("score", set="old")["say"] == "scored"


def test_slopes_and_steps_and_passes(page):
    slopes = page.ask("slopes")["slopes"]
    assert slopes["inferences_per_s"]["clock_hz"] == pytest.approx(1)
    area = page.ask("score")["answer"]["metrics"]["area_mm2"]
    step = page.ask("step", metric="inferences_per_s", most_area=area)
    assert step["changes"]
    better = page.ask("score", changes=step["changes"])["answer"]["metrics"]
    assert better["area_mm2"] <= area * 1.000001
    assert page.ask("play", layer=1)["played"]["passes"] >= 1


def test_what_is_saved_is_what_every_experiment_takes(page, studio):
    said = page.ask("save", changes={"cluster_rows": 9, "noc_words_per_cycle.weight": 4.5})
    folder = studio.folder / "design-1"
    assert said["folder"] == str(folder)
    assert re.fullmatch(r"python -m experiments\.eyexam --mapping=\S+/design-1/mappings\.yaml", said["command"])
    machine = read_accelerator(folder / "accelerator.yaml", preset)
    assert (machine.cluster_rows, machine.noc_words_per_cycle.weight) == (9, 4.5)
    saved = read_mapping_file(folder / "mappings.yaml")
    assert saved.mappings == MAPPINGS
    assert saved.made_for is not None
    assert saved.made_for.accelerator == str(folder / "accelerator.yaml")
    assert page.ask("save")["folder"] == str(studio.folder / "design-2")


# ---- the process that maps


@pytest.mark.slow
def test_the_process_maps_supersedes_and_is_started_again_when_it_is_lost(built):
    """Of two wishes of one page only the newer one is heard of; a process that is gone is told and replaced."""

    async def mapped():
        loop, heard, first = asyncio.get_running_loop(), asyncio.Queue(), []
        remapper = built.remapper
        remapper.watch = lambda file: loop.add_reader(file, remapper.heard)
        remapper.unwatch = loop.remove_reader
        try:
            remapper.ask("page", MACHINE.replace(pe_rows=2), first.append)
            remapper.ask("page", MACHINE, heard.put_nowait)
            said = []
            while not said or said[-1].stage != "certified" or said[-1].what != "mapped":
                said.append(await asyncio.wait_for(heard.get(), 120))
            remapper.ask("page", MACHINE.replace(pe_rows=4), heard.put_nowait)
            await asyncio.wait_for(heard.get(), 60)
            remapper._process.kill()
            lost = await asyncio.wait_for(heard.get(), 60)
            while lost.what != "failed":
                lost = await asyncio.wait_for(heard.get(), 60)
            remapper.ask("page", MACHINE, heard.put_nowait)
            again = await asyncio.wait_for(heard.get(), 60)
        finally:
            remapper.end()
        return first, said, lost, again

    first, said, lost, again = asyncio.run(mapped())
    assert all(each.what == "progress" for each in first)
    stages = [each.stage for each in said if each.what == "mapped"]
    assert stages == ["shortlist", "certified"]
    certified = said[-1].result
    assert certified.layers[0].certified
    assert said[-1].mappings == {x.layer.name: x.mapping for x in certified.layers}
    assert "has died" in lost.why
    assert again.what == "progress"
