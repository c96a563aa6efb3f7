"""What people tell us through a host: a support request, a further message on it, the answer to an estimate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.licensing.events import Key, Person


@dataclass(frozen=True)
class Request:
    """A customer's support request as the host sends it, credentials already cut out of its texts.

    unread: member to the words in it that could not be read as what they should be; agents see them.
    """

    request_id: str
    as_of: datetime | None = None
    key: Key | None = None
    order_id: str | None = None
    purchase_code: Key | None = None
    product: str | None = None
    site: str | None = None
    request_kind: str | None = None
    severity: str | None = None
    subject: str = ""
    message: str = ""
    channel: str = "ticket"
    requester: Person | None = None
    requester_verified: bool | None = None
    environment: dict[str, str] = field(default_factory=dict)
    reproduction: str | None = None
    attestations: tuple[str, ...] = ()
    modified_code: bool | None = None
    component: str | None = None
    cause: str | None = None
    attachments: tuple[str, ...] = ()
    redactions: tuple[str, ...] = ()
    automatic: str | None = None
    unread: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A further message on a request we already know, by ticket number or the host's request id.

    automatic: the mark by which a machine wrote it (`domain.policy.automatic`), or None.
    """

    ticket: str | None = None
    request_id: str | None = None
    body: str = ""
    author: Person | None = None
    as_of: datetime | None = None
    redactions: tuple[str, ...] = ()
    automatic: str | None = None


@dataclass(frozen=True)
class EstimateAnswered:
    """The customer's yes or no to an estimate, kept on the ticket's history."""

    ticket: str | None = None
    request_id: str | None = None
    approved: bool = False
    estimate: str | None = None
    as_of: datetime | None = None
