"""Whatever is not proven to come from the host is 401, and nothing of it is stored (A1-A8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.http.raw import Reply, exchange, request
from tests.http.shops import Hook, Shop

BODY = b'{"type":"license.deleted","data":{"license_key":"AAAA-BBBB-CCCC-0001"}}'
Headers = list[tuple[str, str | bytes]]
Forge = Callable[[dict[str, str]], Headers]


def send(hook: Hook, headers: Headers, body: bytes = BODY) -> Reply:
    framed: Headers = [*headers, ("Content-Length", str(len(body)))]
    return exchange(hook.shop.server.address, request(hook.path, framed, body))


def without(*names: str) -> Forge:
    return lambda good: [(name, value) for name, value in good.items() if name not in names]


def with_(name: str, value: str | bytes) -> Forge:
    return lambda good: [*((each, text) for each, text in good.items() if each != name), (name, value)]


def doubled(name: str, value: str | None = None) -> Forge:
    return lambda good: [*good.items(), (name, good[name] if value is None else value)]


def spelled(name: str, change: Callable[[str], str]) -> Forge:
    return lambda good: [(each, change(text) if each == name else text) for each, text in good.items()]


SIGNATURE, TIME, ID = "webhook-signature", "webhook-timestamp", "webhook-id"
ZERO = "v1," + "A" * 43 + "="
FORGERIES: dict[str, Forge] = {
    "no signature": without(SIGNATURE),
    "no timestamp": without(TIME),
    "no id": without(ID),
    "no header at all": without(SIGNATURE, TIME, ID),
    "empty signature": with_(SIGNATURE, ""),
    "empty id": with_(ID, ""),
    "forged": with_(SIGNATURE, ZERO),
    "two signature headers": doubled(SIGNATURE),
    "a forged one after the good one": doubled(SIGNATURE, ZERO),
    "two ids": doubled(ID),
    "two timestamps": doubled(TIME),
    "no version": spelled(SIGNATURE, lambda text: text.removeprefix("v1,")),
    "no comma": spelled(SIGNATURE, lambda text: text.replace(",", "")),
    "another version": spelled(SIGNATURE, lambda text: text.replace("v1,", "v2,")),
    "cut short": spelled(SIGNATURE, lambda text: text[:-4]),
    "not padded": spelled(SIGNATURE, lambda text: text.rstrip("=")),
    "padded twice": spelled(SIGNATURE, lambda text: text + "="),
    "junk behind": spelled(SIGNATURE, lambda text: text + " x"),
    "non-ASCII signature": with_(SIGNATURE, "v1,é".encode()),
    "bytes that are no UTF-8": with_(SIGNATURE, b"v1,\xff\xfe"),
    "non-ASCII id": with_(ID, "mé".encode()),
    "an id with a full stop": with_(ID, "msg.1"),
    "a long signature": with_(SIGNATURE, "v1," + "A" * 8_000),
    "a hundred signatures": with_(SIGNATURE, " ".join([ZERO] * 100)),
    "time with a sign": spelled(TIME, lambda text: f"+{text}"),
    "time with a fraction": spelled(TIME, lambda text: f"{text}.0"),
    "time in milliseconds": spelled(TIME, lambda text: f"{text}000"),
    "time is NaN": with_(TIME, "NaN"),
    "time is infinite": with_(TIME, "1e999"),
    "time in Arabic digits": with_(TIME, "١٧٠٠٠٠٠٠٠٠".encode()),
    "another time": spelled(TIME, lambda text: str(int(text) + 1)),
    "another id": with_(ID, "msg_other"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_or_misshapen_signature_is_401_and_nothing_is_stored(hook: Hook, forge: Forge) -> None:
    before = hook.shop.rows()
    reply = send(hook, forge(hook.signed(BODY)))
    assert (reply.status, reply.json()["code"]) == (401, "bad_signature")
    assert hook.shop.rows() == before


def test_every_reason_is_answered_with_the_same_bytes(hook: Hook) -> None:
    """But for the id of the request."""
    answers = [send(hook, forge(hook.signed(BODY))).json() | {"request_id": ""} for forge in FORGERIES.values()]
    assert answers == [answers[0]] * len(FORGERIES)


@pytest.mark.parametrize("seconds", [-100_000, -302, 302, 100_000])
def test_a_stale_or_a_future_delivery_is_401(hook: Hook, seconds: int) -> None:
    """A5, A6: five minutes both ways."""
    headers = hook.signed(BODY, at=hook.shop.now + timedelta(seconds=seconds))
    assert hook.post(BODY, headers).status_code == 401
    assert hook.shop.rows()["deliveries"] == 0


@pytest.mark.parametrize("seconds", [-295, 290])
def test_a_clock_a_little_off_is_no_matter(hook: Hook, seconds: int) -> None:
    headers = hook.signed(BODY, at=hook.shop.now + timedelta(seconds=seconds))
    assert hook.post(BODY, headers).status_code == 200


def test_another_byte_in_the_body_is_401(hook: Hook) -> None:
    """A3: also where the JSON would mean the same."""
    for body in (BODY + b" ", BODY.replace(b":", b": ", 1), BODY[:-1], b""):
        assert hook.post(body, hook.signed(BODY)).status_code == 401
    assert hook.shop.rows()["deliveries"] == 0


def test_a_neighbours_secret_opens_nothing(hook: Hook, shops: Callable[..., Shop]) -> None:
    """A8: the secret is the endpoint's own, and another endpoint of the same vendor is another one."""
    for stranger in (shops().hook(), hook.shop.hook()):
        assert hook.post(BODY, stranger.signed(BODY)).status_code == 401
    assert hook.shop.rows()["deliveries"] == 0


WOO: dict[str, Forge] = {
    "none": without("X-WC-Webhook-Signature"),
    "empty": with_("X-WC-Webhook-Signature", ""),
    "forged": with_("X-WC-Webhook-Signature", "A" * 43 + "="),
    "in hex": with_("X-WC-Webhook-Signature", "0" * 64),
    "doubled": doubled("X-WC-Webhook-Signature"),
    "not padded": spelled("X-WC-Webhook-Signature", lambda text: text.rstrip("=")),
    "non-ASCII": with_("X-WC-Webhook-Signature", "é".encode()),
}


@pytest.mark.parametrize("forge", WOO.values(), ids=WOO.keys())
def test_woocommerce_is_believed_by_its_signature_alone(shop: Shop, forge: Forge) -> None:
    hook = shop.hook("woocommerce")
    reply = send(hook, forge(hook.signed(b'{"id":12}')), b'{"id":12}')
    assert (reply.status, shop.rows()["deliveries"]) == (401, 0)


def test_the_log_counts_refusals_without_showing_signatures(hook: Hook) -> None:
    headers = hook.signed(BODY)
    assert hook.post(BODY + b" ", headers).status_code == 401
    lines = [line for line in hook.shop.server.log().splitlines() if hook.id in line]
    assert any("delivery.refused" in line and "mismatch" in line for line in lines)
    assert headers[SIGNATURE].removeprefix("v1,") not in hook.shop.server.log()
