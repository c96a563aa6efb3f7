"""The facts of a request as a pure function of the customer's file: what may be reached from what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.licensing.accounts import Account, Customer, Invoice, Order, Subscription
from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.events import Key, OrderLine, Person
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.records import Found, KeyRecord
from connector.domain.licensing.terms import SupportEntry
from connector.domain.policy.customer_file import CustomerFile, PastTicket, StaffWord
from connector.domain.policy.facts import Facts, Restriction
from connector.domain.policy.policy import Channel, Policy
from connector.domain.policy.request_facts import facts_of
from connector.domain.policy.requests import Request
from connector.vendors.policies import packs
from tests.domain.policy.files import Ledger

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
THEN = NOW - timedelta(days=40)
ADA, EVE = Person("7", "ada@example.com"), Person("9", "eve@example.com")
KEY = Key("FILE-0000-0001")
GOODS = Catalogue(
    (
        Product("forms", refs=("slug:forms",), support_term="12 months"),
        Product("pack", refs=("slug:pack",), extends="forms", support_term="6 months"),
        Product("priority", refs=("slug:priority",)),
    )
)
PACK = packs.load("whmcs-modules")
LOOKS_AT_ALL = replace(
    PACK,
    requests=replace(PACK.requests, restrictions=True, duplicates="redirect"),
    entitlement=replace(PACK.entitlement, pool_purchases=True),
    channels={**PACK.channels, "email": Channel(use="first_contact")},
)


def licence(holder: Person | None = ADA, **more: Any) -> Licence:
    support = (SupportEntry(at=THEN, until=NOW + timedelta(days=100)),)
    known = {"product": "forms", "order_ids": ("12",), "owner": holder, "support": support, "purchased_at": THEN}
    return Licence(**{"holder": holder, "known": True, "as_of": THEN} | known | more)


def order(order_id: str, customer: Person | None, *lines: OrderLine, **more: Any) -> Order:
    return Order(order_id, "paid", customer=customer, lines=lines, paid_at=THEN, fulfilled=True, as_of=THEN, **more)


def line(slug: str = "forms", *license_ids: str) -> OrderLine:
    return OrderLine("1", (f"slug:{slug}",), total="10.00", license_ids=license_ids)


def one_licence(**more: Any) -> Ledger:
    held = licence()
    return Ledger({"lic_1": held}, {KEY: KeyRecord(Found("lic_1", "0001", held))}, (order("12", ADA, line()),), **more)


def facts(of: Ledger | CustomerFile, policy: Policy = LOOKS_AT_ALL, **asked: Any) -> Facts:
    file = of.file() if isinstance(of, Ledger) else of
    return facts_of(file, Request("r1", NOW, **asked), policy, GOODS, lambda *_: ("12 months", "UTC"), NOW)


def licence_of(found: Facts) -> str | None:
    return found.standing.license_id if found.standing else None


# -- what leads to a licence


def test_a_key_leads_to_its_licence_until_it_retires() -> None:
    shop = one_licence()
    assert licence_of(facts(shop, key=KEY)) == "lic_1"
    for retires, reached in ((NOW, None), (NOW + timedelta(seconds=1), "lic_1")):
        keys = {KEY: replace(shop.keys[KEY], retires_at=retires)}
        assert licence_of(facts(replace(shop, keys=keys), key=KEY, requester=EVE)) == reached


def test_an_order_number_counts_for_its_own_customer_alone() -> None:
    """It is easily guessed: whoever else names it learns nothing, not even that there is such an order."""
    shop = one_licence()
    assert licence_of(facts(shop, order_id="#12", requester=ADA)) == "lic_1"
    guessed = facts(shop, order_id="12", requester=EVE)
    assert (guessed.standing, guessed.orders, guessed.ambiguous) == (None, (), False)
    assert guessed == facts(Ledger(), order_id="12", requester=EVE)


def test_a_name_nobody_vouches_for_leads_nowhere_by_itself() -> None:
    shop = one_licence()
    assert licence_of(facts(shop, requester=ADA)) == "lic_1"
    assert facts(shop, requester=ADA, requester_verified=False).standing is None
    assert licence_of(facts(shop, requester=ADA, requester_verified=False, order_id="12")) == "lic_1"


def test_the_owner_finds_the_licence_and_lends_it_no_orders() -> None:
    """ELG-06: support bought by whoever owns it now is not bought for this licence."""
    sold = licence(owner=EVE)
    shop = Ledger({"lic_1": sold}, {}, (order("12", ADA, line()), order("13", EVE, line("pack"))))
    found = facts(shop, requester=EVE)
    assert licence_of(found) == "lic_1"
    assert [each.order_id for each in found.orders] == ["12"]
    assert found.standing is not None
    assert found.standing.support_until == NOW + timedelta(days=100)


def test_a_customer_is_known_by_every_name_that_was_merged() -> None:
    names = [Customer(ids=(f"{n}", f"{n + 1}")) for n in range(7, 19)]
    shop = replace(one_licence(), accounts=(*one_licence().accounts, *names))
    last = Person("19")
    assert facts(shop, order_id="12", requester=last).standing is not None
    assert facts(shop, order_id="12", requester=Person("20")).standing is None


def test_a_mistyped_key_is_told_by_the_orders_that_named_it_before_its_grant() -> None:
    mentioned = Found("lic_9", "0009", Licence())
    shop = Ledger({"lic_9": Licence()}, {KEY: KeyRecord(mentioned)}, (order("12", ADA, line("forms", "lic_9")),))
    found = facts(shop, key=KEY, requester=EVE)
    assert (found.standing, found.asked.order_given) == (None, True)
    assert [each.order_id for each in found.orders] == ["12"]


def test_several_licences_are_ambiguous_until_a_product_is_named() -> None:
    shop = Ledger({"lic_1": licence(), "lic_2": licence(product="priority", order_ids=())})
    assert facts(shop, requester=ADA).ambiguous
    assert licence_of(facts(shop, requester=ADA, product="priority")) == "lic_2"


# -- what stands beside it


def test_siblings_plans_and_overdue_invoices_are_the_holders() -> None:
    others = {"lic_2": licence(order_ids=()), "lic_3": licence(product="priority", order_ids=())}
    due = Invoice("i-1", "issued", due_at=NOW - timedelta(days=90), customer=ADA)
    shop = one_licence()
    shop = replace(shop, licences={**shop.licences, **others}, accounts=(*shop.accounts, due))
    mine, strange = facts(shop, key=KEY, requester=ADA), facts(shop, key=KEY, requester=EVE)
    assert [each.license_id for each in mine.siblings] == ["lic_2"]
    assert mine.plans == ("priority",)
    assert mine.invoices_overdue == ("i-1",)
    assert strange.plans == (), "a stranger's plans are his own"
    plain = facts(shop, replace(LOOKS_AT_ALL, entitlement=PACK.entitlement), key=KEY, requester=ADA)
    assert plain.siblings == ()


def test_a_strangers_plan_is_in_force_by_his_own_orders() -> None:
    plan = licence(EVE, product="priority", order_ids=("e-1",))
    for state, plans in (("paid", ("priority",)), ("refunded", ())):
        bought = replace(order("e-1", EVE, line("priority")), state=state)
        shop = one_licence()
        shop = replace(shop, licences={**shop.licences, "lic_3": plan}, accounts=(*shop.accounts, bought))
        assert facts(shop, key=KEY, requester=EVE).plans == plans


def test_a_holders_other_licences_are_read_along_with_the_orders_that_may_extend_one() -> None:
    """Also where nothing but the orders shows that they matter, and the requester tells but one of the holder's names."""
    bought = (order("12", ADA, line("forms", "lic_1")), order("13", Person("7"), line("pack")))
    shop = Ledger({"lic_1": licence(order_ids=())}, {}, bought)
    request, policy = Request("r1", NOW, order_id="12", requester=Person(None, ADA.email)), packs.load("jetpack-crm")
    found, statements = shop.followed(
        lambda file: facts_of(file, request, policy, GOODS, lambda *_: ("12 months", "UTC"), NOW)
    )
    assert licence_of(found) == "lic_1"
    assert statements == 3


def test_what_a_person_asked_and_staff_decided_is_found_by_any_name() -> None:
    asked = Request("r0", NOW, request_kind="bug")
    ticket = PastTicket("tkt_1", "SC-1", "r0", asked, "open", THEN)
    words = (StaffWord(THEN, "a", Restriction("deny")), StaffWord(NOW, "b", None))
    shop = Ledger(
        tickets={"asked:customer:7": (ticket,), "asked:email:ada@example.com": (ticket,)},
        staff={"customer:7": words[:1], "email:ada@example.com": words[1:]},
    )
    found = facts(shop, requester=ADA, channel="email")
    assert [each.number for each in found.earlier] == ["SC-1"]
    assert found.restriction is None, "what was said last counts"
    assert facts(shop, requester=Person("7")).restriction == Restriction("deny")
    assert not found.asked.first_contact
    assert facts(shop, requester=EVE, channel="email").asked.first_contact
    assert (
        facts(Ledger(contacts=("contact:eve@example.com",)), requester=EVE, channel="email").asked.first_contact
        is False
    )
    assert (facts(shop, PACK, requester=ADA).earlier, facts(shop, PACK, requester=Person("7")).restriction) == (
        (),
        None,
    )


# -- any file

people = st.sampled_from([None, ADA, EVE, Person("7"), Person(None, "ada@example.com"), Person("8", "eve@example.com")])
slugs = st.sampled_from(["forms", "pack", "priority"])
numbers = st.sampled_from(["12", "13", "14", "s-1"])
ids = st.sampled_from(["lic_1", "lic_2", "lic_3", "lic_4"])
lines = st.builds(lambda slug, named: line(slug, *named), slugs, st.lists(ids, max_size=2))
orders = st.builds(
    lambda number, who, sold, sub: order(number, who, *sold, subscription_id=sub),
    *(numbers, people, st.lists(lines, max_size=2), st.sampled_from([None, "s-1"])),
)
licences = st.builds(
    lambda product, holder, owner, bought: licence(holder, product=product, owner=owner, order_ids=tuple(bought)),
    *(slugs, people, people, st.lists(numbers, max_size=2, unique=True)),
)
customers = st.builds(
    Customer,
    *(st.lists(st.sampled_from(each), min_size=1, max_size=2).map(tuple) for each in ("789", [ADA.email, EVE.email])),
)
subscriptions = st.builds(lambda who, number: Subscription("s-1", order_id=number, customer=who), people, numbers)
older = st.tuples(st.sampled_from(["customer:7", "email:eve@example.com", "order:14"]), st.one_of(ids, numbers))


@st.composite
def ledgers(draw: Any) -> Ledger:
    held = draw(st.dictionaries(ids, licences, max_size=4))
    keys = {
        Key(f"KEY-{license_id}"): KeyRecord(Found(license_id, "0000", each), draw(st.sampled_from([None, THEN])))
        for license_id, each in held.items()
    }
    told: list[Account] = draw(st.lists(st.one_of(orders, customers, subscriptions), max_size=5))
    unique = {(type(each).__name__, getattr(each, "order_id", None) or repr(each)): each for each in told}
    return Ledger(held, keys, tuple(unique.values()), tuple(draw(st.lists(older, max_size=2))))


requests = st.builds(
    lambda **asked: Request("r1", NOW, channel="email", **asked),
    key=st.one_of(st.none(), ids.map(lambda each: Key(f"KEY-{each}"))),
    order_id=st.one_of(st.none(), numbers),
    purchase_code=st.one_of(st.none(), numbers.map(Key)),
    product=st.one_of(st.none(), slugs),
    requester=people,
    requester_verified=st.sampled_from([None, True, False]),
)


def of_(file: CustomerFile, request: Request) -> Facts:
    return facts_of(file, request, LOOKS_AT_ALL, GOODS, lambda *_: ("12 months", "UTC"), NOW)


@given(ledgers(), requests)
@settings(max_examples=300)
def test_a_file_read_as_far_as_one_looks_gives_the_facts_of_the_whole_in_three_statements(
    shop: Ledger, request: Request
) -> None:
    found, statements = shop.followed(lambda file: of_(file, request))
    assert found == of_(shop.file(), request)
    assert statements <= 3


@given(ledgers(), requests)
def test_the_same_file_gives_the_same_facts(shop: Ledger, request: Request) -> None:
    file = shop.file()
    assert of_(file, request) == of_(file, request) == of_(shop.file(), request)


@given(ledgers(), requests)
def test_a_strangers_records_change_nothing(shop: Ledger, request: Request) -> None:
    """Somebody who shares no name, no order and no licence with whoever asks."""
    zoe = Person("77", "zoe@example.com")
    more = {"lic_z": licence(zoe, order_ids=("z-1",))}
    accounts = (order("z-1", zoe, line("pack", "lic_z")), Customer(ids=("77", "78"), emails=("zoe@example.com",)))
    crowded = replace(shop, licences={**shop.licences, **more}, accounts=(*shop.accounts, *accounts))
    assert of_(crowded.file(), request) == of_(shop.file(), request)


@given(ledgers(), numbers)
def test_nobody_learns_of_a_purchase_by_its_number_alone(shop: Ledger, number: str) -> None:
    stranger = Request("r1", NOW, order_id=number, requester=Person("77", "zoe@example.com"))
    found = of_(shop.file(), stranger)
    assert (found.standing, found.orders, found.siblings, found.plans) == (None, (), (), ())
