"""The distribution's Chromium without a window, driven by playwright; it reaches loopback only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.servers import missing

_SETTINGS = [
    "--no-sandbox",  # tests may run as root, where Chromium has no sandbox
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium, or a skip where it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium", "On Debian: apt-get install --no-install-recommends chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=_SETTINGS)
        yield browser
        browser.close()
