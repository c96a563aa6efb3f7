"""The shop plugin's own zip, in the packages folder (`support-connector.zip`, from `make dist`), and what it says of itself."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import structlog

from connector.runtime import Runtime

NAME = "support-connector.zip"
_MAIN = "support-connector/support-connector.php"
_README = "support-connector/readme.txt"
_HEAD = 8192
"""Bytes in which WordPress looks for a plugin's headers (get_file_data)."""

log = structlog.get_logger()


@dataclass(frozen=True)
class PluginZip:
    """The zip: its file, its sha256 as hex, and the headers and changelog that WordPress shows of it."""

    path: Path
    sha256: str
    version: str
    requires: str
    requires_php: str
    tested: str
    changelog: str


def installed(runtime: Runtime) -> PluginZip | None:
    """The zip that is installed here; None where there is none, or it is not the plugin (the log says so)."""
    path = runtime.settings.home / "packages" / NAME
    try:
        stat = path.stat()
        key = ("plugin zip", stat.st_mtime_ns, stat.st_size)
        if key not in runtime.memo:
            runtime.memo[key] = _read(path)
        found: PluginZip = runtime.memo[key]
    except FileNotFoundError:
        return None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as fault:
        log.error("plugin.unreadable", file=str(path), error=type(fault).__name__)
        return None
    return found


def _read(path: Path) -> PluginZip:
    with zipfile.ZipFile(path) as packed:
        head = packed.read(_MAIN)[:_HEAD].decode()
        readme = packed.read(_README).decode() if _README in packed.namelist() else ""
    version = _header(head, "Version")
    if not version:
        raise ValueError(f"{_MAIN} says no version")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    changelog = readme.partition("== Changelog ==")[2].partition("\n== ")[0].strip()
    needs = (_header(head, "Requires at least"), _header(head, "Requires PHP"), _header(readme, "Tested up to"))
    return PluginZip(path, digest, version, *needs, changelog)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^[ \t*/#@]*{re.escape(name)}:(.*)$", text, re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else ""
