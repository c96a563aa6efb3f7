"""The licence protocol of Lemon Squeezy: no credential but the key; an instance is an activation.

Not copied: a second seat for the same instance name, and the buyer's name and address for everybody who has the key. Added:
instances may be named instead of numbered, and a `product_id` that is sent is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.protocol_parts.calls import params
from adapters.protocol_parts.entitlement import own_word, product_words, support_data
from adapters.protocol_parts.sites import place_of
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.domain.licensing.seats import INSTALL
from connector.domain.licensing.verdict import CODES
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

PATH = re.compile(r"/v1/licenses(?:/(activate|validate|deactivate))?/?")
DONE = {"activate": "activated", "validate": "valid", "deactivate": "deactivated"}
"""The word for yes, by what was asked."""

NO_INSTANCE = (404, "license_key_instance not found.")
WORDS: Mapping[str, tuple[int, str]] = {
    "NOT_FOUND": (404, "license_key not found."),
    "EXPIRED": (400, "This license key has expired."),
    "SUSPENDED": (400, "This license key is disabled."),
    "REVOKED": (400, "This license key is disabled."),
    "REFUNDED": (400, "This license key is disabled."),
    "PRODUCT_MISMATCH": (400, "This license key is for another product."),
    "SITE_REQUIRED": (422, "The instance name field is required."),
    "SITE_NOT_ACTIVATED": NO_INSTANCE,
    "SITE_LIMIT_REACHED": (400, "This license key has reached the activation limit."),
    "ACTIVATION_UNKNOWN": NO_INSTANCE,
}
"""By code of the verdict: HTTP status and `error`. Others: 400 in our own words."""

UNTOLD = {"RATE_LIMITED", "UNAVAILABLE"}
SEND_AGAIN = 60
STATUSES = {"EXPIRED": "expired", "SUSPENDED": "disabled", "REVOKED": "disabled", "REFUNDED": "disabled"}


def matches(call: ProtocolCall) -> bool:
    return PATH.fullmatch(call.path) is not None


# --- what it asks ---


def parse(call: ProtocolCall) -> Sequence[Question]:
    act, given = _act(call), _given(call)
    if act is None or _missing(act, given):
        return []
    handle = given.get("instance_id")
    place = place_of(given.get("instance_name") if handle is None else None)
    product = given.get("product_id")
    return [
        Question(
            act,
            Key(given["license_key"]),
            product=product_words("lemonsqueezy", product) if product else (),
            site=place.site,
            install=place.install,
            handle=handle,
            label=place.label,
        )
    ]


def _act(call: ProtocolCall) -> str | None:
    found = PATH.fullmatch(call.path)
    return found[1] if found and call.method == "POST" else None


def _given(call: ProtocolCall) -> dict[str, str]:
    """What was sent; an activation is named and never numbered by the caller."""
    given = params(call)
    if _act(call) == "activate":
        given.pop("instance_id", None)
    return given


def _missing(act: str, given: Mapping[str, str]) -> str | None:
    """The field that a call lacks, in the words of the complaint."""
    if "license_key" not in given:
        return "license key"
    if act == "activate" and "instance_name" not in given:
        return "instance name"
    if act == "deactivate" and not {"instance_id", "instance_name"} & set(given):
        return "instance id"
    return None


# --- what is answered ---


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    act = _act(call)
    if act is None:
        known = PATH.fullmatch(call.path)
        lost = known is None or known[1] is None
        return _reply({"error": "Not Found." if lost else "Send a POST."}, 404 if lost else 405)
    if not questions or not answers:
        missing = _missing(act, _given(call)) or "license key"
        return _reply({DONE[act]: False, "error": f"The {missing} field is required."}, 422)
    answer = answers[0]
    code = answer.verdict.code
    if code in UNTOLD:  # no verdict at all, so that software keeps the one it has
        return _reply({"error": CODES[code]}, 429, {"Retry-After": str(SEND_AGAIN)})
    if _is_yes(act, answer):
        return _reply(_told(call, act, True, None, answer), 200)
    status, words = WORDS.get(code, (400, CODES[code]))
    if act == "deactivate" and answer.licence is not None:
        status, words = NO_INSTANCE
    return _reply(_told(call, act, False, words, answer), status)


def _is_yes(act: str, answer: Answer) -> bool:
    """A seat is given back whatever became of the licence."""
    if answer.licence is None:
        return False
    return answer.changed if act == "deactivate" else answer.verdict.code == "VALID"


def _told(call: ProtocolCall, act: str, done: bool, error: str | None, answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {DONE[act]: done, "error": error}
    if answer.licence is None:
        return told
    told["license_key"] = _license_key(answer)
    if act != "deactivate":
        told["instance"] = _instance(answer.activation) if done and answer.activation else None
    return told | {"meta": _meta(answer)}


def _license_key(answer: Answer) -> dict[str, Any]:
    licence, stands = answer.licence, answer.verdict.standing
    assert licence is not None
    return {
        "id": answer.number,
        "status": STATUSES.get(answer.verdict.code, "active" if answer.activations else "inactive"),
        "key": answer.key or "",
        "activation_limit": licence.site_limit,
        "activation_usage": stands.used if stands else 0,
        "created_at": _instant(licence.purchased_at or licence.as_of),
        "expires_at": _instant(stands.expires_at if stands else licence.expires_at),
        "test_mode": False,
    }


def _instance(activation: Activation) -> dict[str, Any]:
    name = activation.label or activation.site.removeprefix(INSTALL)
    return {"id": activation.handle, "name": name, "created_at": _instant(activation.since)}


def _meta(answer: Answer) -> dict[str, Any]:
    """What was bought; order and customer only where the vendor shows holders. Ids that nobody registered are 0."""
    licence, product, shows = answer.licence, answer.product, answer.shows_holder
    assert licence is not None
    holder = licence.holder if shows else None
    return {
        "store_id": _whole(own_word("lemonsqueezy_store", product)),
        "order_id": _whole(licence.order_ids[0] if shows and licence.order_ids else None),
        "order_item_id": 0,
        "product_id": _whole(own_word("lemonsqueezy", product) or own_word("product", product)),
        "product_name": (product.name or product.slug) if product else "",
        "variant_id": _whole(own_word("lemonsqueezy_variant", product) or own_word("variation", product)),
        "variant_name": licence.plan or "Default",
        "customer_id": _whole(holder.id if holder else None),
        "customer_name": (holder.name or "") if holder else "",
        "customer_email": (holder.email or "") if holder else "",
    } | support_data(answer)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 15 else 0


def _instant(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def _reply(body: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> ProtocolReply:
    return ProtocolReply(json.dumps(body, separators=(",", ":")), "application/json", status, headers or {})


PROTOCOL = LicenceProtocol(name="lemonsqueezy", matches=matches, parse=parse, render=render)
