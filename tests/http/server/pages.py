"""docs/operations.md as something to run: its blocks by heading and language, with a test's places for those of the page."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import requests

from connector import settings
from tests.paths import DOCS
from tests.servers import missing

PAGE = DOCS / "operations.md"
CONNECTOR = Path(sys.executable).with_name("connector")
PATIENCE = 60.0


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of one language under `### heading`."""
    section = PAGE.read_text().split(f"\n### {heading}\n", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
    return [part.split("\n```", 1)[0] + "\n" for part in section.split(f"```{language}\n")[1:]]


def put(text: str, places: Mapping[str, str]) -> str:
    """The text with the test's places; each of the page's must be there, or the page has moved on."""
    for theirs, ours in places.items():
        assert theirs in text, f"docs/operations.md says {theirs!r} no more"
        text = text.replace(theirs, ours)
    return text


def environment(block: str) -> dict[str, str]:
    """A file of settings as systemd reads it, over what a test's process has."""
    kept = {name: value for name, value in os.environ.items() if name not in settings.NAMES}
    return kept | dict(line.split("=", 1) for line in block.splitlines() if line)


def shell(block: str, env: Mapping[str, str], folder: Path) -> list[str]:
    """Run a block as an operator would, with a systemctl that only writes down what it was asked; those calls."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tools}/asked\n')
    (tools / "systemctl").chmod(0o755)
    (tools / "asked").write_text("")
    path = f"{tools}:{CONNECTOR.parent}:{os.environ['PATH']}"
    words = ["bash", "-euo", "pipefail", "-c", block]
    ended = subprocess.run(words, env={**env, "PATH": path}, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return (tools / "asked").read_text().splitlines()


def started_by(unit: str) -> list[str]:
    """The commands of a unit's ExecStart lines, with the connector of this test run."""
    lines = [line.removeprefix("ExecStart=") for line in unit.splitlines() if line.startswith("ExecStart=")]
    return [line.replace("/opt/connector/.venv/bin/connector", str(CONNECTOR)).replace("%%", "%") for line in lines]


def program(name: str, package: str) -> str:
    """A program of the system; skips where it is not there."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    return found or missing(name, f"Install the package {package}.")


def wait_for(answers: Callable[[], bool], log: Path) -> None:
    """Wait until something answers. Raises RuntimeError with its log."""
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if time.monotonic() > deadline:
            raise RuntimeError(log.read_text(errors="replace"))
        time.sleep(0.05)


def ready(url: str, certificate: Path | None = None) -> bool:
    """Does a server of ours say that it is ready? certificate: whose it must show."""
    try:
        verify = str(certificate) if certificate else True
        return requests.get(f"{url}/readyz", timeout=10, verify=verify).status_code == 200
    except requests.ConnectionError:
        return False


def insecure() -> ssl.SSLContext:
    """TLS to a certificate that a test has just made."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
