"""Answers as the core gives them, one for each thing that can be said: every protocol must have words for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Key, Person
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.questions import Activation, Answer, Release
from connector.domain.licensing.seats import Claim
from connector.domain.licensing.standing import Standing
from connector.domain.licensing.verdict import CODES, untold, verdict

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BOUGHT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ENDS = datetime(2027, 3, 2, tzinfo=UTC)
KEY = Key("ACME-7K3F-2M9Q-0001")
SITE = "shop.example.com"
ADA = Person("7", "ada@example.com", "Ada Example")
FORMS = Product("acme-forms", "Acme Forms", refs=("product:501", "edd:501"), plan="pro", site_limit=3)

LICENCE = Licence(
    product="acme-forms",
    plan="pro",
    purchase="recurring",
    purchased_at=BOUGHT,
    order_ids=("9001",),
    expires_at=ENDS,
    site_limit=3,
    holder=ADA,
    owner=ADA,
    claims=(Claim(SITE, BOUGHT, ip="203.0.113.7", directory="/home/ada/public_html/mod"),),
    known=True,
    as_of=BOUGHT,
)
STANDS = Standing(
    license_id="lic_01kgexample",
    product="acme-forms",
    status="active",
    plan="pro",
    purchase="recurring",
    purchased_at=BOUGHT,
    expires_at=ENDS,
    support_until=ENDS,
    site_limit=3,
    seated=(SITE,),
    used=1,
    holder=ADA,
    holder_emails=("ada@example.com",),
    owner=ADA,
    as_of=BOUGHT,
)
ACTIVE = Activation(
    "5f1c0d2e-8b1a-4c53-9d0e-7a5f0c3b2a10",
    SITE,
    BOUGHT,
    at=SITE,
    label="Shop",
    ip="203.0.113.7",
    directory="/home/ada/public_html/mod",
)
RELEASE = Release(
    version="2.4.1",
    product="acme-forms",
    name="Acme Forms",
    released_at=datetime(2026, 9, 1, 10, tzinfo=UTC),
    homepage="https://vendor.example.com/forms",
    author="Acme",
    requires="6.4",
    tested="6.8",
    requires_php="8.1",
    upgrade_notice="Fixes uploads.",
    sections={"description": "<p>Forms.</p>", "changelog": "<h4>2.4.1</h4><p>Größere Dateien.</p>"},
    icons={"1x": "https://vendor.example.com/icon.png"},
    banners={"low": "https://vendor.example.com/banner.png"},
    package="https://connector.example.com/packages/signed-token",
)


def _answer(stands: Standing = STANDS, place: str | None = "active", **more: object) -> Answer:
    site = SITE if place else None
    found = Answer(
        verdict=verdict(stands, NOW, place=place, site=site),
        key=KEY,
        number=1234567,
        licence=replace(LICENCE, expires_at=stands.expires_at, site_limit=stands.site_limit),
        product=FORMS,
        activation=ACTIVE if place in ("active", "exempt") else None,
        activations=(ACTIVE,),
    )
    return replace(found, **more)  # type: ignore[arg-type]


def _coded(code: str) -> Answer:
    found = _answer(place=None)
    return replace(found, verdict=replace(found.verdict, code=code))


EMPTY = replace(STANDS, seated=(), used=0)
FULL = replace(STANDS, site_limit=1)
PAST = NOW - timedelta(days=30)

SITUATIONS: dict[str, Answer] = {
    "valid": _answer(),
    "valid_just_activated": _answer(changed=True),
    "valid_lifetime_unlimited": _answer(replace(STANDS, expires_at=None, site_limit=None)),
    "valid_no_site_asked": _answer(place=None),
    "valid_exempt_site": _answer(replace(STANDS, seated=(), exempt=(SITE,), used=0), "exempt"),
    "valid_support_ended": _answer(replace(STANDS, support_until=PAST)),
    "valid_updates_ended": _answer(replace(STANDS, updates_until=PAST)),
    "valid_shows_holder": _answer(shows_holder=True),
    "valid_signed": _answer(secret="a secret of the product"),
    "valid_stale": _answer(stale=True),
    "site_not_activated": _answer(place="free_slot"),
    "no_site_activated": _answer(EMPTY, "free_slot", activations=()),
    "just_deactivated": _answer(EMPTY, "free_slot", changed=True, activation=ACTIVE, activations=()),
    "given_back": replace(
        _coded("ACTIVATION_UNKNOWN"),
        activation=replace(ACTIVE, state="freed", until=datetime(2026, 10, 1, 8, tzinfo=UTC)),
        activations=(),
    ),
    "site_limit_reached": _answer(FULL, "limit_reached"),
    "expired": _answer(replace(STANDS, status="expired", expires_at=PAST)),
    "suspended": _answer(replace(STANDS, status="suspended")),
    "revoked": _answer(replace(STANDS, status="revoked")),
    "refunded": _answer(replace(STANDS, status="refunded")),
    "other_product": replace(_answer(), verdict=verdict(STANDS, NOW, fits=False, place="active", site=SITE)),
    "release": _answer(release=RELEASE),
    "release_without_package": _answer(release=replace(RELEASE, package=None, notice="Updates ended on 2 March 2026.")),
    "listed": Answer(verdict=untold("VALID", NOW), listed=(_answer(), _answer(EMPTY, None, activations=())), total=2),
    "not_found": Answer(verdict(None, NOW)),
} | {code.lower(): _coded(code) for code in CODES if code not in ("VALID", "NOT_FOUND", "EXPIRED", "SUSPENDED")}
"""By name; every code of the verdict is among them."""
SITUATIONS |= {
    name: Answer(untold(name.upper(), NOW))
    for name in ("rate_limited", "unavailable", "credential_refused", "not_created")
}
