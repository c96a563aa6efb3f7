"""What a real WooCommerce 7.9 sent, byte by byte, through a running server: the ledger a reader of the order expects.

The order: 12, of customer 2, with CRM-EXT-3 (99.00) and SUP-12 (49.00); pending, processing, completed, then SUP-12
refunded, then all of it, then put into the trash and taken out again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.http.raw import Reply, exchange, request
from tests.http.shops import Hook, Shop
from tests.paths import SHARED
from tests.servers import missing

RECORDED = SHARED / "data" / "payloads" / "woocommerce-generated"
STORY = (
    *("wc79.customer.created", "wc79.customer.updated", "wc79.order.created", "wc79.order.updated.pending"),
    *(
        "wc79.order.updated.processing",
        "wc79.action.woocommerce_order_status_completed",
        "wc79.order.updated.completed",
    ),
    *("wc79.action.woocommerce_order_refunded", "wc79.order.updated.completed.refunds1"),
    *("wc79.order.updated.refunded.refunds2", "wc79.order.deleted", "wc79.order.restored", "wc79.customer.deleted"),
)
"""The recorded deliveries in the order in which WooCommerce made them (by their _gmt dates)."""
TO_COMPLETED, TO_PARTIAL, TO_FULL = STORY[:7], STORY[:9], STORY[:10]
SIGNED_ERRORS = ("signed_error.woocommerce_rest_cannot_view.403", "signed_error.woocommerce_rest_invalid_id.404")
SECRET, SECRET_OF_ERRORS = "s3cr3t-7f2a", "x"

ONE_YEAR, TWO_YEARS = "2027-11-22T05:00:00Z", "2028-11-22T05:00:00Z"
"""Bought on 21 November 2026 in New York: twelve months run to the end of that day, and twelve more after it."""
OLA = {"id": "2", "email": "owner@agency.test", "name": "Ola Owner"}


@dataclass(frozen=True)
class Delivery:
    headers: list[tuple[str, str]]
    body: bytes


def recorded(name: str) -> Delivery:
    if not RECORDED.is_dir():
        missing("The folder of recorded WooCommerce deliveries (../shared/data)", "It stands beside the repository.")
    body = RECORDED / (f"{name}.txt" if name.endswith("ping") else f"{name}.json")
    headers = json.loads((RECORDED / f"{name}.headers.json").read_text())["headers"]
    return Delivery([(header, value) for header, value in headers], body.read_bytes())


def send(hook: Hook, name: str) -> Reply:
    """The recorded bytes and headers, as they came."""
    delivery = recorded(name)
    return exchange(hook.shop.server.address, request(hook.path, delivery.headers, delivery.body, host=False))


def send_all(hook: Hook, names: Iterable[str]) -> list[dict[str, Any]]:
    replies = [send(hook, name) for name in names]
    assert {reply.status for reply in replies} == {200}
    return [reply.json() for reply in replies]


def stock(shop: Shop) -> Shop:
    """The product records by which an order of these SKUs means a licence and support time."""
    shop.product("crm-extension", "--sku", "CRM-EXT-3", "--sites", "3", "--purchase", "one_time", "--issue-keys")
    shop.product("crm-support", "--sku", "SUP-12", "--extends", "crm-extension", "--support-term", "12 months")
    return shop


@pytest.fixture
def woo(shop: Shop) -> Hook:
    return stock(shop).hook("woocommerce", SECRET)


def licence(shop: Shop) -> dict[str, Any]:
    """The only licence, in the words of `connector license list`."""
    [only] = shop.licences()
    return {name: only[name] for name in ("product", "status", "purchase", "sites", "holder", "owner", "payment")} | {
        "support": only["support"]["until"]
    }


def test_a_paid_order_gives_the_licence_and_the_support_time_bought_with_it(woo: Hook) -> None:
    replies = send_all(woo, TO_COMPLETED)
    assert [reply["result"] for reply in replies] == [*["applied"] * 5, "ignored", "applied"]
    assert licence(woo.shop) == {
        "product": "crm-extension",
        "status": "active",
        "purchase": "one_time",
        "sites": {"limit": 3, "used": 0, "active": [], "exempt": [], "over_limit": []},
        "holder": OLA,
        "owner": OLA,
        "payment": "paid",
        "support": TWO_YEARS,
    }
    told = {change["what"]: change["to"] for change in replies[-1]["changes"]}
    assert (told["product"], told["status"], told["support_until"]) == ("crm-extension", "active", TWO_YEARS)


def test_payment_alone_grants_nothing_unless_the_store_says_so(shops: Callable[..., Shop]) -> None:
    waits, trusts = stock(shops()), stock(shops())
    send_all(waits.hook("woocommerce", SECRET), ["wc79.order.updated.processing"])
    send_all(trusts.hook("woocommerce", SECRET, 'grant_on=["processing"]'), ["wc79.order.updated.processing"])
    assert waits.licences() == []
    assert licence(trusts)["support"] == TWO_YEARS


def test_the_partial_refund_takes_the_bought_support_time_away_and_nothing_else(woo: Hook) -> None:
    replies = send_all(woo, TO_PARTIAL)
    assert (licence(woo.shop)["status"], licence(woo.shop)["support"]) == ("active", ONE_YEAR)
    [change] = replies[-1]["changes"]
    assert (change["what"], change["from"], change["to"]) == ("support_until", TWO_YEARS, ONE_YEAR)


def test_the_full_refund_ends_the_licence(woo: Hook) -> None:
    replies = send_all(woo, TO_FULL)
    assert licence(woo.shop)["status"] == "refunded"
    assert {change["what"]: change["to"] for change in replies[-1]["changes"]}["status"] == "refunded"


def test_trash_restore_and_a_deleted_customer_change_nothing(woo: Hook) -> None:
    send_all(woo, TO_FULL)
    before, rows = licence(woo.shop), woo.shop.rows()
    trashed, restored, deleted = send_all(woo, STORY[10:])
    assert (trashed["result"], deleted["result"]) == ("ignored", "ignored")
    assert "changes" not in restored
    assert licence(woo.shop) == before
    assert woo.shop.rows()["licences"] == rows["licences"] == 1


@pytest.mark.parametrize(
    "order",
    [STORY, STORY[::-1], (*STORY, *STORY), (*STORY, *STORY[::-1]), (*STORY[6:], *STORY[:6])],
    ids=["as it came", "backwards", "twice", "there and back", "the end first"],
)
def test_whatever_the_order_of_arrival_the_ledger_ends_up_the_same(woo: Hook, order: Sequence[str]) -> None:
    send_all(woo, order)
    end = licence(woo.shop)
    assert (end["status"], end["payment"], end["support"], end["holder"]) == ("refunded", "refunded", None, OLA)
    rows = woo.shop.rows()
    assert (rows["licences"], rows["deliveries"]) == (1, len(set(order)))


def test_the_issued_key_does_not_depend_on_which_delivery_came_first(woo: Hook) -> None:
    send_all(woo, ["wc79.order.updated.completed.refunds1", "wc79.order.updated.completed"])
    [found] = woo.shop.licences()
    shown = woo.shop.shell.json("license", "show", found["id"], "--vendor", woo.shop.slug, "--reveal")
    send_all(woo, ["wc79.order.created", "wc79.order.updated.completed"])
    again = woo.shop.shell.json("license", "show", shown["license_key"], "--vendor", woo.shop.slug, "--reveal")
    assert (again["id"], again["license_key"]) == (found["id"], shown["license_key"])


def test_without_product_records_the_order_is_known_and_nothing_is_granted(shop: Shop) -> None:
    hook = shop.hook("woocommerce", SECRET)
    replies = send_all(hook, STORY)
    assert {reply["result"] for reply in replies} == {"applied", "ignored"}
    assert shop.licences() == []
    assert shop.rows()["accounts"] == 2, "one order, one customer"
    assert shop.shell.json("deliveries", "list", "--vendor", shop.slug, "--result", "quarantined") == []
    seen = shop.shell.json("check", "#12", "--vendor", shop.slug, exits=3)
    assert seen["found"] is True


def test_records_made_after_the_order_serve_it_when_its_deliveries_are_replayed(shop: Shop) -> None:
    hook = shop.hook("woocommerce", SECRET)
    replies = send_all(hook, TO_COMPLETED)
    stock(shop)
    assert shop.licences() == []
    shop.shell.run("deliveries", "replay", replies[-1]["delivery"])
    assert licence(shop)["support"] == TWO_YEARS


@pytest.mark.parametrize("name", SIGNED_ERRORS)
def test_a_signed_error_is_ignored_and_somebody_is_told(shop: Shop, name: str) -> None:
    hook = stock(shop).hook("woocommerce", SECRET_OF_ERRORS)
    [reply] = send_all(hook, [name])
    assert reply["result"] == "ignored"
    [listed] = shop.shell.json("deliveries", "list", "--vendor", shop.slug)
    assert name.split(".")[1] in listed["error"]
    assert "webhook" in listed["error"]
    assert shop.rows() | {"products": 0, "deliveries": 0} == dict.fromkeys(shop.rows(), 0)


def test_the_unsigned_ping_is_answered_exactly_200_and_leaves_no_trace(woo: Hook) -> None:
    before = woo.shop.rows()
    reply = send(woo, "wc79.ping")
    assert (reply.status, reply.json()["result"]) == (200, "ignored")
    assert woo.shop.rows() == before


def test_the_same_body_under_another_topic_or_delivery_id_does_nothing_new(woo: Hook) -> None:
    """A4: topic, webhook id and Delivery-ID are not signed, so a captured body can come again under others."""
    send_all(woo, TO_COMPLETED)
    before, rows = licence(woo.shop), woo.shop.rows()
    captured = recorded("wc79.order.updated.completed")
    disguises = (
        {"X-WC-Webhook-Delivery-ID": "0" * 32},
        {"X-WC-Webhook-Topic": "order.created", "X-WC-Webhook-Event": "created"},
        {"X-WC-Webhook-Topic": "customer.deleted", "X-WC-Webhook-Resource": "customer"},
        {"X-WC-Webhook-Topic": "order.deleted"},
        {"X-WC-Webhook-ID": "99"},
    )
    for disguise in disguises:
        headers = [(name, disguise.get(name, value)) for name, value in captured.headers]
        reply = exchange(woo.shop.server.address, request(woo.path, headers, captured.body, host=False))
        assert reply.status == 200
        assert reply.json()["result"] in ("duplicate", "applied")
        assert reply.json()["result"] == "duplicate" or "changes" not in reply.json()
    bare = [(name, value) for name, value in captured.headers if "signature" in name.lower() or "WC" not in name]
    assert exchange(woo.shop.server.address, request(woo.path, bare, captured.body, host=False)).status == 200
    assert licence(woo.shop) == before
    assert woo.shop.rows() | {"deliveries": 0} == rows | {"deliveries": 0}


def test_a_redelivery_with_another_delivery_id_is_a_duplicate_with_the_first_answer(woo: Hook) -> None:
    """Delivery-ID is neither unique nor stable; webhook, topic and body make a delivery the same."""
    [first] = send_all(woo, ["wc79.order.updated.completed"])
    captured = recorded("wc79.order.updated.completed")
    headers = [(name, "f" * 32 if name == "X-WC-Webhook-Delivery-ID" else value) for name, value in captured.headers]
    again = exchange(woo.shop.server.address, request(woo.path, headers, captured.body, host=False)).json()
    assert again == first | {"result": "duplicate"}
    assert woo.shop.rows()["deliveries"] == 1


def test_a_later_request_of_the_buyer_is_accepted_by_order_and_refused_after_the_refund(woo: Hook) -> None:
    standard = woo.shop.hook()
    ola: dict[str, Any] = {
        "requester": {"email": "owner@agency.test", "verified": True},
        "order_id": "12",
        "product": "crm-extension",
    }
    send_all(woo, TO_COMPLETED)
    accepted = standard.ask("before", **ola)
    send_all(woo, TO_FULL)
    refused = standard.ask("after", **ola)
    assert (accepted["decision"]["outcome"], refused["decision"]["outcome"]) == ("accept", "deny")
    assert "support_expired" in {reason["code"] for reason in refused["decision"]["reasons"]}
