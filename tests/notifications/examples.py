"""The payloads that docs/notifications.md shows, by event; what is really sent is held to them."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from tests.paths import DOCS

PERSONAL = {"customer", "subject", "status_url"}
OF_TICKETS = {"state", "respond_by", "resolve_by"}


@cache
def shown() -> dict[str, dict[str, Any]]:
    """The example of each event."""
    blocks = re.findall(r"```json\n(.*?)```", (DOCS / "notifications.md").read_text(), re.DOTALL)
    return {example["type"]: example for example in map(json.loads, blocks)}


def hold(told: dict[str, Any]) -> None:
    """What was sent has the members of its example, and those alone; of a person only what the page names."""
    example = shown()[told["type"]]
    members = set(example["data"])
    if told["data"].get("ticket", "") is None:
        members -= OF_TICKETS
    assert set(told) == set(example)
    assert set(told["data"]) - PERSONAL == members, told["type"]
