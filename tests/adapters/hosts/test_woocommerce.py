"""WooCommerce's own webhooks: orders, subscriptions, customers, and the traps met in the real program."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from adapters.hosts.woocommerce import HOST
from connector.domain.licensing.events import CustomerSeen, Key, OrderSeen, Person, Refund, SubscriptionSeen
from connector.domain.news import Alert, Ignored, News
from connector.ports import Delivery, Unreadable
from tests.adapters.hosts.bodies import changed, fixture, fixtures, headers_of
from webhooks.http import blueprint
from webhooks.signatures import BadSignature, sign, verify

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MADE = datetime(2026, 7, 2, 2, 10, 5, tzinfo=UTC)
PAID = datetime(2026, 7, 2, 2, 11, tzinfo=UTC)
MODIFIED = datetime(2026, 7, 2, 3, 40, 9, tzinfo=UTC)
NORA = Person("64", "nora@buyer.example", "Nora Beispiel")
PING = {"content-type": "application/x-www-form-urlencoded", "user-agent": "WooCommerce/9.9.1 Hookshot (WordPress/6.8)"}


def parse(delivery: Delivery) -> list[News]:
    return list(HOST.parse(delivery))


def order(name: str, settings: dict[str, Any] | None = None, **members: Any) -> OrderSeen:
    delivery = fixture("woocommerce", name, settings)
    seen = parse(changed(delivery, **members) if members else delivery)[0]
    assert isinstance(seen, OrderSeen)
    return seen


def subscription(name: str, **members: Any) -> SubscriptionSeen:
    [seen] = parse(changed(fixture("woocommerce", name), **members))
    assert isinstance(seen, SubscriptionSeen)
    return seen


def refused(delivery: Delivery) -> Unreadable:
    with pytest.raises(Unreadable) as fault:
        HOST.parse(delivery)
    return fault.value


def ignored(delivery: Delivery) -> str:
    [news] = parse(delivery)
    assert isinstance(news, Ignored)
    return news.why


# --- orders ---


def test_an_order_is_read_as_its_reader_would() -> None:
    seen = order("order.updated.completed")
    assert replace(seen, lines=()) == OrderSeen(
        order_id="731",
        state="paid",
        as_of=MODIFIED,
        number="N-731",
        customer=NORA,
        total="118.90",
        currency="USD",
        paid_at=PAID,
        fulfilled=True,
        refunds=(),
        whole=True,
    )
    first, second = seen.lines
    assert (first.line_id, first.refs, first.quantity, first.total) == (
        "51",
        ("sku:NORD-3", "product:301", "variation:302"),
        1,
        "83.30",
    )
    assert (second.line_id, second.refs, second.quantity, second.total) == ("52", ("product:310",), 2, "35.60")


@pytest.mark.parametrize(
    ("name", "state", "fulfilled", "paid_at"),
    [
        ("order.created.draft", "pending", False, None),
        ("order.created.pending", "pending", False, None),
        ("order.updated.on-hold", "pending", False, None),
        ("order.updated.processing", "paid", False, PAID),
        ("order.updated.completed", "paid", True, PAID),
        ("order.updated.part-refund", "paid", True, PAID),
        ("order.updated.refunded", "refunded", True, PAID),
        ("order.updated.cancelled", "cancelled", False, PAID),
        ("order.updated.failed", "failed", False, None),
        ("order.restored", "paid", True, PAID),
    ],
)
def test_states_of_orders(name: str, state: str, fulfilled: bool, paid_at: datetime | None) -> None:
    seen = order(name)
    assert (seen.state, seen.fulfilled, seen.paid_at) == (state, fulfilled, paid_at)


@pytest.mark.parametrize("grant_on", [["completed", "processing"], "processing, completed", ["processing"]])
@pytest.mark.parametrize(
    ("name", "fulfilled"),
    [
        ("order.updated.processing", True),
        ("order.updated.completed", True),
        ("order.updated.cancelled", True),
        ("order.created.pending", False),
    ],
)
def test_a_store_may_grant_on_payment(grant_on: object, name: str, fulfilled: bool) -> None:
    assert order(name, {"grant_on": grant_on}).fulfilled is fulfilled


def test_who_grants_on_payment_grants_on_completion_even_without_dates() -> None:
    undated: dict[str, Any] = {"date_paid_gmt": None, "date_completed_gmt": "0000-00-00T00:00:00"}
    assert order("order.updated.completed", {"grant_on": ["processing"]}, **undated).fulfilled
    assert not order("order.updated.processing", **undated).fulfilled


def test_a_status_of_a_plugin_counts_by_its_dates_and_is_told() -> None:
    seen, note = parse(fixture("woocommerce", "order.updated.plugin-status"))
    assert isinstance(seen, OrderSeen)
    assert isinstance(note, Ignored)
    assert (seen.state, seen.fulfilled) == ("paid", False)
    assert "'shipped'" in note.why
    unpaid, note = parse(changed(fixture("woocommerce", "order.created.pending"), status="wc-quote"))
    assert isinstance(unpaid, OrderSeen)
    assert unpaid.state == "pending"
    granting = order("order.updated.plugin-status", {"grant_on": ["shipped"]})
    assert (granting.state, granting.fulfilled) == ("paid", True)


def test_a_guest_is_known_by_the_address_of_the_bill() -> None:
    assert order("order.updated.guest").customer == Person(None, "nora@buyer.example", "Nora Beispiel")
    assert order("order.created.draft").customer is None


def test_hpos_and_classic_bodies_say_the_same() -> None:
    assert order("order.updated.classic") == order("order.updated.completed")


def test_a_renewal_order_names_its_subscription() -> None:
    assert order("order.created.renewal").subscription_id == "615"
    odd_values: list[Any] = ["", "615; drop", None, {"a": []}]
    for odd in odd_values:
        meta = [{"key": "_subscription_renewal", "value": odd}]
        assert order("order.created.renewal", meta_data=meta).subscription_id is None


def test_licence_keys_come_from_the_configured_meta_whatever_its_type() -> None:
    keys = tuple(map(Key, ("NORD-1111-AAAA", "NORD-2222-BBBB", "NORD-3333-CCCC")))
    assert [line.keys for line in order("order.updated.keys").lines] == [keys, ()]
    assert [line.keys for line in order("order.updated.keys", {"key_meta": ["pa_SITES"]}).lines] == [(Key("3"),), ()]
    assert [line.keys for line in order("order.updated.keys", {"key_meta": []}).lines] == [(), ()]


def test_a_key_in_the_orders_own_meta_goes_to_the_lines_without_one() -> None:
    assert {line.keys for line in order("order.updated.order-key").lines} == {(Key("998877665544"),)}


def test_meta_that_cannot_be_keys_is_not_swallowed() -> None:
    for value in ("x" * 256, [f"K-{number}" for number in range(101)]):
        meta = [{"key": "license_key", "value": value}]
        fault = refused(changed(fixture("woocommerce", "order.updated.completed"), meta_data=meta))
        assert fault.pointer == "/meta_data"
        assert "key_meta" in fault.message


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"id": ...}, "/id"),
        ({"id": 0}, "/id"),
        ({"id": True}, "/id"),
        ({"status": None}, "/status"),
        ({"line_items": "none"}, "/line_items"),
        ({"line_items": [{"id": 1, "quantity": "two"}]}, "/line_items/0/quantity"),
        ({"line_items": [{"quantity": 1}]}, "/line_items/0/id"),
        ({"refunds": [{"id": 1}]}, "/refunds/0/total"),
        ({"total": "a lot"}, "/total"),
        ({"date_modified_gmt": "yesterday"}, "/date_modified_gmt"),
        ({"date_modified_gmt": ...}, "/date_modified_gmt"),
    ],
)
def test_a_broken_order_is_kept_with_its_pointer(members: dict[str, Any], pointer: str) -> None:
    assert refused(changed(fixture("woocommerce", "order.updated.completed"), **members)).pointer == pointer


def test_parts_of_things_and_odd_addresses_do_not_stop_an_order() -> None:
    seen = order(
        "order.updated.completed",
        line_items=[{"id": 1, "quantity": 1.5, "total": 7.905138, "total_tax": ""}],
        billing={"email": "no address", "first_name": "Nora"},
    )
    assert (seen.lines[0].quantity, seen.lines[0].total, seen.lines[0].refs) == (2, "7.905138", ())
    assert seen.customer == Person("64", None, "Nora")


@pytest.mark.parametrize("name", [path.stem for path in fixtures("woocommerce")])
def test_notes_addresses_and_machines_of_customers_stay_outside(name: str) -> None:
    told = repr(parse(fixture("woocommerce", name)))
    for word in ("anary", "203.0.113.77", "555-0100", "10001"):
        assert word not in told


# --- subscriptions and customers ---


def test_subscriptions_keep_what_was_paid() -> None:
    """R3, DUR-02: cancelled runs to its paid end; on hold is a late payment, whatever end lies years away."""
    active = subscription("subscription.created")
    assert [line.refs for line in active.lines] == [("sku:NORD-3", "product:301", "variation:302"), ("product:310",)]
    assert replace(active, lines=()) == SubscriptionSeen(
        subscription_id="615",
        state="active",
        as_of=MODIFIED,
        order_id="600",
        customer=NORA,
        paid_until=datetime(2027, 7, 2, 2, 10, 5, tzinfo=UTC),
    )
    held = subscription("subscription.updated.on-hold")
    assert (held.state, held.paid_until) == ("cancelled", MADE)
    cancelled = subscription("subscription.updated.pending-cancel")
    assert (cancelled.state, cancelled.paid_until) == ("cancelled", datetime(2027, 7, 2, 2, 10, 5, tzinfo=UTC))
    ended = subscription("subscription.updated.expired")
    assert (ended.state, ended.paid_until) == ("ended", datetime(2026, 7, 2, 3, 0, tzinfo=UTC))
    assert subscription("subscription.updated.on-hold", next_payment_date_gmt="").paid_until == MODIFIED
    assert subscription("subscription.created", next_payment_date_gmt=0).paid_until is None
    assert subscription("subscription.created", parent_id=0).order_id is None


def test_a_subscription_names_its_licence_where_it_has_but_one_key() -> None:
    meta = [{"key": "license_key", "value": "NORD-1"}]
    assert subscription("subscription.created", meta_data=meta).key == Key("NORD-1")
    assert subscription("subscription.created", line_items=[{"id": 1, "meta_data": meta}]).key == Key("NORD-1")
    assert subscription("subscription.created", meta_data=[{"key": "license_key", "value": "N-1,N-2"}]).key is None


def test_a_subscription_not_yet_paid_gives_nothing() -> None:
    assert "pending" in ignored(fixture("woocommerce", "subscription.updated.pending"))


def test_a_customer_is_id_address_and_name() -> None:
    assert parse(fixture("woocommerce", "customer.updated")) == [CustomerSeen(NORA, MADE)]


@pytest.mark.parametrize("name", ["action.woocommerce_order_refunded", "product.updated", "coupon.created"])
def test_topics_without_use_are_ignored_with_words(name: str) -> None:
    assert ignored(fixture("woocommerce", name))


@pytest.mark.parametrize("legacy", [{"order": {"id": 1}}, {"customer": {"id": 1}}, {"subscription": {"id": 1}}])
def test_the_legacy_api_is_refused_with_the_cure(legacy: dict[str, Any]) -> None:
    assert "REST API Integration v3" in refused(Delivery({}, json.dumps(legacy).encode())).message


def test_an_unknown_shape_under_a_topic_we_need_is_kept_and_otherwise_ignored() -> None:
    body = b'{"id":1,"booking":"x"}'
    assert "order.updated" in refused(Delivery(headers_of("woocommerce", "order.updated"), body)).message
    assert "booking.created" in ignored(Delivery(headers_of("woocommerce", "booking.created"), body))


# --- traps, numbered as met in the real program ---


def test_trap_01_two_orders_of_one_second_share_the_delivery_id_but_are_two_deliveries() -> None:
    one, two = (changed(fixture("woocommerce", "order.updated.completed"), id=id) for id in (1, 2))
    assert one.headers["x-wc-webhook-delivery-id"] == two.headers["x-wc-webhook-delivery-id"]
    assert HOST.delivery_key(one) != HOST.delivery_key(two)


def test_trap_01_the_same_body_sent_again_is_the_same_delivery_whatever_its_delivery_id() -> None:
    one = fixture("woocommerce", "order.updated.completed")
    again = replace(one, headers={**one.headers, "x-wc-webhook-delivery-id": "f" * 32})
    assert HOST.delivery_key(one) == HOST.delivery_key(again)


def test_trap_02_the_unsigned_form_ping_is_answered_and_touches_nothing() -> None:
    ping = Delivery(PING, b"webhook_id=6")
    assert HOST.unsigned_ok(ping)
    assert HOST.event_name(ping) == "ping"
    assert ignored(ping)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({**PING, "content-type": "application/json"}, b"webhook_id=6"),
        ({**PING, "user-agent": "curl/8.0"}, b"webhook_id=6"),
        (PING, b"webhook_id=6&id=7"),
        (PING, b"webhook_id=x"),
        (PING, b"webhook_id=6\n"),
        (PING, b'{"id":12}'),
        ({}, b"webhook_id=6"),
    ],
)
def test_trap_02_nothing_else_passes_without_a_signature(headers: dict[str, str], body: bytes) -> None:
    assert not HOST.unsigned_ok(Delivery(headers, body))


def test_trap_03_every_ping_is_taken_again_since_any_other_answer_makes_it_come_after_each_delivery() -> None:
    pings = [Delivery(PING, f"webhook_id={number}".encode()) for number in (1, 1, 2**63)]
    assert all(HOST.unsigned_ok(ping) and ignored(ping) for ping in pings)


def test_trap_04_created_may_come_completed_and_identical_to_updated() -> None:
    updated = fixture("woocommerce", "order.updated.completed")
    created = replace(updated, headers={**updated.headers, "x-wc-webhook-topic": "order.created"})
    assert parse(created) == parse(updated)
    assert HOST.delivery_key(created) != HOST.delivery_key(updated)


def test_trap_05_a_checkout_draft_is_pending() -> None:
    assert order("order.created.draft").state == "pending"


def test_trap_06_a_signed_error_alerts_and_changes_nothing() -> None:
    [news] = parse(fixture("woocommerce", "order.updated.error"))
    assert isinstance(news, Alert)
    assert "woocommerce_rest_shop_order_invalid_id" in news.why
    [odd] = parse(Delivery({}, b'{"code":"<b>x</b>","message":"m","data":null}'))
    assert isinstance(odd, Alert)
    assert "<b>" not in odd.why


def test_trap_07_an_empty_list_is_ignored_with_words() -> None:
    assert ignored(fixture("woocommerce", "subscription.updated.empty"))


def test_trap_08_the_trash_takes_nothing_away_and_restoring_shows_the_order_again() -> None:
    assert ignored(fixture("woocommerce", "order.deleted"))
    assert ignored(fixture("woocommerce", "customer.deleted"))
    assert ignored(fixture("woocommerce", "order.updated.trash"))
    assert order("order.restored") == order("order.updated.completed")


def test_trap_09_no_delivery_is_redirected_since_woocommerce_takes_that_for_success() -> None:
    app = Flask("hooks")
    app.register_blueprint(blueprint)
    urls = app.url_map.bind("connector.example.com", url_scheme="http")
    assert urls.match("/hooks/ep_1", "POST") == ("hooks.hook", {"endpoint_id": "ep_1"})
    with pytest.raises(NotFound):
        urls.match("/hooks/ep_1/", "POST")


def test_trap_10_only_the_bytes_that_were_signed_are_authentic() -> None:
    """The vector was made by WooCommerce 10.0.2: it escapes slashes and everything outside ASCII."""
    body = rb'{"id":12,"status":"completed","note":"caf\u00e9 \/ 1"}'
    headers = {"x-wc-webhook-signature": "K8yQK6gFrqlv1GgBkNJ3OHoVSf1CMs7CR6Xx8uPuPfI="}
    assert verify(HOST.scheme, ["s3cr3t-7f2a"], headers, body, NOW) == 0
    for other in (body + b" ", json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()):
        with pytest.raises(BadSignature):
            verify(HOST.scheme, ["s3cr3t-7f2a"], headers, other, NOW)


def test_trap_11_a_secret_with_an_ampersand_is_used_the_way_wordpress_uses_it() -> None:
    headers = sign(HOST.scheme, "amp&x", b"{}", NOW, "")
    assert verify(HOST.scheme, ["amp&amp;x"], headers, b"{}", NOW) == 0


def test_trap_12_a_body_replayed_under_another_topic_says_what_it_said_before() -> None:
    for path in fixtures("woocommerce"):
        delivery = fixture("woocommerce", path.stem)
        for topic in ("order.deleted", "customer.deleted", "subscription.created", "order.refunded", "x\r\n", ""):
            replayed = replace(delivery, headers={**delivery.headers, "x-wc-webhook-topic": topic})
            assert parse(replayed) == parse(delivery)


def test_a_topic_that_is_none_names_nothing() -> None:
    for topic in ("x" * 101, "order updated", "<b>", ""):
        assert HOST.event_name(Delivery({"x-wc-webhook-topic": topic}, b"{}")) == "unnamed"


def test_trap_13_a_new_subscriber_of_the_blog_is_a_name_and_no_more() -> None:
    news = parse(fixture("woocommerce", "customer.created.subscriber"))
    assert news == [CustomerSeen(Person("65", "reader@blog.example"), None)]


def test_trap_14_refunds_are_negative_there_and_positive_here_in_part_and_whole() -> None:
    part, whole = order("order.updated.part-refund"), order("order.updated.refunded")
    assert (part.state, part.refunds) == ("paid", (Refund("740", "35.60"),))
    assert (whole.state, whole.refunds) == ("refunded", (Refund("741", "83.30"), Refund("740", "35.60")))
    assert order("order.updated.completed", refunds=[{"id": 1, "total": "-0.00"}]).refunds == ()


def test_trap_15_only_gmt_dates_count_though_they_carry_no_z() -> None:
    """A store in New York: its own clock said 23:40 on 1 July when it was 03:40 on 2 July."""
    assert order("order.updated.completed").as_of == MODIFIED
    local = ("date_modified", "date_created", "date_paid", "date_completed")
    without: dict[str, Any] = dict.fromkeys(local, ...)
    assert order("order.updated.completed", **without) == order("order.updated.completed")
    old = changed(fixture("woocommerce", "order.updated.completed"), **{f"{name}_gmt": ... for name in local})
    assert "REST API Integration v3" in refused(old).message
