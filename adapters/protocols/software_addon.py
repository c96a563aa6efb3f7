"""The licence protocol of the WooCommerce Software Add-on: `?wc-api=software-api&request=...` on any path.

A licence is bound to an e-mail address, which every request names; a wrong address is answered like an unknown key. Every reply
but the one to generate_key is signed: `md5("secret=<secret or null>&k=v&...")` over its plain members in their order, arrays
left out - which is why what we add is inside one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from adapters.protocol_parts.entitlement import product_words, support_data
from adapters.protocol_parts.php import json_text, said
from adapters.protocol_parts.sites import place_of
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.domain.licensing.seats import INSTALL
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_KINDS = """
    windows win win32 win64 mac macos os osx darwin linux unix ubuntu debian android ios ipados iphone ipad web browser
    desktop mobile server cli wordpress wp joomla drupal php java python ruby .net asp.net vb.net ado.net node node.js
    x86 x64 x86_64 amd64 arm arm64 unknown other none n/a default
"""
KINDS = frozenset(_KINDS.split())
"""First words of a platform that is a kind of machine or software, and no place: there may be any number of it."""
UNLIMITED = 999_999_999
"""How the stock server counts a licence without a limit."""

REQUESTS = {
    "activation": "activate",
    "check": "validate",
    "deactivation": "deactivate",
    "activation_reset": "deactivate_all",
    "generate_key": "create",
}
NO = {
    "activation": "activated",
    "check": "success",
    "deactivation": "reset",
    "activation_reset": "reset",
    "generate_key": "activated",
}
"""What is false in a refusal; where a seat is to be freed `reset` only if the call itself is at fault, else `activated`."""
ERRORS = {
    "100": "Invalid Request",
    "101": "Invalid License Key",
    "102": "Software has been deactivated",
    "103": "Exceeded maximum number of activations",
    "104": "Invalid Instance ID",
    "105": "Invalid security key",
    "106": "License has expired",
    "107": "License has been revoked",
}
CODES = {
    "NOT_FOUND": "101",
    "OWNER_MISMATCH": "101",
    "PRODUCT_MISMATCH": "101",
    "SUSPENDED": "102",
    "REFUNDED": "102",
    "SITE_LIMIT_REACHED": "103",
    "ACTIVATIONS_EXHAUSTED": "103",
    "SITE_REQUIRED": "104",
    "SITE_NOT_ACTIVATED": "104",
    "ACTIVATION_UNKNOWN": "104",
    "CREDENTIAL_REFUSED": "105",
    "EXPIRED": "106",
    "REVOKED": "107",
}
"""Code of the verdict to the protocol's; all others are 100, which says nothing about the key."""
NO_ANSWER = ("RATE_LIMITED", "UNAVAILABLE")
LATER = "Ask again later; nothing has changed"


def matches(call: ProtocolCall) -> bool:
    if call.args.get("wc-api", "").strip().lower() == "software-api":
        return True
    return call.path.rstrip("/").lower().endswith("/wc-api/software-api")


def parse(call: ProtocolCall) -> list[Question]:
    args, request = call.args, _request(call)
    email, product = mailbox.address(said(args, "email"), query=True), said(args, "product_id", "secret_product_id")
    key = said(args, "license_key", "licence_key")
    if request is None or email is None or not EMAIL.fullmatch(email) or product is None:
        return []
    words = product_words("software_addon", product)
    if request == "generate_key":
        terms = {"email": email, "sites": _number(said(args, "activations")), "order_id": said(args, "order_id") or ""}
        return [Question("create", product=words, secret=said(args, "secret_key"), terms=terms)]
    if key is None:
        return []
    asked = Question(REQUESTS[request], key=Key(key), product=words, email=email, binds_owner=True)
    instance, handle = said(args, "instance"), said(args, "activation_id")
    if request == "activation" or (request == "deactivation" and instance):
        return [_placed(asked, call)]
    if request == "deactivation":
        return [replace(asked, handle=handle) if handle else replace(asked, act="deactivate_all")]
    return [asked]


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    request = _request(call)
    if request is None or not answers:
        return _refusal(call, request, "100")
    answer = answers[0]
    if answer.verdict.code in NO_ANSWER:
        return _signed({"error": LATER, "code": "100", "timestamp": _seconds(call)}, None)
    if code := _code(request, questions[0].act if questions else "", answer):
        return _refusal(call, request, code)
    if request == "generate_key":
        return _reply({"key": str(answer.key), "key_id": answer.number})
    return _signed(_TOLD[request](call, answer), answer.secret)


def _request(call: ProtocolCall) -> str | None:
    request = call.args.get("request", "").strip().lower()
    return request if request in REQUESTS else None


def _code(request: str, act: str, answer: Answer) -> str | None:
    """The error that answers the request, None where all is well."""
    code = answer.verdict.code
    if answer.changed:
        return None
    if answer.verdict.asker == "other" or CODES.get(code) == "101":
        return "101"
    if request == "generate_key":
        return CODES.get(code, "100")
    if act == "deactivate_all":  # nothing to free: done
        return None
    if request == "deactivation":
        return "104"
    return None if code == "VALID" else CODES.get(code, "100")


def _placed(asked: Question, call: ProtocolCall) -> Question:
    """The question with where the software runs: its instance, which some write as an address, and the site that its
    platform names.

    Without an instance it is that site, else the WordPress site that asks, else the machine that the platform names; else
    an activation of its own, as the stock server makes it.
    """
    instance, platform = said(call.args, "instance"), said(call.args, "platform")
    agent, name = call.headers.get("user-agent", ""), _name(platform)
    site = place_of(name, agent).site if name else None
    if instance and place_of(instance).site:
        return replace(asked, site=instance, label=platform)
    if instance:
        return replace(asked, site=site, install=instance, label=platform)
    if site := site or place_of(None, agent).site:
        return replace(asked, site=site, label=platform)
    if name:
        return replace(asked, install=name, label=platform)
    return replace(asked, install=str(_seconds(call)), anew=True, label=platform)


def _name(platform: str | None) -> str | None:
    """The platform, if it names a place: an address, a machine's name; `Windows 11` or `WordPress/6.8` do not."""
    first = re.split(r"[\s/;(]", platform.lower(), maxsplit=1)[0] if platform else ""
    return None if first.rstrip("0123456789.") in KINDS or first in KINDS else platform


def _activated(call: ProtocolCall, answer: Answer) -> dict[str, Any]:
    left, limit = _left(answer)
    return {
        "activated": True,
        "instance": said(call.args, "instance") or (_instance(answer, answer.activation) if answer.activation else ""),
        "message": f"{left} out of {limit} activations remaining",
        "timestamp": _seconds(call),
        "support": support_data(answer),
    }


def _checked(call: ProtocolCall, answer: Answer) -> dict[str, Any]:
    return {
        "success": True,
        "timestamp": _seconds(call),
        "remaining": _left(answer)[0],
        "activations": [
            {
                "activation_id": each.handle,
                "instance": _instance(answer, each),
                "activation_platform": each.label or each.at or "",
                "activation_time": f"{each.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            }
            for each in answer.activations
        ],
        "support": support_data(answer),
    }


def _freed(call: ProtocolCall, answer: Answer) -> dict[str, Any]:
    return {"reset": True, "timestamp": _seconds(call)}


def _instance(answer: Answer, place: Activation) -> str:
    """The instance under which the caller knows an activation, and by which it can be freed again."""
    if place.site.startswith(INSTALL):
        return place.site.removeprefix(INSTALL)
    claims = answer.licence.claims if answer.licence else ()
    own = next((claim.install for claim in claims if claim.site == place.site and claim.install), None)
    return own or f"https://{place.site}"


def _left(answer: Answer) -> tuple[int, int]:
    """Activations remaining, and how many there are in all."""
    stands = answer.verdict.standing
    if stands is None or stands.site_limit is None:
        return UNLIMITED, UNLIMITED
    return max(stands.site_limit - stands.used, 0), stands.site_limit


def _refusal(call: ProtocolCall, request: str | None, code: str) -> ProtocolReply:
    """An error; like the stock server's, it is signed with no secret, and so alike for whatever the key is."""
    told: dict[str, Any] = {"error": ERRORS[code], "code": code}
    if request:
        told["reset" if code == "100" and NO[request] == "reset" else NO[request].replace("reset", "activated")] = False
    return _signed(told | {"timestamp": _seconds(call)}, None)


def _signed(told: dict[str, Any], secret: str | None) -> ProtocolReply:
    plain = {name: value for name, value in told.items() if not isinstance(value, list | dict)}
    text = "&".join(f"{name}={_php(value)}" for name, value in ({"secret": secret or "null"} | plain).items())
    sig = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return _reply(told | {"sig": sig})


def _reply(told: dict[str, Any]) -> ProtocolReply:
    return ProtocolReply(json_text(told), "application/json; charset=UTF-8")


def _php(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() and len(text) <= 6 else ""


def _seconds(call: ProtocolCall) -> int:
    return int(call.now.timestamp())


_TOLD: dict[str, Callable[[ProtocolCall, Answer], dict[str, Any]]] = {
    "activation": _activated,
    "check": _checked,
    "deactivation": _freed,
    "activation_reset": _freed,
}
PROTOCOL = LicenceProtocol("software_addon", matches, parse, render, scopes={"create": "manage"}, signs=True)
