"""The download behind a package link: is it still allowed, and where does the file lie?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from connector.domain.licensing.questions import Question
from connector.licences.updates.package_files import path_of
from connector.licences.updates.package_link import BadLink, file_name, package_in
from connector.licences.updates.releases import package_of, why_not
from connector.licences.verification import ask_about
from connector.runtime import Runtime
from connector.vendors.vendor import perhaps_by_id


class Refused(Exception):
    """The package may not be had; the message says why, to the customer."""


@dataclass(frozen=True)
class Download:
    """A package: the file that we hold, or the address at which the vendor does."""

    name: str
    file: Path | None = None
    url: str | None = None


def download(tx: Connection, runtime: Runtime, token: str, now: datetime) -> Download:
    """What a signed link opens at `now`. The licence, its updates and its activation are looked at anew. Raises Refused."""
    try:
        wanted = package_in(runtime, token, now)
    except BadLink as bad:
        raise Refused(str(bad)) from None
    vendor = perhaps_by_id(tx, runtime, wanted.vendor_id)
    product = vendor.catalogue.named(wanted.product) if vendor else None
    package = package_of(tx, wanted)
    if vendor is None or product is None or package is None:
        raise Refused(f"Version {wanted.version} was withdrawn: look for updates again.")
    asked = Question("validate", product=(f"slug:{product.slug}",), site=wanted.site, install=wanted.install)
    answer = ask_about(tx, runtime, wanted.license_id, asked, now, vendor)
    if why := why_not(vendor, answer, product, wanted.version):
        raise Refused(why)
    file = path_of(runtime.settings.home, package)
    return Download(file_name(product.slug, wanted.version), file, None if file else package)
