"""The signed, short-lived address of a package: it names a licence and a release, never a licence key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from connector.runtime import Runtime

LIFE = timedelta(hours=24)
"""WordPress keeps what an update check told it for up to twelve hours, and stock updaters for three more: a link has to
outlive both. What it opens is asked again at each download, so a long life gives nothing away."""
_ALGORITHMS = ["HS256"]


class BadLink(ValueError):
    """The link was altered, cut short, made by another installation, or is over."""


@dataclass(frozen=True)
class Package:
    """What a link names; site and install as the ledger spells them, None where the question named no place."""

    vendor_id: str
    license_id: str
    product: str
    version: str
    channel: str
    site: str | None = None
    install: str | None = None


_NAMES = {
    "v": "vendor_id",
    "l": "license_id",
    "p": "product",
    "n": "version",
    "c": "channel",
    "s": "site",
    "i": "install",
}


def url(runtime: Runtime, package: Package, now: datetime) -> str:
    """`<public url>/packages/<signed>/<file name>`; the name is for people, and for WordPress's temporary file."""
    told = {short: value for short, name in _NAMES.items() if (value := getattr(package, name)) is not None}
    claims = told | {"aud": "package", "exp": int((now + LIFE).timestamp())}
    token = jwt.encode(claims, runtime.keyring.packages, algorithm="HS256")
    return f"{runtime.settings.public_url}/packages/{token}/{file_name(package.product, package.version)}"


def package_in(runtime: Runtime, token: str, now: datetime) -> Package:
    """What a signed link names; raises BadLink."""
    try:
        claims = jwt.decode(
            token,
            runtime.keyring.packages,
            algorithms=_ALGORITHMS,
            audience="package",
            options={"require": ["exp", "aud"], "verify_exp": False},  # by our clock, below
        )
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise BadLink("This link is not one of ours: look for updates again to get a new one.") from None
    if claims["exp"] <= now.timestamp():
        raise BadLink("This link is over: look for updates again to get a new one.")
    told: dict[str, Any] = {name: claims.get(short) for short, name in _NAMES.items()}
    return Package(**told)


def file_name(product: str, version: str) -> str:
    """`acme-forms-2.4.1.zip`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{product}-{version}").strip("-.") + ".zip"
