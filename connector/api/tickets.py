"""`GET /v1/tickets`: the vendor's tickets, newest first, by cursor; `/v1/tickets/open`: the open ones, by time to due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request

from connector.api.callers import caller, runtime
from connector.errors import Problem
from connector.storage.database import reading
from connector.tickets.open_tickets import by_time_to_due
from connector.tickets.views import STATES, list_tickets

blueprint = Blueprint("tickets", __name__)


@blueprint.get("/v1/tickets")
def tickets() -> dict[str, Any]:
    """A page of tickets; `next` is the cursor of the following page, or null."""
    app, limit = runtime(), _limit()
    with reading(app.engine) as tx:
        who = caller(tx, "tickets:read")
        rows = list_tickets(tx, app, who.vendor.id, before=request.args.get("cursor"), limit=limit, **_filters())
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


@blueprint.get("/v1/tickets/open")
def open_tickets() -> dict[str, Any]:
    """Every ticket that is not solved, the most overdue promise first and what rests last (MET-01)."""
    app, limit = runtime(), _limit()
    with reading(app.engine) as tx:
        who = caller(tx, "tickets:read")
        return {"items": by_time_to_due(tx, app, who.vendor.id, app.clock(), limit)}


def _filters() -> dict[str, Any]:
    state = request.args.get("state")
    if state is not None and state not in STATES:
        raise Problem(422, "invalid", f"state is one of {', '.join(STATES)}.")
    due_by = request.args.get("due_by")
    try:
        when = datetime.fromisoformat(due_by) if due_by else None
    except ValueError:
        when = None
    if due_by and (when is None or when.tzinfo is None):
        raise Problem(422, "invalid", "due_by is a time with its offset, for example 2026-03-01T12:00:00Z.")
    return {"state": state, "due_by": when} | {name: request.args.get(name) for name in ("customer", "product")}


def _limit() -> int:
    limit = request.args.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 200):
        raise Problem(422, "invalid", "limit is a whole number from 1 to 200.")
    return int(limit)
