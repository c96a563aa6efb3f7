"""`GET /v1/tickets`: the vendor's tickets, newest first, by cursor; `/v1/tickets/open`: what is promised, by time to due."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from connector.api.callers import caller, runtime
from connector.db import reading
from connector.errors import Problem
from connector.open_tickets import by_time_to_due
from connector.ticketing import list_tickets

blueprint = Blueprint("tickets", __name__)


@blueprint.get("/v1/tickets")
def tickets() -> dict[str, Any]:
    """A page of tickets; `next` is the cursor of the following page, or null."""
    app, limit = runtime(), _limit()
    with reading(app.engine) as tx:
        who = caller(tx, "tickets:read")
        rows = list_tickets(
            tx, who.vendor.id, state=request.args.get("state"), before=request.args.get("cursor"), limit=limit
        )
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


@blueprint.get("/v1/tickets/open")
def open_tickets() -> dict[str, Any]:
    """Open promises, the most overdue first and what rests last (MET-01)."""
    app, limit = runtime(), _limit()
    with reading(app.engine) as tx:
        who = caller(tx, "tickets:read")
        return {"items": by_time_to_due(tx, who.vendor.id, app.clock(), limit)}


def _limit() -> int:
    limit = request.args.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 200):
        raise Problem(422, "invalid", "limit is a whole number from 1 to 200.")
    return int(limit)
