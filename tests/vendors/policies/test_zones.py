"""Zones as vendors write them: what is not a place is told which place is meant, and what may be meant otherwise is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.vendors.policies import packs
from connector.vendors.policies.zones import ABBREVIATIONS, PLACES, doubt, zone
from tests.vendors.policies.test_packs import faults, pack


def cure(name: str) -> str:
    """What is said to whoever writes this for a zone."""
    with pytest.raises(ValueError, match=" ") as caught:
        zone(name)
    return str(caught.value)


def offsets(name: str) -> set[timedelta | None]:
    return {datetime(2026, month, 15, tzinfo=ZoneInfo(name)).utcoffset() for month in (1, 7)}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("GMT+4", ["Asia/Dubai", "Etc/GMT-4"]),
        ("UTC+4", ["Asia/Dubai", "Etc/GMT-4"]),
        ("utc +04:00", ["Asia/Dubai", "Etc/GMT-4"]),
        ("+0400", ["Asia/Dubai", "Etc/GMT-4"]),
        ("GMT-5", ["America/New_York", "Etc/GMT+5"]),
        ("UTC\u22123", ["America/Sao_Paulo", "Etc/GMT+3"]),
        ("GMT+5:30", ["Asia/Kolkata"]),
        ("UTC+5:45", ["Asia/Kathmandu"]),
        ("GMT+14", ["Pacific/Kiritimati", "Etc/GMT-14"]),
        ("UTC-12", ["Etc/GMT+12"]),
        ("+00:00", ["write UTC", "Europe/London"]),
        ("UTC+15", ["no offset that any place keeps"]),
        ("UTC+3:17", ["no offset that any place keeps"]),
        ("GST", ["Asia/Dubai", "Etc/GMT-4"]),
        ("EST", ["America/New_York", "Etc/GMT+5"]),
        ("est", ["America/New_York", "Etc/GMT+5"]),
        ("IST", ["Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"]),
        ("BST", ["Europe/London", "Asia/Dhaka"]),
        ("PST", ["America/Los_Angeles", "Asia/Manila"]),
        ("CST", ["America/Chicago", "Asia/Shanghai"]),
        ("AEST", ["Australia/Sydney"]),
        ("CEST", ["Europe/Berlin"]),
        ("Eastern Standard Time", ["America/New_York"]),
        ("Pacific Time", ["America/Los_Angeles"]),
        ("Dubai", ["Asia/Dubai"]),
        ("New York", ["America/New_York"]),
        ("europe/london", ["Europe/London"]),
        ("Europe/Lodnon", ["did you mean Europe/London?"]),
        ("Mars/Olympus", ["write an IANA name"]),
        ("localtime", ["no time zone"]),
    ],
)
def test_hrs_03_what_is_not_a_place_is_told_which_place_is_meant(name: str, words: list[str]) -> None:
    """HRS-03"""
    assert [word for word in words if word not in cure(name)] == []


@pytest.mark.parametrize("hours", range(1, 13))
def test_hrs_03_the_sign_of_etc_is_the_other_way_round_and_is_said(hours: int) -> None:
    """HRS-03: Etc/GMT+4 is four hours behind, which hardly anybody means."""
    west, east = f"Etc/GMT+{hours}", f"Etc/GMT-{hours}"
    assert offsets(west) == {timedelta(hours=-hours)}
    assert "BEHIND UTC" in (doubt(west) or "")
    assert east in (doubt(west) or "")
    assert "AHEAD of UTC" in (doubt(east) or "")
    assert west in (doubt(east) or "")
    assert east in cure(f"GMT+{hours}")
    assert west in cure(f"UTC-{hours}")


@pytest.mark.parametrize(("minutes", "place"), PLACES.items())
def test_the_place_named_for_an_offset_keeps_it(minutes: int, place: str) -> None:
    assert timedelta(minutes=minutes) in offsets(place)


@pytest.mark.parametrize("place", sorted({place for places in ABBREVIATIONS.values() for place in places}))
def test_a_place_that_is_advised_is_one_that_is_taken(place: str) -> None:
    assert zone(place) == place


@pytest.mark.parametrize("word", sorted(ABBREVIATIONS))
def test_an_abbreviation_is_refused_or_doubted_never_taken_in_silence(word: str) -> None:
    try:
        told = doubt(zone(word)) or ""
    except ValueError as error:
        told = str(error)
    assert ABBREVIATIONS[word][0] in told


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Etc/GMT"])
def test_a_place_is_taken_without_a_word(name: str) -> None:
    assert (zone(name), doubt(name)) == (name, None)


@given(st.one_of(st.text(max_size=60), st.sampled_from(sorted(available_timezones()))))
def test_whatever_is_written_is_a_zone_or_a_sentence(name: str) -> None:
    try:
        told = zone(name)
    except ValueError as error:
        told = str(error)
    assert told == name or "write" in told or "did you mean" in told


def test_lint_refuses_what_is_no_zone_and_publishing_it_is_told_the_same(tmp_path: Path) -> None:
    found = faults(pack(tmp_path, ('"Europe/London"', '"GMT+4"')))
    assert "Etc/GMT-4" in found["calendar.timezone"]


def test_a_zone_that_may_be_meant_otherwise_is_good_and_asked_about(tmp_path: Path) -> None:
    path = pack(tmp_path, ('"Europe/London"', '"Etc/GMT+4"'), ("respond_by = 2026-03-09T17:00:00Z", ""))
    assert packs.lint(path) == []
    [told] = [each.message for each in packs.advice(packs.load(path)) if each.place == "calendar.timezone"]
    assert "four hours BEHIND UTC" in told
    assert "Asia/Dubai" in told


@pytest.mark.parametrize("window", ["22:00-06:00", "18:00 - 02:30", "23:59-00:01"])
def test_a_window_over_midnight_is_explained(tmp_path: Path, window: str) -> None:
    """HRS-01: a window lies within its day; the night is two of them."""
    told = faults(pack(tmp_path, ('["09:00-17:00"]', f'["{window}"]')))["calendar.open.mon.0"]
    opens, closes = (end.strip() for end in window.split("-"))
    assert f'"{opens}-24:00" on this day' in told
    assert f'"00:00-{closes}" on the next' in told


def test_a_night_written_as_told_is_open_through_midnight(tmp_path: Path) -> None:
    """HRS-01"""
    night = 'open.mon = ["09:00-17:00", "22:00-24:00"]\nopen.tue = ["00:00-06:00"]'
    path = pack(tmp_path, ('open.mon = ["09:00-17:00"]', night))
    assert packs.lint(path) == []
