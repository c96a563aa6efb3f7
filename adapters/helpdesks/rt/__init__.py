"""Request Tracker 5 (https://bestpractical.com/request-tracker), by its REST2 interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.helpdesks.rt.desk import RequestTracker
from adapters.outgoing.http import SETTINGS, api, wrong_setting
from connector.ports import Helpdesk


def connect(settings: Mapping[str, Any]) -> RequestTracker:
    """A desk for a sink's settings; nothing is called yet. Raises Undelivered `configuration`, naming the setting."""
    token, queue = str(settings.get("token") or ""), str(settings.get("queue") or "")
    field = str(settings.get("reference_field") or "Connector Reference")
    if not queue:
        raise wrong_setting("queue", "is empty; give the name of a queue in RT")
    if not re.fullmatch(r"[\w .-]{1,64}", field):
        raise wrong_setting("reference_field", "may hold letters, digits, spaces, dots and dashes only")
    headers = {"Authorization": f"token {token}"}
    return RequestTracker(api(settings, "/REST/2.0", headers, token), queue, field, _priorities(settings))


def _priorities(settings: Mapping[str, Any]) -> dict[str, int]:
    said = settings.get("priorities") or {}
    try:
        if isinstance(said, str):
            said = dict(pair.split("=") for pair in said.split(","))
        priorities = {str(word).strip(): int(number) for word, number in said.items()}
        usable = all(0 <= number <= 100 for number in priorities.values())
    except (AttributeError, TypeError, ValueError):
        usable = False
    if not usable:
        raise wrong_setting(
            "priorities", "must give each word a number from 0 to 100, as in: critical=100, standard=50"
        )
    return priorities


HELPDESK = Helpdesk(
    "rt",
    connect,
    find_lag=0,
    settings={
        **SETTINGS,
        "queue": "name of the queue in RT that takes the tickets",
        "token": "authentication token of the RT user the connector works as",
        "reference_field": "name of the ticket custom field that holds our number (default: Connector Reference)",
        "priorities": "RT's number for each of the policy's words (critical=100, standard=50); default: its rank",
    },
    required=("url", "queue", "token"),
    secret="token",  # noqa: S106 - the setting's name
    mails_customer=True,  # by its default scrips: on create, and on correspondence
)
