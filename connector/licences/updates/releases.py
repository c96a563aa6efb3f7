"""The releases that a vendor added, and which of them a copy of shipped software may have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.questions import Answer, Question, Release
from connector.domain.licensing.seats import INSTALL
from connector.domain.licensing.verdict import CODES, verdict
from connector.domain.licensing.versions import newest_first
from connector.domain.policy.wording import last_day
from connector.licences.updates.package_link import Package, url
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import insert_once
from connector.storage.tables import releases
from connector.vendors.vendor import Vendor

CHANNELS = ("stable", "beta")
_SEES = {"beta": ("beta", "stable")}
"""Who asks for betas gets the stable version where it is the newer one."""

_LIVE = select(releases.c.id, releases.c.channel, releases.c.version).where(
    releases.c.vendor_id == bindparam("v"),
    releases.c.product == bindparam("p"),
    releases.c.withdrawn_at.is_(None),
    releases.c.released_at <= bindparam("now"),
)
_BY_ID = select(releases.c.state).where(releases.c.id == bindparam("i"))
_PACKAGE = select(releases.c.package).where(
    releases.c.vendor_id == bindparam("v"),
    releases.c.product == bindparam("p"),
    releases.c.channel == bindparam("c"),
    releases.c.version == bindparam("n"),
    releases.c.withdrawn_at.is_(None),
)


class KnownRelease(ValueError):
    """The version is there already."""


@dataclass(frozen=True)
class Row:
    """A release as it is listed."""

    product: str
    version: str
    channel: str
    released_at: datetime
    withdrawn_at: datetime | None
    package: str


# -- what the vendor does


def add(tx: Connection, vendor_id: str, release: Release, package: str, now: datetime) -> None:
    """Make a release known, or a withdrawn one again; package: `package_files.keep`'s word, or an https address.

    It is offered from `release.released_at` on. Raises KnownRelease.
    """
    row = {
        "id": ids.new_id("rel", now),
        "vendor_id": vendor_id,
        "product": release.product,
        "channel": release.channel,
        "version": release.version,
        "state": codec.dumps(release),
        "package": package,
        "released_at": release.released_at,
    }
    if insert_once(tx, releases, row):
        return
    again = row | {"withdrawn_at": None}
    del again["id"]
    gone = _named(vendor_id, release.product, release.version, (release.channel,)) & releases.c.withdrawn_at.is_not(
        None
    )
    if not tx.execute(update(releases).where(gone).values(**again)).rowcount:
        raise KnownRelease(
            f"{release.product} {release.version} ({release.channel}) is there already: withdraw it first"
        )


def withdraw(tx: Connection, vendor_id: str, product: str, version: str, channels: Iterable[str], now: datetime) -> int:
    """Offer a version no more, and let nobody download it; how many releases that were."""
    live = _named(vendor_id, product, version, channels) & releases.c.withdrawn_at.is_(None)
    return int(tx.execute(update(releases).where(live).values(withdrawn_at=now)).rowcount)


def listed(tx: Connection, vendor_id: str, product: str | None = None) -> list[Row]:
    """All releases, by product, the newest first."""
    wanted = releases.c.vendor_id == vendor_id
    if product is not None:
        wanted &= releases.c.product == product
    columns = (releases.c[name] for name in Row.__dataclass_fields__)
    rows = [Row(*row) for row in tx.execute(select(*columns).where(wanted))]
    return sorted(sorted(rows, key=lambda row: newest_first(row.version)), key=lambda row: row.product)


# -- what software is offered


def newest(tx: Connection, vendor_id: str, product: str, channel: str, now: datetime) -> Release | None:
    """The newest release that a channel sees, by PHP's order of versions; `stable_version` names the newest stable one."""
    rows = list(tx.execute(_LIVE, {"v": vendor_id, "p": product, "now": now}))
    seen = [row for row in rows if row.channel in _SEES.get(channel, ("stable",))]
    if not seen:
        return None
    # Of a beta and a stable release of one version the stable one.
    first = min(seen, key=lambda row: (newest_first(row.version), row.channel != "stable"))
    stable = [row.version for row in rows if row.channel == "stable"]
    release = codec.loads(tx.execute(_BY_ID, {"i": first.id}).scalar_one(), Release)
    return replace(release, stable_version=min(stable, key=newest_first, default=None))


def offer(
    tx: Connection, runtime: Runtime, vendor: Vendor, question: Question, answer: Answer, license_id: str | None = None
) -> Release | None:
    """What a question for a release is told: the newest one, with a link to its package or a notice why there is none.

    None where the product asked about is unknown, or has no release. The version data is for everybody; the package is for
    a licence of the product whose updates run, and where a place is named, for a place that is on the licence.
    """
    now = answer.verdict.checked_at
    product = vendor.catalogue.match(question.product) if question.product else answer.product
    release = newest(tx, vendor.id, product.slug, question.channel, now) if product else None
    if product is None or release is None:
        return None
    release = replace(release, name=product.name or release.name)
    with_key = question.key is not None or license_id is not None
    why = why_not(vendor, answer, product, release.version, asked_with_key=with_key)
    if why or license_id is None:
        return replace(release, notice=why or CODES["NOT_FOUND"])
    site, install = _place(answer)
    package = Package(vendor.id, license_id, product.slug, release.version, release.channel, site, install)
    return replace(release, package=url(runtime, package, now))


def to_a_stranger(tx: Connection, runtime: Runtime, question: Question, now: datetime, vendor: Vendor | None) -> Answer:
    """The answer where no licence is known; what the vendor sells and releases is no secret."""
    answer = Answer(verdict(None, now), product=vendor.catalogue.match(question.product) if vendor else None)
    if vendor is None or question.act != "release":
        return answer
    return replace(answer, release=offer(tx, runtime, vendor, question, answer))


def why_not(
    vendor: Vendor, answer: Answer, product: Product, version: str, *, asked_with_key: bool = True
) -> str | None:
    """A kind sentence on why this caller may not have the version, or None where it may."""
    name, code = product.name or product.slug, answer.verdict.code
    if not asked_with_key:
        return f"Enter your licence key to update {name} to version {version}."
    if code == "SITE_NOT_ACTIVATED":
        return f"Activate {name} on this site first: its licence has room for it."
    if code == "PRODUCT_MISMATCH":
        return f"This licence key is for another product than {name}."
    if code == "EXPIRED" or (code == "VALID" and not answer.verdict.updates_active):
        return _ended(vendor, answer, name, version)
    return None if code == "VALID" else CODES[code]


def package_of(tx: Connection, package: Package) -> str | None:
    """Where the package lies (`package_files`), unless its release was withdrawn."""
    named = {"v": package.vendor_id, "p": package.product, "c": package.channel, "n": package.version}
    return tx.execute(_PACKAGE, named).scalar()


def _ended(vendor: Vendor, answer: Answer, name: str, version: str) -> str:
    found = answer.verdict.standing
    ends = [end for end in (found.expires_at, found.updates_until) if end] if found else []
    over = [end for end in ends if end <= answer.verdict.checked_at]
    when = f"ended on {last_day(min(over), vendor.policy)}" if over else "have ended"
    link = vendor.policy.links.get("renew")
    where = f": {link.url}" if link and link.url else "."
    return f"Updates for {name} {when}. Renew your licence to get version {version}{where}"


def _place(answer: Answer) -> tuple[str | None, str | None]:
    found = answer.activation
    if found is None:
        return None, None
    if found.site.startswith(INSTALL):
        return found.at, found.site.removeprefix(INSTALL)
    return found.site, None


def _named(vendor_id: str, product: str, version: str, channels: Iterable[str]) -> ColumnElement[bool]:
    return (
        (releases.c.vendor_id == vendor_id)
        & (releases.c.product == product)
        & (releases.c.version == version)
        & releases.c.channel.in_(list(channels))
    )
