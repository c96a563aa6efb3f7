"""Packages on disk: `CONNECTOR_HOME/packages/<sha256>.zip`, named by what is in them, so that a file never changes."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import zipfile
from pathlib import Path

HELD = "sha256:"
"""Begins a package that we hold; any other is the address where the vendor does."""


class BadPackage(ValueError):
    """A file that cannot be a package; the message says why."""


def keep(home: Path, file: Path) -> str:
    """Copy a zip file into the home, once; the word under which it is known. Raises BadPackage."""
    if not zipfile.is_zipfile(file):
        raise BadPackage(f"{file} is no zip file: WordPress installs nothing else")
    folder = home / "packages"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f".{secrets.token_hex(8)}.part"
    try:
        shutil.copyfile(file, fresh)
        with fresh.open("rb") as copy:
            digest = hashlib.file_digest(copy, "sha256").hexdigest()
            os.fsync(copy.fileno())
        fresh.replace(folder / f"{digest}.zip")
    finally:
        fresh.unlink(missing_ok=True)
    return HELD + digest


def path_of(home: Path, package: str) -> Path | None:
    """Where a package that we hold lies; None where the vendor holds it."""
    return home / "packages" / f"{package.removeprefix(HELD)}.zip" if package.startswith(HELD) else None
