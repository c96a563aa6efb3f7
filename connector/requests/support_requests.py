"""The flow of a support request: facts, decision, ticket, outbox row - all in the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from connector.domain import typed
from connector.domain.policy.customer_file import contact_link
from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Decision, Facts
from connector.domain.policy.requests import Message, Request
from connector.requests import repeats
from connector.requests.answers import decision_as_told
from connector.requests.facts import gather_judged
from connector.requests.history import remember
from connector.runtime import Runtime
from connector.storage import codec, ids, journal
from connector.storage.database import insert_once, lock_or_make
from connector.storage.keyring import last4
from connector.storage.tables import decisions, links, requests, ticket_notes, tickets
from connector.tickets import mails, messages, outbox, schedule, status_link
from connector.vendors import notifications
from connector.vendors.policies import versions
from connector.vendors.vendor import Vendor

_INSERT_DECISION = insert(decisions)
_SAVE_REPLY = (
    update(requests)
    .where(requests.c.id == bindparam("row"))
    .values(reply=bindparam("reply"), ticket_id=bindparam("ticket_id"))
)
_SAVE_WORDS = (
    update(requests)
    .where(requests.c.id == bindparam("row"))
    .values(asked=bindparam("asked"), texts=bindparam("texts"), digest=bindparam("digest"))
)
_TICKET = select(tickets).where(tickets.c.id == bindparam("row"))
_NOTES = (
    select(ticket_notes.c.id)
    .where(ticket_notes.c.ticket_id == bindparam("ticket"), ticket_notes.c.kind.in_(messages.SAID))
    .order_by(ticket_notes.c.id)
)

KEPT = ("accept", "hold")
"""Outcomes that make a ticket; the others tell the customer what to do, and nothing is queued."""


@dataclass(frozen=True)
class Answer:
    """What the asker is told: decision and ticket as in the reply, if it was answered before, the outbox row queued.

    message: the id of the message on the ticket that holds what was said in other words than before.
    """

    decision: dict[str, Any]
    ticket: dict[str, Any] | None
    repeated: bool = False
    outbox_id: str | None = None
    message: str | None = None


def open_request(
    tx: Connection,
    runtime: Runtime,
    vendor: Vendor,
    source: str,
    request: Request,
    now: datetime,
    *,
    same_body: bool = False,
) -> Answer:
    """Decide a request and queue what is accepted, once for each (source, request id).

    A request that already has its ticket gets its first answer again; what it says in other words than before is kept on
    the ticket as a message. One that was asked back, redirected or denied has none, and is decided anew by what it says
    now: never a cached "no" (ELG-04). same_body: raise OtherBody where it was sent before with anything else in it.
    """
    vendor = vendor.at(now)
    words = _as_kept(runtime, request)
    row = _lock_request(tx, vendor, source, request, words, now)
    if row.version and same_body and row.digest not in (None, words["digest"]):
        raise repeats.OtherBody(request.request_id)
    ticket = tx.execute(_TICKET, {"row": row.ticket_id}).first() if row.ticket_id else None
    if ticket is not None and (ticket.state != "held" or request.automatic):
        return _answered_before(tx, runtime, schedule.lock(tx, ticket.id), row, request, now)
    if row.version and words["digest"] != row.digest:  # the ticket is about what was added meanwhile, too
        tx.execute(_SAVE_WORDS, {"row": row.id} | words | {"texts": _all_words(runtime, row, words)})
    vendor, facts, decision = judge(tx, runtime, vendor, request, now)
    versions.keep(tx, runtime, vendor.policy, now)
    decision_id = _record(tx, vendor, row.id, facts, decision, now)
    _tell(tx, vendor, row.id, decision_id, decision, now)
    told = decision_as_told(decision_id, decision)
    if contact := contact_link(vendor.policy, request):
        insert_once(tx, links, {"vendor_id": vendor.id, "link": contact, "target": row.id})
    if decision.outcome not in KEPT:
        # A ticket on hold stays the request's one ticket: the next ask may release it.
        tx.execute(_SAVE_REPLY, {"row": row.id, "reply": json.dumps({"decision": told}), "ticket_id": row.ticket_id})
        return Answer(told, None)
    ticket_told, row_id = _queue(tx, runtime, vendor, row.id, ticket, decision_id, decision, facts, now)
    remember(tx, vendor, request, row.id)
    if decision.outcome == "accept":
        if ticket is None:
            schedule.begin(tx, vendor.id, ticket_told["id"], vendor.policy, decision)
        else:
            schedule.plan(tx, runtime, schedule.lock(tx, ticket.id), now)
    reply = json.dumps({"decision": told, "ticket": ticket_told})
    tx.execute(_SAVE_REPLY, {"row": row.id, "reply": reply, "ticket_id": ticket_told["id"]})
    change = "accepted" if decision.outcome == "accept" else "kept"
    mails.put(tx, runtime, ticket_told["id"], change, change, now)
    return Answer(told, ticket_told, outbox_id=row_id)


def _tell(tx: Connection, vendor: Vendor, request_id: str, decision_id: str, decision: Decision, now: datetime) -> None:
    """`decision.made` for the vendor's own programs, with the codes of the reasons and none of their words."""
    if not vendor.listening:
        return
    data = {"decision": decision_id, "outcome": decision.outcome, "policy": decision.policy}
    reasons = [finding.code for finding in decision.findings]
    about = {"request_id": request_id}
    notifications.put(tx, vendor.id, "decision.made", decision_id, now, about, **data, reasons=reasons)


def judge(
    tx: Connection, runtime: Runtime, vendor: Vendor, request: Request, now: datetime
) -> tuple[Vendor, Facts, Decision]:
    """Facts and decision without writing anything, and the vendor with the policy version that judged (NOT-06)."""
    vendor, facts = gather_judged(tx, vendor, runtime.keyring, request, now)
    return vendor, facts, decide(facts, vendor.policy, now)


def _as_kept(runtime: Runtime, request: Request) -> dict[str, Any]:
    """The request's columns: what was asked without keys, and its texts sealed."""
    stored = replace(request, key=None, purchase_code=None, subject="", message="", reproduction=None, unread={})
    said = {"subject": request.subject, "message": request.message, "reproduction": request.reproduction}
    texts: dict[str, Any] = {name: without_keys(text, request) if text else text for name, text in said.items()}
    texts["unread"] = {name: without_keys(text, request) for name, text in request.unread.items()}
    sealed = runtime.keyring.seal(json.dumps(texts).encode())
    digest = runtime.keyring.body_hash(repeats.content(request))
    return {"asked": codec.dumps(stored), "texts": sealed, "digest": digest}


def _answered_before(
    tx: Connection, runtime: Runtime, ticket: Any, row: Any, request: Request, now: datetime
) -> Answer:
    """The first answer again; what the request says anew becomes a message of its ticket."""
    stored = json.loads(row.reply)
    told = status_link.renewed(tx, runtime, stored.get("ticket") or {}) | {"state": ticket.state}
    first, words = codec.loads(row.asked, Request), json.loads(runtime.keyring.unseal(row.texts))
    kept = json.loads(runtime.keyring.unseal(_as_kept(runtime, request)["texts"]))
    new = repeats.added(first, words, request, kept)
    if not new:
        return Answer(stored["decision"], told, repeated=True)
    message_id = messages.repeated(ticket.id, new)
    message = Message(body=new, author=request.requester, automatic=request.automatic)
    row_id = messages.keep(tx, runtime, ticket, message, message_id, now)
    return Answer(stored["decision"], told, repeated=True, outbox_id=row_id, message=message_id)


def _all_words(runtime: Runtime, row: Any, words: dict[str, Any]) -> bytes:
    """The request's texts, sealed, with those it had before."""
    before, now = (json.loads(runtime.keyring.unseal(each)) for each in (row.texts, words["texts"]))
    return runtime.keyring.seal(json.dumps(repeats.together(before, now)).encode())


def _lock_request(
    tx: Connection, vendor: Vendor, source: str, request: Request, words: dict[str, Any], now: datetime
) -> Any:
    """Take the request's row; a twin that arrives at the same time waits here for the first to commit."""
    fresh = {
        "id": ids.new_id("req", now),
        "vendor_id": vendor.id,
        "source": source,
        "ref": request.request_id,
        "reply": "{}",
        "received_at": now,
    }
    wanted = ("id", "ticket_id", "reply", "version", "asked", "texts", "digest")
    return lock_or_make(tx, requests, fresh | words, ("vendor_id", "source", "ref"), wanted)


def without_keys(text: str, request: Request) -> str:
    """The text with the request's own licence key masked: people paste it, and tickets are read and mailed by many."""
    for key in (request.key, request.purchase_code):
        if key:
            text = typed.without_key(text, key, f"[licence key …{last4(key)}]")
    return text


def _record(tx: Connection, vendor: Vendor, request_id: str, facts: Facts, decision: Decision, now: datetime) -> str:
    """Every outcome is kept with the facts it rests on, so that it can be replayed (MET-04)."""
    decision_id = ids.new_id("dec", now)
    row = {
        "id": decision_id,
        "vendor_id": vendor.id,
        "request_id": request_id,
        "outcome": decision.outcome,
        "facts": codec.dumps(facts),
        "decision": codec.dumps(decision),
        "policy": decision.policy,
        "decided_at": now,
    }
    tx.execute(_INSERT_DECISION, row)
    codes = [finding.code for finding in decision.findings]
    told = {"decision": decision_id, "vendor": vendor.slug, "outcome": decision.outcome, "reasons": codes}
    journal.say(tx, "decision.made", **told, policy=decision.policy)
    return decision_id


def _queue(
    tx: Connection,
    runtime: Runtime,
    vendor: Vendor,
    request_id: str,
    ticket: Any,
    decision_id: str,
    decision: Decision,
    facts: Facts,
    now: datetime,
) -> tuple[dict[str, Any], str | None]:
    """The request's one ticket: made, or moved on from hold; an accepted one gets its outbox row where a helpdesk waits."""
    values = {
        "decision_id": decision_id,
        "product": facts.asked.product or (facts.standing.product if facts.standing else None),
        "license_id": facts.standing.license_id if facts.standing else None,
        "state": "held" if decision.outcome == "hold" else "queued",
        "working_state": "held" if decision.outcome == "hold" else "new",
        "priority": decision.priority,
        "rank": decision.rank,
        "tier": decision.tier,
        "respond_by": decision.due.respond_by,
        "resolve_by": decision.due.resolve_by,
        "update_by": decision.due.update_by,
    }
    if ticket is None:
        ticket_id, number = _new_ticket(tx, vendor, request_id, values, now)
    else:
        ticket_id, number = ticket.id, ticket.number
        tx.execute(update(tickets).where(tickets.c.id == ticket_id).values(**values))
    row_id = outbox.put(tx, vendor.id, ticket_id, now) if values["state"] == "queued" else None
    if row_id and ticket is not None:  # what the customer added while the ticket was on hold follows it
        for note_id in tx.execute(_NOTES, {"ticket": ticket_id}).scalars():
            outbox.put(tx, vendor.id, ticket_id, now, note_id)
    told = {
        "id": ticket_id,
        "number": number,
        "state": values["state"],
        "priority": decision.priority,
        "tier": decision.tier,
        "respond_by": _told(decision.due.respond_by),
        "resolve_by": _told(decision.due.resolve_by),
        "update_by": _told(decision.due.update_by),
        "status_url": status_link.url(runtime, number, ticket.link_generation if ticket else 0),
    }
    return told, row_id


def _new_ticket(
    tx: Connection, vendor: Vendor, request_id: str, values: dict[str, Any], now: datetime
) -> tuple[str, str]:
    ticket_id = ids.new_id("tkt", now)
    for _ in range(8):  # a number drawn twice is drawn again; 6e11 numbers make even one repetition rare
        number = ids.ticket_number()
        row = {"id": ticket_id, "vendor_id": vendor.id, "number": number, "request_id": request_id, "created_at": now}
        if insert_once(tx, tickets, row | values):
            return ticket_id, number
    raise RuntimeError(f"request {request_id}: no free ticket number, or the request has a ticket already")


def _told(instant: datetime | None) -> str | None:
    return codec.rfc3339(instant) if instant else None
