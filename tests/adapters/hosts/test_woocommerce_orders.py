"""WooCommerce orders of shops with bundles, subscriptions, numbers of their own, and products that are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.hosts.woocommerce import HOST
from connector.domain.licensing.events import Key, OrderSeen, SubscriptionSeen
from tests.adapters.hosts.bodies import changed, fixture


def order(**members: Any) -> OrderSeen:
    seen = HOST.parse(changed(fixture("woocommerce", "order.updated.completed"), **members))[0]
    assert isinstance(seen, OrderSeen)
    return seen


def meta(**values: Any) -> list[dict[str, Any]]:
    return [{"id": 1, "key": key, "value": value} for key, value in values.items()]


def line(line_id: int, total: str = "0.00", **members: Any) -> dict[str, Any]:
    return {"id": line_id, "product_id": line_id * 10, "total": total, "total_tax": "0.00", "quantity": 1} | members


@pytest.mark.parametrize(
    ("container", "item"),
    [
        ({"meta_data": meta(_bundle_cart_key="abc")}, {"meta_data": meta(_bundled_by="abc")}),
        ({"meta_data": meta(_composite_cart_key="abc")}, {"meta_data": meta(_composite_parent="abc")}),
        ({"meta_data": meta(_mnm_cart_key="abc")}, {"meta_data": meta(_mnm_container="abc")}),
        ({}, {"bundled_by": 1}),
        ({}, {"composite_parent": "1"}),
        ({}, {"meta_data": meta(_woosb_parent_id="10")}),
        ({}, {"meta_data": meta(_woosb_parent_id=10)}),
    ],
)
def test_an_item_of_a_bundle_names_its_container(container: dict[str, Any], item: dict[str, Any]) -> None:
    seen = order(line_items=[line(1, "99.00", **container), line(2, **item), line(3, "20.00")])
    assert [each.part_of for each in seen.lines] == [None, "1", None]


def test_words_that_lead_to_no_other_line_are_no_bundle() -> None:
    items = [
        line(1, meta_data=meta(_bundled_by="abc")),
        line(2, bundled_by=2),
        line(3, meta_data=meta(_bundled_by=["x"])),
    ]
    assert [each.part_of for each in order(line_items=items).lines] == [None, None, None]


def test_a_product_that_is_gone_is_known_by_its_name() -> None:
    gone = line(1, product_id=0, sku=None, name="Old Theme - Single", meta_data=meta(license_key="OLD-1"))
    [seen] = order(line_items=[gone]).lines
    assert (seen.refs, seen.keys) == (("name:old-theme-single",), (Key("OLD-1"),))
    [there] = order(line_items=[line(1, name="Old Theme")]).lines
    assert there.refs == ("product:10",)


@pytest.mark.parametrize(("tax", "slack"), [("1.67", "0.01"), ("0.00", None), ("0.000", None)])
def test_a_price_with_tax_may_be_off_by_its_last_digit(tax: str, slack: str | None) -> None:
    assert order(line_items=[line(1, "8.33", total_tax=tax)]).lines[0].slack == slack


@pytest.mark.parametrize(
    ("given", "follows"),
    [
        ({"_subscription_renewal": "501"}, "renewal"),
        ({"_subscription_renewal": 501, "_subscription_renewal_early": "501"}, "renewal"),
        ({"_subscription_switch": "501"}, "switch"),
        ({"_subscription_switch_data": {"501": {"switches": {"9": {"remove_line_item": 3}}}}}, "switch"),
        ({"_subscription_resubscribe": "501"}, "resubscribe"),
    ],
)
def test_an_order_says_how_it_goes_on_with_its_subscription(given: dict[str, Any], follows: str) -> None:
    seen = order(meta_data=meta(**given))
    assert (seen.subscription_id, seen.follows) == ("501", follows)


def test_an_order_of_no_subscription_follows_nothing() -> None:
    seen = order(meta_data=meta(_subscription_renewal="", _subscription_switch_data=[]))
    assert (seen.subscription_id, seen.follows) == (None, None)


def test_a_subscription_taken_up_again_names_the_one_before() -> None:
    for members in ({"resubscribed_from": "501"}, {"meta_data": meta(_subscription_resubscribe="501")}):
        [seen] = HOST.parse(changed(fixture("woocommerce", "subscription.created"), **members))
        assert isinstance(seen, SubscriptionSeen)
        assert seen.replaces == "501"
    [first] = HOST.parse(changed(fixture("woocommerce", "subscription.created"), resubscribed_from=""))
    assert isinstance(first, SubscriptionSeen)
    assert first.replaces is None


def test_the_numbers_of_plugins_are_names_of_the_order() -> None:
    seen = order(number="A-17", meta_data=meta(_order_number="17", _order_number_formatted="A-17", note="x"))
    assert (seen.number, seen.names) == ("A-17", ("17", "A-17"))


def test_a_status_read_off_its_dates_says_so() -> None:
    shipped, restored = order(status="shipped"), order(status="pending")
    assert (shipped.state, shipped.by_dates) == ("paid", True)
    assert (restored.state, restored.by_dates) == ("paid", True)
    assert not order().by_dates
    held = order(status="on-hold")
    assert (held.state, held.by_dates) == ("pending", False)
    assert replace(held, whole=True) == held


@pytest.mark.parametrize("typed", ["J\\ud83do", "J\\u0000o", "\\u202eJo\\u001b[31m"])
def test_what_a_customer_types_costs_him_no_order(typed: str) -> None:
    body = changed(
        fixture("woocommerce", "order.updated.completed"), billing={"first_name": "TYPED"}, customer_note="TYPED"
    )
    seen = HOST.parse(replace(body, body=body.body.replace(b"TYPED", typed.encode())))[0]
    assert isinstance(seen, OrderSeen)
    assert seen.customer is not None
    assert "o" in (seen.customer.name or "")


def test_the_zero_date_of_a_database_is_no_date() -> None:
    bare = order(date_paid_gmt="-0001-11-30T00:00:00", date_completed_gmt="-0001-11-30T00:00:00", status="on-hold")
    assert (bare.paid_at, bare.fulfilled) == (None, False)


@pytest.mark.parametrize(("said", "meant"), [("1", 1), ("3.0", 3), ("1.5", 2)])
def test_a_quantity_may_be_written_as_text(said: str, meant: int) -> None:
    assert order(line_items=[line(1, quantity=said)]).lines[0].quantity == meant
