"""What an operator is told to click in Request Tracker when something is missing there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

RIGHTS = (
    "SeeQueue, ShowTicket, ShowTicketComments, CreateTicket, ReplyToTicket, CommentOnTicket, ModifyTicket, "
    "SeeCustomField, ModifyCustomField and SetInitialCustomField"
)


def complaint(name: str, queue: str, reference_field: str) -> str:
    """A sentence on a value that RT has dropped twice, with the cure."""
    return {
        "CustomFields": f"RT did not keep our number in the field {reference_field}: apply the field to {queue}, and "
        "give the token's user the rights SeeCustomField, ModifyCustomField and SetInitialCustomField.",
        "Priority": f"RT did not keep the priority: give the token's user the right ModifyTicket on {queue}.",
        "Due": f"RT did not keep the due date: give the token's user the right ModifyTicket on {queue}, and leave RT's "
        "own SLA off there.",
        "Requestor": "RT did not take the customer's mail address as requestor: the address is not one RT can use.",
    }[name]


def queue_faults(shown: Mapping[str, Any], queue: str, reference_field: str) -> Iterator[str]:
    """Sentences on what a queue, as RT shows it to us, lacks for our purpose."""
    where = f"Admin > Queues > {queue}"
    if str(shown.get("Disabled")) == "1":
        yield f"The queue {queue} is disabled: tick Enabled under {where} > Basics."
    if not any(link.get("ref") == "create" for link in _mappings(shown.get("_hyperlinks"))):
        yield f"The token's user may not create tickets: under {where} > User Rights give it {RIGHTS}."
    if not any(field.get("name") == reference_field for field in _mappings(shown.get("TicketCustomFields"))):
        yield (
            f"The queue {queue} shows us no ticket field {reference_field}: make it under Admin > Custom Fields > "
            f"Create (Enter one value, applies to Tickets), tick it under {where} > Custom Fields > Tickets, and give "
            "the token's user SeeCustomField, ModifyCustomField and SetInitialCustomField."
        )
    if str(shown.get("SLADisabled", "1")) == "0":
        yield f"RT's own SLA erases our due dates: untick SLA Enabled under {where} > Basics."


def owner_of(token: str) -> str | None:
    """The id of the user a token belongs to, its middle part: RT has no way to ask who one is."""
    found = re.match("[0-9]+-([0-9]+)-", token)
    return found[1] if found else None


def _mappings(values: object) -> list[Mapping[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
