"""How the adapter spells things for Request Tracker, without one."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.helpdesks.rt import connect
from adapters.helpdesks.rt.wire import SUBJECT_BYTES, droppable, due_of, mark_of, marked_line, quoted, subject_line
from connector.ports import OutboundTicket, Undelivered

NUMBER = "SC-7F3K-2M9Q"
FIELD = "Connector Reference"


def ticket(**members: Any) -> OutboundTicket:
    known = {"subject": "x", "body": "x", "requester": None, "requester_name": None, "priority": "standard", "rank": 50}
    return OutboundTicket(**{"number": NUMBER, **known, **members})


@given(st.text(st.characters(codec=None)))
def test_a_subject_begins_with_the_number_and_is_one_line_that_rt_keeps_whole(subject: str) -> None:
    line = subject_line(ticket(subject=subject))
    assert line.startswith(f"[{NUMBER}]")
    assert len(line.encode()) <= SUBJECT_BYTES
    assert len(line.splitlines()) == 1


def test_a_number_that_is_there_already_is_not_put_there_twice() -> None:
    assert subject_line(ticket(subject=f"[{NUMBER}] Help")) == f"[{NUMBER}] Help"


@given(st.text(), st.text(st.sampled_from("abc_-.09"), min_size=1, max_size=64))
def test_the_mark_of_a_reply_is_kept_whole(subject: str, marker: str) -> None:
    mark = mark_of(marker)
    line = marked_line(subject, mark)
    assert line.endswith(f" [{marker}]")
    assert mark_of(mark) == mark
    assert len(line.encode()) <= SUBJECT_BYTES


@given(st.text("ab '\\\n"))
def test_a_quoted_value_ends_where_it_ends(value: str) -> None:
    inside = quoted(value)[1:-1]
    assert re.fullmatch(r"([^'\\]|\\.)*", inside, re.DOTALL)
    assert re.sub(r"\\(.)", r"\1", inside, flags=re.DOTALL) == value


def test_due_is_the_first_promise_in_utc_and_whole_seconds() -> None:
    respond = datetime(2026, 12, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    both = ticket(respond_by=respond, resolve_by=respond + timedelta(days=1))
    assert due_of(both) == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert droppable(both, FIELD, {})["Due"] == "2026-12-01 10:00:00"
    assert due_of(ticket(resolve_by=respond)) == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert due_of(ticket()) is None


@pytest.mark.parametrize(("rank", "number"), [(-5, 0), (0, 0), (50, 50), (100, 100), (1_000, 100)])
def test_priority_is_the_rank_within_rts_hundred_tier_03(rank: int, number: int) -> None:
    assert droppable(ticket(rank=rank), FIELD, {})["Priority"] == number


@pytest.mark.parametrize("said", ["critical=100, standard = 20", {"critical": 100, "standard": "20"}])
def test_priority_is_what_the_operator_maps_the_word_to_tier_03(said: Any) -> None:
    desk = connect({"url": "https://rt.example.test", "queue": "Support", "token": "t", "priorities": said})
    assert droppable(ticket(), FIELD, desk.priorities)["Priority"] == 20
    assert droppable(ticket(priority="critical"), FIELD, desk.priorities)["Priority"] == 100
    assert droppable(ticket(priority="other"), FIELD, desk.priorities)["Priority"] == 50


@pytest.mark.parametrize(
    ("setting", "value"),
    [("priorities", said) for said in ("high", "high=", "high=101", "high=-1", "a=1=2", ["high"], {"high": None})]
    + [("reference_field", name) for name in ("x' OR id > 0", "{x}", "a\\", "x" * 65)]
    + [("queue", ""), ("token", "")],
)
def test_a_setting_that_cannot_work_is_named(setting: str, value: Any) -> None:
    said = {"url": "https://rt.example.test", "queue": "Support", "token": "t"}
    with pytest.raises(Undelivered) as caught:
        connect({**said, setting: value})
    assert caught.value.cause == "configuration"
    assert setting in caught.value.message
