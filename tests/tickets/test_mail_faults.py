"""Mails on the way: exactly once under several workers, lost answers and restarts; kept while the server is away."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from rq import Queue, SimpleWorker
from sqlalchemy import select, update

from connector.serving import workers
from connector.settings import BadSettings, load
from connector.storage import work_queue
from connector.storage.database import reading, transaction
from connector.storage.redis_client import connect
from connector.storage.tables_mail import mails as rows
from connector.storage.tables_policy import tallies
from connector.tickets import forwarding, mail_worker, mails, smtp
from connector.tickets.wakers import QUEUE
from tests.servers.mail import LOST, MailServer, certificate, serving
from tests.support.posts import SENDER, Post

# --- exactly once ---


def test_not_01_two_workers_at_once_send_each_mail_once(post: Post) -> None:
    """NOT-01: whoever has the lease sends."""
    for number in range(6):
        post.outage(f"r{number}")
    with reading(post.runtime.engine) as tx:
        due = mails.due(tx, post.now)
    barrier = Barrier(4)

    def work() -> None:
        barrier.wait()
        for row in due:
            mail_worker.work(post.runtime, row)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(post.server.taken) == len(post.server.inbox) == 6
    assert post.states() == ["done"] * 6


def test_not_01_after_a_lost_answer_the_same_mail_goes_again_and_folds(post: Post) -> None:
    """NOT-01: the server had taken it; the second one has its Message-ID and its very bytes."""
    post.outage()
    post.server.faults["DATA"] = [LOST]
    post.send()
    assert (post.states(), "connection was lost" in post.rows()[0].error) == (["unknown"], True)
    assert post.send() == 0, "not at once"
    post.clock.forward(seconds=work_queue.WAITS[0] * 2)
    post.send()
    first, second = post.server.taken
    assert first.as_bytes() == second.as_bytes()
    assert (len(post.server.inbox), post.states()) == (1, ["done"])


def test_a_worker_that_died_leaves_the_mail_to_the_next_one_and_cannot_end_it_later(post: Post) -> None:
    post.outage()
    [waiting] = post.rows()
    with transaction(post.runtime.engine) as tx:
        held = work_queue.claim(tx, rows, waiting.id, post.now)
    assert post.send() == 0, "somebody has the lease"
    post.clock.forward(seconds=work_queue.LEASE.total_seconds())
    post.send()
    with transaction(post.runtime.engine) as tx:
        assert not work_queue.finish(tx, rows, held, "parked", post.now)
    assert (post.states(), len(post.server.taken)) == (["done"], 1)


def test_rq_jobs_send_a_mail_once_however_often_they_are_rung(post: Post, redis_url: str) -> None:
    post.outage()
    post.set(redis_url=redis_url)
    forwarding.use(post.runtime)
    redis = connect(redis_url)
    for _ in range(2):
        workers.Sweep(post.runtime).look()
        jobs = Queue(QUEUE, connection=redis, serializer="json")
        SimpleWorker([jobs], connection=redis, serializer="json").work(burst=True)
    assert (len(post.server.taken), post.states()) == (1, ["done"])


# --- a clear no, and no for now ---


@pytest.mark.parametrize("call", ["RCPT", "DATA"])
def test_a_clear_no_parks_the_mail_for_a_person(post: Post, call: str) -> None:
    post.outage()
    post.outage("r2")
    post.server.faults[call] = ["550 5.1.1 no such mailbox"]
    post.send()
    assert sorted(post.states()) == ["done", "parked"], "the next mail goes on"
    parked = next(row for row in post.rows() if row.state == "parked")
    assert "550 5.1.1 no such mailbox" in parked.error
    post.clock.forward(days=4)
    assert post.send() == 0
    with transaction(post.runtime.engine) as tx:
        assert mails.retry(tx, None, post.now) == [parked.id]
    post.send()
    assert post.states() == ["done", "done"]


def test_a_no_for_now_waits_ever_longer_and_then_for_a_person(post: Post) -> None:
    post.outage()
    post.server.faults["RCPT"] = ["451 4.7.1 greylisted"] * 50
    pauses = []
    while post.states() == ["queued"]:
        begin = post.now
        post.send()
        [row] = post.rows()
        pauses.append((row.due_at - begin).total_seconds())
        post.clock.now = max(row.due_at, post.now)
    assert post.states() == ["parked"]
    assert len(pauses) == len(work_queue.WAITS) + 1
    for pause, wait in zip(pauses, work_queue.WAITS, strict=False):
        assert 0.8 * wait <= pause <= 1.2 * wait
    assert post.server.taken == []


# --- trouble with the server ---


def test_a_server_that_is_away_costs_one_try_and_no_mail(post: Post) -> None:
    for number in range(5):
        post.outage(f"r{number}")
    there = post.server.port
    post.set(smtp_port=1)
    assert post.send() == 1
    assert sorted(row.attempts for row in post.rows()) == [0, 0, 0, 0, 1]
    assert post.send() == 0, "all wait"
    post.set(smtp_port=there)
    post.clock.forward(seconds=work_queue.WAITS[0] * 2)
    post.send()
    assert (post.states(), len(post.server.inbox)) == (["done"] * 5, 5)


@pytest.mark.parametrize(
    ("call", "answer"), [("MAIL", "553 5.7.1 not your address"), ("MAIL", "421 4.3.2 shutting down")]
)
def test_a_sender_that_is_refused_is_the_settings_fault_not_the_mails(post: Post, call: str, answer: str) -> None:
    post.outage("r1")
    post.outage("r2")
    post.server.faults[call] = [answer]
    post.send()
    assert post.states() == ["queued", "queued"]
    post.clock.forward(seconds=work_queue.WAITS[0] * 2)
    post.send()
    assert post.states() == ["done", "done"]


def test_a_fault_of_ours_neither_loses_the_mail_nor_stops_the_others(post: Post) -> None:
    post.outage("r1")
    post.clock.forward(seconds=1)
    post.outage("r2")
    with transaction(post.runtime.engine) as tx:
        tx.execute(update(rows).where(rows.c.id == post.rows()[0].id).values(message_id="no id\nBcc: eve@example.com"))
    post.send()
    assert post.states() == ["unknown", "done"]
    assert [mail["Bcc"] for mail in post.server.taken] == [None]


def test_a_slow_sitting_is_given_up_before_the_mail_is_handed_over(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the lease could end in between, and somebody else would send it as well."""
    post.outage()
    longest = timedelta(seconds=smtp.BEFORE_DATA + 2 * smtp.STEP_SECONDS)
    assert longest < work_queue.LEASE, "the hand-over and its answer still fit in"
    monkeypatch.setattr(smtp, "BEFORE_DATA", -1.0)
    post.send()
    assert (post.states(), post.server.taken) == (["queued"], [])
    assert "too slow" in post.rows()[0].error
    monkeypatch.undo()
    post.clock.forward(seconds=work_queue.WAITS[0] * 2)
    post.send()
    assert (post.states(), len(post.server.taken)) == (["done"], 1)


# --- signing in, and encryption ---


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context with a certificate that this process trusts."""
    file, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return context


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_mails_go_encrypted_and_signed_in(post: Post, trusted: ssl.SSLContext, mode: str) -> None:
    server = MailServer()
    options: dict[str, Any] = {"tls_context": trusted, "require_starttls": True}
    if mode == "tls":
        options = {"ssl_context": trusted, "auth_require_tls": False}
    with serving(server, authenticator=server.authenticate, **options):
        post.set(smtp_port=server.port, smtp_tls=mode, smtp_user="acme", smtp_password="sesame")
        post.outage()
        post.send()
        assert (post.states(), server.signed_in) == (["done"], [(b"acme", b"sesame")])
        post.set(smtp_password="wrong-Zq7kW3")
        post.outage("r2")
        post.send()
    assert post.states() == ["done", "queued"]
    error = post.rows()[1].error
    assert "refused SMTP_USER" in error
    assert "Zq7kW3" not in error


def test_a_server_without_starttls_or_with_a_strange_certificate_gets_nothing(post: Post, tmp_path: Path) -> None:
    post.set(smtp_tls="starttls", smtp_user="acme", smtp_password="sesame")
    post.outage()
    post.send()
    assert "STARTTLS" in post.rows()[0].error
    server = MailServer()
    with serving(server, tls_context=certificate(tmp_path)[1], authenticator=server.authenticate):
        post.set(smtp_port=server.port)
        post.clock.forward(seconds=work_queue.WAITS[0] * 2)
        post.send()
    assert "SSLCertVerificationError" in post.rows()[0].error
    assert (server.taken, server.signed_in, post.server.calls) == ([], [], [])


# --- settings ---


def test_what_is_wrong_with_the_mail_settings_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"SMTP_HOST": "mail.example.com", "SMTP_SENDER": "not an address", "SMTP_PORT": "0", "SMTP_TLS": "none"}
    given |= {"SMTP_USER": "acme", "SMTP_PASSWORD_FILE": "/nowhere/Zq7kW3", "CONNECTOR_HOME": str(tmp_path)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load()
    for name in ("SMTP_SENDER", "SMTP_PORT", "SMTP_TLS", "SMTP_USER", "SMTP_PASSWORD_FILE"):
        assert name in str(caught.value)
    assert "Zq7kW3" not in str(caught.value)


@pytest.mark.parametrize(("mode", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_encryption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, port: int) -> None:
    password = tmp_path / "password"
    password.write_text("sesame\n")
    given = {"SMTP_HOST": "localhost", "SMTP_SENDER": SENDER, "SMTP_TLS": mode, "SMTP_USER": "acme"}
    given |= {"SMTP_PASSWORD_FILE": str(password), "CONNECTOR_HOME": str(tmp_path)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = load()
    assert (found.smtp_port, found.smtp_password) == (port, "sesame")


def test_sent_and_parked_mails_are_counted(post: Post) -> None:
    post.outage()
    post.outage("r2")
    post.server.faults["RCPT"] = ["550 no such mailbox"]
    post.send()
    with reading(post.runtime.engine) as tx:
        counted = tx.execute(select(tallies).where(tallies.c.name == "connector_mails_total"))
        found = {row.labels: row[2] for row in counted}
    assert found == {
        '{"change": "accepted", "outcome": "parked"}': 1,
        '{"change": "accepted", "outcome": "sent"}': 1,
    }
