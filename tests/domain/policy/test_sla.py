"""What the policies promise, where they promise anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.facts import Due
from connector.domain.policy.sla import next_response, next_update, promise
from tests.domain.policy.building import CRMJETTY, HOURLY, JETPACK, PACKS, TIERED, WHMCS, moments, policy

instants = moments(2026, 2027)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


FRIDAY_AT_TWO = utc("2026-03-06T14:00-05:00")
FRIDAY_AT_SIX = utc("2026-03-06T18:00-05:00")


@pytest.mark.parametrize("pack", [JETPACK, HOURLY])
def test_hrs_27_a_policy_without_numbers_promises_nothing(pack: str) -> None:
    """HRS-27: absent, not 1970 and not now."""
    assert promise(policy(pack), policy(pack).default_severity, "ticket", FRIDAY_AT_TWO) == Due()


def test_hrs_04_priority_has_a_target_and_a_limit() -> None:
    """HRS-04, A6: 4 business hours are the warning, 8 the limit; clock hours are the other reading."""
    due = promise(policy(WHMCS), "priority", "ticket", utc("2026-03-06T13:00-05:00"))
    assert (due.warn_at, due.respond_by) == (utc("2026-03-06T17:00-05:00"), utc("2026-03-09T12:00-04:00"))
    other = promise(policy(WHMCS, severity__priority__clock="always"), "priority", "ticket", utc("2026-06-13T07:15Z"))
    assert other.respond_by == utc("2026-06-13T15:15Z")


def test_hrs_03_est_is_new_york_or_a_fixed_offset() -> None:
    """HRS-03, A5"""
    start = utc("2026-03-06T16:00-05:00")
    fixed = policy(WHMCS, calendar__timezone="Etc/GMT+5")
    assert promise(policy(WHMCS), "standard", "ticket", start).respond_by == utc("2026-03-11T17:00Z")
    assert promise(fixed, "standard", "ticket", start).respond_by == utc("2026-03-11T18:00Z")


@pytest.mark.parametrize(
    ("clock", "answered_by"),
    [
        ("weekdays", "2026-03-11T00:00+05:30"),
        ("always", "2026-03-09T11:00+05:30"),
        ("from_next_opening", "2026-03-11T10:00+05:30"),
    ],
)
def test_hrs_06_and_hrs_07_a_weekend_mail_waits_for_monday(clock: str, answered_by: str) -> None:
    """HRS-06, HRS-07, A7: from Monday 00:00 in India; the literal reading and the opening at ten are settings."""
    reading = policy(CRMJETTY, severity__standard__clock=clock)
    assert promise(reading, "standard", "email", utc("2026-03-07T11:00+05:30")).respond_by == utc(answered_by)


def test_hrs_10_and_hrs_12_to_14_critical_runs_around_the_clock() -> None:
    """HRS-10, HRS-12, HRS-13, HRS-14: 15 minutes, 4 hours, an update every hour; holidays do not count."""
    holiday = policy(TIERED, calendar__holidays=("2026-07-04",))
    night = utc("2026-07-04T03:07:20Z")
    assert promise(holiday, "critical", "ticket", night) == Due(
        respond_by=night + timedelta(minutes=15),
        resolve_by=night + timedelta(hours=4),
        update_by=night + timedelta(hours=1),
    )


def test_hrs_14_the_next_update_counts_from_the_last_public_message() -> None:
    """HRS-14, A9: +55 minutes gives +115, and it goes on past the four hours."""
    created = FRIDAY_AT_TWO
    assert next_update(policy(TIERED), "critical", created).due == created + timedelta(hours=1)
    assert next_update(policy(TIERED), "critical", created + timedelta(minutes=55)).due == created + timedelta(
        minutes=115
    )
    assert next_update(policy(TIERED), "critical", created + timedelta(hours=9)).due == created + timedelta(hours=10)
    assert next_update(policy(TIERED), "medium", created).due is None


def test_hrs_15_high_is_one_hour_in_business_hours_and_four_outside() -> None:
    """HRS-15, A10: by the instant of creation."""
    tiered = policy(TIERED)
    assert promise(tiered, "high", "ticket", FRIDAY_AT_TWO).respond_by == FRIDAY_AT_TWO + timedelta(hours=1)
    assert promise(tiered, "high", "ticket", FRIDAY_AT_SIX).respond_by == FRIDAY_AT_SIX + timedelta(hours=4)


@given(instants, st.integers(1, 600))
def test_a10_the_strict_reading_never_punishes_the_earlier_request(at: datetime, minutes: int) -> None:
    """A10: who writes later, still outside hours, is not due sooner."""
    strict = policy(TIERED, severity__high__closed_reading="strict")
    earlier = promise(strict, "high", "ticket", at).respond_by
    later = promise(strict, "high", "ticket", at + timedelta(minutes=minutes)).respond_by
    assert earlier is not None
    assert later is not None
    assert earlier <= later


def test_hrs_16_high_is_solved_within_eight_elapsed_hours() -> None:
    """HRS-16, A11: business hours are the other reading."""
    start = utc("2026-03-07T22:30-05:00")
    open_hours = policy(TIERED, severity__high__resolve_clock="open")
    assert promise(policy(TIERED), "high", "ticket", start).resolve_by == utc("2026-03-08T07:30-04:00")
    assert promise(open_hours, "high", "ticket", start).resolve_by == utc("2026-03-09T17:00-04:00")


def test_hrs_17_and_hrs_18_medium_counts_business_hours() -> None:
    """HRS-17, HRS-18"""
    due = promise(policy(TIERED), "medium", "ticket", utc("2026-03-06T16:00-05:00"))
    assert (due.respond_by, due.resolve_by) == (utc("2026-03-09T11:00-04:00"), utc("2026-03-09T16:00-04:00"))


def test_hrs_19_and_hrs_20_low_counts_business_days() -> None:
    """HRS-19, HRS-20: target 2, limit 3 business days."""
    due = promise(policy(TIERED), "low", "ticket", utc("2026-03-05T11:00-05:00"))
    assert due.respond_by == utc("2026-03-06T11:00-05:00")
    assert (due.resolve_warn_at, due.resolve_by) == (utc("2026-03-09T11:00-04:00"), utc("2026-03-10T11:00-04:00"))


def test_hrs_24_a_hold_gives_back_open_time_only() -> None:
    """HRS-24: approval came three open hours later."""
    start = utc("2026-06-15T10:00-04:00")
    held = [(start + timedelta(hours=1), start + timedelta(hours=4))]
    assert promise(policy(WHMCS), "standard", "ticket", start, held).respond_by == utc("2026-06-18T10:00-04:00")
    overnight = [(utc("2026-06-15T18:00-04:00"), utc("2026-06-16T09:00-04:00"))]
    assert promise(policy(WHMCS), "standard", "ticket", start, overnight).respond_by == utc("2026-06-17T16:00-04:00")


def test_hrs_26_the_next_response_counts_from_the_customers_message() -> None:
    """HRS-26, A16"""
    assert next_response(policy(TIERED), "medium", utc("2026-06-15T21:10Z")).due == utc("2026-06-16T16:10Z")


def test_a30_the_other_reading_of_24_business_hours_is_one_day() -> None:
    """A30"""
    other = policy(WHMCS, severity__standard__clock="weekdays")
    assert promise(other, "standard", "ticket", utc("2026-06-12T20:00Z")).respond_by == utc("2026-06-15T20:00Z")


@pytest.mark.parametrize(
    ("severity", "by_mail"),
    [("medium", "2026-03-09T11:00-04:00"), ("low", "2026-03-09T16:00-04:00"), ("critical", "2026-03-06T16:15-05:00")],
)
def test_chn_16_and_a27_the_stricter_of_channel_and_severity_counts(severity: str, by_mail: str) -> None:
    """CHN-16, A27: mail promises one business day; the channel alone is the other reading."""
    start = utc("2026-03-06T16:00-05:00")
    assert promise(policy(TIERED), severity, "email", start).respond_by == utc(by_mail)
    channel = policy(TIERED, channel_clock="channel")
    assert promise(channel, severity, "email", start).respond_by == utc("2026-03-09T16:00-04:00")


@given(instants, st.sampled_from(PACKS))
def test_a_promise_never_lies_before_the_request_and_warns_before_it_breaks(at: datetime, pack: str) -> None:
    for severity in policy(pack).severities:
        due = promise(policy(pack), severity, "ticket", at)
        for first, last in ((due.warn_at, due.respond_by), (due.resolve_warn_at, due.resolve_by)):
            assert last is None or at < last
            assert first is None or (last is not None and at < first <= last)
