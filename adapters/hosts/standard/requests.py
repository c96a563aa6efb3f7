"""Support requests and what follows on them. Credentials are cut out here, before anything is stored (CRD-01)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.reading import MAX_LINE, MAX_LINK, MAX_SLUG, Fields
from connector.domain import automatic, events
from connector.domain.redact import screen_value

COMPONENTS = ("core", "extension")


def requested(data: Fields, as_of: datetime | None) -> events.Request:
    """A customer asks for help; `request_id` is the host's own and makes two deliveries one request (contract 3.2)."""
    mark = automatic.mark_of(data.members)
    data, found = _screened(data)
    requester = data.child("requester")
    return events.Request(
        request_id=data.needed("request_id", data.id),
        as_of=as_of,
        key=data.key("license_key"),
        order_id=data.id("order_id"),
        purchase_code=data.key("purchase_code"),
        product=data.slug("product"),
        site=data.site("site"),
        request_kind=data.line("kind", MAX_SLUG),
        severity=data.line("severity", MAX_SLUG),
        subject=data.line("subject", 1_000) or "",
        message=data.text("message") or "",
        channel=data.line("channel", MAX_SLUG) or "ticket",
        requester=requester.as_person() if requester else None,
        requester_verified=requester.flag("verified") if requester else None,
        environment=_environment(data),
        reproduction=data.text("reproduction"),
        attestations=data.lines("attestations", MAX_SLUG),
        modified_code=data.flag("modified_code"),
        component=data.choice("component", COMPONENTS),
        cause=data.line("cause", MAX_SLUG),
        attachments=_attachments(data),
        redactions=found,
        automatic=mark,
    )


def message(data: Fields, as_of: datetime | None) -> events.Message:
    """A further message on a known request: `message` (or `body`), written by `requester` (or `author`).

    `automatic`, or the marks of mail programs, say that a machine wrote it: it moves no clock.
    """
    mark = automatic.mark_of(data.members)
    data, found = _screened(data)
    ticket, request_id = _known(data)
    return events.Message(
        ticket=ticket,
        request_id=request_id,
        body=data.needed("body" if "body" in data.members else "message", data.text),
        author=data.person("requester") or data.person("author"),
        as_of=as_of,
        redactions=found,
        automatic=mark,
    )


def estimate_answered(data: Fields, as_of: datetime | None) -> events.EstimateAnswered:
    """`approved` is true or false; `estimate` names the version that was answered (BIL-04, BIL-05)."""
    data, _ = _screened(data)
    ticket, request_id = _known(data)
    approved = data.needed("approved", data.flag)
    return events.EstimateAnswered(
        ticket=ticket, request_id=request_id, approved=approved, estimate=data.id("estimate"), as_of=as_of
    )


def _screened(data: Fields) -> tuple[Fields, tuple[str, ...]]:
    """The same members without credentials, and the kinds of what was cut."""
    members, found = screen_value(data.members)
    environment = members.get("environment")
    # Its names are the customer's own: a `key` or an `id` there is none of those by which we find things.
    if isinstance(environment, dict):
        (names, values), more = screen_value([list(environment), list(environment.values())])
        members, found = {**members, "environment": dict(zip(names, values, strict=True))}, (*found, *more)
    return Fields(members, data.pointer), tuple(sorted(set(found)))


def _known(data: Fields) -> tuple[str | None, str | None]:
    ticket, request_id = data.line("ticket", 40), data.id("request_id")
    if ticket is None and request_id is None:
        raise data.refuse("request_id", "send `ticket` (our number) or `request_id` (your own id of the request)")
    return ticket, request_id


def _environment(data: Fields) -> dict[str, str]:
    given = data.child("environment")
    if given is None:
        return {}
    if len(given.members) > 100:
        raise data.refuse("environment", f"`environment` has {len(given.members)} entries: at most 100 are taken")
    texts = Fields({name: _as_text(value) for name, value in given.members.items()}, given.pointer)
    values = {name[:MAX_LINE]: texts.text(name) for name in texts.members}
    return {name: value for name, value in values.items() if value is not None}


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)


def _attachments(data: Fields) -> tuple[str, ...]:
    """Links, each bare or as `{url, name}`; they are passed on, never fetched."""
    places = data.places("attachments")
    return tuple(_attachment(places, place) for place in places.members)


def _web_link(text: str) -> str:
    """A link that agents may click; anything else is left out and said so, since the request itself is good."""
    return text if text.lower().startswith(("https://", "http://")) else "(left out: not a web link)"


def _attachment(places: Fields, place: str) -> str:
    if isinstance(places.members[place], str):
        return _web_link(places.needed(place, lambda name: places.line(name, MAX_LINK)))
    given = places.needed(place, places.child)
    link = _web_link(given.needed("url", lambda name: given.line(name, MAX_LINK)))
    name = given.line("name")
    return f"{name} {link}" if name else link


EVENTS: Mapping[str, Callable[[Fields, datetime | None], events.News]] = {
    "support.requested": requested,
    "ticket.message": message,
    "estimate.answered": estimate_answered,
}
