"""What people did with a ticket in a real Request Tracker 5, as acts that move clocks (HRS-21, HRS-26, A14, A16)."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.helpdesks.rt.desk import RequestTracker
from connector.ports import OutboundTicket
from tests.adapters.helpdesks.test_rt import by_an_agent, connected
from tests.servers.rt import RequestTracker as Server

NUMBERS = (f"SC-ACTS-{count:04d}" for count in itertools.count(1))


@pytest.fixture
def desk(rt: Server) -> RequestTracker:
    return connected(rt)


@pytest.fixture
def remote_id(desk: RequestTracker) -> str:
    return desk.create(OutboundTicket(next(NUMBERS), "Help", "Please.", None, None, "standard", 50))


def status(rt: Server, remote_id: str, word: str) -> Any:
    return by_an_agent(rt, "PUT", f"/ticket/{remote_id}", json={"Status": word})


def write(rt: Server, remote_id: str, how: str = "correspond") -> Any:
    said = {"Content": "Have you tried?", "ContentType": "text/plain"}
    return by_an_agent(rt, "POST", f"/ticket/{remote_id}/{how}", json=said)


def kinds(desk: RequestTracker, remote_id: str) -> list[str]:
    return [act.kind for act in desk.acts(remote_id)]


def test_hrs_21_what_we_send_and_what_agents_note_is_no_answer(
    rt: Server, desk: RequestTracker, remote_id: str
) -> None:
    desk.reply(remote_id, "[msg_1]", "The customer adds something.")
    desk.note(remote_id, "[facts]", "for agents")
    write(rt, remote_id, "comment")
    assert kinds(desk, remote_id) == []


def test_an_agents_answer_is_one_act_with_its_time_and_the_same_name_each_time(
    rt: Server, desk: RequestTracker, remote_id: str
) -> None:
    write(rt, remote_id)
    [act] = desk.acts(remote_id)
    assert act.kind == "answered"
    created = by_an_agent(rt, "GET", f"/ticket/{remote_id}")["Created"]
    assert timedelta() <= act.at - datetime.fromisoformat(created) < timedelta(minutes=5)
    assert desk.acts(remote_id) == [act]


def test_waiting_solved_and_reopened_are_seen_in_their_order(rt: Server, desk: RequestTracker, remote_id: str) -> None:
    for word in ("open", "stalled", "open", "resolved", "open", "rejected"):
        status(rt, remote_id, word)
    assert kinds(desk, remote_id) == ["waiting", "resumed", "resolved", "reopened", "resolved"]


def test_a_merged_ticket_tells_what_happened_to_the_one_that_stands(
    rt: Server, desk: RequestTracker, remote_id: str
) -> None:
    extra = desk.create(OutboundTicket(next(NUMBERS), "Help", "Please.", None, None, "standard", 50))
    desk.merge(extra, remote_id)
    write(rt, remote_id)
    assert kinds(desk, extra) == ["answered"]


def test_a_message_of_the_requestor_in_rt_is_the_customers(rt: Server, desk: RequestTracker) -> None:
    """RT lists who wrote by name: the requestor's own correspondence is no answer."""
    remote_id = desk.create(OutboundTicket(next(NUMBERS), "Help", "Please.", None, None, "standard", 50))
    by_an_agent(rt, "PUT", f"/ticket/{remote_id}", json={"Requestor": "root"})
    write(rt, remote_id)
    assert kinds(desk, remote_id) == ["wrote"]


# --- whose message it is ---


def mailed(rt: Server, remote_id: str, sender: str, *headers: str) -> None:
    """A mail about the ticket, as a mail server hands it to RT's gateway."""
    subject = f"Subject: [rt.example.test #{remote_id}] Re: Help"
    mail = "\n".join([f"From: {sender}", "To: support@example.test", subject, *headers, "", "I wrote this.", ""])
    rt.mail(mail)


def asked_by(desk: RequestTracker, email: str) -> str:
    return desk.create(OutboundTicket(next(NUMBERS), "Help", "Please.", email, None, "standard", 50))


def test_hrs_26_what_the_requestor_mails_is_his_and_what_his_mail_program_mails_is_nobodys(
    rt: Server, desk: RequestTracker
) -> None:
    remote_id = asked_by(desk, "bo.acts@example.test")
    mailed(rt, remote_id, "bo.acts@example.test")
    for header in ("Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: bulk"):
        mailed(rt, remote_id, "bo.acts@example.test", header)
    assert kinds(desk, remote_id) == ["wrote"]


def test_a_stranger_who_mails_answers_nothing(rt: Server, desk: RequestTracker) -> None:
    """HRS-21: only an agent's words stop the first response; who is in copy belongs to the ticket."""
    remote_id = asked_by(desk, "cy.acts@example.test")
    mailed(rt, remote_id, "eve.acts@example.test")
    assert kinds(desk, remote_id) == []
    by_an_agent(rt, "PUT", f"/ticket/{remote_id}", json={"Cc": "eve.acts@example.test"})
    assert kinds(desk, remote_id) == ["wrote"]
