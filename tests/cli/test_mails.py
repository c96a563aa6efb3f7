"""mails list, mails retry; tickets delay; doctor: what a terminal shows of mails to customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connector.domain.licensing.events import Person
from connector.domain.policy.requests import Request
from connector.requests.support_requests import open_request
from connector.storage.database import transaction
from connector.tickets import mail_worker
from connector.vendors.vendor import named
from tests.cli.shell import Shell
from tests.servers.mail import HOST, MailServer, serving


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serving(MailServer()) as made:
        yield made


@pytest.fixture
def mailing(shell: Shell, server: MailServer) -> Shell:
    """A terminal of an installation that mails customers."""
    smtp: dict[str, Any] = {"smtp_host": HOST, "smtp_port": server.port, "smtp_tls": "none"}
    smtp["smtp_sender"] = "support@acme.example.com"
    shell.runtime = replace(shell.runtime, settings=replace(shell.runtime.settings, **smtp))
    shell.run("vendor", "add", "acme", "--policy", "tiered-sla", "--set", "calendar.timezone=Europe/London")
    return shell


@pytest.fixture
def number(mailing: Shell) -> str:
    """The number of a critical ticket of the vendor `acme`."""
    with transaction(mailing.runtime.engine) as tx:
        vendor = named(tx, mailing.runtime, "acme")
        request = Request("r1", request_kind="outage", requester=Person("7", "ada@example.com"))
        answer = open_request(tx, mailing.runtime, vendor, "ep_1", request, mailing.runtime.clock())
    assert answer.ticket is not None
    return str(answer.ticket["number"])


def test_a_refused_mail_is_listed_and_sent_again(mailing: Shell, number: str, server: MailServer) -> None:
    server.faults["RCPT"] = ["550 no such mailbox"]
    mail_worker.drain(mailing.runtime)
    [row] = mailing.json("mails", "list", "--state", "parked")
    assert (row["ticket"], row["change"], row["to"], row["attempts"]) == (number, "accepted", "ada@example.com", 1)
    assert "no such mailbox" in row["error"]
    assert "mails list --state parked" in mailing.run("doctor", exits=1).stdout
    assert [each["state"] for each in mailing.json("mails", "retry", number)] == ["done"]
    assert (len(server.taken), mailing.json("mails", "list", "--state", "parked")) == (1, [])
    assert {row["part"]: row["state"] for row in mailing.json("doctor")}["mail"] == "ok"


def test_not_02_a_delay_is_told_with_its_cause(mailing: Shell, number: str, server: MailServer) -> None:
    mailing.json("tickets", "delay", number, "--cause", "complexity", "--workaround", "Use the other form.")
    acts = mailing.json("tickets", "history", number)
    assert [(act["act"], act["detail"]) for act in acts] == [("delayed", "complexity"), ("answered", "delay")]
    mail_worker.drain(mailing.runtime)
    assert "harder than it looked.\n\nMeanwhile: Use the other form." in server.text()
    mailing.run("tickets", "resolve", number)
    assert "only goes while" in mailing.fails("tickets", "delay", number, "--cause", "complexity", exits=1)
    assert "--cause" in mailing.fails("tickets", "delay", number, exits=2)


def test_what_cannot_be_sent_again_is_refused_with_the_way_out(mailing: Shell, number: str) -> None:
    assert "mails list" in mailing.fails("mails", "retry", "SC-0000-0000", exits=1)
    mailing.runtime = replace(mailing.runtime, settings=replace(mailing.runtime.settings, smtp_host=None))
    assert "SMTP_HOST" in mailing.fails("mails", "retry", exits=1)


def test_the_doctor_says_why_the_mail_server_takes_nothing(mailing: Shell) -> None:
    mailing.runtime = replace(mailing.runtime, settings=replace(mailing.runtime.settings, smtp_port=1))
    assert "SMTP_PORT" in mailing.run("doctor", exits=1).stdout


def test_a29_who_mails_is_a_setting_of_every_helpdesk(mailing: Shell) -> None:
    words = (
        "helpdesk",
        "set",
        "rt",
        "--vendor",
        "acme",
        "--set",
        "url=https://rt.example.com",
        "--set",
        "queue=Support",
    )
    assert "helpdesk or connector" in mailing.fails(*words, "--set", "mails=nobody", "--secret-file", "-", exits=2)
