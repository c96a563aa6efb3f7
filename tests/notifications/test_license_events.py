"""Licences and sites: each piece of news is told once, whatever comes twice or out of order; ends by their due time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from connector.domain.licensing.events import (
    Granted,
    Key,
    LedgerEvent,
    Person,
    Refund,
    Renewed,
    SiteActivated,
    SiteDeactivated,
    SiteMoved,
    StatusChanged,
)
from connector.licences import alarms
from connector.notifications import worker
from connector.serving import workers
from connector.storage.database import transaction
from connector.storage.tables_notify import licence_alarms, notifications
from connector.vendors import notifications as rows
from tests.notifications.examples import hold
from tests.notifications.telling import Shop
from tests.personal import found_in
from tests.servers.receiver import receiving
from tests.support.offices import KEY
from tests.tickets.test_key_mails import AGAIN, PAID

DAY = timedelta(days=1)


def life(shop: Shop, key: Key = KEY) -> list[LedgerEvent]:
    """All that happens to a licence, in the order in which it happened."""
    began = shop.now - 100 * DAY
    holder = Person("7", "ada@example.com", "Ada")
    granted = Granted(key, "forms", began, holder, 3, began + 60 * DAY, began + 60 * DAY, purchased_at=began)
    return [
        granted,
        SiteActivated(key, "shop.example.com", began + DAY),
        SiteDeactivated(key, "shop.example.com", began + 2 * DAY),
        Renewed(key, began + 50 * DAY, began + 400 * DAY),
        StatusChanged(key, "revoked", began + 90 * DAY),
    ]


ONCE = dict.fromkeys(("license.granted", "license.renewed", "license.revoked", "site.activated", "site.deactivated"), 1)


def types(shop: Shop) -> Counter[str]:
    return Counter(row.type for row in shop.rows())


def test_a_life_is_told_without_a_word_of_whose_it_is(shop: Shop) -> None:
    shop.hear_all()
    for news in life(shop):
        shop.deliver(news)
    told = shop.told()
    assert Counter(each["type"] for each in told) == ONCE
    assert found_in(str(told), "ada@example.com", "'Ada'", "customer") == []
    assert KEY not in str(told)
    [site] = {each["data"]["site"] for each in told if each["type"].startswith("site.")}
    assert site == "shop.example.com"
    assert {each["data"]["product"] for each in told} == {"forms"}
    assert {each["data"]["status"] for each in told} == {"revoked"}, "how it stands when it is told"


def test_whose_it_is_is_told_where_that_was_asked_for(shop: Shop) -> None:
    shop.hear_all(personal_data=True)
    shop.deliver(life(shop)[0])
    [told] = shop.told()
    assert told["data"]["customer"] == {"id": "7", "email": "ada@example.com", "name": "Ada"}


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_in_any_order_and_however_often_each_is_told_once(stores: Callable[..., Any], kind: str) -> None:
    with receiving() as receiver:
        shop = Shop(stores(kind), receiver)
        shop.hear_all()
        lives = iter(range(10_000))

        @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.data())
        def lived(data: st.DataObject) -> None:
            with transaction(shop.runtime.engine) as tx:
                tx.execute(delete(notifications))
            news = life(shop, Key(f"AAAA-BBBB-CCCC-{next(lives):04}"))
            more = data.draw(st.lists(st.sampled_from(news), max_size=4))
            for each in data.draw(st.permutations(news + more)):
                shop.deliver(each)
            assert types(shop) == ONCE

        lived()


def test_an_order_that_is_given_back_takes_its_licence_once(shop: Shop) -> None:
    shop.hear_all()
    given_back = replace(AGAIN, state="refunded", refunds=(Refund("1", "10.00"),), as_of=shop.now)
    for news in (PAID, AGAIN, given_back, given_back, PAID):
        shop.deliver(news)
    assert types(shop) == {"license.issued": 1, "license.granted": 1, "license.revoked": 1}


def test_each_kind_is_told_as_the_page_shows_it(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(PAID)
    shop.deliver(ending(shop, 100))
    shop.deliver(SiteActivated(KEY, "shop.example.com", shop.now))
    shop.deliver(SiteMoved(KEY, "new.example.com", "shop.example.com", shop.now + timedelta(seconds=1)))
    with transaction(shop.runtime.engine) as tx:
        rows.ping(tx, shop.endpoint, shop.now)
    shop.clock.forward(seconds=71 * 86_400)
    worker.look(shop.runtime)
    shop.clock.forward(seconds=29 * 86_400)
    worker.look(shop.runtime)
    shop.send()
    told = [json.loads(body) for _, body in shop.receiver.came]
    for each in told:
        hold(each)
    moved = next(each["data"] for each in told if each["type"] == "site.moved")
    assert (moved["from"], moved["site"]) == ("shop.example.com", "new.example.com")
    more = {"license.issued", "support.expiring", "license.expired", "site.moved", "ping"}
    assert more <= {each["type"] for each in told}


def test_who_hears_one_kind_hears_no_other(shop: Shop) -> None:
    for news in life(shop):
        shop.deliver(news)
    assert shop.rows() == [], "the receiver hears of keys alone"


def ending(shop: Shop, days: float, key: Key = KEY) -> Granted:
    end = shop.now + days * DAY
    return Granted(key, "forms", shop.now - DAY, None, 3, end, end, purchased_at=shop.now - DAY)


def kinds(shop: Shop, **later: float) -> list[str]:
    """What has been told of ends after so long, warnings with their days."""
    shop.clock.forward(**later)
    worker.look(shop.runtime)
    rows = [row for row in shop.rows() if row.type in ("support.expiring", "license.expired")]
    return [" ".join(map(str, (row.type, *list(json.loads(row.data).values())[:1]))) for row in rows]


def test_the_end_of_support_is_told_30_and_7_days_before_and_the_end_itself_once_each(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 100))
    assert kinds(shop) == []
    assert kinds(shop, seconds=69 * 86_400) == []
    assert kinds(shop, seconds=2 * 86_400) == ["support.expiring 30"]
    assert kinds(shop) == ["support.expiring 30"]
    assert kinds(shop, seconds=23 * 86_400) == ["support.expiring 30", "support.expiring 7"]
    assert kinds(shop, seconds=7 * 86_400) == ["support.expiring 30", "support.expiring 7", "license.expired"]
    assert len(kinds(shop, seconds=400 * 86_400)) == 3


def test_after_a_stop_the_latest_warning_is_told_and_not_all_of_them(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 100))
    assert kinds(shop, seconds=95 * 86_400) == ["support.expiring 7"]


def test_support_bought_for_two_weeks_is_not_told_to_end_as_it_begins(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 14))
    assert kinds(shop) == []
    assert kinds(shop, seconds=8 * 86_400) == ["support.expiring 7"]


def test_a_renewal_moves_the_warnings(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 40))
    shop.deliver(Renewed(KEY, shop.now, shop.now + 400 * DAY))
    assert kinds(shop, seconds=35 * 86_400) == []
    assert kinds(shop, seconds=336 * 86_400) == ["support.expiring 30"]


def test_licences_of_before_anybody_listened_are_warned_of(shop: Shop) -> None:
    with transaction(shop.runtime.engine) as tx:
        tx.execute(delete(licence_alarms))
    shop.deliver(ending(shop, 100))
    shop.hear_all()
    assert kinds(shop) == []
    assert kinds(shop, seconds=71 * 86_400) == ["support.expiring 30"]


def test_a_host_that_says_that_it_ended_and_the_day_itself_are_one_end(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 10))
    shop.clock.forward(seconds=9 * 86_400)
    shop.deliver(StatusChanged(KEY, "expired", shop.now))
    assert kinds(shop, seconds=5 * 86_400).count("license.expired") == 1


def test_ends_are_looked_at_where_redis_wakes_the_workers(shop: Shop, redis_url: str) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 100))
    shop.clock.forward(seconds=71 * 86_400)
    shop.runtime = replace(shop.runtime, settings=replace(shop.runtime.settings, redis_url=redis_url))
    workers.Sweep(shop.runtime).look()
    assert "support.expiring" in types(shop)


def test_of_two_that_look_at_once_one_tells(shop: Shop) -> None:
    shop.hear_all()
    shop.deliver(ending(shop, 100))
    shop.clock.forward(seconds=71 * 86_400)
    [license_id] = {row.license_id for row in shop.rows()}
    assert [alarms.fire(shop.runtime, license_id) for _ in range(2)] == ["fired", "not due"]
