"""What licence protocols over the WordPress REST API share: routes, credentials, envelopes and dates."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.protocol_parts.entitlement import product_words
from adapters.protocol_parts.php import json_text
from adapters.protocol_parts.sites import Place, place_of
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.ports import ProtocolCall, ProtocolReply

CONTENT_TYPE = "application/json; charset=UTF-8"
PLAIN = "text/plain; charset=UTF-8"
UNNAMED = "unnamed-"
SEND_AGAIN = 60
"""Seconds until software that could not be answered may ask again."""


def route(call: ProtocolCall, namespace: str) -> str | None:
    """What follows the namespace (`dlm/v1`), without slashes at its ends; None where the call is for none of its routes.

    WordPress without pretty links takes the route from `rest_route`.
    """
    named = call.query.get("rest_route")
    path = f"/wp-json{named}" if named else call.path
    _, found, rest = path.partition(f"/wp-json/{namespace}")
    return rest.strip("/") if found and rest[:1] in ("", "/") else None


def credentials(call: ProtocolCall) -> tuple[str | None, str | None]:
    """Consumer key and secret: from the query, else from HTTP Basic authentication."""
    key, secret = call.query.get("consumer_key"), call.query.get("consumer_secret")
    if key and secret:
        return key, secret
    kind, _, coded = call.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None, None
    try:
        key, _, secret = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None, None
    return key or None, secret or None


def place_in(call: ProtocolCall, given: Mapping[str, str]) -> Place:
    """Where a call comes from: its `label`, else the WordPress site that asks."""
    return place_of(given.get("label"), call.headers.get("user-agent", ""))


def new_place(call: ProtocolCall) -> Place:
    """An activation of its own for software that says nothing about where it runs: every call is a new one, as on stock servers."""
    return Place(install=f"{UNNAMED}{int(call.now.timestamp())}-", anew=True)


def terms(call: ProtocolCall, given: Mapping[str, str], limit: str) -> dict[str, str]:
    """The terms of a licence to be made; `limit` is the protocol's word for how many sites it covers."""
    found = {
        name: given[name] for name in ("email", "name", "order_id", "expires_at", "support_until") if name in given
    }
    if limit in given:
        found["sites"] = _small(given[limit])
    days = _small(given.get("valid_for", "0"))
    if "expires_at" not in found and days.strip("0"):
        ends = call.now + timedelta(days=int(days)) if days.isdecimal() else None
        found["expires_at"] = ends.isoformat() if ends else days
    return found


def _small(text: str) -> str:
    """A whole number that can be meant; else a word that no licence is made from."""
    return text if text.isascii() and text.isdecimal() and len(text) <= 5 else "?"


def page(given: Mapping[str, str], usual: int) -> tuple[int, int]:
    """Number and size of the page of a list."""
    number, size = _small(given.get("page", "1")), _small(given.get("per_page", str(usual)))
    return (int(number) if number != "?" else 1) or 1, (int(size) if size != "?" else usual) or usual


# --- replies ---


def success(data: Any, headers: Mapping[str, str] | None = None) -> ProtocolReply:
    """The envelope of everything that went well."""
    return ProtocolReply(json_text({"success": True, "data": data}), CONTENT_TYPE, headers=headers or {})


def refused(code: str, message: str, status: int) -> ProtocolReply:
    """WordPress's form of an error, with its HTTP status."""
    return ProtocolReply(
        json_text({"code": code, "message": message, "data": {"status": status}}), CONTENT_TYPE, status
    )


def no_route() -> ProtocolReply:
    """WordPress's own answer to an address nobody serves."""
    return refused("rest_no_route", "No route was found matching the URL and request method.", 404)


def totals(answer: Answer, size: int) -> dict[str, str]:
    """WordPress's headers of a page of a list."""
    return {"X-WP-Total": str(answer.total), "X-WP-TotalPages": str(-(-answer.total // size))}


# --- data ---


def day_time(at: datetime | None) -> str | None:
    """A moment as WordPress stores it: UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else None


def ends(answer: Answer) -> datetime | None:
    """When the licence ends or ended, as far as a date was told."""
    stands, licence = answer.verdict.standing, answer.licence
    return stands.expires_at if stands else licence.expires_at if licence else None


def shows_its_end(answer: Answer) -> bool:
    """Can software that compares dates see for itself that the licence has expired?"""
    end = ends(answer)
    return end is not None and end <= answer.verdict.checked_at


def whole(text: str | None) -> int | None:
    """An id of the vendor's shop, where it is a number."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 18 else None


def product_id(answer: Answer, *kinds: str) -> int | None:
    """The number that shipped software knows the product by: the protocol's own, else the shop's."""
    refs = answer.product.refs if answer.product else ()
    found = [whole(ref.partition(":")[2]) for kind in kinds for ref in refs if ref.startswith(f"{kind}:")]
    return next((number for number in found if number is not None), None)


def number_of(handle: str) -> int:
    """A whole number for an activation, the same each time (31 bits)."""
    return int(hashlib.sha256(handle.encode()).hexdigest()[:8], 16) & 0x7FFFFFFF or 1


def name_of(activation: Activation) -> str | None:
    """What people call the activation: its label, else its site."""
    known = activation.label or activation.at or activation.site
    return None if known.startswith(("install:", UNNAMED)) else known


def activation_row(answer: Answer, activation: Activation, now: datetime, *, listed: bool = False) -> dict[str, Any]:
    """An activation as both protocols show it.

    Who has a key learns how many places there are and which is its own; which the others are, and their tokens, is for the
    vendor (listed) and for whoever the vendor shows holders to.
    """
    gone = answer.changed and activation not in answer.activations
    until = activation.until or (now if gone else None)
    shown = listed or answer.shows_holder or activation == answer.activation
    since = day_time(activation.since)
    return {
        "id": number_of(activation.handle),
        "token": activation.handle if shown else "",
        "license_id": answer.number,
        "label": name_of(activation) if shown else None,
        "source": 2,
        "ip_address": activation.ip if answer.shows_holder else None,
        "user_agent": None,
        "meta_data": [],
        "created_at": since,
        "updated_at": since,
        "deactivated_at": day_time(until),
    }


def creation(
    call: ProtocolCall, given: Mapping[str, str], protocol: str, sites: str, consumer: str | None, secret: str | None
) -> Sequence[Question]:
    """A licence to be made, with a key of the caller's; `sites` is the parameter that says for how many."""
    if "license_key" not in given:
        return []
    product = given.get("product_id")
    return [
        Question(
            "create",
            Key(given["license_key"]),
            product=product_words(protocol, product) if product else (),
            consumer=consumer,
            secret=secret,
            terms=terms(call, given, sites),
        )
    ]
