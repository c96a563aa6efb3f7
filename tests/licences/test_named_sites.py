"""A place under its names: one installation is one seat, whether it is named by site, by install id or by both (R10)."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from connector.domain.licensing.events import Granted, Key, SiteActivated
from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.seats import SeatRules
from connector.licences.named_sites import named_place
from connector.licences.verification import ask
from connector.storage.database import transaction
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
SITE = "shop.example.com"
seconds = itertools.count()


@pytest.fixture(autouse=True)
def licence(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW - timedelta(days=1), site_limit=2)])


def told(store: Store, act: str, **names: str) -> Answer:
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, "acme")
        return ask(tx, store.runtime, Question(act, KEY, **names), NOW + timedelta(seconds=next(seconds)), vendor)  # type: ignore[arg-type]


def places(answer: Answer) -> list[str]:
    assert answer.licence is not None
    return [claim.site for claim in answer.licence.claims]


def test_a_place_activated_by_site_and_install_is_found_by_either(store: Store) -> None:
    told(store, "activate", site=SITE, install="i-1")
    assert told(store, "validate", install="i-1").verdict.code == "VALID"
    assert told(store, "validate", site=SITE).verdict.code == "VALID"
    assert told(store, "validate", install="i-2").verdict.code == "SITE_NOT_ACTIVATED"
    assert places(told(store, "deactivate", install="i-1")) == []


def test_a_place_activated_by_install_alone_takes_no_second_seat_when_it_names_its_site(store: Store) -> None:
    told(store, "activate", install="i-1")
    again = told(store, "activate", site=SITE, install="i-1")
    assert (again.verdict.code, again.changed, places(again)) == ("VALID", False, ["install:i-1"])
    assert places(told(store, "deactivate", site=SITE, install="i-1")) == []


def test_a_site_that_was_set_up_anew_keeps_its_seat_under_its_new_install_id(store: Store) -> None:
    first = told(store, "activate", site=SITE, install="i-1")
    again = told(store, "activate", site=SITE, install="i-2")
    assert first.activation is not None
    assert again.activation is not None
    assert (again.changed, again.activation.handle, len(places(again))) == (False, first.activation.handle, 1)
    assert told(store, "validate", install="i-2").verdict.code == "VALID"
    assert told(store, "validate", install="i-1").verdict.code == "SITE_NOT_ACTIVATED"


def test_the_callers_word_for_a_place_is_the_last_one_it_used(store: Store) -> None:
    told(store, "activate", site=f"www.{SITE}", label=f"www.{SITE}")
    again = told(store, "activate", site=SITE, label=SITE)
    assert again.activation is not None
    assert again.activation.label == SITE
    kept = told(store, "activate", site=SITE)
    assert kept.activation is not None
    assert kept.activation.label == SITE


def test_a_place_that_replaces_another_takes_its_seat_also_while_others_are_free(store: Store) -> None:
    told(store, "activate", site=SITE)
    moved = told(store, "activate", site="new.example.com", replace=f"https://www.{SITE}/")
    assert (moved.verdict.code, moved.changed, places(moved)) == ("VALID", True, ["new.example.com"])


def test_only_a_place_of_the_same_licence_can_be_replaced(store: Store) -> None:
    other = Key("AAAA-BBBB-CCCC-0002")
    store.tell([Granted(other, "forms", NOW - timedelta(days=1), site_limit=1, sites=(SITE,))])
    told(store, "activate", site="new.example.com", replace=SITE)
    assert store.standing(other).seated == (SITE,)


def test_a_place_that_replaces_another_needs_no_free_seat(store: Store) -> None:
    told(store, "activate", site=SITE)
    told(store, "activate", site="two.example.com")
    assert told(store, "activate", site="new.example.com").verdict.code == "SITE_LIMIT_REACHED"
    moved = told(store, "activate", site="new.example.com", replace=SITE)
    assert (moved.verdict.code, places(moved)) == ("VALID", ["two.example.com", "new.example.com"])


def test_the_token_a_place_had_at_its_peer_goes_on_to_open_it(store: Store) -> None:
    store.tell([SiteActivated(KEY, SITE, NOW, install="0123456789abcdef0123456789abcdef01234567")])
    for key in (KEY, None):
        with transaction(store.runtime.engine) as tx:
            asked = Question("validate", key, handle="0123456789abcdef0123456789abcdef01234567")
            answer = ask(tx, store.runtime, asked, NOW, named(tx, store.runtime, "acme"))
        assert (answer.verdict.code, answer.verdict.site) == ("VALID", SITE)
    assert places(told(store, "deactivate", handle="0123456789abcdef0123456789abcdef01234567")) == []


@pytest.mark.parametrize("pasted", ["DESK-7\u200b", "\ufeffDESK-7", " DESK-7\u00a0", "DESK-7\x00"])
def test_what_came_along_by_copy_and_paste_is_no_part_of_a_place(pasted: str) -> None:
    told = named_place(Question("activate", install=pasted, label=pasted), SeatRules(), NOW)
    assert told is not None
    assert (told.site, told.label) == ("install:DESK-7", "DESK-7")
