"""The licence protocol of Software License Manager (`slm_action`), as its samples and its PHP class speak it.

Everything is HTTP 200; `result` says success or error and `error_code` why (licence protocols, 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from adapters.protocol_parts.entitlement import product_words
from adapters.protocol_parts.php import json_text, said
from adapters.protocols.slm.details import blank, details
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Answer, Question
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

NAME = "slm"
_ACTS = {
    "slm_create_new": "create",
    "slm_activate": "activate",
    "slm_deactivate": "deactivate",
    "slm_check": "validate",
}
_SCOPES = {"create": "manage", "activate": "verify", "deactivate": "verify", "validate": "verify"}
_BLOCKED = (20, "Your License key is blocked")
_INVALID = (60, "Invalid license key")
_FULL = (50, "Reached maximum allowable domains")
_NO_DOMAIN = (70, "Registered domain information is missing")
_INACTIVE = (80, "The license key on this domain is already inactive")
_NOT_CREATED = (10, "License creation failed")
_WORDS = {
    "EXPIRED": (30, "Your License key has expired"),
    "SUSPENDED": _BLOCKED,
    "REVOKED": _BLOCKED,
    "REFUNDED": _BLOCKED,
    "SITE_REQUIRED": _NO_DOMAIN,
    "SITE_NOT_ACTIVATED": _FULL,
    "SITE_LIMIT_REACHED": _FULL,
    "ACTIVATIONS_EXHAUSTED": _FULL,
}
"""Code and sentence for a verdict; _INVALID for all others: a key of another product or person is none for this caller."""
_REFUSED = {
    "verify": (90, "Verification API secret key is invalid"),
    "manage": (100, "License Creation API secret key is invalid"),
}
_DETAILED = ("VALID", "SITE_REQUIRED", "SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED", "ACTIVATIONS_EXHAUSTED")
_ENDED = ("EXPIRED", "SUSPENDED", "REVOKED", "REFUNDED")
_UNDECIDED = ("RATE_LIMITED", "UNAVAILABLE")
_LATER = "The license key could not be looked up just now. Please try again later."
_MAX_TERM = 190


def matches(call: ProtocolCall) -> bool:
    """Both words must be there, be they empty; without them the stock server shows its home page."""
    return "slm_action" in call.args and "secret_key" in call.args


def parse(call: ProtocolCall) -> list[Question]:
    args = call.args
    act = _act(args)
    if act is None or (act == "create" and not _is_creatable(args)):
        return []
    key, domain = said(args, "license_key"), said(args, "registered_domain")
    return [
        Question(
            act=act,
            key=Key(key) if key else None,
            product=_product(said(args, "product_ref", "item_reference") if act == "create" else _item(args)),
            site=domain,
            label=domain,
            replace=said(args, "migrate_from") if act == "activate" else None,
            secret=args.get("secret_key", "").strip(),
            terms=_terms(args) if act == "create" else {},
        )
    ]


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    act = _act(call.args)
    if act is None:
        return _json({"result": "error", "message": "There is no such slm_action"})
    if not answers:
        return _error(*_NOT_CREATED)
    answer = answers[0]
    if answer.verdict.code == "CREDENTIAL_REFUSED":
        return _error(*_REFUSED[_SCOPES[act]])
    if answer.verdict.code in _UNDECIDED:
        return _undecided(act)
    return _RENDERERS[act](call, answer)


def _act(args: Mapping[str, str]) -> str | None:
    return _ACTS.get(args.get("slm_action", "").strip())


# -- requests


def _item(args: Mapping[str, str]) -> str | None:
    return said(args, "item_reference")


def _product(reference: str | None) -> tuple[str, ...]:
    """Words for an item reference as it came, and with the second encoding that clients put on it taken off."""
    if reference is None:
        return ()
    spellings = dict.fromkeys((reference, unquote_plus(reference)))
    return tuple(dict.fromkeys(word for each in spellings for word in product_words(NAME, each)))


def _is_creatable(args: Mapping[str, str]) -> bool:
    """Terms that can be meant; a licence that shall be blocked or expired from the start is none we make."""
    domains = said(args, "max_allowed_domains") or "0"
    countable = domains.isascii() and domains.isdecimal() and len(domains) <= 6
    plain = all(text.isprintable() and len(text) <= _MAX_TERM for text in _terms(args).values())
    return countable and plain and args.get("lic_status", "").strip() in ("", "pending", "active")


def _terms(args: Mapping[str, str]) -> dict[str, str]:
    name = " ".join(filter(None, (said(args, "first_name"), said(args, "last_name"))))
    return {
        "email": said(args, "email") or "",
        "name": name,
        "sites": said(args, "max_allowed_domains") or "0",
        "expires_at": said(args, "date_expiry") or "",
        "order_id": said(args, "txn_id") or "",
    }


# -- replies


def _create(call: ProtocolCall, answer: Answer) -> ProtocolReply:
    if answer.key is None or not answer.changed:
        return _error(*_NOT_CREATED)
    return _json({"result": "success", "message": "License successfully created", "key": str(answer.key)})


def _activate(call: ProtocolCall, answer: Answer) -> ProtocolReply:
    """Again on the same domain: the code and the sentence of the stock server's error, but a success.

    Clients go by `result`, by the code 40 or by the sentence; all three find what they look for.
    """
    if not answer.verdict.valid:
        return _refused(answer)
    if not answer.changed:
        code, sentence = _already(call, answer)
        return _json({"result": "success", "message": sentence, "error_code": code})
    done = "Registered domain has been updated" if _moved(call, answer) else "License key activated"
    return _json({"result": "success", "message": done})


def _moved(call: ProtocolCall, answer: Answer) -> bool:
    """Did this call give the seat of the domain it names to another one?"""
    moves = answer.licence.moves if answer.licence else ()
    return said(call.args, "migrate_from") is not None and moves[-1:] == (call.now,)


def _already(call: ProtocolCall, answer: Answer) -> tuple[int, str]:
    sentence = f"License key already in use on {said(call.args, 'registered_domain') or ''}".strip()
    stands = answer.verdict.standing
    full = stands is not None and stands.site_limit is not None and stands.used >= stands.site_limit
    return (110, f"Reached maximum activation. {sentence}") if full else (40, sentence)


def _deactivate(call: ProtocolCall, answer: Answer) -> ProtocolReply:
    if answer.changed:
        return _json({"result": "success", "message": "The license key has been deactivated for this domain"})
    no_domain = said(call.args, "registered_domain") is None or answer.verdict.code == "SITE_REQUIRED"
    return _error(*(_NO_DOMAIN if no_domain else _INACTIVE))


def _check(call: ProtocolCall, answer: Answer) -> ProtocolReply:
    if answer.verdict.code not in (*_DETAILED, *_ENDED) or answer.licence is None:
        return _refused(answer)
    head = {"result": "success", "message": "License key details retrieved."}
    return _json(head | details(answer, call.now, said(call.args, "registered_domain")))


_RENDERERS: dict[str, Callable[[ProtocolCall, Answer], ProtocolReply]] = {
    "create": _create,
    "activate": _activate,
    "deactivate": _deactivate,
    "validate": _check,
}


def _refused(answer: Answer) -> ProtocolReply:
    return _error(*_WORDS.get(answer.verdict.code, _INVALID))


def _error(code: int, sentence: str) -> ProtocolReply:
    return _json({"result": "error", "message": sentence, "error_code": code})


def _undecided(act: str) -> ProtocolReply:
    """No verdict. A check is neither success nor error then: the PHP class takes `error` for an invalid key."""
    if act == "validate":
        return _json({"result": "unavailable", "message": _LATER} | blank())
    return _json({"result": "error", "message": _LATER})


def _json(reply: Mapping[str, Any]) -> ProtocolReply:
    return ProtocolReply(json_text(reply))


PROTOCOL = LicenceProtocol(name=NAME, matches=matches, parse=parse, render=render, scopes=_SCOPES)
