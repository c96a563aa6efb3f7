"""The licence protocol of Digital License Manager, REST API v1: activations are tokens, and a token is enough to ask by.

Not copied: a new token for a place that has one, a validation that forgets the expiry, a disabled licence that keeps its seat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.protocol_parts import wprest
from adapters.protocol_parts.calls import params
from adapters.protocol_parts.entitlement import product_words, support_data
from adapters.protocol_parts.php import json_text
from adapters.protocol_parts.wprest import day_time, refused, success
from adapters.protocols.dlm.releases import CHANNELS, software
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.verdict import CODES
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

NAMESPACE = "dlm/v1"
BY_TOKEN = ("deactivate", "validate")
HASHED = "hashed-"
"""Begins what the peer takes in place of a key: a hash made with a secret of its own."""

DELIVERED, ACTIVE, INACTIVE, DISABLED = 2, 3, 4, 5
STATUSES = {"EXPIRED": INACTIVE, "SUSPENDED": DISABLED, "REVOKED": DISABLED, "REFUNDED": DISABLED}
VIA_API = 3
USABLE = ("VALID", "SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED")

NO_TOKEN = ("data_error", 404, "License activation token could not be found.")
WORDS: Mapping[str, tuple[str, int, str]] = {
    "NOT_FOUND": ("data_error", 404, "The license key could not be found."),
    "EXPIRED": ("license_expired", 405, "The license key expired{}."),
    "SUSPENDED": ("license_disabled", 405, CODES["SUSPENDED"]),
    "REVOKED": ("license_disabled", 405, CODES["REVOKED"]),
    "REFUNDED": ("license_disabled", 405, CODES["REFUNDED"]),
    "SITE_NOT_ACTIVATED": NO_TOKEN,
    "SITE_LIMIT_REACHED": ("license_activation_limit_reached", 404, "License Key reached maximum activation count."),
    "ACTIVATION_UNKNOWN": NO_TOKEN,
    "CREDENTIAL_REFUSED": ("authentication_error", 401, "Consumer key or secret is invalid."),
}
"""By code of the verdict: the error's name, its HTTP status, its words. Others: data_error and 404 in our own words."""

UNTOLD = ("RATE_LIMITED", "UNAVAILABLE")


def matches(call: ProtocolCall) -> bool:
    return wprest.route(call, NAMESPACE) is not None


# --- what it asks ---


def asked(call: ProtocolCall) -> tuple[str, str]:
    """What a call is about - list, create, read, change, activate, software, one of BY_TOKEN or nothing - and its key, token
    or id."""
    base, _, rest = (wprest.route(call, NAMESPACE) or "").partition("/")
    act, _, word = rest.partition("/")
    if base == "software" and act and not word and call.method == "GET":
        return "software", act
    if base != "licenses":
        return "", ""
    if not rest:
        return {"GET": "list", "POST": "create"}.get(call.method, ""), ""
    if not word:
        return ("read" if call.method == "GET" else "change"), act
    return (act, word) if act in ("activate", *BY_TOKEN) and call.method in ("GET", "POST") else ("", "")


def parse(call: ProtocolCall) -> Sequence[Question]:
    what, word = asked(call)
    given = params(call)
    consumer, secret = wprest.credentials(call)
    if what == "list":
        number, size = wprest.page(given, usual=25)
        return [Question("list", consumer=consumer, secret=secret, page=number, size=size)]
    if what == "create":
        return wprest.creation(call, given, "dlm", "activations_limit", consumer, secret)
    if what in BY_TOKEN:
        return [Question(what, handle=word, consumer=consumer, secret=secret)]
    if what == "software":
        return [_software_question(given, word, consumer, secret)]
    if what not in ("read", "activate") or word.startswith(HASHED):
        return []
    place = wprest.place_in(call, given)
    token = given.get("token") if what == "activate" else None
    if what == "activate" and not place.said and token is None:
        place = wprest.new_place(call)
    return [
        Question(
            "validate" if what == "read" else "activate",
            Key(word),
            site=place.site,
            install=place.install,
            anew=place.anew,
            label=place.label,
            handle=token,
            consumer=consumer,
            secret=secret,
        )
    ]


def _software_question(given: Mapping[str, str], software: str, consumer: str | None, secret: str | None) -> Question:
    """The newest release of a software item, for the place of `activation_token`."""
    return Question(
        "release",
        product=(f"dlm_software:{software}", *product_words("dlm", software)),
        handle=given.get("activation_token"),
        channel=CHANNELS.get(given.get("channel", "stable"), "stable"),
        consumer=consumer,
        secret=secret,
    )


# --- what is answered ---


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    what, _ = asked(call)
    if not questions or not answers:
        return _complaint(what)
    told = _TELL[what](call, questions[0], answers[0])
    return told if told is not None else _refusal(what, answers[0])


def _complaint(what: str) -> ProtocolReply:
    if what == "change":
        return refused("permission_denied", "Licenses are changed in the connector, not by this address.", 403)
    if what == "create":
        return refused("data_error", "License key is invalid.", 404)
    if what in ("read", "activate"):
        return refused("data_error", "Hashed license keys are not known here: send the license key itself.", 404)
    return wprest.no_route()


def _refusal(what: str, answer: Answer) -> ProtocolReply:
    """What cannot be answered is no JSON: clients that read any object for a verdict find none in it."""
    code = answer.verdict.code
    if code in UNTOLD:
        return ProtocolReply(CODES[code], wprest.PLAIN, 429, {"Retry-After": str(wprest.SEND_AGAIN)})
    if code == "CREDENTIAL_REFUSED" and what in ("list", "create"):
        return refused("permission_denied", "Sorry, you don't have access to this resource.", 403)
    if code == "NOT_FOUND" and what in BY_TOKEN:
        return refused(NO_TOKEN[0], NO_TOKEN[2], NO_TOKEN[1])
    name, status, words = WORDS.get(code, ("data_error", 404, CODES[code]))
    return refused(name, words.format(_since(answer)), status)


def _since(answer: Answer) -> str:
    return f" at {day_time(wprest.ends(answer))} (UTC)" if wprest.shows_its_end(answer) else ""


def _list(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    if answer.verdict.code != "VALID":
        return None
    return success([_licence(each) for each in answer.listed], wprest.totals(answer, question.size))


def _create(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    return success(_licence(answer)) if answer.changed and answer.licence else None


def _read(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    """Also of an expired licence: `expires_at` and `is_expired` say so."""
    ended = answer.verdict.code == "EXPIRED" and wprest.shows_its_end(answer)
    if not (ended or answer.verdict.code in USABLE) or answer.licence is None:
        return None
    rows = [wprest.activation_row(answer, each, call.now) for each in answer.activations]
    return success(_licence(answer) | {"activations": rows})


def _activate(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    if answer.verdict.code != "VALID" or answer.activation is None:
        return None
    return success(_activation(call, answer, numbered=False))


def _validate(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    """A token that was given back is shown with when, so that software offers to take its place again.

    Of an expired licence the stock client needs what stands in the activation, to offer the renewal and to give the seat
    back; it takes for an error what has a message and a status in its data. Others go by `success`, which is not there.
    """
    code = answer.verdict.code
    if answer.activation is None or answer.licence is None:
        return None
    if code == "VALID" or (code == "ACTIVATION_UNKNOWN" and answer.activation.until is not None):
        return success(_activation(call, answer, numbered=True))
    if code != "EXPIRED":
        return None
    name, status, words = WORDS[code]
    told = {"code": name, "message": words.format(_since(answer)), "data": _activation(call, answer, numbered=True)}
    return ProtocolReply(json_text(told), wprest.CONTENT_TYPE, status)


def _deactivate(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    """Whatever became of the licence: a seat can be given back."""
    if answer.changed and answer.activation is not None:
        return success(_activation(call, answer, numbered=False))
    untold = answer.verdict.code in ("CREDENTIAL_REFUSED", *UNTOLD)
    return None if untold else refused(NO_TOKEN[0], NO_TOKEN[2], NO_TOKEN[1])


def _software(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    if answer.verdict.code in ("CREDENTIAL_REFUSED", *UNTOLD):
        return None
    found = software(answer)
    return success(found) if found else refused("data_error", "No release of this software is known here.", 404)


_TELL: Mapping[str, Callable[[ProtocolCall, Question, Answer], ProtocolReply | None]] = {
    "list": _list,
    "create": _create,
    "read": _read,
    "activate": _activate,
    "validate": _validate,
    "deactivate": _deactivate,
    "software": _software,
}


def _activation(call: ProtocolCall, answer: Answer, *, numbered: bool) -> dict[str, Any]:
    """The place asked about with its licence; `license_id` besides only where the peer repeats it."""
    assert answer.activation is not None
    row = wprest.activation_row(answer, answer.activation, call.now)
    if not numbered:
        del row["license_id"]
    return row | ({"license": _licence(answer)} if answer.licence else {})


def _licence(answer: Answer) -> dict[str, Any]:
    """The licence in the peer's words; order and customer only where the vendor shows holders, the key if it was named."""
    licence, shows = answer.licence, answer.shows_holder
    assert licence is not None
    code = answer.verdict.code
    return {
        "id": answer.number,
        "order_id": wprest.whole(licence.order_ids[0]) if shows and licence.order_ids else None,
        "product_id": wprest.product_id(answer, "dlm", "product"),
        "user_id": wprest.whole(licence.holder.id) if shows and licence.holder else None,
        "license_key": answer.key or "",
        "expires_at": day_time(wprest.ends(answer)),
        "valid_for": None,
        "source": VIA_API,
        "status": STATUSES.get(code, ACTIVE if answer.activations else DELIVERED),
        "activations_limit": licence.site_limit,
        "created_at": day_time(licence.purchased_at or licence.as_of),
        "created_by": None,
        "updated_at": day_time(licence.as_of),
        "updated_by": None,
        "times_activated": answer.verdict.standing.used if answer.verdict.standing else 0,
        "is_expired": code == "EXPIRED",
    } | support_data(answer)


PROTOCOL = LicenceProtocol(
    name="dlm",
    matches=matches,
    parse=parse,
    render=render,
    pairs=True,
    scopes={
        "validate": "verify",
        "activate": "verify",
        "deactivate": "verify",
        "release": "verify",
        "list": "manage",
        "create": "manage",
    },
)
