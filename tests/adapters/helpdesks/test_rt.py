"""The adapter against a real Request Tracker 5: what only the real one can prove."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from adapters.helpdesks.rt import connect
from adapters.helpdesks.rt import desk as rt_desk
from adapters.helpdesks.rt.desk import RequestTracker
from adapters.helpdesks.rt.text import plain_text
from adapters.helpdesks.rt.wire import SUBJECT_BYTES
from connector.ports import OutboundTicket, RemoteTicket, Undelivered
from tests.adapters.helpdesks.stub import Answer, Fault, Request, Stub, hanging_up, silent
from tests.servers.rt import RequestTracker as Server

NUMBERS = (f"SC-TEST-{count:04d}" for count in itertools.count(1))
RESPOND_BY = datetime(2026, 12, 1, 10, 30, 15, tzinfo=UTC)


@pytest.fixture
def ticket() -> OutboundTicket:
    """A ticket with a number no other test has."""
    return OutboundTicket(
        number=next(NUMBERS),
        subject="The form does not send",
        body="It says 500.\n\n  Since yesterday.",
        requester=None,  # RT answers a requester by mail, which takes its time
        requester_name=None,
        priority="standard",
        rank=50,
        respond_by=RESPOND_BY,
        resolve_by=RESPOND_BY + timedelta(days=3),
    )


def connected(rt: Server, **settings: Any) -> RequestTracker:
    said = {"url": rt.url, "queue": rt.queue, "token": rt.token, "allow_private": True, "timeout": 25}
    return connect({**said, "reference_field": rt.reference_field, **settings})


@pytest.fixture
def desk(rt: Server) -> RequestTracker:
    return connected(rt)


def by_an_agent(rt: Server, method: str, path: str, **parts: Any) -> Any:
    """A call as somebody else than the connector."""
    reply = requests.request(method, f"{rt.url}/REST/2.0{path}", auth=rt.admin, timeout=60, **parts)
    reply.raise_for_status()
    return reply.json()


def messages(rt: Server, remote_id: str) -> list[dict[str, Any]]:
    """The first message and the correspondence, without RT's own mails."""
    said: list[dict[str, Any]] = []
    path = f"/ticket/{remote_id}/history"
    for entry in by_an_agent(rt, "GET", path, params={"fields": "Type", "per_page": 100})["items"]:
        if entry["Type"] in ("Create", "Correspond"):
            path, fields = f"/transaction/{entry['id']}/attachments", "Subject,Content,ContentType"
            said += by_an_agent(rt, "GET", path, params={"fields": fields})["items"]
    return said


# --- create, read, find ---


def test_a_ticket_arrives_with_all_we_know(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    ticket = replace(ticket, requester="kim@example.test", requester_name='Kim "K" Öztürk')
    remote_id = desk.create(ticket)
    assert desk.read(remote_id) == RemoteTicket(
        remote_id, ticket.number, f"[{ticket.number}] {ticket.subject}", RESPOND_BY, "new"
    )
    assert desk.repair(remote_id, ticket) == []
    raw = by_an_agent(rt, "GET", f"/ticket/{remote_id}")
    assert (raw["Priority"], [each["id"] for each in raw["Requestor"]]) == ("50", ["kim@example.test"])
    assert by_an_agent(rt, "GET", "/user/kim@example.test")["RealName"] == "Kim K Öztürk"
    (message,) = messages(rt, remote_id)
    assert (message["ContentType"], message["Content"]) == ("text/plain", ticket.body)


def test_a_ticket_without_times_has_no_due_date(desk: RequestTracker, ticket: OutboundTicket) -> None:
    """RT shows an unset date as 1970."""
    remote_id = desk.create(replace(ticket, respond_by=None, resolve_by=None))
    assert desk.read(remote_id).due is None
    assert desk.repair(remote_id, replace(ticket, respond_by=None, resolve_by=None)) == []


def test_a_ticket_is_found_at_once(desk: RequestTracker, ticket: OutboundTicket) -> None:
    """find_lag = 0 rests on this."""
    assert desk.find(ticket.number) == []
    remote_id = desk.create(ticket)
    assert [found.id for found in desk.find(ticket.number)] == [remote_id]


def test_a_closed_ticket_is_still_found(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    remote_id = desk.create(ticket)
    by_an_agent(rt, "PUT", f"/ticket/{remote_id}", json={"Status": "resolved"})
    assert [(found.id, found.status) for found in desk.find(ticket.number)] == [(remote_id, "resolved")]


@pytest.mark.parametrize("fault", [hanging_up, silent], ids=["lost answer", "late commit"])
def test_what_a_lost_answer_hid_is_found_and_there_is_one_f7(rt: Server, ticket: OutboundTicket, fault: Fault) -> None:
    def pass_on(request: Request) -> Answer:
        headers = {name: request.headers[name] for name in ("authorization", "content-type")}
        reply = requests.request(request.method, rt.url + request.path, data=request.body, headers=headers, timeout=60)
        return Answer(reply.status_code, reply.content)

    with Stub(pass_on).running() as between:
        between.go_wrong(fault)
        with pytest.raises(Undelivered) as caught:
            connected(rt, url=between.url, timeout=0.2 if fault is silent else 25).create(ticket)
        assert caught.value.cause == "unknown"
    desk = connected(rt)
    found = next(filter(None, (desk.find(ticket.number) for _ in range(200))))
    assert [each.reference for each in found] == [ticket.number]


def test_more_than_a_page_is_found_oldest_first(
    desk: RequestTracker, ticket: OutboundTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rt_desk, "PAGE", 2)
    ids = [desk.create(ticket) for _ in range(3)]
    assert [found.id for found in desk.find(ticket.number)] == ids


def test_another_tickets_number_in_a_subject_is_not_that_ticket(desk: RequestTracker, ticket: OutboundTicket) -> None:
    """A customer who writes again quotes the number of the first ticket."""
    desk.create(replace(ticket, number=next(NUMBERS), subject=f"Re: [{ticket.number}] {ticket.subject}"))
    assert desk.find(ticket.number) == []


def test_a_subject_that_somebody_else_wrote_is_not_our_ticket(
    rt: Server, desk: RequestTracker, ticket: OutboundTicket
) -> None:
    """Else a customer's mail could stand in for the ticket, and the ticket would never be made."""
    mail = {"Queue": rt.queue, "Subject": f"[{ticket.number}] hello", "Content": "by mail"}
    remote_id = by_an_agent(rt, "POST", "/ticket", json=mail)["id"]
    assert desk.find(ticket.number) == []
    assert remote_id not in [orphan.id for orphan in desk.orphans()]


# --- what RT drops, and duplicates ---


@pytest.fixture
def dropping(rt: Server) -> RequestTracker:
    """A desk whose references RT drops with a 201, as it does for a field that is not applied to the queue."""
    return connected(rt, reference_field="Not Applied Here")


def test_an_orphan_is_found_by_its_subject_listed_and_repaired(
    desk: RequestTracker, dropping: RequestTracker, ticket: OutboundTicket
) -> None:
    remote_id = dropping.create(ticket)
    (found,) = desk.find(ticket.number)
    assert (found.id, found.reference) == (remote_id, None)
    assert remote_id in [orphan.id for orphan in desk.orphans()]
    assert desk.repair(remote_id, ticket) == []
    assert desk.read(remote_id).reference == ticket.number
    assert remote_id not in [orphan.id for orphan in desk.orphans()]


def test_what_cannot_be_repaired_is_said_in_sentences(dropping: RequestTracker, ticket: OutboundTicket) -> None:
    ticket = replace(ticket, requester="no address")
    complaints = " ".join(dropping.repair(dropping.create(ticket), ticket))
    assert "Not Applied Here" in complaints
    assert "ModifyCustomField" in complaints
    assert "requestor" in complaints
    assert "due" not in complaints


def test_a_due_date_is_kept_by_create_and_by_change(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    """RT on SQLite keeps a date with a Z on create and loses it on change, and takes no other zone at all."""
    zone = timezone(timedelta(hours=5, minutes=30))
    remote_id = desk.create(replace(ticket, respond_by=RESPOND_BY.astimezone(zone)))
    assert desk.read(remote_id).due == RESPOND_BY
    for moved in (RESPOND_BY + timedelta(hours=1), RESPOND_BY + timedelta(hours=2)):
        assert desk.repair(remote_id, replace(ticket, respond_by=moved.astimezone(zone))) == []
        assert desk.read(remote_id).due == moved
    by_an_agent(rt, "PUT", f"/ticket/{remote_id}", json={"Due": "1970-01-01 00:00:00"})
    assert desk.read(remote_id).due is None
    assert desk.repair(remote_id, ticket) == []
    assert desk.read(remote_id).due == RESPOND_BY


def test_an_agents_choice_stands(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    remote_id = desk.create(ticket)
    by_an_agent(
        rt,
        "PUT",
        f"/ticket/{remote_id}",
        json={"Status": "open", "Due": "2027-01-01 00:00:00", "Priority": 7, "Subject": "mine now"},
    )
    assert desk.repair(remote_id, ticket) == []
    assert desk.read(remote_id).due == datetime(2027, 1, 1, tzinfo=UTC)
    assert by_an_agent(rt, "GET", f"/ticket/{remote_id}")["Priority"] == "7"


def test_duplicates_are_merged_into_the_oldest(
    desk: RequestTracker, dropping: RequestTracker, ticket: OutboundTicket
) -> None:
    oldest, second, orphan = desk.create(ticket), desk.create(ticket), dropping.create(ticket)
    assert [found.id for found in desk.find(ticket.number)] == [oldest, second, orphan]
    for extra in (second, orphan, orphan):
        desk.merge(extra, oldest)
    assert [found.id for found in desk.find(ticket.number)] == [oldest]
    assert {desk.read(each).id for each in (oldest, second, orphan)} == {oldest}, (
        "the merge chain leads to the survivor"
    )


def test_a_merge_that_rt_did_not_do_is_told(desk: RequestTracker, ticket: OutboundTicket) -> None:
    """RT answers 200 whether or not it has merged."""
    remote_id = desk.create(ticket)
    with pytest.raises(Undelivered) as caught:
        desk.merge(remote_id, "999999")
    assert caught.value.cause == "rejected"
    assert desk.read(remote_id).id == remote_id


# --- replies ---


def test_a_reply_is_added_exactly_once(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    remote_id = desk.create(ticket)
    for marker in ("msg_1", "msg_1", "msg_11", "msg_1"):
        desk.reply(remote_id, marker, f"More, {marker}: <b>ü</b>")
    told = [(message["Subject"], message["Content"]) for message in messages(rt, remote_id)[1:]]
    subject = f"[{ticket.number}] {ticket.subject}"
    assert told == [(f"{subject} [{marker}]", f"More, {marker}: <b>ü</b>") for marker in ("msg_1", "msg_11")]


def test_a_note_is_a_comment_that_the_customer_is_not_mailed(
    rt: Server, desk: RequestTracker, ticket: OutboundTicket
) -> None:
    remote_id = desk.create(ticket)
    for _ in range(2):
        desk.note(remote_id, "facts", "The licence is active.")
    query = {"query": f"ObjectId = {remote_id} AND ObjectType = 'RT::Ticket'", "fields": "Type"}
    told = [each["Type"] for each in by_an_agent(rt, "GET", "/transactions", params=query)["items"]]
    assert told.count("Comment") == 1
    assert told.count("Correspond") == 0


def test_a_reply_after_a_merge_is_still_added_once(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    oldest, extra = desk.create(ticket), desk.create(ticket)
    desk.reply(extra, "msg_1", "more")
    desk.merge(extra, oldest)
    for remote_id in (extra, oldest):
        desk.reply(remote_id, "msg_1", "more")
    assert [message["Content"] for message in messages(rt, oldest)].count("more") == 1


def test_a_reply_to_a_closed_ticket_opens_it(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    remote_id = desk.create(ticket)
    by_an_agent(rt, "PUT", f"/ticket/{remote_id}", json={"Status": "resolved"})
    desk.reply(remote_id, "msg_1", "It is back.")
    assert desk.read(remote_id).status == "open"


# --- texts ---


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("Grüße, 表单, نموذج, 👩‍💻", "Grüße, 表单, نموذج, 👩‍💻"),
        ("two\r\nlines\tand\u2028three", "two lines and three"),
        ("Bcc: x@example.test\nX-Evil: 1", "Bcc: x@example.test X-Evil: 1"),
        ("nul \x00 bell \x07 turn \u202e back", "nul bell turn back"),
        ("half a \ud83d character", "half a character"),
        ("<script>alert(1)</script> {{7*7}} %s $x", "<script>alert(1)</script> {{7*7}} %s $x"),
        ("", ""),
    ],
    ids=["not ASCII", "lines", "headers", "controls", "surrogate", "markup", "empty"],
)
def test_a_subject_arrives_on_one_line(desk: RequestTracker, ticket: OutboundTicket, subject: str, kept: str) -> None:
    assert desk.read(desk.create(replace(ticket, subject=subject))).subject == f"[{ticket.number}] {kept}".strip()


@pytest.mark.parametrize("letter", ["x", "ä", "表", "👍"])
def test_a_long_subject_is_cut_by_us_before_rt_does_it(
    desk: RequestTracker, ticket: OutboundTicket, letter: str
) -> None:
    """RT cuts at 200 bytes; the number stands first, so it is always kept."""
    ticket = replace(ticket, subject=letter * 300)
    subject = desk.read(desk.create(ticket)).subject
    assert subject.startswith(f"[{ticket.number}] {letter}")
    assert SUBJECT_BYTES - 4 < len(subject.encode()) <= SUBJECT_BYTES
    assert "\ufffd" not in subject


HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<!--", "]]>",
    "{{7*7}} ${7*7} <%= 7*7 %> { $Ticket->id }", "%n%s%x", "'; DROP TABLE Tickets; --", "\\' OR id > 0",
    "=cmd|'/c calc'!A1", "From nobody Sat Nov 21", ".", "-- ", "Status: resolved", "Content-Type: text/html", "--x--",
    "> quoted", "[SC-AAAA-AAAA]", "\ttab", "“quotes” – ✓ 👩‍💻",
)  # fmt: skip


def test_hostile_texts_arrive_letter_by_letter_as_plain_text_d2(
    rt: Server, desk: RequestTracker, ticket: OutboundTicket
) -> None:
    body = "\n".join(HOSTILE)
    remote_id = desk.create(replace(ticket, body=body))
    desk.reply(remote_id, "msg_1", body)
    for message in messages(rt, remote_id):
        assert (message["ContentType"], message["Content"]) == ("text/plain", body)
    assert desk.read(remote_id).status == "open", "a customer's words are no commands"


def test_what_no_database_takes_is_taken_out_before(rt: Server, desk: RequestTracker, ticket: OutboundTicket) -> None:
    body = "a\x00b\r\nc\ud800d\x1b[31m"
    (message,) = messages(rt, desk.create(replace(ticket, body=body)))
    assert message["Content"] == plain_text(body) == "ab\ncd[31m"


@pytest.mark.parametrize(
    "requester",
    ["a@example.test, b@example.test", "root", "kim@example.test\nCc: b@example.test", "jö@exämple.test", "<x@y>", ""],
)
def test_a_requester_that_is_no_address_gets_nobody_into_the_ticket(
    rt: Server, desk: RequestTracker, ticket: OutboundTicket, requester: str
) -> None:
    remote_id = desk.create(replace(ticket, requester=requester))
    assert by_an_agent(rt, "GET", f"/ticket/{remote_id}")["Requestor"] == []


# --- what an operator got wrong, and what an attacker tries ---


def test_check_says_who_we_are(rt: Server, desk: RequestTracker) -> None:
    assert (
        desk.check() == f"RT knows us as {rt.user}; the queue {rt.queue} and its field {rt.reference_field} are there."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"queue": "No Such Queue"}, "SeeQueue"),
        ({"queue": "No/Such/Queue"}, "spelling"),
        ({"token": "1-29-00000000000000000000000000000000"}, "token"),
        ({"token": "nonsense"}, "token"),
        ({"reference_field": "No Such Field"}, "Admin > Custom Fields"),
    ],
)
def test_check_names_the_cure(rt: Server, settings: dict[str, str], words: str) -> None:
    with pytest.raises(Undelivered) as caught:
        connected(rt, **settings).check()
    assert caught.value.cause == "configuration"
    assert words in caught.value.message


@pytest.mark.parametrize("settings", [{"queue": "No Such Queue"}, {"token": "1-29-00000000000000000000000000000000"}])
def test_an_unknown_queue_and_a_bad_token_are_matters_of_configuration(
    rt: Server, ticket: OutboundTicket, settings: dict[str, str]
) -> None:
    """RT says 403 for a queue that is not there."""
    with pytest.raises(Undelivered) as caught:
        connected(rt, **settings).create(ticket)
    assert caught.value.cause == "configuration"


def test_a_ticket_that_is_not_there_is_for_a_person(desk: RequestTracker) -> None:
    with pytest.raises(Undelivered) as caught:
        desk.read("999999")
    assert caught.value.cause == "rejected"


@pytest.fixture
def hostile_queue(rt: Server, dropping: RequestTracker, ticket: OutboundTicket) -> RequestTracker:
    """A queue whose name adds conditions of its own, with an orphan in the real queue for it to catch."""
    dropping.create(ticket)
    return connected(rt, queue=f"{rt.queue}' AND id > 0 AND Queue = '{rt.queue}")


def test_a_value_in_a_query_stays_a_value(desk: RequestTracker, hostile_queue: RequestTracker) -> None:
    assert desk.orphans() != []
    assert hostile_queue.orphans() == []


@pytest.mark.parametrize("number", ["SC-1' OR id > 0 OR Subject = '", "SC-1\\", "SC-1%", "SC-1} OR {"])
def test_a_number_cannot_widen_a_search(desk: RequestTracker, number: str) -> None:
    with pytest.raises(Undelivered) as caught:
        desk.find(number)
    assert caught.value.cause == "rejected"
