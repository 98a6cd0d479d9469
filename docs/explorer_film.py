"""Makes ``explorer.gif``, the film in README: the live explorer of MobileNet on Eyeriss v2, moved by a hand.

``python docs/explorer_film.py`` needs Debian's Chromium and its driver (selenium is a development dependency).
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FILM = Path(__file__).with_name("explorer.gif")
WIDTH, HEIGHT, SHOWN = 1360, 1010, 900
"""Pixels of the window, and of the film's width."""

_MOVES = (
    *(("noc_words_per_cycle.weight", 1, 300),) * 4,
    ("noc_words_per_cycle.weight", 0, 1600),
    *(("pe_rows", 1, 500),) * 3,
    ("pe_rows", 0, 6000),
    ("pe_rows", 0, 1600),
)
"""A slider, by how many stops it moves, and the milliseconds that pass then."""

_MOVE = """
const [field, by] = arguments;
const { controls } = JSON.parse(document.getElementById("explored").textContent);
const { part } = controls.find((each) => each.field === field);
document.getElementById(`tab-${part}`).click();
const slider = document.querySelector(`.field[data-field="${field}"] [type=range]`);
slider.value = Number(slider.value) + by;
if (by) slider.dispatchEvent(new Event("input", { bubbles: true }));
"""


def main() -> None:
    """Starts the explorer, moves it, and writes the film."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "experiments.explore", "--noopen", f"--output_dir={folder}"]
        server = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        url = next(found[0] for line in server.stdout if (found := re.match(r"http://127\S+", line)))
        try:
            frames = _frames(url)
        finally:
            server.terminate()
            server.wait()
    first, *others = (image.quantize(96, dither=Image.Dither.NONE) for image, _ in frames)
    times = [milliseconds for _, milliseconds in frames]
    first.save(FILM, save_all=True, append_images=others, duration=times, loop=0, optimize=True)


def _frames(url: str) -> list[tuple[Image.Image, int]]:
    """What is seen after each move, and for how long."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless=new", "--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser.set_window_size(WIDTH, HEIGHT)
        browser.get(url)
        _certified(browser)
        frames = [(_seen(browser), 1600)]
        for field, by, milliseconds in _MOVES:
            browser.execute_script(_MOVE, field, by)
            if milliseconds == 6000:
                _certified(browser)
            time.sleep(0.5)
            frames.append((_seen(browser), min(milliseconds, 1600)))
        return frames
    finally:
        browser.quit()


def _certified(browser: webdriver.Chrome) -> None:
    """Waits until the mappings of the design are certified."""
    for _ in range(600):
        if browser.execute_script("return explorer.now().how") == "certified":
            return
        time.sleep(0.2)
    raise TimeoutError("the mappings were not certified in two minutes")


def _seen(browser: webdriver.Chrome) -> Image.Image:
    image = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    return image.resize((SHOWN, round(SHOWN * image.height / image.width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
