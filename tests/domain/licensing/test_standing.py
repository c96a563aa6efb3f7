"""How a licence stands: periods of their own, refunds, subscriptions, support bought later - derived, never propagated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.licensing.accounts import Customer, Invoice, Order, Subscription, refunded_lines
from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.events import (
    Granted,
    Key,
    OrderLine,
    Person,
    Refund,
    Renewed,
    StatusChanged,
    SupportExtended,
)
from connector.domain.licensing.licence import Licence, fold
from connector.domain.licensing.standing import Accounts, Standing, overdue, purchases, standing

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com")
GOODS = Catalogue(
    (
        Product("forms", refs=("sku:FORMS",)),
        Product("forms-support", refs=("sku:SUP",), extends="forms", support_term="12 months"),
    )
)
LINES = (OrderLine("1", ("sku:FORMS",), total="99.00"), OrderLine("2", ("sku:SUP",), total="49.00"))
ORDER = Order("12", "paid", customer=ADA, lines=LINES, total="148.00", paid_at=START, as_of=START)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def licence(*more: Any, **terms: Any) -> Licence:
    first = Granted(KEY, "forms", START, ADA, purchased_at=START, **terms)
    return fold([(str(number), event) for number, event in enumerate((first, *more))])


def stands(found: Licence, *accounts: Any, now: datetime = START, **more: Any) -> Standing:
    return standing("lic_1", found, Accounts.of(accounts), GOODS, now, **more)


def test_r1_dur_01_a_term_runs_from_purchase_through_the_last_local_day() -> None:
    found = stands(licence(support_term="3 months", zone="Asia/Kolkata"))
    assert found.support_until == datetime(2026, 4, 15, 18, 30, tzinfo=UTC)


def test_r2_bought_early_support_is_added_to_the_end() -> None:
    found = stands(licence(SupportExtended(KEY, period="12 months", as_of=at(10)), support_until=at(30)))
    assert found.support_until is not None
    assert found.support_until >= at(30 + 365)


def test_r2_bought_late_support_starts_at_renewal() -> None:
    found = stands(licence(SupportExtended(KEY, period="1 month", as_of=at(100)), support_until=at(30)))
    assert found.support_until is not None
    assert at(100 + 30) <= found.support_until <= at(100 + 33)


def test_r3_dur_02_a_cancelled_subscription_keeps_support_to_its_paid_end() -> None:
    recurring = licence(support_term="while_active", subscription_id="s1", purchase="recurring")
    found = stands(recurring, Subscription("s1", "cancelled", paid_until=at(200), as_of=at(20)))
    assert (found.support_until, found.support_open_ended) == (at(200), False)


def test_dur_02_support_has_no_end_while_the_subscription_recurs() -> None:
    recurring = licence(support_term="while_active", subscription_id="s1", purchase="recurring")
    assert stands(recurring, Subscription("s1", "active", as_of=at(20))).support_open_ended


def test_an_ended_subscription_without_a_paid_end_ends_support_when_it_ended() -> None:
    recurring = licence(support_term="while_active", subscription_id="s1")
    assert stands(recurring, Subscription("s1", "ended", as_of=at(20))).support_until == at(20)


def test_dur_03_nobody_said_how_long_is_unknown_and_never_lifetime() -> None:
    found = stands(licence())
    assert (found.support_until, found.support_open_ended) == (None, False)


def test_elg_04_a_renewal_renews_support_with_the_licence() -> None:
    found = stands(
        licence(Renewed(KEY, at(40), expires_at=at(400)), support_until=at(30), expires_at=at(30)), now=at(41)
    )
    assert (found.status, found.support_until) == ("active", at(400))


def test_elg_02_licence_and_support_end_apart() -> None:
    found = stands(licence(support_until=at(100), expires_at=at(10)), now=at(20))
    assert (found.status, found.support_until) == ("expired", at(100))


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (replace(ORDER, state="refunded"), "refunded"),
        (replace(ORDER, state="disputed"), "suspended"),
        (replace(ORDER, state="cancelled"), "revoked"),
        (replace(ORDER, state="failed"), "revoked"),
        (replace(ORDER, refunds=(Refund("r", "99.00"),)), "refunded"),
        (replace(ORDER, refunds=(Refund("r", "49.00"),)), "active"),
        (replace(ORDER, refunds=(Refund("r", "10.00"),)), "active"),
        (replace(ORDER, refunds=(Refund("r", "49.00"), Refund("s", "99.00"))), "refunded"),
    ],
)
def test_r4_what_happens_to_the_order_happens_to_its_licence(order: Order, status: str) -> None:
    assert stands(licence(order_id="12", line_id="1"), order).status == status


@pytest.mark.parametrize("state", ["pending", "failed", "cancelled"])
@pytest.mark.parametrize("order_id", ["099", "13"])
def test_r1_a_renewal_that_was_never_paid_takes_nothing_away(order_id: str, state: str) -> None:
    named = replace(LINES[0], license_ids=("lic_1",))
    renewal = Order(order_id, state, customer=ADA, lines=(named,), as_of=at(300))
    told = sorted([ORDER, renewal], key=lambda order: order.order_id)
    found = stands(licence(order_id="12", line_id="1"), *told)
    assert (found.status, found.payment) == ("active", "paid")


@pytest.mark.parametrize(("state", "status"), [("pending", "active"), ("failed", "revoked"), ("cancelled", "revoked")])
def test_pur_08_an_order_that_alone_names_the_licence_speaks_for_it(state: str, status: str) -> None:
    named = Order("12", state, customer=ADA, lines=(replace(LINES[0], license_ids=("lic_1",)),), as_of=START)
    found = stands(licence(), named)
    assert (found.status, found.payment) == (status, state)


def test_support_bought_with_the_licence_counts_and_goes_with_its_refund() -> None:
    found = licence(order_id="12", line_id="1", support_term="12 months")
    with_it, without = stands(found, ORDER), stands(found, replace(ORDER, refunds=(Refund("r", "49.00"),)))
    assert with_it.support_until is not None
    assert without.support_until is not None
    assert with_it.support_until - without.support_until >= timedelta(days=364)


def test_support_bought_alone_extends_the_only_licence_and_none_of_several() -> None:
    later = Order("13", "paid", customer=ADA, lines=(LINES[1],), paid_at=at(10), as_of=at(10))
    found = licence(order_id="12", line_id="1", support_until=at(30))
    sole, several = stands(found, ORDER, later), stands(found, ORDER, later, sole=False)
    assert sole.support_until is not None
    assert several.support_until is not None
    assert sole.support_until > several.support_until


def test_pur_08_a_pending_order_buys_no_support() -> None:
    later = Order("13", "pending", customer=ADA, lines=(LINES[1],), as_of=at(10))
    assert stands(licence(support_until=at(30)), later).support_until == at(30)


def test_the_worst_word_counts() -> None:
    found = licence(StatusChanged(KEY, "suspended", at(1)), order_id="12", line_id="1", expires_at=at(1))
    assert stands(found, replace(ORDER, state="refunded"), now=at(2)).status == "refunded"


def test_a_holder_is_known_by_every_name_of_his() -> None:
    found = stands(licence(), Customer(("7", "9"), ("ada@example.com", "old@example.com")))
    assert found.holder_ids == ("7", "9")
    assert found.holder_emails == ("ada@example.com", "old@example.com")


def test_a_refund_that_fits_no_single_line_takes_nothing_away() -> None:
    twins = (OrderLine("1", ("sku:FORMS",), total="49.00"), OrderLine("2", ("sku:SUP",), total="49.00"))
    assert refunded_lines(replace(ORDER, lines=twins, total="98.00", refunds=(Refund("r", "49.00"),))) == frozenset()


def test_inv_12_an_invoice_is_overdue_only_after_its_due_instant() -> None:
    told = Accounts.of([Invoice("i1", "issued", at(10))])
    assert overdue(told, at(10)) == ()
    assert overdue(told, at(10) + timedelta(seconds=1)) == ("i1",)


def test_purchases_are_told_by_order_and_product() -> None:
    assert [(each.order_id, each.product) for each in purchases(Accounts.of([ORDER]), GOODS)] == [
        ("12", "forms"),
        ("12", "forms-support"),
    ]
