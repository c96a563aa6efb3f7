"""Whose message it is and what it means: the customer's, a machine's, a stranger's - and no ticket where nobody sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.domain.clocks.ticket_states import ALLOWED, WORKING
from connector.domain.licensing.events import CustomerMerged, DelegateChanged, OwnerChanged, Person
from connector.storage.database import transaction
from connector.tickets import agent_acts, forwarding, updates
from tests.support.offices import ADA, KEY
from tests.support.stores import NOW, Store
from tests.support.talks import EVE, Talk
from tests.support.watches import MONDAY, NEW_YORK

BO = Person("8", "bo@example.com", "Bo")


@pytest.fixture
def talk(stores: Callable[..., Store], kind_of_database: str) -> Talk:
    return Talk(stores(kind_of_database, "tiered-sla", NEW_YORK), MONDAY)


@pytest.fixture
def quick_talk(stores: Callable[..., Store]) -> Talk:
    return Talk(stores("sqlite", "tiered-sla", NEW_YORK), MONDAY)


# --- machines ---


def test_an_automatic_message_is_kept_and_moves_no_clock(talk: Talk) -> None:
    """HRS-26, A16, RFC 3834: waiting for the customer goes on, whatever his mail program says meanwhile."""
    number = talk.bug()
    talk.do(number, "answered")
    talk.do(number, "waiting")
    before = talk.shown(number)
    talk.clock.forward(minutes=5)
    talk.say(number, body="I am away.", mark="auto_submitted")
    after = talk.shown(number)
    assert (after["working_state"], after["resolve_by"], talk.planned()) == ("waiting", None, talk.planned())
    assert {name: after[name] for name in before if name != "notes"} == {n: before[n] for n in before if n != "notes"}
    [note] = [note for note in after["notes"] if note["kind"] == "automatic"]
    assert (note["body"], note["mark"]) == ("I am away.", "auto_submitted")


def test_an_automatic_message_opens_no_solved_ticket(talk: Talk) -> None:
    number = talk.bug()
    talk.do(number, "resolved")
    talk.say(number, mark="x_autoreply")
    assert (talk.working(number), number in talk.open()) == ("solved", False)


def test_an_automatic_request_opens_no_ticket_and_is_kept_with_its_reason(talk: Talk) -> None:
    """MET-04: and the same request of a person is decided by what it says."""
    asked = {"request_kind": "bug", "requester": ADA}
    refused = talk.ask("r1", automatic="precedence", **asked)
    assert (refused.decision["outcome"], refused.ticket) == ("deny", None)
    assert [reason["code"] for reason in refused.decision["reasons"]] == ["automatic_message"]
    assert talk.listed() == []
    assert talk.ask("r1", **asked).decision["outcome"] == "accept"


def test_an_automatic_request_that_repeats_a_held_one_decides_nothing(stores: Callable[..., Store]) -> None:
    talk = Talk(stores("sqlite", "hourly-services"), MONDAY)
    first = talk.ask("r1", request_kind="change_request", requester=ADA)
    again = talk.ask("r1", request_kind="change_request", requester=ADA, message="I am away.", automatic="automatic")
    assert (again.repeated, again.decision) == (True, first.decision)
    assert talk.said(talk.number(first.ticket)) == [("automatic", "I am away.")]


# --- strangers ---


def test_a_strangers_message_is_kept_told_to_agents_and_moves_no_clock(talk: Talk) -> None:
    talk.forwards()
    talk.grant()
    number = talk.bug()
    talk.do(number, "answered")
    talk.do(number, "waiting")
    talk.say(number, EVE, "It is mine, too.")
    assert (talk.working(number), talk.said(number)) == ("waiting", [("stranger", "It is mine, too.")])
    talk.runtime.wake([])
    drained(talk)
    [note] = [text for text in talk.shelf.notes.values() if "mine, too" in text]
    assert "no part of this ticket" in note
    assert "eve@example.com" in note
    assert not [text for _, text in talk.shelf.replies if "mine, too" in text], (
        "a helpdesk would mail it to the customer"
    )


def drained(talk: Talk) -> None:
    forwarding.drain(talk.runtime)


def test_a_stranger_on_a_solved_ticket_is_in_the_open_list_until_somebody_looked(talk: Talk) -> None:
    number = talk.bug()
    talk.do(number, "resolved")
    talk.say(number, EVE)
    assert (talk.working(number), talk.open()) == ("solved", {number: "untimed"})
    talk.say(number, mark="automatic")
    assert number in talk.open(), "what a machine says is no look"
    talk.do(number, "seen")
    assert (talk.working(number), talk.open()) == ("solved", {})


@pytest.mark.parametrize(
    "author",
    [
        None,
        Person(None, None, "Ada"),
        ADA,
        Person("7"),
        Person(None, "ADA@Example.com"),
        Person("70", "ada@example.com"),
    ],
    ids=str,
)
def test_the_customer_is_known_by_any_name(quick_talk: Talk, author: Person | None) -> None:
    number = quick_talk.bug()
    quick_talk.do(number, "resolved")
    quick_talk.say(number, author)
    assert quick_talk.working(number) == "reopened"


def test_holder_owner_delegates_and_merged_customers_belong_to_the_ticket(quick_talk: Talk) -> None:
    """Also who became one of them after the ticket was opened."""
    quick_talk.grant()
    number = quick_talk.bug(requester=BO)
    later: Any = {"as_of": NOW + timedelta(minutes=1)}
    people = {
        "holder": (ADA, None),
        "delegate": (Person(None, "cy@example.com"), DelegateChanged(KEY, "cy@example.com", allowed=True, **later)),
        "owner": (Person("5", "di@example.com"), OwnerChanged(KEY, to=Person("5", "di@example.com"), **later)),
        "merged": (Person("4", "ed@example.com"), CustomerMerged(BO, Person("4", "ed@example.com"), **later)),
    }
    for name, (person, news) in people.items():
        quick_talk.do(number, "resolved")
        if news is not None:
            quick_talk.say(number, person)
            assert quick_talk.working(number) == "solved", name
            quick_talk.store.tell([news])
        quick_talk.say(number, person)
        assert quick_talk.working(number) == "reopened", name


def test_whom_an_agent_let_in_is_no_stranger(talk: Talk) -> None:
    number = talk.bug()
    talk.do(number, "resolved")
    talk.do(number, "participant", "eve@example.com")
    talk.say(number, EVE)
    assert talk.working(number) == "reopened"


def test_who_cannot_be_compared_is_no_stranger(quick_talk: Talk) -> None:
    """An id here and an address there: what cannot be known never silences anybody."""
    number = quick_talk.bug(requester=Person("7"))
    quick_talk.do(number, "resolved")
    quick_talk.say(number, Person(None, "ada@example.com"))
    assert quick_talk.working(number) == "reopened"


# --- the customer's word ---


def test_a_word_on_a_solved_ticket_opens_it_and_is_promised_an_answer(talk: Talk) -> None:
    """HRS-22, HRS-26"""
    number = talk.bug()
    talk.do(number, "answered")
    talk.do(number, "resolved")
    assert talk.open() == {}
    talk.clock.forward(hours=1)
    talk.say(number, body="It is back.")
    assert (talk.working(number), talk.open()) == ("reopened", {number: "running"})
    assert "next_response breach" in talk.planned()
    assert talk.shown(number)["resolve_by"] is not None


def test_a_ticket_without_any_promise_is_in_the_open_list_until_it_is_solved(stores: Callable[..., Store]) -> None:
    """HRS-27, MET-01: 002 promises no times, and what it holds back waits for somebody, too."""
    talk = Talk(stores("sqlite", "hourly-services"), MONDAY)
    plain = talk.number(talk.ask("r1", request_kind="how_to_feature").ticket)
    held = talk.number(talk.ask("r2", request_kind="change_request").ticket)
    assert talk.open() == {plain: "untimed", held: "untimed"}
    assert (talk.working(plain), talk.working(held)) == ("new", "held")
    talk.do(plain, "answered")
    talk.do(plain, "resolved")
    talk.do(plain, "reopened")
    assert talk.open() == {plain: "untimed", held: "untimed"}
    talk.do(plain, "resolved")
    assert talk.open() == {held: "untimed"}


def test_what_waits_for_us_comes_before_what_rests(quick_talk: Talk) -> None:
    waiting, answered = quick_talk.bug("r1"), quick_talk.bug("r2")
    for number in (waiting, answered):
        quick_talk.do(number, "answered")
    quick_talk.do(waiting, "waiting")
    assert list(quick_talk.open().items())[::-1] == [(answered, "running"), (waiting, "paused")]


DEEDS = (*ALLOWED, "customer", "stranger", "machine", "ask again", "fire")


@settings(max_examples=min(60, settings().max_examples), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=10), kind=st.sampled_from(["outage", "bug", "feature_request"]))
def test_whatever_happens_a_ticket_is_in_one_state_and_never_out_of_sight(
    quick_talk: Talk, deeds: list[str], kind: str
) -> None:
    """Every ticket that is not solved stands in the open list; a solved one never holds an unheard word of the customer."""
    talk = quick_talk
    request_id = f"r{len(talk.listed(limit=10_000))}"
    number = talk.bug(request_id, request_kind=kind)
    for place, deed in enumerate(deeds):
        talk.clock.forward(minutes=20)
        do(talk, number, request_id, deed, f"{deed} {place}")
        state = talk.working(number)
        assert state in WORKING
        assert talk.listed(state=state, limit=10_000).count(number) == 1
        others = [each for each in WORKING if each != state]
        assert not [each for each in others if number in talk.listed(state=each, limit=10_000)]
        assert (number in talk.open()) or (state == "solved" and deed != "stranger")
        assert not (deed in ("customer", "ask again") and state in ("solved", "waiting", "answered"))


def do(talk: Talk, number: str, request_id: str, deed: str, words: str) -> None:
    if deed in ("customer", "stranger", "machine"):
        talk.say(number, EVE if deed == "stranger" else ADA, words, "automatic" if deed == "machine" else None)
    elif deed == "ask again":
        talk.ask(request_id, request_kind="bug", requester=ADA, message=words)
    elif deed == "fire":
        talk.fire()
    else:
        word = {"severity": "high", "delayed": "complexity", "participant": "cy@example.com"}.get(deed, "")
        with suppress(agent_acts.NotNow):
            talk.do(number, deed, word)


# --- repeats ---


def test_a_repeat_to_the_letter_is_a_duplicate(talk: Talk) -> None:
    number = talk.bug()
    talk.do(number, "resolved")
    again = talk.ask("r1", request_kind="bug", requester=ADA, as_of=talk.now)
    assert (again.repeated, again.message, talk.said(number), talk.working(number)) == (True, None, [], "solved")


def test_a_repeat_in_other_words_is_a_message_once_for_its_words(talk: Talk) -> None:
    """Forwarded like any message; the customer's, so that it opens a solved ticket again."""
    talk.forwards()
    number = talk.bug()
    drained(talk)
    talk.do(number, "resolved")
    said = {"request_kind": "bug", "requester": ADA, "message": "How? And the log I forgot."}
    answers = [talk.ask("r1", **said) for _ in range(3)]
    assert [each.repeated for each in answers] == [True] * 3
    assert len({each.message for each in answers}) == 1
    assert (talk.working(number), talk.said(number)) == ("reopened", [("message", "How? And the log I forgot.")])
    drained(talk)
    assert [text.partition("\n")[0] for _, text in talk.shelf.replies] == ["How? And the log I forgot."]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"subject": "Another subject"}, "Subject: Another subject"),
        ({"reproduction": "Click twice."}, "Click twice."),
        ({"site": "two.example.com"}, "Site: two.example.com"),
        ({"environment": {"php": "8.2"}}, "Environment: php: 8.2"),
        ({"severity": "high"}, "Severity asked for: high"),
        ({"attachments": ("https://example.com/log.txt?sig=a&b=c",)}, "https://example.com/log.txt?sig=a&b=c"),
        ({"modified_code": True}, "Code modified: yes"),
        ({"order_id": "1001"}, "Order: 1001"),
    ],
    ids=str,
)
def test_nothing_that_a_repeat_says_anew_is_lost(quick_talk: Talk, change: dict[str, Any], told: str) -> None:
    number = quick_talk.bug()
    quick_talk.bug(**change)
    [(kind, body)] = quick_talk.said(number)
    assert kind == "message"
    assert told in body
    assert "How?" not in body, "what was said before is not said again"


def test_a_repeat_by_a_stranger_is_a_strangers_message(quick_talk: Talk) -> None:
    number = quick_talk.bug()
    quick_talk.do(number, "resolved")
    quick_talk.bug(requester=EVE, message="Me, too.")
    assert (quick_talk.said(number), quick_talk.working(number)) == ([("stranger", "Me, too.")], "solved")


def test_what_was_said_before_the_ticket_stays_with_it(stores: Callable[..., Store], kind_of_database: str) -> None:
    """A refused request and one on hold are decided anew by what they say now; their first words are kept beside it."""
    talk = Talk(stores(kind_of_database), MONDAY)
    talk.forwards()
    talk.grant()
    asked = {"requester": ADA, "request_kind": "bug"}
    assert talk.ask("r1", message="First words.", **asked).decision["outcome"] == "ask"
    assert talk.ask("r1", message="First words.", **asked).decision["outcome"] == "ask"
    assert talk.ask("r1", message="Second words.", **asked).decision["outcome"] == "ask"
    number = talk.number(talk.ask("r1", message="Third words.", reproduction="Click.", **asked).ticket)
    shown = talk.shown(number)
    assert (shown["message"], shown["said_before"]) == ("Third words.", ["Hi\nFirst words.", "Hi\nSecond words."])
    drained(talk)
    [told] = talk.shelf.created
    assert "First words." in told.body
    assert "Second words." in told.body


# --- lists ---


def test_lists_show_and_find_tickets_by_state_customer_product_and_due(talk: Talk) -> None:
    talk.grant()
    urgent = talk.bug("r1", request_kind="outage", subject="All is down")
    talk.clock.forward(seconds=1)
    slow = talk.bug("r2", request_kind="feature_request", requester=BO, key=None, product="crm")
    assert talk.listed(customer="ada@example.com") == talk.listed(customer="7") == [urgent]
    assert talk.listed(customer=" BO@example.com ") == [slow]
    assert talk.listed(product="CRM") == [slow]
    assert talk.listed(product="forms") == [urgent], "by its licence, where the request names none"
    talk.do(slow, "answered")
    assert (talk.listed(state="new"), talk.listed(state="answered")) == ([urgent], [slow])
    assert talk.listed(state="queued") == [slow, urgent]
    assert talk.listed(due_by=talk.now) == []
    assert talk.listed(due_by=talk.now + timedelta(minutes=15)) == [urgent], "and not what is due in a day"
    shown = talk.shown(urgent)
    assert (shown["subject"], shown["customer"], shown["product"]) == ("All is down", "ada@example.com", "forms")
    assert shown["license"]["last4"] == KEY[-4:]
    assert shown["due"] == shown["respond_by"]


def test_show_has_what_an_agent_needs(quick_talk: Talk) -> None:
    link = "https://files.example.com/a.log?X-Sig=" + "a" * 300
    asked: Any = {"order_id": "1001", "site": "shop.example.com", "environment": {"php": "8.2"}, "attachments": (link,)}
    shown = quick_talk.shown(quick_talk.bug(reproduction="Click.", **asked))
    assert (shown["order"], shown["site"], shown["environment"]) == ("1001", "shop.example.com", {"php": "8.2"})
    assert (shown["attachments"], shown["reproduction"]) == ([link], "Click.")
    assert "/t/" in shown["status_url"]


# --- delays ---


def test_hrs_23_telling_a_delay_promises_the_next_news(talk: Talk) -> None:
    """HRS-23: medium promises no updates until a delay is told; the due of the resolution stays."""
    number = talk.bug()
    before = talk.shown(number)
    assert (before["update_by"], "update breach" in talk.planned()) == (None, False)
    with transaction(talk.runtime.engine) as tx:
        updates.delay(tx, talk.runtime, number, "third_party", "", talk.now)
    told = talk.shown(number)
    assert told["update_by"] is not None
    assert told["resolve_by"] == before["resolve_by"]
    assert {"update breach", "update reminder"} <= set(talk.planned())


def test_a_ticket_opened_long_after_its_end_is_looked_after_at_its_helpdesk_again(quick_talk: Talk) -> None:
    quick_talk.forwards()
    number = quick_talk.bug()
    drained(quick_talk)
    quick_talk.do(number, "resolved")
    quick_talk.clock.forward(days=40)
    quick_talk.fire()
    assert "helpdesk look" not in quick_talk.planned()
    quick_talk.say(number)
    assert quick_talk.planned()["helpdesk look"] == quick_talk.now + timedelta(days=1)
