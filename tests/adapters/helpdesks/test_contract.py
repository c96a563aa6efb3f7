"""What every helpdesk in HELPDESKS does, whatever happens on the wire (F5, F6, F7, D6, D8), against a played one."""

import inspect
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.helpdesks import HELPDESKS
from connector.ports import Desk, Helpdesk, OutboundTicket, Undelivered
from tests.adapters.helpdesks.fakes import FAKES, TOKEN, Fake
from tests.adapters.helpdesks.stub import (
    Fault,
    Stub,
    after_the_work,
    answering,
    dripping_body,
    flooding,
    hanging_up,
    hanging_up_at_once,
    silent,
)

TICKET = OutboundTicket(
    number="SC-7F3K-2M9Q",
    subject="The form does not send",
    body="It says 500.\nSince yesterday.",
    requester="kim@example.test",
    requester_name="Kim",
    priority="standard",
    rank=50,
    respond_by=datetime(2026, 12, 1, 10, 30, tzinfo=UTC),
    resolve_by=datetime(2026, 12, 4, 10, 30, tzinfo=UTC),
)


@dataclass
class Scene:
    """A desk of a played helpdesk; `patient` takes the time the machine needs, `hasty` gives up soon."""

    helpdesk: Helpdesk
    fake: Fake
    stub: Stub

    def desk(self, **settings: Any) -> Desk:
        said = {**self.fake.settings, "url": self.stub.url, "allow_private": True, "timeout": 10, **settings}
        return self.helpdesk.connect(said)

    def created(self) -> int:
        return len(self.fake.texts())


@pytest.fixture(params=sorted(HELPDESKS))
def scene(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[Scene]:
    """Whatever a test does: what is logged meanwhile does not hold the token."""
    caplog.set_level(logging.DEBUG)
    fake = FAKES[request.param]()
    with Stub(fake.play).running() as stub:
        yield Scene(HELPDESKS[request.param], fake, stub)
    assert TOKEN not in caplog.text


def undelivered(call: Callable[[], object]) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        call()
    assert TOKEN not in f"{caught.value!r} {caught.value.message}"
    assert caught.value.message.endswith((".", "?")), "a sentence for an operator"
    return caught.value


# --- the registry ---


@pytest.mark.parametrize("name", sorted(HELPDESKS))
def test_a_helpdesk_says_what_an_operator_must_set(name: str) -> None:
    helpdesk = HELPDESKS[name]
    assert helpdesk.name == name
    assert set(helpdesk.required) <= set(helpdesk.settings)
    assert helpdesk.secret in helpdesk.settings
    assert all(meaning and "\n" not in meaning for meaning in helpdesk.settings.values())
    assert name in FAKES, "give the new helpdesk a player in fakes.py"


def test_a_desk_has_every_method_of_the_port(scene: Scene) -> None:
    desk = scene.desk()
    for name, _ in inspect.getmembers(Desk, inspect.isfunction):
        if not name.startswith("_"):
            assert callable(getattr(desk, name))


def test_every_required_setting_is_asked_for_by_name_before_anything_is_sent(scene: Scene) -> None:
    for name in scene.helpdesk.required:
        fault = undelivered(lambda: scene.desk(**{name: ""}))  # noqa: B023 - called within the turn
        assert (fault.cause, name in fault.message) == ("configuration", True)
    assert scene.stub.requests == []


def test_a_desk_does_not_show_its_secret(scene: Scene) -> None:
    assert TOKEN not in repr(scene.desk())


# --- all well ---


def test_a_ticket_is_created_read_and_found(scene: Scene) -> None:
    desk = scene.desk()
    remote_id = desk.create(TICKET)
    ticket = desk.read(remote_id)
    assert (ticket.id, ticket.reference) == (remote_id, TICKET.number)
    assert TICKET.subject in ticket.subject
    if scene.helpdesk.find_lag == 0:
        assert desk.find(TICKET.number) == [ticket]
    assert desk.repair(remote_id, TICKET) == []
    assert desk.orphans() == []
    assert scene.fake.texts() == [TICKET.body]


def test_nothing_is_found_where_nothing_is(scene: Scene) -> None:
    desk = scene.desk()
    desk.create(replace(TICKET, number="SC-AAAA-AAAA"))
    assert desk.find(TICKET.number) == []


def test_check_says_who_we_are_and_where_the_tickets_go(scene: Scene) -> None:
    said = scene.desk().check()
    assert str(scene.fake.settings["queue"]) in said
    assert TOKEN not in said


# --- what went missing ---


def test_a_dropped_reference_is_found_by_subject_and_set_again(scene: Scene) -> None:
    scene.fake.drops = {"reference", "due"}
    desk = scene.desk()
    remote_id = desk.create(TICKET)
    assert desk.read(remote_id).reference is None
    assert [ticket.id for ticket in desk.find(TICKET.number)] == [remote_id]
    assert [ticket.id for ticket in desk.orphans()] == [remote_id]
    assert desk.repair(remote_id, TICKET) == []
    assert desk.read(remote_id).reference == TICKET.number
    assert desk.orphans() == []


def test_duplicates_come_oldest_first_and_merge_into_one(scene: Scene) -> None:
    desk = scene.desk()
    ids = [desk.create(TICKET) for _ in range(3)]
    assert [ticket.id for ticket in desk.find(TICKET.number)] == ids
    for extra in ids[1:]:
        desk.merge(extra, ids[0])
        desk.merge(extra, ids[0])  # once more, after a lost answer
    assert [ticket.id for ticket in desk.find(TICKET.number)] == ids[:1]
    assert {desk.read(each).id for each in ids} == {ids[0]}


def test_more_tickets_than_one_page_holds_are_all_found(scene: Scene) -> None:
    desk = scene.desk()
    ids = [desk.create(TICKET) for _ in range(101)]
    assert [ticket.id for ticket in desk.find(TICKET.number)] == ids


def test_a_reply_is_added_once_per_marker(scene: Scene) -> None:
    desk = scene.desk()
    remote_id = desk.create(TICKET)
    for marker in ("msg-1", "msg-1", "[msg-1]", "msg-11", "msg-1"):
        desk.reply(remote_id, marker, f"text of {marker}")
    assert scene.fake.texts() == [TICKET.body, "text of msg-1", "text of msg-11"]


def test_what_we_did_ourselves_is_no_act_of_theirs(scene: Scene) -> None:
    desk = scene.desk()
    remote_id = desk.create(TICKET)
    desk.reply(remote_id, "msg-1", "more")
    assert desk.acts(remote_id) == []


def test_a_note_is_added_once_per_marker(scene: Scene) -> None:
    desk = scene.desk()
    remote_id = desk.create(TICKET)
    for marker in ("facts", "facts", "[facts]"):
        desk.note(remote_id, marker, "for agents")
    assert scene.fake.texts() == [TICKET.body, "for agents"]


def test_a_reply_whose_answer_was_lost_is_not_added_again_f7(scene: Scene) -> None:
    desk = scene.desk()
    remote_id = desk.create(TICKET)
    calls = len(scene.stub.requests)
    desk.reply(remote_id, "msg-0", "learn how many calls a reply takes")
    before = len(scene.stub.requests) - calls - 1
    scene.stub.go_wrong(*[_as_it_should] * before, hanging_up)
    assert undelivered(lambda: desk.reply(remote_id, "msg-1", "more")).cause == "unknown"
    desk.reply(remote_id, "msg-1", "more")
    assert scene.fake.texts().count("more") == 1


def _as_it_should(handler: Any, request: Any, play: Any) -> None:
    handler.answer(play(request))


# --- what went wrong: the cause decides what the worker does ---


def calls_of(desk: Desk) -> dict[str, Callable[[], object]]:
    return {
        "find": lambda: desk.find(TICKET.number),
        "create": lambda: desk.create(TICKET),
        "read": lambda: desk.read("1"),
        "repair": lambda: desk.repair("1", TICKET),
        "merge": lambda: desk.merge("2", "1"),
        "reply": lambda: desk.reply("1", "msg-1", "more"),
        "note": lambda: desk.note("1", "msg-1", "for agents"),
        "acts": lambda: desk.acts("1"),
        "orphans": desk.orphans,
        "check": desk.check,
    }


METHODS = ("find", "create", "read", "repair", "merge", "reply", "note", "acts", "orphans", "check")
ANSWERS = {
    "401": (answering(401), "configuration"),
    "403": (answering(403), "configuration"),
    "redirect": (answering(302, Location="https://elsewhere.example.test/"), "configuration"),
    "422": (answering(422, {"message": "no"}), "rejected"),
    "500": (answering(500), "unknown"),
    "502": (answering(502), "unknown"),
    "503": (answering(503), "unknown"),
    "429": (answering(429, Retry_After="30"), "busy"),
    "503 with a time": (answering(503, Retry_After="30"), "busy"),
    "hang-up": (hanging_up_at_once, "unknown"),
    "a web page": (answering(200, b"<!doctype html>"), "unknown"),
    "nothing": (answering(200), "unknown"),
    "other JSON": (answering(200, [[1, None, {"id": {}}]]), "unknown"),
    "a gigabyte": (flooding, "unknown"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_each_answer_has_the_same_cause_in_every_method_f5_f6_d8(scene: Scene, method: str, answer: str) -> None:
    fault, cause = ANSWERS[answer]
    desk = scene.desk()
    desk.create(TICKET)
    desk.create(TICKET)
    scene.stub.go_wrong(fault)
    caught = undelivered(calls_of(desk)[method])
    assert (caught.cause, caught.retry_after) == (cause, 30 if cause == "busy" else None)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", [silent, dripping_body], ids=lambda fault: str(fault.__name__))
def test_an_endless_answer_is_unknown_after_the_time_that_was_set_d8(scene: Scene, method: str, fault: Fault) -> None:
    scene.desk().create(TICKET)
    scene.stub.go_wrong(fault)
    assert undelivered(calls_of(scene.desk(timeout=0.2))[method]).cause == "unknown"


def test_a_queue_that_is_not_there_is_a_matter_of_configuration(scene: Scene) -> None:
    answer = scene.fake.no_such_queue
    for status in (answer.status, 404):
        scene.stub.go_wrong(answering(status, answer.body), answering(status, answer.body))
        assert undelivered(lambda: scene.desk().create(TICKET)).cause == "configuration"
        fault = undelivered(lambda: scene.desk().check())
        assert (fault.cause, str(scene.fake.settings["queue"]) in fault.message) == ("configuration", True)


def test_a_400_to_a_create_is_for_a_person(scene: Scene) -> None:
    scene.stub.go_wrong(answering(400, {"message": "no subject"}))
    fault = undelivered(lambda: scene.desk().create(TICKET))
    assert (fault.cause, "no subject" in fault.message) == ("rejected", True)


@pytest.mark.parametrize(
    "fault",
    [after_the_work(500), after_the_work(201, b"<html>"), hanging_up, silent],
    ids=["500", "a web page", "hang-up", "time-out"],
)
def test_what_was_done_before_the_answer_was_lost_is_found_f7(scene: Scene, fault: Fault) -> None:
    scene.stub.go_wrong(fault)
    assert undelivered(lambda: scene.desk(timeout=0.5).create(TICKET)).cause == "unknown"
    assert len(scene.stub.requests) == 1, "nothing may send twice of its own accord"
    if scene.helpdesk.find_lag == 0:
        (found,) = scene.desk().find(TICKET.number)
        assert found.reference == TICKET.number


def test_the_helpdesk_may_be_gone(scene: Scene) -> None:
    with Stub(scene.fake.play).running() as other:
        gone = other.url
    for call in calls_of(scene.desk(url=gone)).values():
        fault = undelivered(call)
        assert (fault.cause, "Nothing was sent" in fault.message) == ("unknown", True)


def test_a_token_echoed_by_the_helpdesk_is_not_passed_on_d6(scene: Scene) -> None:
    for status in (400, 401, 403, 404, 429, 500):
        scene.stub.go_wrong(answering(status, {"message": f"bad header: token {TOKEN}"}))
        undelivered(lambda: scene.desk().create(TICKET))


# --- what must never get into a query or a path ---


@pytest.mark.parametrize("number", ["", "SC'", "SC-1' OR id > 0 OR '", "SC-1]", "sc-1", "SC 1", "SC-%", "Ş", "A" * 33])
def test_a_number_that_is_none_is_refused_before_anything_is_sent(scene: Scene, number: str) -> None:
    for call in (
        lambda: scene.desk().find(number),
        lambda: scene.desk().create(replace(TICKET, number=number)),
    ):
        assert undelivered(call).cause == "rejected"
    assert scene.stub.requests == []


@pytest.mark.parametrize("remote_id", ["", "../users", "1/../2", "1?x=1", "1#", "-1", "1 2", "1\n"])
def test_an_id_that_is_none_is_refused_before_anything_is_sent(scene: Scene, remote_id: str) -> None:
    desk = scene.desk()
    for call in (
        lambda: desk.read(remote_id),
        lambda: desk.repair(remote_id, TICKET),
        lambda: desk.merge(remote_id, "1"),
        lambda: desk.merge("1", remote_id),
        lambda: desk.reply(remote_id, "msg-1", "more"),
    ):
        assert undelivered(call).cause == "rejected"
    assert scene.stub.requests == []


@pytest.mark.parametrize("marker", ["", "a b", "a]b", "a\nb", "ä", "x" * 65])
def test_a_marker_that_is_none_is_refused_before_anything_is_sent(scene: Scene, marker: str) -> None:
    assert undelivered(lambda: scene.desk().reply("1", marker, "more")).cause == "rejected"
    assert scene.stub.requests == []
