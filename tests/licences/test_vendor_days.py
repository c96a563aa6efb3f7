"""A day is the vendor's day and is inside it: told by a shop, typed by an admin, for an invoice, for a term bought later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.domain.licensing.events import Granted, Key, Person, SupportExtended
from connector.domain.licensing.standing import Standing
from tests.support.stores import NOW, Store

KEY = Key("DAYS-0001-0001-0001")
ADA = Person("7", "ada@example.com")


def in_india(store: Store) -> Store:
    store.slug = "delhi"
    store.add_vendor("whmcs-modules", {"calendar.timezone": "Asia/Kolkata"})
    return store


def after(store: Store, *news: SupportExtended) -> Standing:
    store.tell([Granted(KEY, "forms", NOW, ADA, support_until=NOW), *news])
    return store.standing(KEY)


def test_a_term_bought_for_a_licence_with_told_dates_counts_the_vendors_days(store: Store) -> None:
    evening = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)  # the second of December in Delhi
    stands = after(in_india(store), SupportExtended(KEY, period="1 month", as_of=evening))
    assert stands.support_until == datetime(2027, 1, 2, 18, 30, tzinfo=UTC)


def test_the_instant_of_an_end_is_outside_and_the_one_before_it_inside(store: Store) -> None:
    ends = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
    store.tell([Granted(KEY, "forms", NOW, ADA, support_until=ends, expires_at=ends)])
    assert store.standing(KEY, ends - timedelta(microseconds=1)).status == "active"
    assert store.standing(KEY, ends).status == "expired"
