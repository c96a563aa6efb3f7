"""Time zones as a vendor writes them: an IANA name is taken, anything else is answered with the name that is meant.

`GMT+4` on a page means four hours ahead; IANA's `Etc/GMT+4` means four hours behind (POSIX counts westwards). Neither is
guessed: a clock that is eight hours off breaks every promise in silence.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

# What abbreviations and names of clients' calendars mean; several meanings where there are several.
ABBREVIATIONS: Mapping[str, tuple[str, ...]] = {
    "ACST": ("Australia/Adelaide", "Australia/Darwin"),
    "ACDT": ("Australia/Adelaide",),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "AEDT": ("Australia/Sydney",),
    "AKST": ("America/Anchorage",),
    "AKDT": ("America/Anchorage",),
    "ART": ("America/Argentina/Buenos_Aires",),
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "ADT": ("America/Halifax",),
    "AWST": ("Australia/Perth",),
    "BRT": ("America/Sao_Paulo",),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "CAT": ("Africa/Harare",),
    "CDT": ("America/Chicago", "America/Havana"),
    "CEST": ("Europe/Berlin", "Europe/Paris"),
    "CET": ("Europe/Berlin", "Europe/Paris"),
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "CST6CDT": ("America/Chicago",),
    "EAT": ("Africa/Nairobi",),
    "EDT": ("America/New_York",),
    "EEST": ("Europe/Athens", "Europe/Kyiv"),
    "EET": ("Europe/Athens", "Europe/Kyiv"),
    "EST": ("America/New_York", "Etc/GMT+5"),
    "EST5EDT": ("America/New_York",),
    "GMT": ("Europe/London", "Africa/Accra"),
    "GST": ("Asia/Dubai", "Etc/GMT-4"),
    "HKT": ("Asia/Hong_Kong",),
    "HST": ("Pacific/Honolulu",),
    "ICT": ("Asia/Bangkok",),
    "IDT": ("Asia/Jerusalem",),
    "IST": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "MDT": ("America/Denver",),
    "MET": ("Europe/Berlin",),
    "MSK": ("Europe/Moscow",),
    "MST": ("America/Denver", "America/Phoenix", "Asia/Kuala_Lumpur"),
    "MST7MDT": ("America/Denver",),
    "NPT": ("Asia/Kathmandu",),
    "NST": ("America/St_Johns",),
    "NDT": ("America/St_Johns",),
    "NZDT": ("Pacific/Auckland",),
    "NZST": ("Pacific/Auckland",),
    "PDT": ("America/Los_Angeles",),
    "PHT": ("Asia/Manila",),
    "PKT": ("Asia/Karachi",),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "PST8PDT": ("America/Los_Angeles",),
    "SAST": ("Africa/Johannesburg",),
    "SGT": ("Asia/Singapore",),
    "SST": ("Pacific/Pago_Pago", "Asia/Singapore"),
    "TRT": ("Europe/Istanbul",),
    "WAT": ("Africa/Lagos",),
    "WEST": ("Europe/Lisbon",),
    "WET": ("Europe/Lisbon",),
    "WIB": ("Asia/Jakarta",),
    "EASTERN": ("America/New_York",),
    "CENTRAL": ("America/Chicago",),
    "MOUNTAIN": ("America/Denver",),
    "PACIFIC": ("America/Los_Angeles",),
    "ET": ("America/New_York",),
    "CT": ("America/Chicago",),
    "MT": ("America/Denver",),
    "PT": ("America/Los_Angeles",),
}

# Minutes ahead of UTC to a place; where the whole year has one offset, that place.
PLACES: Mapping[int, str] = {
    -660: "Pacific/Pago_Pago",
    -600: "Pacific/Honolulu",
    -570: "Pacific/Marquesas",
    -540: "America/Anchorage",
    -480: "America/Los_Angeles",
    -420: "America/Phoenix",
    -360: "America/Costa_Rica",
    -300: "America/New_York",
    -240: "America/Puerto_Rico",
    -210: "America/St_Johns",
    -180: "America/Sao_Paulo",
    -120: "America/Noronha",
    -60: "Atlantic/Cape_Verde",
    0: "Europe/London",
    60: "Europe/Berlin",
    120: "Europe/Athens",
    180: "Europe/Istanbul",
    210: "Asia/Tehran",
    240: "Asia/Dubai",
    270: "Asia/Kabul",
    300: "Asia/Karachi",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    360: "Asia/Dhaka",
    390: "Asia/Yangon",
    420: "Asia/Bangkok",
    480: "Asia/Singapore",
    525: "Australia/Eucla",
    540: "Asia/Tokyo",
    570: "Australia/Darwin",
    600: "Australia/Brisbane",
    630: "Australia/Lord_Howe",
    660: "Pacific/Guadalcanal",
    720: "Pacific/Auckland",
    765: "Pacific/Chatham",
    780: "Pacific/Tongatapu",
    840: "Pacific/Kiritimati",
}

_NO_PLACE = {"localtime", "Factory", "posixrules"}
# Names that the time zone database knows, and that are refused nevertheless: no daylight saving where people mean some.
_REFUSED = {"EST", "MST", "HST", "EST5EDT"}
_OFFSET = re.compile(r"(?:GMT|UTC|UT|Z)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII)
_ETC = re.compile(r"Etc/GMT([+-])(\d{1,2})", re.ASCII)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def zone(name: str) -> str:
    """The IANA name as it is; raises ValueError that says which place is meant."""
    if name in _zones() and name not in _REFUSED:
        return name
    raise ValueError(_cure(name))


def doubt(name: str) -> str | None:
    """What a vendor may have overlooked about a zone that can be counted in, or None."""
    if etc := _ETC.fullmatch(name):
        return _direction(name, etc[1], int(etc[2])) if int(etc[2]) else None
    if name in ABBREVIATIONS:
        places = " or ".join(ABBREVIATIONS[name])
        return f"{name!r} is an abbreviation, not a place: write {places}, so that clock changes are that place's"
    return None


def _direction(name: str, sign: str, hours: int) -> str:
    west = sign == "+"
    counted = f"{_count(hours)} hour{'s' if hours > 1 else ''}"
    where = "BEHIND UTC (west of Greenwich)" if west else "AHEAD of UTC (east of Greenwich)"
    other = PLACES.get(60 * hours * (1 if west else -1))
    meant = (
        f": for {counted} {'ahead' if west else 'behind'} write Etc/GMT{'-' if west else '+'}{hours}"
        if hours <= 12
        else ""
    )
    return f"{name} is {counted} {where}, all year{meant}" + (f" or a place such as {other}" if other and meant else "")


def _cure(name: str) -> str:
    plain = "".join(name.replace("\u2212", "-").replace("\u2013", "-").split()).upper()
    if offset := _OFFSET.fullmatch(plain):
        return _by_offset(name, offset[1], int(offset[2]), int(offset[3] or 0))
    if plain == "Z":
        return _by_offset(name, "+", 0, 0)
    abbreviation = re.sub(r"(?:STANDARD|DAYLIGHT|SUMMER)?TIME(?:ZONE)?$", "", plain)
    abbreviation = abbreviation.removeprefix("US/")
    if meant := ABBREVIATIONS.get(abbreviation):
        return _by_abbreviation(name, meant)
    same = _by_city().get(name.casefold().replace(" ", "_").replace("-", "_"))
    if same:
        return f"{name!r} is no IANA name: write {' or '.join(same)}"
    near = difflib.get_close_matches(name[:60], sorted(_zones() - _REFUSED - set(ABBREVIATIONS)), n=1, cutoff=0.6)
    told = f"; did you mean {near[0]}?" if near else "; write an IANA name of a place, such as Europe/London"
    return f"{name!r} is no time zone{told}"


def _by_offset(name: str, sign: str, hours: int, minutes: int) -> str:
    ahead = (60 * hours + minutes) * (1 if sign == "+" else -1)
    if not ahead:
        return f"{name!r} is no IANA name: write UTC, or a place such as Europe/London, whose clocks change in summer"
    options = [PLACES[ahead] + _remark(PLACES[ahead])] if ahead in PLACES else []
    if not minutes and -14 <= -ahead // 60 <= 12:
        options.append(f"Etc/GMT{'-' if ahead > 0 else '+'}{hours} (the sign is the other way round there)")
    if not options:
        return f"{name!r} is no offset that any place keeps: write an IANA name of a place, such as Europe/London"
    where = "ahead of" if ahead > 0 else "behind"
    return f"{name!r} is an offset, not a place: for so much {where} UTC write {' or '.join(options)}"


def _by_abbreviation(name: str, meant: tuple[str, ...]) -> str:
    places = " or ".join(f"{place}{_remark(place)}" for place in meant)
    return f"{name!r} is an abbreviation, not a place: write {places}"


def _count(hours: int) -> str:
    return _NUMBERS[hours] if hours < len(_NUMBERS) else str(hours)


def _remark(place: str) -> str:
    etc = _ETC.fullmatch(place)
    if etc is None:
        return " (with daylight saving)" if place == "America/New_York" else ""
    hours = int(etc[2])
    return f" (always {_count(hours)} hours {'behind' if etc[1] == '+' else 'ahead'})"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_PLACE)


@cache
def _by_city() -> Mapping[str, tuple[str, ...]]:
    """What people write without the continent, or in another case, to the names meant."""
    found: dict[str, tuple[str, ...]] = {}
    for each in sorted(_zones() - _REFUSED - set(ABBREVIATIONS)):
        for word in {each.casefold(), each.rpartition("/")[2].casefold()}:
            if not each.startswith(("Etc/", "US/", "posix/", "right/")):
                found[word] = (*found.get(word, ()), each)
    return found
