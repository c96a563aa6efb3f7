"""`connector deliveries replay`: what could not be used takes effect once its cause is cured, and nothing takes effect twice."""

from __future__ import annotations

from typing import Any

from tests.http.shops import ADA, Hook, Shop, event

KEY = "AAAA-BBBB-CCCC-0001"
WORDS = {"request_id": "r1", "message": "It happens on the staging site, too.", "requester": ADA}


def listed(shop: Shop, delivery_id: str) -> str:
    rows = shop.shell.json("deliveries", "list", "--vendor", shop.slug)
    return str(next(row["result"] for row in rows if row["delivery"] == delivery_id))


def replayed(shop: Shop, *words: str) -> Any:
    [reply] = shop.shell.json("deliveries", "replay", *words)
    return reply


def notes(shop: Shop, number: str) -> list[str]:
    return [note["body"] for note in shop.shell.json("tickets", "show", number)["notes"]]


def test_a_message_that_came_before_its_request_is_kept_and_added_after_it(hook: Hook) -> None:
    early = hook.tell("ticket.message", WORDS)
    assert (early["result"], early["error"]["pointer"]) == ("quarantined", "/data/request_id")
    hook.grant(KEY)
    number = hook.ask("r1", license_key=KEY)["ticket"]["number"]
    assert replayed(hook.shop, early["delivery"])["result"] == "applied"
    assert notes(hook.shop, number) == [WORDS["message"]]
    assert listed(hook.shop, early["delivery"]) == "applied"


def test_dry_run_shows_what_would_change_and_changes_nothing(hook: Hook) -> None:
    early = hook.tell("ticket.message", WORDS)
    hook.grant(KEY)
    number = hook.ask("r1", license_key=KEY)["ticket"]["number"]
    rows = hook.shop.rows()
    assert replayed(hook.shop, early["delivery"], "--dry-run")["result"] == "applied"
    assert (hook.shop.rows(), notes(hook.shop, number)) == (rows, [])
    assert listed(hook.shop, early["delivery"]) == "quarantined"


def test_what_is_still_unreadable_stays_in_quarantine(hook: Hook) -> None:
    bad = hook.tell("license.granted", {"product": "forms"})
    assert replayed(hook.shop, bad["delivery"]) == bad
    assert listed(hook.shop, bad["delivery"]) == "quarantined"


def test_a_refused_request_is_decided_anew_and_gets_its_ticket(hook: Hook) -> None:
    refused = hook.ask("r1", license_key=KEY)
    assert refused["decision"]["outcome"] == "deny"
    hook.grant(KEY)
    dry = replayed(hook.shop, refused["delivery"], "--dry-run")
    assert (dry["decision"]["outcome"], hook.shop.rows()["tickets"]) == ("accept", 0)
    assert replayed(hook.shop, refused["delivery"])["decision"]["outcome"] == "accept"
    assert hook.shop.rows()["tickets"] == 1


def test_an_order_is_replayed_after_its_product_was_recorded(shop: Shop) -> None:
    hook = shop.hook()
    order = {"order_id": "12", "customer": ADA, "items": [{"product": "forms", "quantity": 1, "amount": "79.00"}]}
    told = hook.tell("order.paid", order | {"total": "79.00", "currency": "EUR"}, occurred_at=shop.ago(days=1))
    assert shop.licences() == []
    shop.product("forms", "--sites", "3")
    dry = replayed(shop, told["delivery"], "--dry-run")
    assert {"what": "product", "from": None, "to": "forms"}.items() <= _change(dry, "product").items()
    assert shop.licences() == []
    replayed(shop, told["delivery"])
    assert [each["product"] for each in shop.licences()] == ["forms"]


def test_replaying_what_was_applied_changes_nothing_and_keeps_the_first_answer(hook: Hook) -> None:
    """F15: however often an operator replays, an effect is there once, and the host is told what it was told."""
    body = event("license.granted", {"license_key": KEY, "product": "forms", "customer": ADA})
    headers = hook.signed(body)
    first = hook.post(body, headers).json()
    rows = hook.shop.rows()
    for _ in range(2):
        assert "changes" not in replayed(hook.shop, first["delivery"])
    assert hook.shop.rows() == rows
    assert hook.post(body, headers).json() == first | {"result": "duplicate"}
    assert listed(hook.shop, first["delivery"]) == "applied"


def test_news_without_a_host_time_stays_as_old_as_its_arrival_when_replayed(hook: Hook) -> None:
    item = {"product": "forms", "quantity": 1, "amount": "79.00", "license_key": KEY}
    order = {"order_id": "12", "customer": ADA, "items": [item], "total": "79.00", "currency": "EUR"}
    hook.grant(KEY)
    paid = hook.tell("order.paid", order)
    hook.tell("order.refunded", order | {"refunds": [{"id": "1", "amount": "79.00"}]})
    assert [each["payment"] for each in hook.shop.licences()] == ["refunded"]
    assert "changes" not in replayed(hook.shop, paid["delivery"])
    assert [each["payment"] for each in hook.shop.licences()] == ["refunded"]


def test_replaying_an_accepted_request_gives_the_same_ticket(hook: Hook) -> None:
    hook.grant(KEY)
    first = hook.ask("r1", license_key=KEY)
    rows = hook.shop.rows()
    again = replayed(hook.shop, first["delivery"])
    assert (again["result"], again["ticket"]["number"]) == ("duplicate", first["ticket"]["number"])
    assert (hook.shop.rows(), listed(hook.shop, first["delivery"])) == (rows, "decided")


def test_replaying_a_message_does_not_add_it_twice(hook: Hook) -> None:
    hook.grant(KEY)
    number = hook.ask("r1", license_key=KEY)["ticket"]["number"]
    told = hook.tell("ticket.message", WORDS)
    replayed(hook.shop, told["delivery"])
    assert notes(hook.shop, number) == [WORDS["message"]]
    hook.tell("ticket.message", WORDS)
    assert notes(hook.shop, number) == [WORDS["message"]] * 2, "another delivery is another message"


def test_replaying_an_answered_estimate_does_not_add_it_twice(hook: Hook) -> None:
    hook.grant(KEY)
    number = hook.ask("r1", license_key=KEY)["ticket"]["number"]
    told = hook.tell("estimate.answered", {"request_id": "r1", "estimate": "1", "approved": True})
    replayed(hook.shop, told["delivery"])
    assert len(hook.shop.shell.json("tickets", "show", number)["notes"]) == 1


def test_several_are_replayed_in_the_order_given_and_a_wrong_id_is_named(hook: Hook) -> None:
    bad = [hook.tell("license.granted", {"product": "forms"})["delivery"] for _ in range(2)]
    assert [each["delivery"] for each in hook.shop.shell.json("deliveries", "replay", *bad[::-1])] == bad[::-1]
    assert "dlv_nowhere" in hook.shop.shell.fails("deliveries", "replay", "dlv_nowhere", exits=2)


def _change(reply: Any, what: str) -> Any:
    return next(change for change in reply["changes"] if change["what"] == what)
