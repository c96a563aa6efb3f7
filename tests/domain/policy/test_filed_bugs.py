"""What users of other service-level engines reported, or what reading those engines showed: each must not happen here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connector.domain.calendar.hours import Calendar, Span, due, is_open, next_opening, parse_span
from connector.domain.clocks.clocks import next_alarm
from connector.domain.policy.facts import Due
from connector.domain.policy.policy import Severity
from connector.domain.policy.sla import promise
from tests.domain.clocks.ticket import HOUR, MONDAY, POLICY, WEEK, at, hours_of, stand, the

OFFICE = WEEK[0]
NEW_YORK = POLICY.calendar


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# --- calendars ---


@pytest.mark.parametrize("weekday", range(7))
def test_only_some_weekdays_were_found_because_it_looked_three_days_ahead(weekday: int) -> None:
    week = tuple(OFFICE if day == weekday else () for day in range(7))
    opening = next_opening(Calendar("UTC", week), utc("2026-06-15T18:00Z"))
    assert (opening.weekday(), opening.hour) == (weekday, 9)
    assert opening - utc("2026-06-15T18:00Z") < timedelta(days=7)


def test_after_thirty_closed_days_it_gave_up_and_said_1969() -> None:
    closed = frozenset(date(2026, 6, 1) + timedelta(days=day) for day in range(300))
    found = due(replace(NEW_YORK, closed=closed), utc("2026-06-01T14:00Z"), Span(3600))
    assert found == utc("2027-03-29T10:00-04:00")


def test_a_calendar_open_one_day_a_month_had_no_due() -> None:
    mondays = {date(2026, 6, 1) + timedelta(days=7 * week) for week in range(52)}
    firsts = {day for day in mondays if day.day <= 7}
    rare = Calendar("UTC", (OFFICE, *((),) * 6), frozenset(mondays - firsts))
    assert due(rare, utc("2026-06-02T00:00Z"), Span(27 * 3600)) == utc("2026-09-07T18:00Z")


def test_without_any_working_day_it_never_came_back() -> None:
    with pytest.raises(ValueError, match="never open"):
        Calendar("UTC", ((),) * 7)


def test_only_one_window_a_day_was_kept() -> None:
    """The lunch break counted, or the afternoon was lost."""
    lunch = Calendar("UTC", (((540, 720), (780, 1080)),) * 7)
    assert due(lunch, utc("2026-06-15T11:30Z"), Span(3600)) == utc("2026-06-15T13:30Z")
    assert due(lunch, utc("2026-06-15T09:00Z"), Span(8 * 3600)) == utc("2026-06-15T18:00Z")
    assert not is_open(lunch, utc("2026-06-15T12:00Z"))


def test_round_the_clock_lost_the_minute_before_midnight() -> None:
    """23:59 was the last minute one could enter."""
    always = Calendar("UTC", (((0, 1440),),) * 7)
    assert is_open(always, utc("2026-06-15T23:59:59Z"))
    assert due(always, utc("2026-06-15T23:59:00Z"), Span(120)) == utc("2026-06-16T00:01:00Z")


def test_a_due_at_closing_time_was_put_to_the_next_opening_62_hours_later() -> None:
    """A31"""
    assert due(NEW_YORK, utc("2026-06-12T17:00-04:00"), Span(3600)) == utc("2026-06-12T18:00-04:00")


def test_a_request_on_a_closed_day_counted_from_its_creation() -> None:
    assert due(NEW_YORK, utc("2026-06-13T12:00-04:00"), Span(3600)) == utc("2026-06-15T10:00-04:00")


def test_a_feed_brought_a_holiday_that_nobody_had_asked_for() -> None:
    """St. Martin's day, in a place that works on it."""
    assert is_open(NEW_YORK, utc("2026-11-11T12:00-05:00"))
    assert NEW_YORK.closed == frozenset()


def test_18_hours_were_taken_for_less_than_a_day() -> None:
    """They are two business days of nine hours, and a business day says so."""
    assert NEW_YORK.business_day == 9 * 3600
    start = utc("2026-06-15T09:00-04:00")
    assert due(NEW_YORK, start, parse_span("18h")) == due(NEW_YORK, start, parse_span("2bd")) == start + 33 * HOUR


# --- zones ---


@pytest.mark.parametrize("created", ["2026-03-06T16:00-05:00", "2026-10-30T16:00-04:00"])
def test_yesterdays_offset_was_used_after_the_clocks_had_changed(created: str) -> None:
    """The due of a request from before the change, or of one from last winter looked at in summer, was an hour off."""
    found = due(NEW_YORK, utc(created), Span(24 * 3600)).astimezone(NEW_YORK.tz)
    assert (found.weekday(), found.hour) == (2, 13)


def test_a_rota_moved_by_an_hour_for_half_of_the_year() -> None:
    openings = [
        next_opening(NEW_YORK, utc(f"2026-{month:02}-02T06:00Z")).astimezone(NEW_YORK.tz) for month in range(1, 13)
    ]
    assert {opening.hour for opening in openings} == {9}


@pytest.mark.parametrize("created", ["2026-03-08T00:30-05:00", "2026-11-01T00:30-04:00", "2026-11-01T23:30-05:00"])
def test_days_of_86400_seconds_came_twice_or_not_at_all(created: str) -> None:
    """A request within an hour of midnight in a week when clocks change."""
    noons = Calendar("America/New_York", (((720, 780),),) * 7)
    found = [due(noons, utc(created), Span(3600 * hours)).astimezone(noons.tz) for hours in range(1, 5)]
    assert [(later.date() - found[0].date()).days for later in found] == [0, 1, 2, 3]
    assert {later.hour for later in found} == {13}


def test_a_request_failed_at_once_because_its_zone_was_not_the_servers() -> None:
    """18:30 in India is 13:00 in London: both ways of writing the instant are the same request."""
    india = Calendar("Asia/Kolkata", (((0, 1440),),) * 7)
    start = datetime.fromisoformat("2026-06-15T18:30:00+05:30")
    assert due(india, start, Span(3600)) == due(india, start.astimezone(UTC), Span(3600)) == utc("2026-06-15T14:00Z")


def test_opening_at_three_in_the_morning_was_advised_to_get_round_summer_time() -> None:
    """A window in the hour that is skipped or doubled is counted for what it is."""
    night = Calendar("America/New_York", (((60, 180),),) * 7)
    spring, autumn = utc("2026-03-08T00:00-05:00"), utc("2026-11-01T00:00-04:00")
    assert due(night, spring, Span(2 * 3600)) == utc("2026-03-09T02:00-04:00")
    assert due(night, autumn, Span(3 * 3600)) == utc("2026-11-01T03:00-05:00")


# --- pauses ---


def test_hold_time_was_added_by_the_wall_clock_and_not_by_opening_hours() -> None:
    night = [(utc("2026-06-15T17:00-04:00"), utc("2026-06-16T10:00-04:00"))]
    start = utc("2026-06-15T10:00-04:00")
    assert due(NEW_YORK, start, Span(24 * 3600), "open", night) == utc("2026-06-17T18:00-04:00")


def test_hold_time_was_counted_twice_when_two_reasons_overlapped() -> None:
    both = [at(1, "held"), at(2, "waiting"), at(3, "released"), at(4, "resumed")]
    assert hours_of(the("resolution", stand("high", both, 4)).due) == 11


def test_hold_time_was_lost_with_a_change_of_priority_or_a_second_change_back() -> None:
    held = [at(0.5, "held"), at(2.5, "released")]
    before = the("resolution", stand("high", held, 3)).due
    changes = [at(3, "severity", "medium"), at(3.5, "severity", "high")]
    assert the("resolution", stand("high", [*held, *changes], 4)).due == before == MONDAY + 10 * HOUR


def test_a_ticket_was_breached_while_it_was_pending() -> None:
    for hours in (4, 5, 50, 5000):
        assert the("first_response", stand("medium", [at(3.9, "held")], hours)).state == "paused"


def test_pending_did_not_stop_the_clock_at_all() -> None:
    assert the("resolution", stand("medium", [at(1, "waiting")], 100)).counted == HOUR


# --- what happens to a ticket ---


def test_the_clock_ran_on_after_the_end_because_the_customer_had_the_last_word() -> None:
    thanks = [at(1, "answered"), at(1.5, "wrote"), at(2, "resolved")]
    assert {clock.state for clock in stand("medium", thanks, 200)} == {"met"}


def test_what_the_customer_wrote_after_the_end_was_seen_by_nobody() -> None:
    """Here it opens the ticket again, and ends with its solution."""
    still = [at(1, "answered"), at(2, "resolved"), at(3, "wrote")]
    assert the("next_response", stand("medium", still, 4)).state == "running"
    assert {clock.state for clock in stand("medium", [*still, at(4, "resolved")], 200)} == {"met"}


def test_a_late_first_reply_vanished_from_the_reports() -> None:
    assert the("first_response", stand("medium", [at(5, "answered"), at(6, "resolved")], 200)).state == "breached"


def test_an_update_target_overtook_the_first_response() -> None:
    assert "next_response" not in {clock.name for clock in stand("medium", [at(0.5, "wrote")], 1)}


@pytest.mark.parametrize("messages", [[2.0], [2.0, 2.5, 3.0]])
def test_a_customers_note_did_not_start_the_next_reply_or_pushed_it_back(messages: list[float]) -> None:
    marks = [at(1, "answered"), *(at(hours, "wrote") for hours in messages)]
    assert hours_of(the("next_response", stand("medium", marks, 3.5)).due) == 6


def test_only_the_longest_update_of_a_ticket_was_kept() -> None:
    """So the reports missed the misses: here every run is there."""
    answers = [at(hours, "answered") for hours in (0.2, 1.5, 2.0, 4.0)]
    states = [clock.state for clock in stand("critical", answers, 4.1) if clock.name == "update"]
    assert states == ["met", "breached", "met", "breached", "running"]


def test_a_reopened_ticket_started_afresh_or_with_the_time_it_was_closed() -> None:
    marks = [at(1, "answered"), at(2, "resolved"), at(7, "reopened")]
    reopened = the("resolution", stand("high", marks, 8))
    assert (reopened.counted, hours_of(reopened.due)) == (3 * HOUR, 13)


def test_the_service_level_was_taken_away_when_it_was_overdue() -> None:
    for change in ("none", "medium", "high"):
        kept = the("first_response", stand("critical", [at(2, "severity", change)], 3))
        assert (kept.state, hours_of(kept.breached_at)) == ("breached", 0.25)


def test_an_edit_of_the_calendar_moved_the_dues_of_open_tickets() -> None:
    """A ticket keeps the version it came under: it alone says what is due."""
    edited = replace(POLICY, calendar=replace(NEW_YORK, closed=frozenset({date(2026, 6, 15)})))
    assert promise(POLICY, "medium", None, MONDAY).respond_by == MONDAY + 4 * HOUR
    assert promise(edited, "medium", None, MONDAY).respond_by == MONDAY + 27 * HOUR
    assert promise(POLICY, "medium", None, MONDAY).respond_by == MONDAY + 4 * HOUR


def test_no_promise_read_back_as_1970() -> None:
    """HRS-27"""
    assert promise(POLICY, "none", None, MONDAY) == Due()


# --- warnings ---


def test_reminders_came_at_night() -> None:
    """A warning in opening hours is counted in opening hours, and so is the next time to look."""
    warned = replace(POLICY, severities={"slow": Severity(respond=Span(24 * 3600), respond_warn=Span(20 * 3600))})
    for hour in range(0, 24 * 7, 5):
        at_hour = MONDAY + hour * HOUR
        warn_at = promise(warned, "slow", None, at_hour).warn_at
        assert warn_at is not None
        assert is_open(NEW_YORK, warn_at) or is_open(NEW_YORK, warn_at - timedelta(seconds=1))


def test_an_escalation_step_came_at_midnight() -> None:
    """It was counted in days where the due was counted in hours."""
    found = promise(POLICY, "medium", None, utc("2026-06-12T17:00-04:00"))
    assert (found.resolve_warn_at, found.resolve_by) == (utc("2026-06-15T12:00-04:00"), utc("2026-06-15T17:00-04:00"))


def test_timed_jobs_ignored_the_opening_hours() -> None:
    evening = [at(7.5, "answered"), at(7.75, "wrote")]
    alarm = next_alarm(
        [clock for clock in stand("medium", evening, 8) if clock.name == "next_response"], MONDAY + 8 * HOUR
    )
    assert alarm == utc("2026-06-16T12:45-04:00")
