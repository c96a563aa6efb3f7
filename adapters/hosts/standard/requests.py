"""Support requests and messages in the standard format. Credentials are cut out here, before anything is stored (CRD-01)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.host_parts.reading import Fields
from adapters.hosts.standard.loading import loaded
from connector.domain import typed
from connector.domain.news import News
from connector.domain.policy import automatic
from connector.domain.policy.requests import EstimateAnswered, Message, Request
from connector.domain.redaction.redact import screen_value
from connector.formats.standard.requests import EstimateAnswer, SupportRequest, TicketMessage
from connector.formats.standard.typed_fields import Flag, Unread

_REQUEST, _MESSAGE, _ANSWER = SupportRequest(), TicketMessage(), EstimateAnswer()
NO_WORDS = "(no words)"


def requested(data: Fields, as_of: datetime | None) -> Request:
    """A customer asks for help; `request_id` is the host's own and makes two deliveries one request (contract 3.2)."""
    mark = automatic.mark_of(data.members)
    members, found = _screened(data)
    asked, unread = _read(loaded(_REQUEST, members, data.pointer))
    return Request(
        request_id=asked["request_id"],
        as_of=as_of,
        key=asked["license_key"],
        order_id=asked["order_id"],
        purchase_code=asked["purchase_code"],
        product=asked["product"],
        site=asked["site"],
        request_kind=asked["kind"],
        severity=asked["severity"],
        subject=asked["subject"] or "",
        message=asked["message"] or "",
        channel=asked["channel"] or "ticket",
        requester=asked["requester"],
        requester_verified=_verified(members),
        environment=asked["environment"] or {},
        reproduction=asked["reproduction"],
        attestations=asked["attestations"] or (),
        modified_code=asked["modified_code"],
        component=asked["component"],
        cause=asked["cause"],
        attachments=asked["attachments"] or (),
        redactions=found,
        unread=unread,
        automatic=mark,
    )


def message(data: Fields, as_of: datetime | None) -> Message:
    """A further message on a known request: `message` (or `body`), written by `requester` (or `author`).

    `automatic`, or the marks of mail programs, say that a machine wrote it: it moves no clock.
    """
    mark = automatic.mark_of(data.members)
    members, found = _screened(data)
    if "message" not in members and "body" not in members:
        raise data.refuse("message", "`message` is missing: send the customer's words")
    for ours, theirs in (("message", "body"), ("requester", "author")):
        members = members if members.get(ours) else {**members, ours: members.get(theirs)}
    said, unread = _read(loaded(_MESSAGE, members, data.pointer))
    ticket, request_id = _known(data, said)
    words = [said["message"] or unread.pop("message", NO_WORDS), *unread.values()]
    return Message(
        ticket=ticket,
        request_id=request_id,
        body="\n\n".join(words),
        author=said["requester"],
        as_of=as_of,
        redactions=found,
        automatic=mark,
    )


def estimate_answered(data: Fields, as_of: datetime | None) -> EstimateAnswered | Message:
    """`approved` is yes or no; `estimate` names the version that was answered (BIL-04, BIL-05).

    An answer in other words is a further message: an agent reads it.
    """
    members, found = _screened(data)
    said, unread = _read(loaded(_ANSWER, members, data.pointer))
    ticket, request_id = _known(data, said)
    if said["approved"] is None:
        if "approved" not in unread:
            raise data.refuse("approved", "`approved` is missing: send true or false")
        words = f"On the estimate: {unread['approved']}"
        return Message(ticket=ticket, request_id=request_id, body=words, as_of=as_of, redactions=found)
    return EstimateAnswered(
        ticket=ticket, request_id=request_id, approved=said["approved"], estimate=said["estimate"], as_of=as_of
    )


def _screened(data: Fields) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The same members without credentials, and the kinds of what was cut."""
    members, found = screen_value(data.members)
    environment = members.get("environment")
    # Its names are the customer's own: a `key` or an `id` there is none of those by which we find things.
    if isinstance(environment, dict):
        (names, values), more = screen_value([list(environment), list(environment.values())])
        members, found = {**members, "environment": dict(zip(names, values, strict=True))}, (*found, *more)
    return members, tuple(sorted(set(found)))


def _read(members: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What could be read of each member, and the words of what could not."""
    read = {name: each.value if isinstance(each, Unread) else each for name, each in members.items()}
    return read, {name: each.words for name, each in members.items() if isinstance(each, Unread)}


def _verified(members: Mapping[str, Any]) -> bool | None:
    """Whether the host vouches for the requester."""
    requester = members.get("requester")
    return Flag().read(requester.get("verified")) if isinstance(requester, Mapping) else None


def _known(data: Fields, said: Mapping[str, Any]) -> tuple[str | None, str | None]:
    ticket, request_id = said["ticket"], said["request_id"]
    if ticket is None and request_id is None:
        raise data.refuse("request_id", "send `ticket` (our number) or `request_id` (your own id of the request)")
    return typed.named_ticket(ticket) if ticket else None, request_id


EVENTS: Mapping[str, Callable[[Fields, datetime | None], News]] = {
    "support.requested": requested,
    "ticket.message": message,
    "estimate.answered": estimate_answered,
}
