"""Authentic but unusable deliveries are 200 `quarantined`: kept with their error, without effect, and told again alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http.shops import ADA, Hook, Shop, event, question

KEY = "AAAA-BBBB-CCCC-0001"
GRANT: dict[str, Any] = {"license_key": KEY, "product": "forms", "customer": ADA}


def granted(**terms: Any) -> bytes:
    return event("license.granted", GRANT | terms)


def asked(**words: Any) -> bytes:
    return event("support.requested", question("r1", **words))


NOT_JSON: dict[str, bytes] = {
    "empty": b"",
    "white space": b"  \n",
    "words": b"hello",
    "cut off": granted()[:-1],
    "two values": granted() + b"{}",
    "single quotes": granted().replace(b'"', b"'"),
    "invalid UTF-8": granted(product="FORMS").replace(b"FORMS", b"\xff\xfe"),
    "overlong UTF-8": granted(product="FORMS").replace(b"FORMS", b"\xc0\xaf"),
    "UTF-16": granted().decode().encode("utf-16"),
    "UTF-32": granted().decode().encode("utf-32-le"),
    "byte order mark": b"\xef\xbb\xbf" + granted(),
    "half a surrogate pair": granted(product="FORMS").replace(b"FORMS", rb"\ud83d"),
    "NUL escaped": granted(product="FORMS").replace(b"FORMS", rb"a\u0000b"),
    "NUL byte": granted(product="FORMS").replace(b"FORMS", b"a\x00b"),
    "NaN": granted(site_limit="X").replace(b'"X"', b"NaN"),
    "Infinity": granted(site_limit="X").replace(b'"X"', b"-Infinity"),
    "1e999": granted(site_limit="X").replace(b'"X"', b"1e999"),
    "5,000 digits": granted(site_limit="X").replace(b'"X"', b"9" * 5_000),
    "duplicate keys outside": granted()[:-1] + b',"type":"license.deleted"}',
    "duplicate keys inside": granted()[:-2] + b',"license_key":"OTHER"}}',
    "33 levels": granted(deep=json.loads("[" * 31 + "]" * 31)),
    "1,000 levels of objects": b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
    "200,000 brackets": b"[" * 200_000,
    "too many keys": json.dumps({f"k{number}": 1 for number in range(25_000)}).encode(),
}
NOT_OURS: dict[str, tuple[bytes, str]] = {
    "null": (b"null", "/"),
    "a number": (b"12", "/"),
    "text": (b'"license.granted"', "/"),
    "a list": (b"[" + granted() + b"]", "/"),
    "no type": (b'{"data":{}}', "/type"),
    "type is a number": (b'{"type":5,"data":{}}', "/type"),
    "type is a list": (b'{"type":["license.granted"],"data":{}}', "/type"),
    "no data": (b'{"type":"license.granted"}', "/data"),
    "data is text": (b'{"type":"license.granted","data":"x"}', "/data"),
    "data is a list": (b'{"type":"license.granted","data":[1]}', "/data"),
    "no key": (granted(license_key=None), "/data/license_key"),
    "blank key": (granted(license_key="  "), "/data/license_key"),
    "key is a number": (granted(license_key=5), "/data/license_key"),
    "key is an object": (granted(license_key={}), "/data/license_key"),
    "key of 300 characters": (granted(license_key="K" * 300), "/data/license_key"),
    "product of 101 characters": (granted(product="p" * 101), "/data/product"),
    "negative site limit": (granted(site_limit=-1), "/data/site_limit"),
    "site limit is text": (granted(site_limit="3"), "/data/site_limit"),
    "site limit is true": (granted(site_limit=True), "/data/site_limit"),
    "site limit is a fraction": (granted(site_limit=2.5), "/data/site_limit"),
    "no such day": (granted(expires_at="2026-02-30T00:00:00Z"), "/data/expires_at"),
    "a time without zone": (granted(expires_at="2026-03-01T00:00:00"), "/data/expires_at"),
    "the year 9999": (granted(expires_at="9999-12-31T23:59:59Z"), "/data/expires_at"),
    "a Unix time": (granted(expires_at=1_800_000_000), "/data/expires_at"),
    "a wrong word": (granted(purchase="stolen"), "/data/purchase"),
    "customer is text": (granted(customer="ada@example.com"), "/data/customer"),
    "a bad site": (granted(sites=["ok.example.com", "http://"]), "/data/sites/1"),
    "sites is text": (granted(sites="shop.example.com"), "/data/sites"),
    "too many sites": (granted(sites=[f"s{n}.example.com" for n in range(1_001)]), "/data/sites"),
    "no request id": (asked(request_id=None), "/data/request_id"),
    "bad occurred_at": (event("license.deleted", GRANT, occurred_at="yesterday"), "/occurred_at"),
    "a message to nobody": (event("ticket.message", {"ticket": "SC-AAAA-AAAA", "message": "?"}), "/data/ticket"),
}


def is_quarantined(hook: Hook, body: bytes, pointer: str | None = None) -> None:
    before = hook.shop.rows()
    headers = hook.signed(body)
    answer = hook.post(body, headers)
    reply = answer.json()
    assert (answer.status_code, reply["result"]) == (200, "quarantined"), answer.text
    assert pointer is None or (reply["error"]["pointer"] or "/") == pointer
    assert "our own code" not in reply["error"]["message"]
    assert hook.post(body, headers).json() == reply, "the stored first answer"
    [listed] = hook.shop.shell.json("deliveries", "list", "--vendor", hook.shop.slug, "--result", "quarantined")
    assert (listed["delivery"], listed["error"]) == (reply["delivery"], f"{_place(reply)}: {reply['error']['message']}")
    assert hook.shop.rows() == before | {"deliveries": before["deliveries"] + 1}


def _place(reply: Any) -> str:
    return reply["error"]["pointer"] or "/"


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_strict_json_is_kept_and_not_believed(hook: Hook, body: bytes) -> None:
    """B2-B5, and the table of contract 3.1: never a 4xx for an authentic body, never a 5xx."""
    is_quarantined(hook, body)


@pytest.mark.parametrize(("body", "pointer"), NOT_OURS.values(), ids=NOT_OURS.keys())
def test_what_is_missing_or_misshapen_is_named_by_its_pointer(hook: Hook, body: bytes, pointer: str) -> None:
    is_quarantined(hook, body, pointer)


WOO: dict[str, bytes] = {
    "not JSON": b"<html>502</html>",
    "a list": b"[1]",
    "text": b'"order"',
    "an order without its modification date": b'{"id":1,"status":"completed","line_items":[]}',
    "an order without id": b'{"status":"completed","line_items":[],"date_modified_gmt":"2026-01-01T00:00:00"}',
    "the legacy API": b'{"order":{"id":1}}',
    "line items are text": b'{"id":1,"status":"completed","line_items":"x","date_modified_gmt":"2026-01-01T00:00:00"}',
    "money is a list": b'{"id":1,"status":"x","line_items":[],"total":[],"date_modified_gmt":"2026-01-01T00:00:00"}',
    "duplicate keys": b'{"id":1,"id":2}',
    "NaN": b'{"id":NaN}',
}


@pytest.mark.parametrize("body", WOO.values(), ids=WOO.keys())
def test_an_unusable_body_of_woocommerce_is_kept_as_well(shop: Shop, body: bytes) -> None:
    is_quarantined(shop.hook("woocommerce"), body)


def test_unknown_members_and_unknown_events_are_no_fault(hook: Hook) -> None:
    assert hook.grant(KEY, colour="blue", nested={"a": [1, 2]})["result"] == "applied"
    assert hook.tell("license.painted", {"license_key": KEY})["result"] == "ignored"
    assert hook.tell("ping", {})["result"] == "ignored"
