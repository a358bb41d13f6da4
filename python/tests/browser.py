"""A browser without a window: Chromium, told what to do in the words of WebDriver (https://www.w3.org/TR/webdriver2/)."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE = 300  # Seconds, for machines that have a lot to do.


class Browser:
    """One window. What the page throws, and what its policy blocks, is in `complaints`."""

    def __init__(self, chromium: str, driver: str, home: Path) -> None:
        words = [driver, "--port=0", "--log-level=SEVERE"]
        self.driver = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.session = ""
        try:
            assert self.driver.stdout is not None
            started = (re.search(r"successfully on port (\d+)", line) for line in self.driver.stdout)
            self.port = next((found[1] for found in started if found), None)
            if self.port is None:
                pytest.skip(f"{driver} does not start")
            self.start(chromium, home)
        except BaseException:
            self.close()
            raise

    def start(self, chromium: str, home: Path) -> None:
        arguments = ["headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", f"user-data-dir={home}"]
        options = {"binary": chromium, "args": arguments}
        logs = {"browser": "ALL"}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": logs}
        try:
            answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        except OSError as error:
            pytest.skip(f"{chromium} does not start: {error}")
        self.session = f"/session/{answer['sessionId']}"

    def ask(self, method: str, path: str, words: dict | None = None):
        """Asks the driver for something."""
        url = f"http://127.0.0.1:{self.port}{self.session}{path}"
        data = None if words is None else json.dumps(words).encode()
        asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        # Not through a proxy that the machine may have.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(asked, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def tell(self, name: str, **words) -> dict:
        """Tells Chromium something that no other browser has (https://chromedevtools.github.io/devtools-protocol/)."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": name, "params": words})

    def show(self, page: Path, *, width: int = 1200, height: int = 800, dark: bool = False) -> None:
        """Opens a page in a window of this size, on a machine that is set to light or to dark colours."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tell("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])
        self.ask("POST", "/url", {"url": page.as_uri()})

    def run(self, script: str, *arguments):
        """Returns what a script returns."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector: str) -> str:
        """Returns the first element that a CSS selector finds."""
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector: str) -> None:
        """Clicks there."""
        self.ask("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector: str, keys: str) -> None:
        """Hits keys there."""
        self.ask("POST", f"/element/{self.find(selector)}/value", {"text": keys})

    def complaints(self) -> list[str]:
        """Returns what the browser complained of since it was last asked."""
        return [line["message"] for line in self.ask("POST", "/se/log", {"type": "browser"})]

    def close(self) -> None:
        """Closes the window, and ends the driver."""
        with contextlib.suppress(OSError):
            if self.session:
                self.ask("DELETE", "")
        self.driver.kill()
        self.driver.communicate()


def programs() -> tuple[str, str]:
    """Returns where Chromium and its driver are; skips the test where they are not."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("there is no Chromium with its driver (Debian: chromium, chromium-driver)")
    return chromium, driver
