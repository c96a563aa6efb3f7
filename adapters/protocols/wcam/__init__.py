"""The licence protocol of WooCommerce API Manager (`wc-api=wc-am-api`), as its PHP library 2.12 and older clients speak it.

Everything is HTTP 200 and every error has the code "100": clients compare the sentence (licence protocols, 3.1 to 3.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.protocol_parts.entitlement import product_words, support_data
from adapters.protocol_parts.php import json_text, said, serialized
from adapters.protocols.wcam.releases import information, no_release, package
from adapters.protocols.wcam.resources import STANDS, counts, kind, remaining, sold
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Answer, Question
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

NAME = "wcam"
ENDPOINTS = ("wc-am-api", "am-software-api", "upgrade-api")
"""The endpoint, and the two that clients from before 2.0 call; the stock server answers all three alike."""

_JSON = "application/json; charset=UTF-8"
_PLAIN = "text/plain; charset=UTF-8"
_SPELLINGS = {
    "action": ("request", "wc_am_action"),
    "api_key": ("license_key", "licence_key", "api_key"),
    "product_id": ("software_id", "product_id"),
    "product_parent_id": ("product_parent_id",),
    "instance": ("instance",),
    "object": ("platform", "object", "domain"),
    "version": ("software_version", "version"),
    "plugin_name": ("plugin_name",),
    "slug": ("slug",),
}
"""Our word, and those of old and new clients; where both are sent the older one wins, as at the stock server."""
_ACTIONS = {"activation": "activate", "deactivation": "deactivate"}
_PLACE = ("api_key", "product_id", "instance")
_RELEASE = ("product_id", "plugin_name")
_ACTS = {
    "activate": ("activate", _PLACE),
    "deactivate": ("deactivate", _PLACE),
    "status": ("validate", _PLACE),
    "product_list": ("validate", ("api_key", "instance")),
    "verify_api_key_is_active": ("validate", ("api_key",)),
    "update": ("release", _RELEASE),
    "pluginupdatecheck": ("release", _RELEASE),
    "information": ("release", _RELEASE),
    "plugininformation": ("release", _RELEASE),
}
"""Action to what it asks of us and what it must say."""

NO_ACTION = "No request value received."
NO_SUCH_ACTION = "Request value does not exist."
MISSING = "The following required query string data is missing"
NO_ACCOUNT = "A customer account does not exist for this API Key."
DISABLED = (
    "The API access for this API Key has been disabled, or an API Key was sent that does not exist on this store."
)
NO_RESOURCES = (
    "No API resources exist. Login to My Account to verify there are activations remaining, "
    "and the API Key and Product ID are correct."
)
NO_ROOM = "Cannot activate API Key. No API resources available."
NOT_DEACTIVATED = "The API Key could not be deactivated."
_WORDS = {
    "NOT_FOUND": NO_ACCOUNT,
    "SUSPENDED": DISABLED,
    "REVOKED": DISABLED,
    "SITE_REQUIRED": f"{MISSING}: instance",
    "SITE_NOT_ACTIVATED": NO_ROOM,
    "SITE_LIMIT_REACHED": NO_ROOM,
    "ACTIVATIONS_EXHAUSTED": NO_ROOM,
}
"""The sentence for a verdict; NO_RESOURCES for all others, since the stock server lists only what is in force."""
_UNDECIDED = ("RATE_LIMITED", "UNAVAILABLE")


def matches(call: ProtocolCall) -> bool:
    return call.args.get("wc-api", "").strip().lower() in ENDPOINTS


def parse(call: ProtocolCall) -> list[Question]:
    asked = _asked(call)
    if _complaint(asked):
        return []
    act, _ = _ACTS[asked["action"]]
    words = [word for name in ("product_id", "product_parent_id") for word in _words(asked.get(name))]
    return [
        Question(
            act=act,
            key=Key(asked["api_key"]) if "api_key" in asked else None,
            product=tuple(dict.fromkeys(words)) if "product_id" in _ACTS[asked["action"]][1] else (),
            site=asked.get("object"),
            install=asked.get("instance"),
            version=asked.get("version"),
        )
    ]


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    asked = _asked(call)
    if complaint := _complaint(asked):
        return _failed(complaint)
    if not answers or (answers[0].verdict.code in _UNDECIDED and answers[0].release is None):
        return _undecided(asked["action"])
    return _RENDERERS[asked["action"]](asked, answers[0])


def _asked(call: ProtocolCall) -> dict[str, str]:
    args = call.args
    asked = {name: text for name, words in _SPELLINGS.items() if (text := said(args, *words)) is not None}
    if "action" in asked:
        asked["action"] = _ACTIONS.get(asked["action"], asked["action"])
    return asked


def _words(product_id: str | None) -> tuple[str, ...]:
    return product_words(NAME, product_id) if product_id else ()


def _complaint(asked: Mapping[str, str]) -> str | None:
    """What the stock server says to a call that it cannot use."""
    if "action" not in asked:
        return NO_ACTION
    if asked["action"] not in _ACTS:
        return NO_SUCH_ACTION
    missing = [name for name in _ACTS[asked["action"]][1] if name not in asked]
    return f"{MISSING}: {', '.join(missing)}" if missing else None


# -- replies


def _activate(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    """Again from the same place is a success: the stock server's error makes its library switch a working site off."""
    if not answer.verdict.valid:
        return _refused(answer)
    return _worked({"activated": True, "message": remaining(answer)}, counts(asked, answer) | support_data(answer))


def _deactivate(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    if not answer.changed:
        return _refused(answer) if answer.verdict.code == "NOT_FOUND" else _failed(NOT_DEACTIVATED, answer)
    return _worked(
        {"activations_remaining": remaining(answer), "deactivated": True}, counts(asked, answer) | support_data(answer)
    )


def _status(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    if answer.verdict.code not in STANDS:
        return _refused(answer)
    active = _is_active(answer)
    data = counts(asked, answer) | {"activated": active} | support_data(answer)
    return _worked({"status_check": "active" if active else "inactive"}, data)


def _product_list(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    if answer.verdict.code not in STANDS:
        return _refused(answer)
    return _worked({}, {"product_list": {kind(answer): [sold(asked, answer)]}} | support_data(answer))


def _verify(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    return _worked({}, {}) if answer.verdict.code in STANDS else _refused(answer)


def _update(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    if _not_in_store(answer):
        return _failed(_no_product(asked), answer)
    return _worked({}, {"package": package(asked, answer, _is_active(answer))} | support_data(answer))


def _update_check(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    found = no_release() if _not_in_store(answer) else package(asked, answer, _is_active(answer))
    return ProtocolReply(serialized(found), _PLAIN)


def _information(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    if answer.release is None:
        return _failed(_no_product(asked), answer)
    return _worked({}, {"info": information(asked, answer)})


def _plugin_information(asked: Mapping[str, str], answer: Answer) -> ProtocolReply:
    """Without a release nothing, so that the library leaves "View details" to WordPress."""
    found = None if answer.release is None else information(asked, answer)
    return ProtocolReply(serialized(found), _PLAIN)


_RENDERERS: dict[str, Callable[[Mapping[str, str], Answer], ProtocolReply]] = {
    "activate": _activate,
    "deactivate": _deactivate,
    "status": _status,
    "product_list": _product_list,
    "verify_api_key_is_active": _verify,
    "update": _update,
    "pluginupdatecheck": _update_check,
    "information": _information,
    "plugininformation": _plugin_information,
}


# -- parts of replies


def _worked(top: Mapping[str, Any], data: Mapping[str, Any]) -> ProtocolReply:
    found = {**top, "success": True}
    return _json(found | {"data": data} if data else found)


def _refused(answer: Answer) -> ProtocolReply:
    return _failed(_WORDS.get(answer.verdict.code, NO_RESOURCES), answer)


def _failed(sentence: str, answer: Answer | None = None) -> ProtocolReply:
    """The one form of an error. reason: our own code, which says more than the sentence that clients compare."""
    data = {"error_code": "100", "error": sentence}
    if answer is not None:
        data["reason"] = answer.verdict.code
    return _json({"code": "100", "error": sentence, "success": False, "data": data})


def _undecided(action: str) -> ProtocolReply:
    """No verdict: without `data` the library changes nothing that it knows, and asks again by itself."""
    if action in ("pluginupdatecheck", "plugininformation"):
        return ProtocolReply(serialized(None), _PLAIN)
    return _json({"success": False, "message": "The API Key could not be looked up just now. Try again later."})


def _json(reply: Mapping[str, Any]) -> ProtocolReply:
    return ProtocolReply(json_text({**reply, "api_call_execution_time": "0 seconds"}), _JSON)


def _is_active(answer: Answer) -> bool:
    return answer.verdict.valid and answer.verdict.this_site in ("active", "exempt")


def _not_in_store(answer: Answer) -> bool:
    """Neither the key nor the id leads to a product; without a release a known product is told that it is up to date."""
    return answer.release is None and (answer.product is None or answer.verdict.code == "PRODUCT_MISMATCH")


def _no_product(asked: Mapping[str, str]) -> str:
    return f"The product ID {asked['product_id']} could not be found in this store."


PROTOCOL = LicenceProtocol(name=NAME, matches=matches, parse=parse, render=render)
