"""docs/hosts.md has a row for each host and for each source of the WordPress plugin; each picture is shown, and small."""

from __future__ import annotations

import re

from adapters.hosts import HOSTS
from tests.paths import DOCS, ROOT

SOURCES = ROOT / "adapters" / "hosts" / "wordpress" / "plugin" / "src" / "SourceList.php"
LARGEST = 120_000


def test_every_host_and_every_source_of_the_plugin_has_a_row_and_no_other() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "hosts.md").read_text(), re.MULTILINE))
    sources = set(re.findall(r"(?:Sources|Form)\\(\w+)::class", SOURCES.read_text()))
    assert len(sources) > 1
    assert told == set(HOSTS) | sources


def test_every_picture_is_shown_or_the_narrow_one_of_a_shown_and_is_small() -> None:
    shown = set(re.findall(r"\]\(screens/([^)]+)\)", "".join(page.read_text() for page in DOCS.glob("*.md"))))
    there = {str(path.relative_to(DOCS / "screens")): path for path in (DOCS / "screens").rglob("*.png")}
    assert {name.replace("-narrow.png", ".png") for name in there} == shown
    assert {name: path.stat().st_size for name, path in there.items() if path.stat().st_size > LARGEST} == {}
