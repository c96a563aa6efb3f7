"""What money does to a licence, each rule alone: support bought and given back, paid ends, the subscription that speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.licensing.accounts import Subscription
from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.events import OrderLine, Refund, Renewed, StatusChanged
from connector.domain.licensing.standing import Accounts, standing
from tests.domain.licensing.test_standing import ADA, GOODS, KEY, LINES, ORDER, at, licence, stands

FIRST = replace(ORDER, lines=(LINES[0],), total="99.00")
SUPPORT = replace(ORDER, order_id="13", lines=(LINES[1],), paid_at=at(10), as_of=at(10), total="49.00")


@pytest.mark.parametrize("state", ["failed", "cancelled", "disputed", "refunded"])
def test_r4_an_order_that_went_wrong_buys_no_support(state: str) -> None:
    found = licence(order_id="12", line_id="1", support_until=at(30))
    assert stands(found, FIRST, replace(SUPPORT, state=state)).support_until == at(30)
    assert stands(found, FIRST, SUPPORT).support_until != at(30)


def test_r4_of_support_bought_twice_one_given_back_leaves_one() -> None:
    found = licence(order_id="12", line_id="1", support_until=at(30))
    two = replace(SUPPORT, lines=(replace(LINES[1], quantity=2, total="98.00"),), total="98.00")
    once, twice = stands(found, FIRST, SUPPORT).support_until, stands(found, FIRST, two).support_until
    assert stands(found, FIRST, replace(two, refunds=(Refund("r", "49.00"),))).support_until == once != twice


def test_support_that_names_a_licence_is_for_that_one_whoever_else_holds_one() -> None:
    named = replace(SUPPORT, lines=(replace(LINES[1], license_ids=("lic_1",)),))
    found = licence(order_id="12", line_id="1", support_until=at(30))
    mine = stands(found, named, sole=False)
    other = standing("lic_2", found, Accounts.of([named]), GOODS, at(0), sole=True)
    assert mine.support_until != at(30)
    assert other.support_until == at(30)


def test_a_refunded_support_order_never_speaks_for_the_licence_it_names() -> None:
    named = replace(SUPPORT, lines=(replace(LINES[1], license_ids=("lic_1",)),), state="refunded")
    assert stands(licence(support_until=at(30)), named).status == "active"


@pytest.mark.parametrize("order_id", [None, "13"])
def test_r4_a_renewal_given_back_takes_back_the_renewal(order_id: str | None) -> None:
    renewal = Renewed(KEY, at(11), expires_at=at(400), order_id=order_id)
    found = licence(renewal, order_id="12", expires_at=at(30), support_until=at(30))
    paid = replace(
        ORDER, order_id="13", paid_at=at(11), lines=(replace(LINES[0], license_ids=("lic_1",)),), total="99.00"
    )
    assert (stands(found, FIRST, paid).expires_at, stands(found, FIRST, paid).support_until) == (at(400), at(400))
    back = stands(found, FIRST, replace(paid, state="refunded"))
    assert (back.status, back.expires_at, back.support_until) == ("active", at(30), at(30))


def test_a_renewal_that_stands_keeps_a_licence_whose_purchase_was_given_back() -> None:
    paid = replace(ORDER, order_id="13", paid_at=at(11), lines=(replace(LINES[0], license_ids=("lic_1",)),))
    found = licence(order_id="12", line_id="1")
    assert stands(found, replace(FIRST, state="refunded"), paid).status == "active"
    assert stands(found, replace(FIRST, state="refunded"), replace(paid, state="refunded")).status == "refunded"


def test_the_subscription_named_speaks_and_no_other_of_the_customer() -> None:
    found = licence(support_term="while_active", subscription_id="s1", order_id="12")
    own = Subscription("s1", "cancelled", paid_until=at(20), as_of=at(5))
    others = [
        Subscription("s2", "active", paid_until=at(90), product="forms", customer=ADA),
        Subscription("s3", "active", paid_until=at(90), license_id="lic_9"),
        Subscription("s4", "active", paid_until=at(90), order_id="12", product="forms-support"),
    ]
    assert stands(found, own, *others).support_until == at(20)


def test_of_two_subscriptions_of_one_order_the_one_for_the_product_speaks() -> None:
    goods = Catalogue((*GOODS.products, Product("crm", refs=("sku:CRM",))))
    told = [
        Subscription("s1", "ended", paid_until=at(20), order_id="12", lines=(OrderLine("1", ("sku:CRM",)),)),
        Subscription("s2", "active", paid_until=at(90), order_id="12", lines=(OrderLine("1", ("sku:FORMS",)),)),
    ]
    found = licence(support_term="while_active", order_id="12")
    assert standing("lic_1", found, Accounts.of(told), goods, at(0)).support_until == at(90)


@pytest.mark.parametrize("state", ["active", "cancelled", "ended"])
def test_r3_the_paid_end_is_kept_whole_in_every_state(state: str) -> None:
    found = licence(support_term="while_active", subscription_id="s1")
    assert stands(found, Subscription("s1", state, paid_until=at(200), as_of=at(20))).support_until == at(200)


def test_at_the_instant_of_its_end_a_licence_has_expired() -> None:
    found = licence(expires_at=at(10))
    assert stands(found, now=at(10) - timedelta(microseconds=1)).status == "active"
    assert stands(found, now=at(10)).status == "expired"


@pytest.mark.parametrize("status", ["refunded", "revoked", "deleted"])
def test_what_was_lost_names_no_end_to_come(status: str) -> None:
    found = licence(StatusChanged(KEY, status, at(5)), support_until=at(90), updates_until=at(90), expires_at=at(90))
    lost = stands(found, now=at(20))
    assert (lost.support_until, lost.updates_until, lost.expires_at) == (at(5), at(5), at(5))


def test_what_is_only_suspended_keeps_its_ends() -> None:
    found = licence(StatusChanged(KEY, "suspended", at(5)), support_until=at(90), expires_at=at(91))
    assert (stands(found).support_until, stands(found).expires_at) == (at(90), at(91))
