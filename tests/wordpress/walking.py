"""What somebody does in a browser on the shop's site: sign in, upload a plugin, and the pictures taken on the way."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize

from tests.paths import ROOT
from tests.servers.wordpress import ADMIN, SLUG, WordPress
from tests.wordpress.plugin import PLUGIN

SETTINGS = "/wp-admin/options-general.php?page=support-connector"
SCREENS = ROOT / "docs" / "screens" / "wordpress"
WIDE: ViewportSize = {"width": 1280, "height": 720}
NARROW: ViewportSize = {"width": 390, "height": 844}

_BARE = "#wpadminbar { display: none } html.wp-toolbar { padding-top: 0 !important } html { margin-top: 0 !important }"


def pack(to: Path) -> Path:
    """The plugin's zip as `make dist` packs it, from the work tree."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(PLUGIN.rglob("*")):
            if file.is_file():
                packed.write(file, Path(SLUG) / file.relative_to(PLUGIN))
    return to


def sign_in(page: Page, wordpress: WordPress, name: str = ADMIN[0], password: str = ADMIN[1]) -> None:
    """Signs a user in at wp-login.php; the profile follows, which is quicker than the dashboard."""
    page.goto(f"{wordpress.url}/wp-login.php?redirect_to=/wp-admin/profile.php")
    page.fill("#user_login", name)
    page.fill("#user_pass", password)
    with page.expect_navigation():
        page.click("#wp-submit")


def picture(page: Page, name: str, ours: bool = False) -> None:
    """Writes the window to docs/screens/wordpress/; of a page of ours what is ours, wide and narrow.

    Only where CONNECTOR_TEST_SCREENS is set (`make screens`): ordinary runs leave the tree as it is.
    """
    if not os.environ.get("CONNECTOR_TEST_SCREENS"):
        return
    SCREENS.mkdir(parents=True, exist_ok=True)
    for suffix, size in (("", WIDE), ("-narrow", NARROW))[: 1 + ours]:
        page.set_viewport_size(size)
        path = SCREENS / f"{name}{suffix}.png"
        if ours:
            page.locator("#wpcontent, body:not(.wp-admin)").screenshot(path=path, animations="disabled", style=_BARE)
        else:
            page.screenshot(path=path, animations="disabled")
    page.set_viewport_size(WIDE)


def reload_until(page: Page, shown: Locator) -> None:
    """Loads the page anew until this is on it: what it waits for happens elsewhere."""
    deadline = time.monotonic() + 60
    while not shown.is_visible():
        assert time.monotonic() < deadline, page.inner_text("body")
        page.reload()
