"""The details of a licence that Software License Manager's `slm_check` tells: about the licence, not about its holder."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zlib import crc32

from adapters.protocol_parts.entitlement import own_word, support_data
from connector.domain.calendar.days import last_day
from connector.domain.licensing.events import Person
from connector.domain.licensing.questions import Activation, Answer
from connector.domain.licensing.seats import INSTALL
from connector.domain.licensing.sites import BadSite
from connector.formats.hostnames import canonical_site

NEVER = "0000-00-00"
UNLIMITED = "100000"
"""For a licence without a limit: the protocol has no word for it, and clients calculate with this one."""
_STATUS = {"EXPIRED": "expired", "SUSPENDED": "blocked", "REVOKED": "blocked", "REFUNDED": "blocked"}


def details(answer: Answer, now: datetime, asked: str | None) -> dict[str, Any]:
    """Every key of the reply, numbers and days as text; asked: the caller's spelling of its own domain."""
    licence, stands = answer.licence, answer.verdict.standing
    limit = stands.site_limit if stands else 0
    return {
        "license_key": str(answer.key or ""),
        "status": _status(answer),
        "max_allowed_domains": UNLIMITED if limit is None else str(limit),
        "email": "",
        "registered_domains": [_domain(answer, each, asked) for each in answer.activations],
        "date_created": _day(licence.purchased_at if licence else None),
        "date_renewed": NEVER,
        "date_expiry": f"{last_day(stands.expires_at, answer.zone):%Y-%m-%d}"
        if stands and stands.expires_at
        else NEVER,
        "date": _day(now),
        "product_ref": _product(answer),
        **dict.fromkeys(("first_name", "last_name", "company_name", "txn_id", "subscr_id"), ""),
        **(_holder(answer) if answer.shows_holder else {}),
        **support_data(answer),
    }


def blank() -> dict[str, Any]:
    """The keys that clients read without asking whether they are there, for a reply that says nothing."""
    return {"status": "", "registered_domains": [], "date_expiry": NEVER}


def _status(answer: Answer) -> str:
    """`pending` until it was first activated."""
    licence = answer.licence
    used = bool(answer.activations) or (licence is not None and bool(licence.freed))
    return _STATUS.get(answer.verdict.code, "active" if used else "pending")


def _domain(answer: Answer, activation: Activation, asked: str | None) -> dict[str, str]:
    mine = answer.activation is not None and answer.activation.handle == activation.handle
    return {
        "id": str(crc32(activation.handle.encode()) or 1),
        "lic_key_id": str(answer.number),
        "lic_key": str(answer.key or ""),
        "registered_domain": asked if mine and asked else _spelling(activation),
        "item_reference": _product(answer),
    }


def _spelling(activation: Activation) -> str:
    """The domain as the software on it spells it, because the software looks for itself in the list by its own spelling."""
    site = activation.at or activation.site.removeprefix(INSTALL)
    try:
        said = canonical_site(activation.label) if activation.label else None
    except BadSite:
        said = None
    return activation.label if activation.label and said == site else site


def _holder(answer: Answer) -> dict[str, str]:
    licence = answer.licence
    holder = licence.holder if licence and licence.holder else Person()
    first, _, last = (holder.name or "").partition(" ")
    return {
        "email": holder.email or "",
        "first_name": first,
        "last_name": last,
        "txn_id": licence.order_ids[0] if licence and licence.order_ids else "",
        "subscr_id": (licence.subscription_id or "") if licence else "",
    }


def _product(answer: Answer) -> str:
    product = answer.product
    return (own_word("slm", product) or product.name or product.slug) if product else ""


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else NEVER
