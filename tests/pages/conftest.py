"""Pages in headless Chromium, from files and with the network off.

Without Chromium and its driver these tests are skipped; under CI that is a failure, because CI installs them.
"""

import base64
import os
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

SCREENSHOTS = Path(__file__).resolve().parents[2] / "output" / "pages"
LONGEST = 12_000
"""Pixels of a page that are kept in a picture."""

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def chromium():
    """One headless browser for all tests, whose every request to another computer fails."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        missing = "chromium" if browser is None else "chromedriver"
        reason = f"{missing} is not installed (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    options = Options()
    options.binary_location = browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in _FLAGS:
        options.add_argument(flag)
    instance = webdriver.Chrome(options=options, service=Service(driver))
    yield instance
    instance.quit()


class Visitor:
    """Opens pages, takes pictures of them and knows what the console said."""

    def __init__(self, browser):
        self.browser = browser

    def open(self, path, width=1400, height=1600):
        """Loads a file and returns the browser; the page must not have complained."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # windows have a least width
        self.browser.get("about:blank")
        self.complaints()
        self.browser.get(Path(path).resolve().as_uri())
        assert self.complaints() == []
        return self.browser

    def complaints(self):
        """Warnings and errors that the console has had since the last time."""
        said = [entry for entry in self.browser.get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]
        return [f"{entry['level']}: {entry['message']}" for entry in said]

    def picture(self, name):
        """Keeps what the browser shows as ``output/pages/<name>.png``."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def whole(self, name):
        """Keeps the whole page, however long, as ``output/pages/<name>.png``."""
        width, height = self.browser.execute_script(
            "const all = document.documentElement; return [all.clientWidth, all.scrollHeight]"
        )
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, LONGEST), "scale": 1}
        options = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        self.keep(f"{name}.png", self.browser.execute_cdp_cmd("Page.captureScreenshot", options)["data"])

    def keep(self, name, encoded):
        """Keeps a file that the browser hands out in base 64 as ``output/pages/<name>``."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        (SCREENSHOTS / name).write_bytes(base64.b64decode(encoded))

    def dark(self, on):
        """Asks for the dark or the light scheme."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": scheme})

    def print(self):
        """Asks for what goes to paper, on the screen."""
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})


@pytest.fixture
def visitor(chromium):
    """A visitor in the light scheme."""
    guest = Visitor(chromium)
    guest.dark(False)
    return guest
