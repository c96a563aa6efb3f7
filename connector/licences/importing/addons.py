"""WHMCS add-ons of a licence: by convention one of them is its support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.licences.importing import cells
from connector.licences.importing.rows import plain


@dataclass(frozen=True)
class Bought:
    """Until when support and updates were paid as add-ons; None where there is no such add-on."""

    support_until: datetime | None = None
    updates_until: datetime | None = None


NONE = Bought()


def read(value: Any, zone: str, as_of: datetime) -> Bought:
    """`name=Support and Updates;nextduedate=2026-07-01;status=Active|...`, or a list of such objects; raises BadCell.

    An add-on that is not active gives nothing after `as_of`, when the row was so.
    """
    ends: dict[str, list[datetime]] = {"support": [], "update": []}
    for addon in _addons(value):
        name, status = cells.words(addon.get("name")).lower(), cells.words(addon.get("status")).lower()
        due = cells.instant(addon.get("nextduedate"), zone, ends=True)
        for word, found in ends.items():
            if word in name and due is not None:
                found.append(due if status in ("active", "") else min(due, as_of))
    return Bought(max(ends["support"], default=None), max(ends["update"], default=None))


def _addons(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from ({plain(name): member for name, member in each.items()} for each in value if isinstance(each, dict))
    elif isinstance(value, str):
        for addon in value.split("|"):
            pairs = (part.partition("=") for part in addon.split(";"))
            yield {plain(name): member for name, _, member in pairs}
