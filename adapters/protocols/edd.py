"""The licence protocol of Easy Digital Downloads Software Licensing: `edd_action` at any path, by GET or POST.

Always JSON and always 200: after any other status the stock updater leaves the whole store alone for an hour. `success` is true
for all that is known, expired and disabled licences included. A reply that says nothing of the licence has no word `license`.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from adapters.protocol_parts.entitlement import product_words, support_data
from adapters.protocol_parts.php import json_text, said
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Answer, Question, Release
from connector.domain.licensing.standing import Standing
from connector.domain.licensing.verdict import CODES
from connector.domain.licensing.versions import compare
from connector.ports import LicenceProtocol, ProtocolCall, ProtocolReply

ACTS = {
    "check_license": "validate",
    "activate_license": "activate",
    "deactivate_license": "deactivate",
    "get_version": "release",
}
BATCH = 100
"""Products of one call that are looked up; the rest are told to ask again."""
NO_ANSWER = ("RATE_LIMITED", "UNAVAILABLE", "CREDENTIAL_REFUSED")
DISABLED = ("suspended", "revoked", "refunded", "deleted")
PRESENT = ("active", "exempt")
FULL = ("SITE_LIMIT_REACHED", "ACTIVATIONS_EXHAUSTED")

_BATCHED = re.compile(r"products\[([^\]]*)\](?:\[([^\]]*)\])?")
_INTEGER = re.compile(r"\s*[+-]?([0-9]{1,30})", re.ASCII)
_AGENT_URL = re.compile(r"https?://\S+")
_CHECKED = ("item_id", "item_name", "key", "url")
_SUMMED = {
    "check_license": _CHECKED,
    "activate_license": ("item_name", "key", "url", "item_id", "environment"),
    "deactivate_license": (*_CHECKED, "environment"),
}
"""The values under the check sum, in the order in which the stock server lists them."""


@dataclass(frozen=True)
class Asked:
    """One request, read as the stock server reads it: False where PHP has false."""

    action: str
    key: str = ""
    item_id: int | bool = False
    item_name: str | bool = False
    url: str = ""
    environment: str = "production"
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """The product in our words; the id wins over the name. Without either the word fits no product (1.3, no bypass)."""
        return product_words("edd", str(self.item_id or self.item_name or ""))

    @property
    def question(self) -> Question:
        keyless = self.action == "get_version" and not self.key
        return Question(
            ACTS[self.action],
            key=None if keyless else Key(self.key),
            product=self.words,
            site=self.url or None,
            environment=said(self.args, "environment"),
            version=said(self.args, "version"),
            channel="beta" if said(self.args, "beta") else "stable",
        )


def matches(call: ProtocolCall) -> bool:
    return "edd_action" in call.args


def parse(call: ProtocolCall) -> list[Question]:
    return [asked.question for _, asked in _asked(call) if _is_answerable(asked)]


def render(call: ProtocolCall, questions: Sequence[Question], answers: Sequence[Answer]) -> ProtocolReply:
    left = iter(answers)
    told = [(slug, _told(asked, next(left, None) if _is_answerable(asked) else None)) for slug, asked in _asked(call)]
    if not told:
        found: Any = {"success": False, "error": "unknown_action"}
    elif told[0][0] is None:
        found = told[0][1]
    else:
        found = dict(told)
    return ProtocolReply(json_text(found))


# -- the call


def _asked(call: ProtocolCall) -> list[tuple[str | None, Asked]]:
    """What the call asks; several, each with its name, where it is a batch of products."""
    args = call.args
    action = args.get("edd_action", "").strip()
    if action not in ACTS:
        return []
    batch = _batch(args) if action == "get_version" else {}
    if not batch:
        return [(None, _read(action, args, call))]
    told = [(slug, _read(action, each, call)) for slug, each in list(batch.items())[:BATCH]]
    return [*told, *((slug, Asked("later")) for slug in list(batch)[BATCH:])]


def _batch(args: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """`products[<slug>][<field>]` as a mapping of requests."""
    found: dict[str, dict[str, str]] = {}
    for name, value in args.items():
        if part := _BATCHED.fullmatch(name):
            found.setdefault(part[1], {})[part[2] or ""] = value
    return found


def _read(action: str, args: Mapping[str, str], call: ProtocolCall) -> Asked:
    number = _INTEGER.match(args.get("item_id", ""))
    item_id = min(int(number[1]), 2**63 - 1) if number else 0
    names = ("item_name", "name") if action == "get_version" and not item_id else ("item_name",)
    name = said(args, *names)
    return Asked(
        action,
        key=_decoded(said(args, "license")).strip(),
        item_id=item_id or False,
        item_name=html.unescape(_decoded(name)).strip() or False,
        url=_decoded(said(args, "url")).strip() or _agent_url(call),
        environment=said(args, "environment") or "production",
        args=args,
    )


def _decoded(text: str | None) -> str:
    """Clients encode names, keys and addresses once or twice; a `+` that is left is a plus (1.1)."""
    return unquote(text or "")


def _agent_url(call: ProtocolCall) -> str:
    """`WordPress/6.8; https://shop.example.com`, where no url was sent."""
    _, _, rest = call.headers.get("user-agent", "").partition(";")
    named = _AGENT_URL.fullmatch(rest.partition(";")[0].strip())
    return named[0] if named else ""


def _is_answerable(asked: Asked) -> bool:
    return asked.action in ACTS and (asked.action != "get_version" or bool(asked.item_id or asked.item_name))


# -- replies about a licence


def _told(asked: Asked, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return _nothing("No item provided" if asked.action in ACTS else CODES["RATE_LIMITED"])
    if asked.action == "get_version":
        return _version(asked, answer)
    return {
        "check_license": _check,
        "activate_license": _activation,
        "deactivate_license": _deactivation,
    }[asked.action](asked, answer)


def _check(asked: Asked, answer: Answer) -> dict[str, Any]:
    if answer.verdict.code in NO_ANSWER:
        return _unanswered(asked, answer)
    word = _status(asked, answer)
    return {"success": word != "invalid", "license": word} | _item(asked, answer) | _data(answer)


def _status(asked: Asked, answer: Answer) -> str:
    """The word of `check_license`; the first that fits, in the order of the stock server (1.3)."""
    code, stands = answer.verdict.code, answer.verdict.standing
    if code in ("NOT_FOUND", "OWNER_MISMATCH", "NOT_CREATED"):
        return "invalid"
    if code == "PRODUCT_MISMATCH":
        return _mismatch(asked)
    if code == "EXPIRED" or (stands and stands.expires_at and stands.expires_at <= answer.verdict.checked_at):
        return "expired"
    if code in ("SUSPENDED", "REVOKED", "REFUNDED"):
        return "disabled"
    if code == "VALID" and answer.verdict.this_site in PRESENT:
        return "valid"
    return "site_inactive" if answer.activations else "inactive"


def _activation(asked: Asked, answer: Answer) -> dict[str, Any]:
    if answer.verdict.code in NO_ANSWER:
        return _unanswered(asked, answer)
    why = _refusal(asked, answer)
    told: dict[str, Any] = {"success": why is None, "license": "invalid" if why else "valid"}
    if why:
        told["error"] = why
    if why == "no_activations_left" and answer.verdict.standing:
        told["max_sites"] = answer.verdict.standing.used
    if why is None and answer.verdict.this_site == "exempt":
        told["is_local"] = True
    return told | _item(asked, answer) | _data(answer)


def _refusal(asked: Asked, answer: Answer) -> str | None:
    """The `error` of `activate_license`; the first that fits, in the order of the stock server (1.4)."""
    code, stands, here = answer.verdict.code, answer.verdict.standing, answer.verdict.this_site
    if code in ("NOT_FOUND", "OWNER_MISMATCH", "NOT_CREATED"):
        return "missing"
    if code == "SITE_REQUIRED" or not asked.url:
        return "missing_url"
    if stands and stands.status in DISABLED:
        return "disabled"
    if code in FULL or here == "limit_reached":
        return "no_activations_left"
    if stands and stands.status == "expired":
        return "expired"
    if code == "PRODUCT_MISMATCH":
        return _mismatch(asked)
    return None if code == "VALID" and here in PRESENT else "site_inactive"


def _deactivation(asked: Asked, answer: Answer) -> dict[str, Any]:
    done = answer.changed and answer.verdict.code not in NO_ANSWER
    told = {"success": done, "license": "deactivated" if done else "failed"} | _item(asked, answer)
    data = _data(answer)
    if answer.verdict.standing:
        end = _end(answer.verdict.standing, answer.verdict.checked_at)
        data["expires"] = int(end.timestamp()) if end else "lifetime"
    return told | {name: value for name, value in data.items() if name not in _SEATS}


_SEATS = ("license_limit", "site_count", "activations_left")


def _unanswered(asked: Asked, answer: Answer) -> dict[str, Any]:
    """Clients that get no `success` keep what they know; the word `license` would be stored by some."""
    return {"success": False, "error": "unavailable", "msg": CODES[answer.verdict.code]} | _item(asked, answer)


def _mismatch(asked: Asked) -> str:
    return "invalid_item_id" if asked.item_id else "item_name_mismatch"


def _item(asked: Asked, answer: Answer) -> dict[str, Any]:
    title = (answer.product.name or answer.product.slug) if answer.product else ""
    return {"item_id": asked.item_id, "item_name": asked.item_name or title, "checksum": _checksum(asked)}


def _checksum(asked: Asked) -> str:
    """MD5 over the values, the longest first: clients may compare it, but without a secret it proves nothing (1.3)."""
    values = [getattr(asked, name) or False for name in _SUMMED[asked.action]]
    values.sort(key=lambda value: -len(str(value or "").encode("utf-8", "replace")))
    return hashlib.md5(json_text(values).encode(), usedforsecurity=False).hexdigest()


def _data(answer: Answer) -> dict[str, Any]:
    """What is told of a licence that is known; its holder only where the vendor lets us."""
    stands, licence = answer.verdict.standing, answer.licence
    if stands is None:
        return {}
    holder = stands.holder if answer.shows_holder else None
    limit, end = stands.site_limit, _end(stands, answer.verdict.checked_at)
    return {
        "expires": _date(end) if end else "lifetime",
        "payment_id": _payment(licence.order_ids[0] if licence and licence.order_ids else "0"),
        "customer_name": (holder and holder.name) or "",
        "customer_email": (holder and holder.email) or "",
        "license_limit": limit or 0,
        "site_count": stands.used,
        "activations_left": "unlimited" if limit is None else limit - stands.used,
        "price_id": False,
    } | support_data(answer)


def _end(stands: Standing, now: datetime) -> datetime | None:
    """When the licence ends; one that a host called expired without a date ended by now, and is not for life."""
    return min(stands.expires_at or now, now) if stands.status == "expired" else stands.expires_at


def _payment(order_id: str) -> int | str:
    return int(order_id) if order_id.isdecimal() and order_id.isascii() and len(order_id) <= 18 else order_id


def _date(at: datetime) -> str:
    """`2027-03-01 23:59:59`: of an end at midnight the last second, since clients show the day only."""
    shown = at.astimezone(UTC)
    if (shown.hour, shown.minute, shown.second) == (0, 0, 0) and shown.year > 1:
        shown -= timedelta(seconds=1)
    return f"{shown:%Y-%m-%d %H:%M:%S}"


# -- replies about a version


def _nothing(why: str) -> dict[str, Any]:
    """No version; `sections` has to be there, or the stock updater's page of details dies (1.7)."""
    texts = ("new_version", "stable_version", "name", "slug", "url", "homepage", "package", "download_link")
    told: dict[str, Any] = dict.fromkeys(texts, "")
    return told | {"license_check": "", "msg": why, "sections": {}, "banners": {}, "icons": {}}


def _version(asked: Asked, answer: Answer) -> dict[str, Any]:
    release, code = answer.release, answer.verdict.code
    if code == "PRODUCT_MISMATCH":
        return _nothing(f"License key is not valid for {asked.item_name or asked.item_id}")
    if release is None:
        return _nothing(CODES[code] if code in NO_ANSWER else "No version of this item is known")
    missing = _missing(asked, release)
    new = (said(asked.args, "version") or "") if missing else release.version
    told: dict[str, Any] = {
        "new_version": new,
        "stable_version": release.stable_version or (release.version if release.channel == "stable" else ""),
        "name": release.name,
        "slug": _decoded(said(asked.args, "slug")) or release.product,
        "url": release.homepage or "",
        "last_updated": f"{release.released_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "homepage": release.homepage or "",
        "package": release.package or "",
        "download_link": release.package or "",
        "sections": dict(_sections(release)),
        "banners": {size: release.banners.get(size, "") for size in ("high", "low")},
        "icons": dict(release.icons),
    }
    for name in ("tested", "requires", "requires_php", "author", "upgrade_notice"):
        if value := getattr(release, name):
            told[name] = value
    if release.notice:
        told |= {"msg": release.notice, "upgrade_notice": release.notice}
    return told | ({"msg": missing} if missing else {})


def _sections(release: Release) -> Iterator[tuple[str, str]]:
    """Plain JSON, which all clients take. A refusal stands before the changelog: the one place where stock clients show it."""
    yield "description", release.sections.get("description", "")
    why = f"<p><strong>{html.escape(release.notice)}</strong></p>" if release.notice else ""
    yield "changelog", why + release.sections.get("changelog", "")


def _missing(asked: Asked, release: Release) -> str | None:
    """What the caller's site is too old for; then it is told its own version, so that it does not update (1.7)."""
    for what, name, least in (
        ("PHP", "php_version", release.requires_php),
        ("WordPress", "wp_version", release.requires),
    ):
        has = said(asked.args, name)
        if has and least and compare(has, least) < 0:
            return f"Version {release.version} needs {what} {least}; this site has {has[:40]}."
    return None


PROTOCOL = LicenceProtocol("edd", matches, parse, render)
