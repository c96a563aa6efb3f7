"""The licence protocol of License Manager for WooCommerce, REST API v2.

Not copied: activations that fail with `success: true`, a validation that forgets the expiry, a deactivation without a token
that frees every site, a re-activation that resets the counter, and a shipped credential with an administrator's rights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.protocol_parts import wprest
from adapters.protocol_parts.calls import params
from adapters.protocol_parts.entitlement import support_data
from adapters.protocol_parts.sites import Place
from adapters.protocol_parts.wprest import day_time, refused, success
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.domain.licensing.verdict import CODES
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

NAMESPACE = "lmfwc/v2"
ACTS = ("activate", "deactivate", "validate")
NO_LIMIT = 999_999
"""What is left of a licence without a limit: software stops at 0, and the peer would count below it."""

DELIVERED, ACTIVE, INACTIVE = 2, 3, 4
VIA_API = 3
USABLE = ("VALID", "SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED")

WORDS: Mapping[str, tuple[str, int, str]] = {
    "NOT_FOUND": ("data_error", 404, "License Key could not be found."),
    "EXPIRED": ("license_expired", 405, "The license Key expired{}."),
    "PRODUCT_MISMATCH": ("data_error", 404, "The License Key is for another product."),
    "SITE_NOT_ACTIVATED": ("data_error", 404, "The License Key is not activated here."),
    "SITE_LIMIT_REACHED": ("data_error", 404, "License Key reached maximum activation count."),
    "ACTIVATION_UNKNOWN": ("data_error", 404, "Activation Token could not be found or is deactivated."),
    "CREDENTIAL_REFUSED": ("authentication_error", 401, "Consumer key or secret is invalid."),
}
"""By code of the verdict: the error's name without its prefix, its HTTP status, its words. Others: 404 in our own words."""

UNTOLD = {"RATE_LIMITED", "UNAVAILABLE"}
SEVERAL = "The License Key has several activations: send the token of the one to free."
NOT_FOR_SHIPPED = {
    "list": ("cannot_view", "Sorry, you cannot list resources."),
    "create": ("cannot_create", "Sorry, you are not allowed to create resources."),
}


def matches(call: ProtocolCall) -> bool:
    return wprest.route(call, NAMESPACE) is not None


# --- what it asks ---


def asked(call: ProtocolCall) -> tuple[str, str]:
    """What a call is about - list, create, read, change, one of ACTS or nothing - and the key it names."""
    base, _, rest = (wprest.route(call, NAMESPACE) or "").partition("/")
    act, _, key = rest.partition("/")
    if base != "licenses":
        return "", ""
    if not rest:
        return {"GET": "list", "POST": "create"}.get(call.method, ""), ""
    if not key:
        return ("read" if call.method == "GET" else "change"), act
    return (act, key) if act in ACTS and call.method in ("GET", "POST") else ("", "")


def parse(call: ProtocolCall) -> Sequence[Question]:
    what, key = asked(call)
    given = params(call)
    consumer, secret = wprest.credentials(call)
    if what == "list":
        number, size = wprest.page(given, usual=100)
        return [Question("list", consumer=consumer, secret=secret, page=number, size=size)]
    if what == "create":
        return wprest.creation(call, given, "lmfwc", "times_activated_max", consumer, secret)
    if what not in ("read", *ACTS):
        return []
    place = wprest.place_in(call, given)
    token = given.get("token")
    if what == "activate" and not place.said and token is None:
        place = wprest.new_place(call)
    if what == "validate":  # of the licence, or of the token's place; where it is asked from says nothing
        place = Place()
    return [
        Question(
            "validate" if what == "read" else what,
            Key(key),
            site=place.site,
            install=place.install,
            anew=place.anew,
            label=place.label,
            handle=None if what == "read" else token,
            sole=what == "deactivate",
            consumer=consumer,
            secret=secret,
        )
    ]


# --- what is answered ---


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    what, _ = asked(call)
    if not questions or not answers:
        return _complaint(what)
    answer = answers[0]
    told = _TELL[what](call, questions[0], answer)
    return told if told is not None else _refusal(what, answer)


def _complaint(what: str) -> ProtocolReply:
    if what == "change":
        words = "Sorry, you are not allowed to edit this resource: licenses are changed in the connector."
        return refused("lmfwc_rest_cannot_edit", words, 403)
    return refused("lmfwc_rest_data_error", "License key is invalid.", 404) if what == "create" else wprest.no_route()


def _refusal(what: str, answer: Answer) -> ProtocolReply:
    code = answer.verdict.code
    if code in UNTOLD:
        return _later(CODES[code])
    if code == "CREDENTIAL_REFUSED" and what in NOT_FOR_SHIPPED:
        name, words = NOT_FOR_SHIPPED[what]
        return refused(f"lmfwc_rest_{name}", words, 403)
    name, status, words = WORDS.get(code, ("data_error", 404, CODES[code]))
    return refused(f"lmfwc_rest_{name}", words.format(_since(answer)), status)


def _since(answer: Answer) -> str:
    return f" on {day_time(wprest.ends(answer))} (UTC)" if wprest.shows_its_end(answer) else ""


def _later(words: str) -> ProtocolReply:
    """Software keeps its last verdict where the body says 500, as the stock client reads it; on the wire it is a 429."""
    reply = refused("lmfwc_rest_try_later", words, 500)
    return ProtocolReply(reply.body, reply.content_type, 429, {"Retry-After": str(wprest.SEND_AGAIN)})


def _list(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    if answer.verdict.code != "VALID":
        return None
    if not answer.listed:
        return refused("lmfwc_rest_data_error", "No License Keys available", 404)
    rows = [_with_places(call, each, each.activations, listed=True) for each in answer.listed]
    return success(rows, wprest.totals(answer, question.size))


def _create(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    return success(_licence(answer)) if answer.changed and answer.licence else None


def _read(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    """Also of an expired licence, whose `expiresAt` software compares by itself and keeps; not where that would look valid."""
    ended = answer.verdict.code == "EXPIRED" and wprest.shows_its_end(answer)
    readable = (ended or answer.verdict.code in USABLE) and answer.licence is not None
    return success(_with_places(call, answer, answer.activations)) if readable else None


def _validate(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    if answer.verdict.code != "VALID" or answer.licence is None:
        return None
    shown = answer.activations
    if question.handle is not None:
        shown = (answer.activation,) if answer.activation else ()
    limit, used = answer.licence.site_limit, _used(answer)
    counts = {
        "status": _status(answer),
        "timesActivated": used,
        "timesActivatedMax": limit or 0,
        "remainingActivations": NO_LIMIT if limit is None else max(limit - used, 0),
    }
    return success(counts | {"activationData": _rows(call, answer, shown)} | support_data(answer))


def _activate(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    if answer.verdict.code != "VALID" or answer.activation is None:
        return None
    return success(_licence(answer) | {"activationData": wprest.activation_row(answer, answer.activation, call.now)})


def _deactivate(call: ProtocolCall, question: Question, answer: Answer) -> ProtocolReply | None:
    """A site that names itself and is not on the licence has what it wants; the stock client forgets its key then."""
    if answer.changed and answer.activation is not None:
        row = wprest.activation_row(answer, answer.activation, call.now)
        return success(_licence(answer) | {"activationData": row if question.handle else [row]})
    told = answer.licence is not None and answer.verdict.code not in ("PRODUCT_MISMATCH", "CREDENTIAL_REFUSED", *UNTOLD)
    if answer.verdict.code == "SITE_REQUIRED" and answer.activations:
        return refused("lmfwc_rest_data_error", SEVERAL, 404)
    free = told and question.handle is None
    return success(_licence(answer) | {"activationData": []}) if free else None


_TELL: Mapping[str, Callable[[ProtocolCall, Question, Answer], ProtocolReply | None]] = {
    "list": _list,
    "create": _create,
    "read": _read,
    "validate": _validate,
    "activate": _activate,
    "deactivate": _deactivate,
}


def _status(answer: Answer) -> int:
    if answer.verdict.code not in USABLE:
        return INACTIVE
    return ACTIVE if answer.activations else DELIVERED


def _used(answer: Answer) -> int:
    return answer.verdict.standing.used if answer.verdict.standing else 0


def _rows(
    call: ProtocolCall, answer: Answer, places: Sequence[Activation], *, listed: bool = False
) -> list[dict[str, Any]]:
    return [wprest.activation_row(answer, each, call.now, listed=listed) for each in places]


def _with_places(
    call: ProtocolCall, answer: Answer, places: Sequence[Activation], *, listed: bool = False
) -> dict[str, Any]:
    return _licence(answer) | {"activationData": _rows(call, answer, places, listed=listed)}


def _licence(answer: Answer) -> dict[str, Any]:
    """The licence in the peer's words; order and customer only where the vendor shows holders."""
    licence, shows = answer.licence, answer.shows_holder
    assert licence is not None
    bought = day_time(licence.purchased_at or licence.as_of)
    return {
        "id": answer.number,
        "orderId": wprest.whole(licence.order_ids[0]) if shows and licence.order_ids else None,
        "productId": wprest.product_id(answer, "lmfwc", "product"),
        "userId": wprest.whole(licence.holder.id) if shows and licence.holder else None,
        "licenseKey": answer.key or "",
        "expiresAt": day_time(wprest.ends(answer)),
        "validFor": None,
        "source": VIA_API,
        "status": _status(answer),
        "timesActivated": _used(answer),
        "timesActivatedMax": licence.site_limit,
        "createdAt": bought,
        "createdBy": None,
        "updatedAt": day_time(licence.as_of),
        "updatedBy": None,
    } | support_data(answer)


PROTOCOL = LicenceProtocol(
    name="lmfwc",
    matches=matches,
    parse=parse,
    render=render,
    pairs=True,
    scopes={
        "validate": "verify",
        "activate": "verify",
        "deactivate": "verify",
        "list": "manage",
        "create": "manage",
    },
)
