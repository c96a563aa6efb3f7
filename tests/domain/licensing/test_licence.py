"""A licence's history: first holder, seats, statuses - each rule on its own, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.events import (
    Granted,
    Key,
    LicenceEvent,
    OwnerChanged,
    Person,
    Renewed,
    SiteActivated,
    SiteDeactivated,
    StatusChanged,
)
from connector.domain.licensing.licence import Licence, evolve, fold, order_key
from connector.domain.licensing.seats import SeatRules, seats

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Key("AAAA-BBBB-CCCC-0001")
ADA, BOB = Person("7", "ada@example.com"), Person("8", "bob@example.com")


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def told(*events: LicenceEvent) -> Licence:
    return fold([(str(number), event) for number, event in enumerate(events)])


def granted(day: int = 0, **more: Any) -> Granted:
    return Granted(KEY, "forms", at(day), **({"holder": ADA} | more))


def test_elg_06_the_holder_is_bound_at_the_first_grant() -> None:
    licence = told(granted(), granted(5, holder=BOB))
    assert licence.holder == ADA


def test_elg_07_a_new_owner_never_becomes_the_holder() -> None:
    licence = told(granted(), OwnerChanged(KEY, BOB, ADA, at(3)))
    assert (licence.holder, licence.owner, licence.owners) == (ADA, BOB, (BOB,))


def test_a1_where_no_grant_was_seen_the_person_it_was_taken_from_is_the_first_owner() -> None:
    assert told(OwnerChanged(KEY, BOB, ADA, at(3))).holder == ADA


def test_elg_08_the_earliest_claims_hold_the_seats() -> None:
    sites = [SiteActivated(KEY, f"s{day}.example.com", at(day)) for day in (1, 2, 3, 4)]
    licence = told(granted(site_limit=3), *sites)
    assert seated(licence) == ("s1.example.com", "s2.example.com", "s3.example.com")
    assert over_limit(licence) == ("s4.example.com",)


def test_elg_08_a_seat_set_free_goes_to_the_next_site() -> None:
    sites = [SiteActivated(KEY, f"s{day}.example.com", at(day)) for day in (1, 2)]
    licence = told(granted(site_limit=1), *sites, SiteDeactivated(KEY, "s1.example.com", at(3)))
    assert seated(licence) == ("s2.example.com",)


def test_a_place_given_back_is_remembered_until_it_comes_again() -> None:
    one, two = (SiteActivated(KEY, f"{name}.example.com", at(1)) for name in ("one", "two"))
    gone = told(granted(site_limit=None), one, two, SiteDeactivated(KEY, "one.example.com", at(3)))
    assert [(claim.site, claim.until) for claim in gone.left] == [("one.example.com", at(3))]
    again = told(
        granted(site_limit=None), one, two, SiteDeactivated(KEY, "one.example.com", at(3)), replace(one, as_of=at(4))
    )
    assert again.left == ()


def test_a_site_activated_again_keeps_its_place() -> None:
    twice = [SiteActivated(KEY, "one.example.com", at(day)) for day in (1, 5)]
    licence = told(granted(site_limit=1), *twice, SiteActivated(KEY, "two.example.com", at(3)))
    assert seated(licence) == ("one.example.com",)


def test_no_limit_means_every_site_is_seated() -> None:
    licence = told(granted(), *[SiteActivated(KEY, f"s{day}.example.com", at(day)) for day in range(1, 9)])
    assert len(seated(licence)) == 8


def test_a_licence_for_no_site_seats_none() -> None:
    assert seated(told(granted(site_limit=0), SiteActivated(KEY, "one.example.com", at(1)))) == ()


def test_a_renewal_ends_expiry_but_not_a_revocation() -> None:
    renewed = Renewed(KEY, at(9), expires_at=at(400))
    assert told(granted(), StatusChanged(KEY, "expired", at(5)), renewed).status == "active"
    assert told(granted(), StatusChanged(KEY, "revoked", at(5)), renewed).status == "revoked"


def test_the_same_order_line_seen_again_grants_nothing_new() -> None:
    first = granted(1, order_id="12", line_id="1", expires_at=at(50), purchased_at=at(1))
    again = granted(30, order_id="12", line_id="1", expires_at=None, purchased_at=at(1))
    licence = told(first, Renewed(KEY, at(20), expires_at=at(400)), again)
    assert licence.expires_at == at(400)
    assert len(licence.support) == 2


def seated(licence: Licence) -> tuple[str, ...]:
    return seats(licence.claims, licence.site_limit, SeatRules()).seated


def over_limit(licence: Licence) -> tuple[str, ...]:
    return seats(licence.claims, licence.site_limit, SeatRules()).over_limit


SITES = st.sampled_from([f"s{number}.example.com" for number in range(6)])
MOVES = st.tuples(st.integers(1, 50), SITES, st.booleans())


@given(st.lists(MOVES, max_size=30), st.none() | st.integers(0, 4), st.randoms(use_true_random=False))
def test_used_never_exceeds_the_limit_and_order_never_matters(moves: Any, limit: int | None, random: Any) -> None:
    events: list[tuple[str, LicenceEvent]] = [("grant", granted(site_limit=limit))]
    for number, (day, site, on) in enumerate(moves):
        move = SiteActivated if on else SiteDeactivated
        events.append((f"{number:03}", move(KEY, site, at(day))))
    licence = fold(events)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert fold(shuffled) == licence
    assert limit is None or len(seated(licence)) <= limit
    assert len({*seated(licence), *over_limit(licence)}) == len(licence.claims)


@given(st.lists(MOVES, max_size=20))
def test_one_by_one_in_order_is_the_same_as_all_at_once(moves: Any) -> None:
    events: list[tuple[str, LicenceEvent]] = [
        (f"{number:03}", (SiteActivated if on else SiteDeactivated)(KEY, site, at(day)))
        for number, (day, site, on) in enumerate(moves)
    ]
    licence = Licence()
    for _, event in sorted(events, key=lambda pair: order_key(*pair)):
        licence = evolve(licence, event)
    assert licence == fold(events)


@pytest.mark.parametrize("order", [None, "12"])
def test_dur_01_the_same_purchase_told_again_gives_no_second_support_period(order: str | None) -> None:
    first = granted(1, order_id=order, purchased_at=at(1), support_term="12 months")
    again = granted(9, order_id=order, purchased_at=at(1), support_term="12 months", site_limit=5)
    licence = told(first, again)
    assert (len(licence.support), licence.site_limit) == (1, 5)
    renewed = granted(300, order_id="13", purchased_at=at(300), support_term="12 months")
    assert len(told(first, again, renewed).support) == 2
