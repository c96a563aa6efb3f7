"""The same news told again: by one delivery id, by another, or by many at once - one effect, and the first answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tests.http.shops import ADA, Hook, Shop, event, question

KEY = "AAAA-BBBB-CCCC-0001"
COPIES = 8
T = TypeVar("T")
R = TypeVar("R")


def at_once(call: Callable[[T], R], things: Iterable[T], threads: int = 16) -> list[R]:
    """Call with each of the things, on several connections at the same time; the results in order."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, things))


# --- one after the other ---


def test_a_delivery_told_again_gets_the_stored_first_answer(hook: Hook) -> None:
    """`webhook-id` is signed and stays the same when a delivery is sent again, with a fresh time and signature."""
    body = event("license.granted", {"license_key": KEY, "product": "forms", "customer": ADA})
    first = hook.post(body, hook.signed(body, "msg_one")).json()
    rows = hook.shop.rows()
    again = hook.post(body, hook.signed(body, "msg_one")).json()
    assert first["result"] == "applied"
    assert again == first | {"result": "duplicate"}
    assert hook.shop.rows() == rows


def test_the_first_answer_stands_even_when_the_body_has_changed(hook: Hook) -> None:
    first = hook.ask("r1", message_id="msg_one", license_key=KEY)
    other = hook.tell("license.granted", {"license_key": KEY, "product": "forms"}, message_id="msg_one")
    assert other == first | {"result": "duplicate"}
    assert hook.shop.rows()["licences"] == 0


def test_an_answer_is_stored_for_each_endpoint(hook: Hook) -> None:
    """Another connection of the same vendor may use the same delivery ids for other things."""
    other = hook.shop.hook()
    hook.grant(KEY)
    told = other.tell("site.activated", {"license_key": KEY, "site": "a.example.com"}, message_id="msg_one")
    also = hook.tell("site.activated", {"license_key": KEY, "site": "b.example.com"}, message_id="msg_one")
    assert (told["result"], also["result"]) == ("applied", "applied")


def test_two_deliveries_with_one_request_id_are_one_request_and_one_ticket(hook: Hook) -> None:
    """Contract 3.2: different delivery ids, the same `request_id`."""
    hook.grant(KEY)
    first = hook.ask("r1", license_key=KEY)
    second = hook.ask("r1", license_key=KEY, subject="Sent again by the form")
    assert (first["result"], second["result"], "message" in first) == ("decided", "duplicate", False)
    assert second["message"].startswith("msg_"), "its words are on the ticket"
    assert second["ticket"] == first["ticket"]
    assert second["decision"] == first["decision"]
    rows = hook.shop.rows()
    assert (rows["requests"], rows["decisions"], rows["tickets"]) == (1, 1, 1)


def test_a_grant_told_by_two_deliveries_is_one_grant(hook: Hook) -> None:
    """With the host's own time on it, the same statement is the same news."""
    for _ in range(2):
        hook.tell(
            "license.granted",
            {"license_key": KEY, "product": "forms", "customer": ADA},
            occurred_at="2026-01-01T00:00:00Z",
        )
    assert hook.shop.rows()["events"] == 1


def test_a_support_extension_told_twice_extends_once(hook: Hook) -> None:
    hook.grant(KEY, support_until=hook.shop.ago(days=-30))
    for _ in range(2):
        hook.tell("support.extended", {"license_key": KEY, "period": "12 months"}, occurred_at=hook.shop.ago(hours=1))
    [only] = hook.shop.licences()
    again = hook.tell("support.extended", {"license_key": KEY, "period": "12 months"}, occurred_at=hook.shop.ago())
    [change] = [each for each in again["changes"] if each["what"] == "support_until"]
    assert change["from"] == only["support"]["until"]


# --- at the same time ---


@pytest.mark.slow
def test_eight_copies_of_forty_deliveries_at_once_give_forty_effects(hook: Hook) -> None:
    """F1: whoever comes second is told what the first was told, and waits for it where he must."""
    keys = [f"AAAA-BBBB-CCCC-{number:04}" for number in range(20)]
    bodies = [event("license.granted", {"license_key": key, "product": "forms", "customer": ADA}) for key in keys]
    bodies += [event("support.requested", question(f"r{number}", kind="security")) for number in range(20)]
    signed = [(body, hook.signed(body, f"msg_once_{number}")) for number, body in enumerate(bodies)]
    answers = at_once(lambda each: hook.post(*each), signed * COPIES)
    assert {answer.status_code for answer in answers} == {200}
    results = Counter(answer.json()["result"] for answer in answers)
    assert results == {"applied": 20, "decided": 20, "duplicate": 40 * (COPIES - 1)}
    rows = hook.shop.rows()
    assert (rows["deliveries"], rows["licences"], rows["events"]) == (40, 20, 20)
    assert (rows["requests"], rows["decisions"], rows["tickets"]) == (20, 20, 20)
    numbers = {answer.json()["ticket"]["number"] for answer in answers if "ticket" in answer.json()}
    assert len(numbers) == 20


@pytest.mark.slow
def test_copies_under_ids_of_their_own_are_one_request_each(hook: Hook) -> None:
    """Contract 3.2, at once: 40 requests, each by 8 deliveries that differ in their id."""
    bodies = [event("support.requested", question(f"r{number}", kind="security")) for number in range(40)]
    answers = at_once(lambda body: hook.post(body).json(), bodies * COPIES)
    assert Counter(answer["result"] for answer in answers) == {"decided": 40, "duplicate": 40 * (COPIES - 1)}
    rows = hook.shop.rows()
    assert (rows["requests"], rows["decisions"], rows["tickets"], rows["deliveries"]) == (40, 40, 40, 40 * COPIES)


@pytest.mark.slow
def test_news_of_one_licence_at_once_all_count(hook: Hook) -> None:
    """Nothing is lost where many deliveries write the same licence: each of them locks it first."""
    hook.grant(KEY, site_limit=None)
    sites = [f"s{number}.example.com" for number in range(40)]
    at_once(lambda site: hook.tell("site.activated", {"license_key": KEY, "site": site}), sites)
    [only] = hook.shop.licences()
    assert sorted(only["sites"]["active"]) == sorted(sites)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(3))
def test_twenty_parallel_activations_of_the_last_seat_use_exactly_one(hook: Hook, round_: int) -> None:
    """ELG-08: used never exceeds the limit, and the site that has the seat is told so."""
    hook.grant(KEY, site_limit=3, sites=["one.example.com", "two.example.com"])
    sites = [f"s{number}.example.com" for number in range(20)]
    told = at_once(lambda site: hook.tell("site.activated", {"license_key": KEY, "site": site}), sites)
    [only] = hook.shop.licences()
    assert (only["sites"]["used"], len(only["sites"]["active"]), len(only["sites"]["over_limit"])) == (3, 3, 19)
    listed = hook.shop.shell.json("license", "sites", KEY, "--vendor", hook.shop.slug)
    assert Counter(each["state"] for each in listed) == {"active": 3, "over_limit": 19}
    gained = [change for each in told for change in each.get("changes", ()) if change["what"] == "sites"]
    assert len(gained) >= 1


@pytest.mark.slow
def test_a_woocommerce_order_told_by_all_its_topics_at_once_is_one_licence(shop: Shop) -> None:
    shop.product("forms", "--sku", "FORMS", "--issue-keys")
    hook = shop.hook("woocommerce")
    order = (
        b'{"id":5,"status":"completed","date_modified_gmt":"2026-01-01T00:00:00","date_paid_gmt":"2026-01-01T00:00:00",'
        b'"date_completed_gmt":"2026-01-01T00:00:00","billing":{"email":"ada@example.com"},"total":"9.00",'
        b'"line_items":[{"id":1,"sku":"FORMS","quantity":2,"total":"9.00"}]}'
    )
    topics = [
        {"X-WC-Webhook-Topic": f"order.{verb}", "X-WC-Webhook-ID": str(n)}
        for n, verb in enumerate(["created", "updated"] * 10)
    ]
    answers = at_once(lambda topic: hook.post(order, hook.signed(order) | topic).status_code, topics)
    assert set(answers) == {200}
    rows = shop.rows()
    assert (rows["licences"], rows["accounts"]) == (2, 1), "a quantity of two is two licences"
