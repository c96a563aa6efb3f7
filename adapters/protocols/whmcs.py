"""The licence protocol of the WHMCS Software Licensing add-on: `POST .../modules/servers/licensing/verify.php`.

A check binds: the first one takes the domain (and its www twin), the address and the directory. Replies are flat tags, which
clients read by a pattern, so that no value may hold `<`; nothing is escaped. `valid*` hold byte for byte what was sent, or
clients refuse their own local key. Only status 200 counts as an answer: anything else makes clients keep what they know.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from adapters.protocol_parts.entitlement import own_word
from adapters.protocol_parts.php import said
from connector.domain.calendar.days import last_day
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.domain.licensing.seats import INSTALL
from connector.domain.licensing.standing import Standing
from connector.domain.licensing.verdict import CODES
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

PATH = re.compile(r"/modules/servers/licensing/verify\.php/?$", re.IGNORECASE)
ADDON = "Support and Updates"
"""The add-on by which the documentation has software look for its support period (licence protocols, 2.4)."""
LONGEST = 500
"""Characters of an address or directory that are remembered."""
NEVER = "0000-00-00"
WAIT_SECONDS = 300

STATUS = {
    "VALID": "Active",
    "EXPIRED": "Expired",
    "SUSPENDED": "Suspended",
    "REVOKED": "Expired",
    "REFUNDED": "Expired",
}
"""Code to status, `Invalid` where it is not named: WHMCS itself ends the licence of a terminated service as expired."""
MESSAGE = {
    "NOT_FOUND": "License Key Invalid",
    "EXPIRED": "License Expired",
    "SUSPENDED": "License Suspended",
    "REVOKED": "License Terminated",
    "REFUNDED": "License Terminated",
    "PRODUCT_MISMATCH": "Product Invalid",
    "SITE_REQUIRED": "Domain Invalid",
    "SITE_NOT_ACTIVATED": "Domain Invalid",
    "SITE_LIMIT_REACHED": "Domain Invalid",
    "ACTIVATIONS_EXHAUSTED": "Domain Invalid",
    "ACTIVATION_UNKNOWN": "Domain Invalid",
    "IP_MISMATCH": "IP Address Invalid",
    "DIRECTORY_MISMATCH": "Directory Invalid",
    "OWNER_MISMATCH": "License Key Invalid",
}
NO_ANSWER = ("RATE_LIMITED", "UNAVAILABLE")
CYCLE = {"one_time": "One Time", "recurring": "Annually"}
ENDED = {"suspended": "Suspended", "revoked": "Terminated", "deleted": "Terminated", "refunded": "Cancelled"}


def matches(call: ProtocolCall) -> bool:
    return PATH.search(call.path) is not None


def parse(call: ProtocolCall) -> list[Question]:
    args = call.args
    key = said(args, "licensekey")
    if key is None:
        return []
    return [
        Question(
            "check_in",
            key=Key(key),
            site=said(args, "domain"),
            ip=_binding(said(args, "ip")),
            directory=_binding(said(args, "dir")),
        )
    ]


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    if not answers:
        return _reply([("status", "Invalid"), ("message", "License Key Not Given")])
    answer = answers[0]
    code = answer.verdict.code
    if code in NO_ANSWER:
        return ProtocolReply("", "text/plain; charset=utf-8", 429, {"Retry-After": str(WAIT_SECONDS)})
    told = [("status", STATUS.get(code, "Invalid"))]
    if code != "VALID":
        told += [("message", MESSAGE.get(code, "License Invalid")), ("description", CODES[code])]
    if code in STATUS:
        told += _service(answer)
    if code == "VALID":
        told += _valid_for(call.args, answer)
    token = call.args.get("check_token")
    if token and answer.secret and answer.licence:
        told.append(("md5hash", _md5(answer.secret + token)))
    return _reply(told)


def _service(answer: Answer) -> Iterator[tuple[str, str]]:
    """What there is to know about a licence that the caller may use, or could use before it ended."""
    licence, product, stands = answer.licence, answer.product, answer.verdict.standing
    if licence is None or stands is None:
        return
    if answer.shows_holder and licence.holder:
        yield "registeredname", licence.holder.name or ""
        yield "email", licence.holder.email or ""
    yield "serviceid", str(answer.number)
    if product:
        yield "productid", own_word("whmcs", product) or own_word("product", product) or product.slug
        yield "productname", product.name or product.slug
    yield "regdate", _day(licence.purchased_at) if licence.purchased_at else NEVER
    once = stands.purchase == "one_time" or stands.expires_at is None
    yield "nextduedate", NEVER if once or stands.expires_at is None else _last(stands.expires_at, answer)
    yield "billingcycle", CYCLE["one_time" if once else "recurring"]
    if stands.plan:
        yield "configoptions", f"Plan={_plain(stands.plan)}"
    yield from _support(answer, stands)


def _support(answer: Answer, stands: Standing) -> Iterator[tuple[str, str]]:
    """The support period, by the add-on's convention and by a tag of our own; nothing where nobody ever told us of one."""
    until = stands.support_until or (stands.expires_at if stands.support_open_ended else None)
    if until is None and not stands.support_open_ended:
        return
    day = _last(until, answer) if until else NEVER
    status = ENDED.get(stands.status) or ("Active" if answer.verdict.support_active else "Expired")
    yield "addons", f"name={ADDON};nextduedate={day};status={status}"
    if until:
        yield "supportuntil", day
    if stands.updates_until:
        yield "updatesuntil", _last(stands.updates_until, answer)


def _valid_for(args: Mapping[str, str], answer: Answer) -> Iterator[tuple[str, str]]:
    """Where this answer is good: what was sent, unchanged, and the place it is bound to.

    An address or directory that was sent stands alone: older software compares the whole tag with its own.
    """
    bound = _bound(args, answer)
    name = _host(bound) if bound else ""
    sent = args.get("domain", "")
    yield "validdomain", _listed(sent, *_twins(name or sent))
    for tag, arg, ours in (
        ("validip", "ip", bound.ip if bound else None),
        ("validdirectory", "dir", bound.directory if bound else None),
    ):
        given = args.get(arg, "")
        yield tag, given or _listed("", ours or "")


def _bound(args: Mapping[str, str], answer: Answer) -> Activation | None:
    """The place of the answer; for a caller that named none, the one in the same directory, or the only one there is."""
    if answer.activation or said(args, "domain"):
        return answer.activation
    same = [each for each in answer.activations if each.directory and each.directory == args.get("dir")]
    return next(iter(same or (answer.activations if len(answer.activations) == 1 else ())), None)


def _host(bound: Activation) -> str:
    site = bound.at or bound.site
    return "" if site.startswith(INSTALL) else site.partition("/")[0]


def _twins(name: str) -> tuple[str, ...]:
    """A domain with and without www; addresses and single names have no twin."""
    if "." not in name or ":" in name or name.replace(".", "").isdigit():
        return (name,)
    bare = name[4:] if name.lower().startswith("www.") else name
    return (bare, f"www.{bare}")


def _listed(sent: str, *bound: str) -> str:
    """A list with what was sent in it: an empty name, as under cron, is an empty item at the end."""
    items = dict.fromkeys([sent, *bound] if sent else bound)
    text = ",".join(item for item in items if item)
    return f"{text}," if text and not sent else text


def _binding(text: str | None) -> str | None:
    return text if text and len(text) <= LONGEST and text.isprintable() else None


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d}"


def _last(end: datetime, answer: Answer) -> str:
    """The last day of what ends, as WHMCS's due dates are."""
    return f"{last_day(end, answer.zone):%Y-%m-%d}"


def _plain(text: str) -> str:
    return re.sub(r"[<|;=]", " ", text)


def _reply(told: Sequence[tuple[str, str]]) -> ProtocolReply:
    lines = [f"<{name}>{value.replace('<', ' ')}</{name}>" for name, value in told if value]
    return ProtocolReply("\n".join(lines) + "\n", "text/plain; charset=utf-8")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


PROTOCOL = LicenceProtocol("whmcs", matches, parse, render, signs=True)
