"""Mails to customers: each change once, by exactly one sender, in the customer's language, with nothing that is not his."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.headerregistry import Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from connector.domain.licensing.events import Granted, InvoiceSeen, Person
from connector.ports import RemoteAct
from connector.storage.database import reading, transaction
from connector.storage.tables import metadata
from connector.tickets import forwarding, mails, schedule, status_link
from tests.servers.mail import MailServer
from tests.support.offices import ADA, KEY
from tests.support.posts import SENDER, Post
from tests.support.stores import Store
from tests.support.watches import MONDAY, NEW_YORK

ACTS = ("answered", "waiting", "resumed", "held", "released", "access_declined", "resumed", "resolved", "reopened")
GRANTED = Granted(KEY, "forms", MONDAY, ADA)
MAILED = (
    "We have your request",
    "We have answered your request",
    "We need your answer",
    "Your request was taken up again",
    "Your request is on hold",
    "Your request was taken up again",
    "Your request waits for access",
    "Your request was taken up again",
    "Your request is solved",
    "Your request was opened again",
)


# --- each change once ---


def test_not_01_one_change_is_one_mail(post: Post) -> None:
    """NOT-01: the acceptance and each change of state after it; what changes no state is told nobody."""
    number = post.outage()
    for kind in ACTS:
        post.clock.forward(minutes=1)
        post.do(number, kind)
    post.do(number, "severity", "low")
    post.outage()  # the same request once more
    for _ in range(2):
        post.send()
    assert post.server.subjects == [*MAILED]
    assert len(post.server.inbox) == len(MAILED)
    assert set(post.states()) == {"done"}


def test_not_01_what_the_customer_writes_ends_a_wait_and_is_no_news_otherwise(post: Post) -> None:
    number = post.outage()
    post.write(number)
    post.do(number, "waiting")
    post.write(number)
    assert post.changes() == ["accepted", "waiting", "resumed"]


def test_rfc_3834_machines_and_strangers_are_mailed_nothing_and_a_word_that_opens_is_one_mail(post: Post) -> None:
    number = post.outage()
    post.do(number, "resolved")
    for author, mark in ((ADA, "auto_submitted"), (Person("9", "eve@example.com"), None)):
        post.write(number, author, mark)
    assert post.changes() == ["accepted", "resolved"]
    post.ask(request_kind="outage", requester=ADA, message="I am away.", automatic="precedence")
    assert post.ask("r2", request_kind="outage", automatic="precedence").ticket is None
    assert post.changes() == ["accepted", "resolved"]
    post.write(number, ADA)
    post.write(number, ADA)
    assert post.changes() == ["accepted", "resolved", "reopened"]


def test_the_mail_is_written_with_the_change_or_not_at_all(post: Post) -> None:
    """A change that is rolled back was never told."""
    number = post.outage()
    with post.runtime.engine.connect() as tx, tx.begin() as frame:
        mails.put(tx, post.runtime, post.ticket(number).id, "once", "held", post.now)
        frame.rollback()
    assert post.changes() == ["accepted"]


def test_the_same_change_written_anew_has_the_message_id_it_had(post: Post) -> None:
    """As after a backup was played back: a mailbox that has the mail folds the second one."""
    post.outage()
    [first] = post.rows()
    with transaction(post.runtime.engine) as tx:
        tx.execute(delete(metadata.tables["mails"]))
        for ref in ("accepted", "another"):
            mails.put(tx, post.runtime, first.ticket_id, ref, "accepted", post.now)
    again, other = post.rows()
    assert again.message_id == first.message_id != other.message_id
    assert again.message_id.endswith("@acme.example.com>")


def test_met_03_a_solution_carries_the_link_to_rate_it(post: Post) -> None:
    number = post.outage()
    post.do(number, "resolved")
    post.send()
    assert f"Tell us how we did, on its page: {status_link.url(post.runtime, number, 0)}" in post.server.text()


def test_inv_09_a_request_on_hold_is_told_so_and_again_when_it_is_taken(
    stores: Callable[..., Store], mail_server: MailServer
) -> None:
    """NOT-01, NOT-05: no helpdesk has it yet, so the mail is ours, whatever helpdesk there is."""
    post = Post(stores("sqlite", "hourly-services", {"billing.pause_on_overdue": True}), mail_server)
    post.helpdesk(mails=True)
    post.store.tell([InvoiceSeen("i1", "overdue", MONDAY, ADA)], MONDAY)
    for _ in range(2):
        answer = post.ask(request_kind="question", key=None)
        assert answer.ticket is not None
        assert answer.ticket["state"] == "held"
    assert post.changes() == ["kept"]
    post.send()
    assert "on hold for now. Its page says what it waits for." in post.server.text()


# --- delays and workarounds ---


def test_not_02_a_delay_and_its_workaround_are_told_in_one_mail(post: Post) -> None:
    """NOT-02, HRS-23: marked with its cause; the due time stays, and the next update counts from here."""
    number = post.outage()
    post.clock.forward(minutes=50)
    before = post.ticket().resolve_by
    post.delay(number, "third_party", "Use the other form.")
    post.send()
    assert post.server.subjects[1:] == ["Your request takes longer"]
    assert (
        f"{number} takes longer than planned:\n\nSomebody else has to act first.\n\nMeanwhile: Use the other form."
        in post.server.text()
    )
    assert (post.ticket().resolve_by, post.planned()["update breach"]) == (before, MONDAY + timedelta(minutes=110))
    with reading(post.runtime.engine) as tx:
        marks = schedule.marks_of(schedule.acts_of(tx, post.ticket().id))
        stand = schedule.clocks_of(schedule.case_of(tx, post.runtime, post.ticket()), marks, post.now)
    assert [clock.delayed for clock in stand if clock.name == "resolution"] == ["third_party"]


@pytest.mark.parametrize("about", ["progress", "delay", "workaround"])
def test_not_02_an_agents_words_are_mailed_without_secrets(post: Post, about: str) -> None:
    """NOT-02, CRD-01: neither a password nor the licence's key leaves, whoever typed it."""
    post.store.tell([GRANTED], MONDAY)
    number = post.number(post.ask(request_kind="outage", key=KEY).ticket)
    post.tell(number, about, f"Clear the cache. Your key is {KEY.lower()}, your password: Zq7kW3hunter2!")
    post.send()
    assert "Clear the cache." in post.server.text()
    sent = b"".join(mail.as_bytes() for mail in post.server.taken).lower()
    assert KEY.lower().encode() not in sent
    assert b"zq7kw3" not in sent


# --- exactly one sender ---


def test_a29_a_helpdesk_that_mails_customers_is_the_only_sender(post: Post) -> None:
    """A29: nothing is written, neither for what happens there nor for what we pass on."""
    post.helpdesk(mails=True)
    number = post.outage()
    forwarding.drain(post.runtime)
    post.shelf.history = [RemoteAct("41", "answered", MONDAY + timedelta(minutes=1))]
    post.clock.forward(minutes=15)
    post.fire()
    post.delay(number, "complexity", "Use the other form.")
    forwarding.drain(post.runtime)
    assert post.rows() == []
    assert len(post.shelf.replies) == 1, "which the helpdesk mails"


def test_a29_a_helpdesk_that_cannot_mail_leaves_it_to_us(post: Post) -> None:
    """A29: also what happened over there, each once, however often it is looked at."""
    post.helpdesk(mails=False)
    post.outage()
    forwarding.drain(post.runtime)
    minutes = enumerate(("answered", "waiting", "resumed", "resumed", "resolved"), start=1)
    post.shelf.history = [RemoteAct(str(n), kind, MONDAY + timedelta(minutes=n)) for n, kind in minutes]
    for _ in range(2):
        post.clock.forward(days=1, minutes=1)
        post.fire()
    assert post.changes() == ["accepted", "answered", "waiting", "resumed", "resolved"]


@pytest.mark.parametrize(("kind_mails", "said", "ours"), [(True, "connector", 1), (False, "helpdesk", 0)])
def test_a29_the_other_reading_is_a_setting_of_the_helpdesk(post: Post, kind_mails: bool, said: str, ours: int) -> None:
    """A29: `mails` says who sends; there is one sender, whatever it says."""
    post.helpdesk(mails=kind_mails, said=said)
    post.outage()
    assert len(post.rows()) == ours


def test_request_tracker_mails_and_a_ticket_that_lives_here_does_not() -> None:
    """A29: which kinds of helpdesk mail the customer."""
    from adapters.helpdesks import HELPDESKS

    assert {name: each.mails_customer for name, each in HELPDESKS.items()} == {"rt": True}


# --- nothing where nobody is to be mailed ---


UNUSABLE = (
    *(
        None,
        "",
        "ada",
        "a@b, c@d",
        "Ada <ada@example.com>",
        "ada@example.com\nBcc: eve@example.com",
        '"a b"@example.com',
    ),
    *(
        "a..b@example.com",
        ".a@example.com",
        "ada@example..com",
        "ada@example.com.",
        "ädä@example.com",
        "ada@" + "ü" * 80,
    ),
    *("ada@[192.0.2.1]", f"{'a' * 65}@example.com"),
)


@pytest.mark.parametrize("email", UNUSABLE)
def test_a_customer_without_a_usable_address_is_not_mailed(post: Post, email: str | None) -> None:
    post.ask(request_kind="outage", requester=Person("7", email, "Ada"))
    post.ask("r2", request_kind="outage", requester=None)
    assert post.rows() == []


def test_an_address_in_another_script_is_mailed_as_mail_servers_know_it(post: Post) -> None:
    post.ask(request_kind="outage", requester=Person("7", "o'ada+x@bücher.example.com", "Ada"))
    post.send()
    assert post.server.envelopes == [(SENDER, ["o'ada+x@xn--bcher-kva.example.com"])]


@given(st.text("aZ9.+'-_!{|~=\"\\@ ü", min_size=1, max_size=8), st.text("aZ9.-_ü@ß٣", min_size=1, max_size=8))
def test_every_address_that_is_taken_can_be_written_into_a_mail(local: str, host: str) -> None:
    address = mails.usable_address(f"{local}@{host}")
    if address is not None:
        assert address.isascii()
        assert " " not in address
        assert Address(addr_spec=address).addr_spec == address


def test_without_a_mail_server_nothing_is_written(post: Post) -> None:
    post.set(smtp_host=None)
    post.do(post.outage(), "resolved")
    assert (post.rows(), post.send()) == ([], 0)


def test_hrs_05_a_missed_time_is_no_mail_and_changes_nothing_of_the_customers(post: Post) -> None:
    """HRS-05: the vendor hears of it; of what is the customer's, not a row is another than before."""
    post.store.tell([GRANTED], MONDAY)
    post.ask(request_kind="outage", key=KEY)
    before = everything(post)
    post.clock.forward(hours=5)
    post.fire()
    assert "resolution breach" in post.fired()
    assert everything(post) == before


def everything(post: Post) -> dict[str, Any]:
    ours = {"clock_events", "ticket_notes", "ticket_acts", "tallies", "tickets"}
    with reading(post.runtime.engine) as tx:
        return {
            name: [
                tx.execute(select(func.count()).select_from(table)).scalar(),
                sorted(map(str, tx.execute(select(table)))),
            ]
            for name, table in metadata.tables.items()
            if name not in ours
        }


# --- what stands in a mail ---


def test_the_mail_comes_from_the_vendor_and_answers_to_no_machine(post: Post) -> None:
    number = post.outage()
    post.do(number, "answered")
    post.send()
    first, second = post.server.taken
    assert (first["From"], first["To"]) == (f"acme <{SENDER}>", "ada@example.com")
    assert (first["Auto-Submitted"], second["References"]) == ("auto-generated", f"<{number}@acme.example.com>")
    assert first["Message-ID"] != second["Message-ID"]
    assert post.server.envelopes == [(SENDER, ["ada@example.com"])] * 2
    assert first.get_content_type() == "text/plain"


def test_nothing_of_what_the_customer_typed_is_mailed(post: Post) -> None:
    """Else whoever finds a vendor's form could have us mail his words to anybody."""
    post.ask(request_kind="outage", subject="Buy pills", message="at pills.example.com")
    post.send()
    assert "pills" not in post.server.taken[0].as_string()


def test_the_text_lies_sealed_until_it_is_sent(post: Post) -> None:
    post.outage()
    [row] = post.rows()
    assert b"ada@example.com" not in row.sealed
    assert post.runtime.keyring.unseal(row.sealed).startswith(b'{"to": "ada@example.com"')


def test_a_mail_speaks_the_language_of_the_request(stores: Callable[..., Store], mail_server: MailServer) -> None:
    words = {"texts.de.mail_accepted": "Wir haben Ihre Anfrage: {number}.", "texts.de.mail_accepted_subject": "Grüße"}
    post = Post(stores("sqlite", "tiered-sla", {**NEW_YORK, **words}), mail_server)
    for name, language in (("r1", "de-AT"), ("r2", "fr")):
        post.ask(name, request_kind="outage", environment={"language": language})
        post.clock.forward(seconds=1)
    post.send()
    assert post.server.subjects == ["Grüße", "We have your request"]
    assert "Wir haben Ihre Anfrage: SC-" in post.server.text(0)
