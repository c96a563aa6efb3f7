"""`connector release`: what can be made known, and what is refused in a sentence."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.cli.shell import Shell

URL = "https://files.acme.example.com/forms.zip"
ADD = ("release", "add", "forms")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "forms.zip", "w") as file:
        file.writestr("forms/forms.php", "<?php")
    return tmp_path / "forms.zip"


def test_a_package_is_kept_by_what_is_in_it(acme: Shell, package: Path) -> None:
    made = acme.json(*ADD, "2.4.1", "--vendor", "acme", "--package", str(package))
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    assert made == {"product": "forms", "version": "2.4.1", "channel": "stable", "package": f"sha256:{digest}"}
    kept = acme.runtime.settings.home / "packages"
    assert [file.name for file in kept.iterdir()] == [f"{digest}.zip"]
    assert (kept / f"{digest}.zip").read_bytes() == package.read_bytes()
    acme.run(*ADD, "2.4.2", "--vendor", "acme", "--package", str(package))
    assert len(list(kept.iterdir())) == 1


def test_releases_are_listed_newest_first_and_withdrawn(acme: Shell) -> None:
    for version in ("2.9", "2.10", "2.10-beta1"):
        channel = "beta" if "beta" in version else "stable"
        acme.run(
            *ADD, version, "--vendor", "acme", "--package-url", URL, "--channel", channel, "--released-at", "2026-01-02"
        )
    acme.run("release", "withdraw", "forms", "2.9", "--vendor", "acme")
    rows = acme.json("release", "list", "--vendor", "acme", "--product", "forms")
    assert [(row["version"], row["channel"]) for row in rows] == [
        ("2.10", "stable"),
        ("2.10-beta1", "beta"),
        ("2.9", "stable"),
    ]
    assert [row["withdrawn_at"] is not None for row in rows] == [False, False, True]
    assert rows[0]["released_at"] == "2026-01-02T00:00:00Z"
    assert rows[0]["package"] == URL
    assert acme.json("release", "list", "--vendor", "acme", "--product", "charts") == []
    acme.run(*ADD, "2.9", "--vendor", "acme", "--package-url", URL)
    assert "withdraw it first" in acme.fails(*ADD, "2.9", "--vendor", "acme", "--package-url", URL, exits=1)
    assert "no such version" in acme.fails("release", "withdraw", "forms", "8", "--vendor", "acme", exits=1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["2.0"], "--package FILE"),
        (["2.0", "--package-url", URL, "--package", "{package}"], "--package FILE"),
        (["2.0", "--package-url", "http://files.example.com/a.zip"], "--package-url: write an address"),
        (["2.0", "--package-url", "https://"], "--package-url: write an address"),
        (["2.0", "--package-url", "https://[/x"], "--package-url: write an address"),
        (["2.0", "--package-url", "https://a.example.com/\r\nX: y"], "--package-url: write an address"),
        (["2.0", "--package", "{text}"], "no zip file"),
        (["v2", "--package-url", URL], "VERSION: write a version"),
        (["2.", "--package-url", URL], "VERSION: write a version"),
        (["2" * 101, "--package-url", URL], "VERSION: write a version"),
        (["2.0", "--package-url", URL, "--requires-php", "new"], "--requires-php: write a version"),
        (["2.0", "--package-url", URL, "--icon", "3x=https://a.example.com/i.png"], "sizes are 1x, 2x, svg, default"),
        (["2.0", "--package-url", URL, "--banner", "low=javascript:x"], "--banner: write an address"),
        (["2.0", "--package-url", URL, "--homepage", "acme"], "--homepage: write an address"),
        (["2.0", "--package-url", URL, "--released-at", "soon"], "--released-at: write"),
        (["2.0", "--package-url", URL, "--changelog-file", "{latin}"], "write it in UTF-8"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    acme: Shell, package: Path, words: list[str], says: str, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no zip")
    (tmp_path / "latin").write_bytes(b"Gr\xf6\xdfe")
    files = {"package": package, "text": tmp_path / "text", "latin": tmp_path / "latin"}
    told = acme.fails(*ADD, *[word.format(**files) for word in words], "--vendor", "acme", exits=2)
    assert says in " ".join(told.replace("│", " ").split())
    assert acme.json("release", "list", "--vendor", "acme") == []


def test_a_product_has_to_be_there_first(acme: Shell) -> None:
    told = acme.fails("release", "add", "charts", "1.0", "--vendor", "acme", "--package-url", URL, exits=2)
    assert "no product 'charts'" in told
