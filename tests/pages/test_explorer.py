"""The live explorer as its user has it: started by its command, held by its sliders, lost and found again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.report.mapping_file import read_mapping_file
from tests.pages.conftest import SCREENSHOTS
from tests.pages.test_every_page import LOST_TABLES, OVERFLOW, REQUESTS
from tests.search.explore.small import MACHINE

pytestmark = [pytest.mark.browser]

ROOT = Path(__file__).resolve().parents[2]
ONNX = """
import onnx
from onnx import TensorProto, helper
def conv(name, source, into, out, taps, group=1):
    given = [helper.make_tensor_value_info(f"{name}.w", TensorProto.FLOAT, [out, into // group, taps, taps])]
    return helper.make_node("Conv", [source, f"{name}.w"], [name], name=name, kernel_shape=[taps, taps],
                            pads=[taps // 2] * 4, group=group), given
nodes = [conv("one", "image", 8, 64, 3), conv("two", "one", 64, 64, 3, 64), conv("three", "two", 64, 512, 1)]
image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 8, 14, 14])
out = helper.make_tensor_value_info("three", TensorProto.FLOAT, [1, 512, 14, 14])
graph = helper.make_graph([n for n, _ in nodes], "net", [image, *(v for _, g in nodes for v in g)], [out])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), "net.onnx")
"""


class Server:
    """The command in a folder of its own; a network and a machine of files, and a home without anything kept."""

    def __init__(self, folder):
        self.folder = folder
        self.process: Any = None
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache")}
        subprocess.run([sys.executable, "-c", ONNX], cwd=folder, check=True)
        (folder / "mine.yaml").write_text(accelerator_yaml(MACHINE.replace(name="mine")))

    def start(self, *more):
        flags = ["--network=onnx:net.onnx", "--accelerator=mine.yaml", "--output_dir=out", "--port=8733", "--noopen"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "experiments.explore", *flags, *more],
            cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for line in self.process.stdout:
            if found := re.match(r"http://127\.0\.0\.1:\d+/[\w-]+/", line):
                return found[0]
        raise AssertionError(self.process.stderr.read())

    def stop(self, number):
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("explored"))
    # Where the tests run in the background of a shell they ignore Ctrl-C, and what they start would do so as well.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield made
    signal.signal(signal.SIGINT, before)
    if made.process and made.process.poll() is None:
        made.stop(signal.SIGKILL)


class Guest:
    """A hand and two eyes on the page."""

    def __init__(self, visitor, url):
        self.visitor, self.browser = visitor, visitor.browser
        self.size(1500)
        self.browser.get("about:blank")
        visitor.complaints()
        self.browser.get(url)
        self.until(lambda: self.js("return globalThis.explorer && explorer.now().tiles.length > 0"))

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def size(self, width, height=1200):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def until(self, condition, seconds=60):
        return WebDriverWait(self.browser, seconds, 0.05).until(lambda _: condition())

    @property
    def now(self):
        return self.js("return explorer.now()")

    def tile(self, key):
        return next(tile for tile in self.now["tiles"] if tile[0] == key)

    def slider(self, field):
        part = self.js("return JSON.parse(document.getElementById('explored').textContent).controls"
                       ".find((each) => each.field === arguments[0]).part", field)  # fmt: skip
        self.browser.find_element(By.ID, f"tab-{part}").click()
        return self.browser.find_element(By.CSS_SELECTOR, f'.field[data-field="{field}"] [type=range]')

    def press(self, field, *keys):
        """Moves a slider with the keyboard, and waits for the answer."""
        before = self.js("return explorer.asked()")
        self.slider(field).send_keys(*keys)
        self.until(lambda: self.js("return explorer.asked()") > before and self.js("return explorer.idle()"))

    def click(self, name):
        self.browser.find_element(By.ID, name).click()

    @property
    def state(self):
        return self.browser.find_element(By.ID, "state").text


@pytest.fixture(scope="module")
def url(server):
    return server.start()


@pytest.fixture
def guest(visitor, url):
    found = Guest(visitor, url)
    yield found
    assert found.visitor.complaints() == []
    requests = [each for each in found.js(REQUESTS) if not each.startswith("data:")]
    assert [each for each in requests if not each.startswith(url.rsplit("/", 2)[0])] == []


def test_a_move_is_answered_and_what_cannot_be_turns_red_and_changes_nothing(guest):
    before = guest.tile("inferences_per_s")
    guest.press("clock_hz", Keys.ARROW_RIGHT)
    after = guest.tile("inferences_per_s")
    assert (before[2] != after[2], after[3], after[4]) == (True, "+19 %", "better")
    guest.press("pe_rows", Keys.HOME)
    row = guest.browser.find_element(By.CSS_SELECTOR, '.field[data-field="pe_rows"]')
    assert "wrong" in row.get_attribute("class")
    assert "pe_rows = 0 must be an integer of at least 1" in row.text
    assert guest.tile("inferences_per_s") == after
    assert guest.now["changes"].keys() == {"clock_hz"}
    row.find_element(By.CSS_SELECTOR, ".reset").click()
    guest.until(lambda: "wrong" not in row.get_attribute("class"))


def test_a_machine_too_small_for_the_mappings_is_mapped_anew(guest):
    guest.press("pe_rows", Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    guest.until(lambda: guest.now["changes"] == {"pe_rows": 1})
    guest.until(lambda: guest.now["how"] == "certified")
    assert guest.state.startswith("Certified mappings")
    assert guest.js("return document.querySelectorAll('.field.wrong').length") == 0


def test_undo_redo_pin_and_compare(guest):
    guest.click("automatic")
    guest.press("noc_words_per_cycle.weight", Keys.ARROW_RIGHT)
    guest.press("lanes", Keys.ARROW_RIGHT)
    lanes = guest.now["changes"]
    assert set(lanes) == {"noc_words_per_cycle.weight", "lanes"}
    guest.click("pin")
    guest.until(lambda: guest.tile("inferences_per_s")[3] == "=")
    guest.browser.find_element(By.TAG_NAME, "body").send_keys(Keys.CONTROL, "z")
    guest.until(lambda: set(guest.now["changes"]) == {"noc_words_per_cycle.weight"})
    assert guest.tile("area_mm2")[4] == "better"
    guest.click("redo")
    guest.until(lambda: guest.now["changes"] == lanes)
    compare = guest.browser.find_element(By.ID, "compare")
    assert compare.find_element(By.TAG_NAME, "option").text == "mine"
    compare.send_keys(Keys.HOME)
    guest.until(lambda: guest.tile("inferences_per_s")[3] not in ("", "="))
    against = [each.text for each in guest.browser.find_elements(By.CSS_SELECTOR, "#layers td.against")]
    assert any(re.match(r"[+−]\S+ % time .* cycles", each) for each in against), against


def test_arrows_and_a_step_along_them(guest):
    guest.click("automatic")
    guest.slider("noc_words_per_cycle.weight")
    arrow = '.field[data-field="noc_words_per_cycle.weight"] .arrow'
    guest.until(lambda: "%" in guest.browser.find_element(By.CSS_SELECTOR, arrow).text)
    area = float(guest.tile("area_mm2")[2].split()[0])
    guest.click("follow")
    guest.until(lambda: guest.now["changes"])
    guest.until(lambda: guest.tile("inferences_per_s")[4] == "better")
    assert float(guest.tile("area_mm2")[2].split()[0]) <= area


def test_a_layer_is_watched_pass_by_pass(guest):
    guest.click("ahead")
    shown = guest.until(lambda: guest.browser.find_element(By.ID, "pass").text)
    assert shown.startswith("pass 1 of ")
    assert "iact DRAM to GLB" in guest.browser.find_element(By.CSS_SELECTOR, "#stage svg").get_attribute("aria-label")
    assert guest.js("return document.querySelectorAll('#nest [data-at]').length") > 0
    guest.click("ahead")
    guest.until(lambda: guest.browser.find_element(By.ID, "pass").text.startswith("pass 2 of "))
    guest.click("play")
    guest.until(lambda: not guest.browser.find_element(By.ID, "pass").text.startswith("pass 2 of "))
    guest.click("pause")


def test_a_link_holds_the_whole_state(guest):
    guest.click("automatic")
    guest.press("clock_hz", Keys.ARROW_RIGHT)
    guest.click("pin")
    guest.press("cluster_cols", Keys.ARROW_RIGHT)
    guest.click("next")
    held = ("changes", "set", "layer", "pins", "compare")
    expected = {key: guest.now[key] for key in held}
    time.sleep(0.5)  # the address follows a quarter of a second later
    link = guest.js("return location.href")
    again = Guest(guest.visitor, link)
    again.until(lambda: again.now["changes"] == expected["changes"])
    assert {key: again.now[key] for key in held} == expected


def test_files_that_are_saved_replay(guest, server):
    guest.click("automatic")
    guest.press("cluster_rows", Keys.ARROW_RIGHT)
    guest.click("save")
    guest.until(lambda: guest.state.startswith("Saved in "))
    (told,) = re.findall(r"--mapping=(\S+)", guest.state)
    mappings = Path(told)
    asked = read_mapping_file(server.folder / mappings).made_for
    assert asked is not None
    assert (asked.network, asked.accelerator) == ("onnx:net.onnx", str(mappings.parent / "accelerator.yaml"))
    command = ["experiments.eyexam", f"--mapping={mappings}", "--figures=", "--format=json"]
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=server.folder, env=server.environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    totals = {row["quantity"]: row["value"] for row in json.loads(run.stdout)["totals"]}
    told = float(guest.tile("inferences_per_s")[2].replace(",", ""))
    assert totals["inferences_per_s"] == pytest.approx(told, rel=2e-3)


def test_the_exported_page_shows_the_pins_without_a_server(guest, visitor, tmp_path):
    guest.browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    guest.click("automatic")
    guest.press("clock_hz", Keys.ARROW_RIGHT)
    guest.click("pin")
    guest.until(lambda: guest.tile("inferences_per_s")[3] == "=")
    guest.click("export")
    page = tmp_path / "explorer.html"
    guest.until(page.exists)
    text = page.read_text(encoding="utf-8")
    secret = guest.js("return location.pathname").strip("/")
    assert secret not in text
    (policy,) = re.findall(r"content=\"(default-src 'none'[^\"]*)\"", text)
    assert "connect-src" not in policy
    browser = visitor.open(page, width=1500)
    names = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#compare option")]
    assert names == ["the design at hand", "mine", "1: clock_hz 238000000"]
    assert not browser.find_element(By.ID, "save").is_displayed()
    shown = browser.find_element(By.CSS_SELECTOR, "#tiles dd").text
    browser.find_element(By.ID, "compare").send_keys(Keys.ARROW_DOWN)
    assert browser.find_element(By.CSS_SELECTOR, "#tiles dd").text != shown
    assert visitor.complaints() == []
    guest.browser.get("about:blank")


@pytest.mark.parametrize("width", [390, 900, 1500])
def test_it_fits_its_window_in_light_and_dark(guest, visitor, width):
    guest.size(width)
    guest.until(lambda: guest.js("return document.querySelectorAll('#cluster rect').length") > 20)
    for dark in (False, True):
        visitor.dark(dark)
        visitor.whole(f"explorer_{'dark' if dark else 'light'}_{width}")
    assert guest.js(OVERFLOW) <= 0
    assert guest.js(LOST_TABLES) == []
    assert (SCREENSHOTS / f"explorer_light_{width}.png").exists()


def test_everything_has_a_name_for_a_reader(guest):
    guest.slider("pe_rows")
    nameless = """
return [...document.querySelectorAll("button, input, select, svg[role=img], progress")].filter((each) =>
  !(each.textContent.trim() && each.matches("button")) && !each.getAttribute("aria-label")
  && !(each.labels || []).length
).map((each) => each.outerHTML.slice(0, 90))
"""
    assert guest.js(nameless) == []


def test_a_lost_server_is_told_and_the_page_goes_on_when_it_is_back(guest, visitor, server):
    guest.click("automatic")
    guest.press("clock_hz", Keys.ARROW_RIGHT)
    state, rate = guest.now["changes"], guest.tile("inferences_per_s")[2]
    code, err = server.stop(signal.SIGKILL)
    assert code == -signal.SIGKILL, err
    lost = guest.browser.find_element(By.ID, "lost")
    guest.until(lost.is_displayed)
    assert "The server is gone" in lost.text
    assert (guest.now["changes"], guest.tile("inferences_per_s")[2]) == (state, rate)
    server.start()
    guest.click("again")
    guest.until(lambda: not lost.is_displayed())
    guest.press("lanes", Keys.ARROW_RIGHT)
    assert set(guest.now["changes"]) == {"clock_hz", "lanes"}


def test_ctrl_c_ends_it_in_one_line_and_seconds_end_it_without(server):
    code, err = server.stop(signal.SIGINT)
    assert (code, err.splitlines()[-1]) == (130, "interrupted")
    server.start("--seconds=0.5")
    server.process.communicate(timeout=30)
    assert server.process.returncode == 0
