"""What the published pages promise, read by hand from them once more, and looked up minute by minute: nothing of the packs.

`answer` takes a row of a table of worked instants, as `connector policy cases` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import gcd
from zoneinfo import ZoneInfo

from tests.domain.calendar import oracle
from tests.domain.calendar.oracle import Pauses, Wall

HOURS = 60
NINE_TO_SIX = (((540, 1080),),) * 5 + ((), ())
TEN_TO_SIX = (((600, 1080),),) * 5 + ((), ())
DAY = 9 * HOURS
"""A business day of nine to six: nine open hours (A12)."""


@dataclass(frozen=True)
class Page:
    """A vendor's page: its hours, and each clock of each priority as (minutes, mode)."""

    wall: Wall
    clocks: Mapping[tuple[str, str], tuple[int, str]]
    strict: bool = False


NEW_YORK = Wall("America/New_York", NINE_TO_SIX)
WHMCS = Page(
    NEW_YORK,
    {
        ("standard", "first_response"): (24 * HOURS, "open"),
        ("priority", "first_response_target"): (4 * HOURS, "open"),
        ("priority", "first_response"): (8 * HOURS, "open"),
    },
)
CRMJETTY = Page(Wall("Asia/Kolkata", TEN_TO_SIX), {("email", "first_response"): (48 * HOURS, "weekdays")})
TIERED = Page(
    NEW_YORK,
    {
        ("critical", "first_response"): (15, "always"),
        ("critical", "next_response"): (15, "always"),
        ("critical", "resolution"): (4 * HOURS, "always"),
        ("critical", "update"): (HOURS, "always"),
        ("high", "first_response"): (HOURS, "always"),
        ("high", "first_response, closed"): (4 * HOURS, "always"),
        ("high", "next_response"): (HOURS, "always"),
        ("high", "next_response, closed"): (4 * HOURS, "always"),
        ("high", "resolution"): (8 * HOURS, "always"),
        ("medium", "first_response"): (4 * HOURS, "open"),
        ("medium", "next_response"): (4 * HOURS, "open"),
        ("medium", "resolution"): (DAY, "open"),
        ("low", "first_response"): (DAY, "open"),
        ("low", "next_response"): (DAY, "open"),
        ("low", "resolution_target"): (2 * DAY, "open"),
        ("low", "resolution"): (3 * DAY, "open"),
        ("email", "first_response"): (DAY, "open"),
    },
)
SYNTHETIC = {("any", "first_response"): (8 * HOURS, "open")}
PAGES = {
    "A-NY": WHMCS,
    "A-EST": replace(WHMCS, wall=replace(NEW_YORK, zone="Etc/GMT+5")),
    "A-NY-clock": Page(NEW_YORK, {("priority", "first_response"): (8 * HOURS, "always")}),
    "A-NY-24hday": Page(NEW_YORK, {("standard", "first_response"): (24 * HOURS, "weekdays")}),
    "C": CRMJETTY,
    "C-literal": Page(CRMJETTY.wall, {("email", "first_response"): (48 * HOURS, "always")}),
    "C-open10": Page(CRMJETTY.wall, {("email", "first_response"): (48 * HOURS, "from_next_opening")}),
    "E-NY": TIERED,
    "E-NY-strict": replace(TIERED, strict=True),
    "E-UTC": replace(TIERED, wall=Wall("UTC", NINE_TO_SIX)),
    "E-London": replace(TIERED, wall=Wall("Europe/London", NINE_TO_SIX)),
    "X-night": Page(Wall("America/New_York", (((0, 360),),) * 7), SYNTHETIC),
    "X-247": Page(Wall("America/New_York", (((0, 1440),),) * 7), SYNTHETIC),
}


def answer(row: Mapping[str, str]) -> datetime | None:
    """The instant (UTC) a row's clock comes to, None for no end."""
    notes = dict(re.findall(r"(holidays|paused|start)=([^;\s]+)", row["note"]))
    page, clock, created = PAGES[row["policy"]], row["clock"], instant(row["created_at_utc"])
    closed = frozenset(date.fromisoformat(day) for day in notes["holidays"].split("|")) if "holidays" in notes else ()
    page = replace(page, wall=replace(page.wall, closed=frozenset(closed)))
    pauses = [
        (instant(begin), instant(end))
        for begin, _, end in (pause.partition("/") for pause in notes.get("paused", "").split("|") if pause)
    ]
    if clock == "chat_opens_at":
        return page.wall.next_open(created)
    if clock == "free_support_ends":
        return three_months_later(created, page.wall.zone) if row["priority"] == "one-time" else None
    if number := re.fullmatch(r"update_(\d)", clock):
        for _ in range(int(number[1])):
            created = runs_out(page, row["priority"], "update", created, pauses)
        return created
    if clock in ("next_response", "next_update"):
        created = instant(notes["start"])
    return runs_out(page, row["priority"], clock.replace("next_update", "update"), created, pauses)


def runs_out(page: Page, priority: str, clock: str, start: datetime, pauses: Pauses) -> datetime:
    """When the clock of a priority runs out; one for closed hours goes by the instant of the start (HRS-15, A10)."""
    late = page.clocks.get((priority, f"{clock}, closed"))
    if late is None or page.wall.is_open(start):
        return by_stepping(page.wall, start, page.clocks[priority, clock], pauses)
    literal = by_stepping(page.wall, start, late, pauses)
    if not page.strict:
        return literal
    return min(literal, by_stepping(page.wall, page.wall.next_open(start), page.clocks[priority, clock], pauses))


def by_stepping(wall: Wall, start: datetime, clock: tuple[int, str], pauses: Pauses) -> datetime:
    """In steps of a minute, or of the seconds that all instants are multiples of."""
    seconds = gcd(60, start.second, *(end.second for pause in pauses for end in pause))
    return oracle.due(wall, start, *clock, pauses, timedelta(seconds=seconds))


def three_months_later(bought: datetime, zone: str) -> datetime:
    """The end of that local day three months on, or of the last day that month has (DUR-01, A21)."""
    local = bought.astimezone(ZoneInfo(zone)).date()
    year, month = (local.year, local.month + 3) if local.month < 10 else (local.year + 1, local.month - 9)
    day = max(
        date(year, month, 1) + timedelta(days=ahead) for ahead in range(local.day) if in_month(year, month, ahead)
    )
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def in_month(year: int, month: int, ahead: int) -> bool:
    return (date(year, month, 1) + timedelta(days=ahead)).month == month


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
