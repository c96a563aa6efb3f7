"""`/wordpress/plugin.json`: what WordPress is told of the plugin's newest version, and the zip it names."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT
from tests.support.stores import settings_for
from wsgi import create_app, make_runtime

PLUGIN = ROOT / "adapters/hosts/wordpress/plugin"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "packages").mkdir()
    return tmp_path


@pytest.fixture
def client(home: Path) -> Any:
    return create_app(make_runtime(settings_for(f"sqlite:///{home}/x.db", home))).test_client()


def install(home: Path, *names: str, head: str | None = None) -> bytes:
    zipped = home / "packages" / "support-connector.zip"
    with zipfile.ZipFile(zipped, "w") as packed:
        for name in names:
            text = (PLUGIN / name).read_text()
            packed.writestr(f"support-connector/{name}", head if head and name.endswith(".php") else text)
    return zipped.read_bytes()


def test_the_plugin_of_this_tree_is_told_and_served(client: Any, home: Path) -> None:
    zipped = install(home, "support-connector.php", "readme.txt")
    told = client.get("/wordpress/plugin.json").json
    assert sorted(told) == ["changelog", "package", "requires", "requires_php", "sha256", "tested", "version"]
    assert (told["requires"], told["requires_php"]) == ("6.1", "7.4")
    assert told["version"] in (PLUGIN / "readme.txt").read_text()
    assert told["package"].endswith("/wordpress/support-connector.zip")
    with client.get("/wordpress/support-connector.zip") as answer:
        assert (answer.data, answer.mimetype) == (zipped, "application/zip")
    assert hashlib.sha256(answer.data).hexdigest() == told["sha256"]


def test_a_newer_zip_is_told_without_a_restart(client: Any, home: Path) -> None:
    install(home, "support-connector.php")
    before = client.get("/wordpress/plugin.json").json
    install(home, "support-connector.php", head="<?php\n/**\n * Version: 99.0.0 \n */\n")
    after = client.get("/wordpress/plugin.json").json
    assert after["version"] == "99.0.0"
    assert after["sha256"] != before["sha256"]


def test_without_a_zip_or_with_another_one_the_answer_says_what_to_do(client: Any, home: Path) -> None:
    for path in ("/wordpress/plugin.json", "/wordpress/support-connector.zip"):
        assert (client.get(path).status_code, client.get(path).json["code"]) == (404, "no_plugin")
    install(home, "readme.txt")
    assert "make dist" in client.get("/wordpress/plugin.json").json["detail"]
    (home / "packages" / "support-connector.zip").write_bytes(b"no zip")
    assert client.get("/wordpress/plugin.json").status_code == 404
