"""`GET /v1/tickets`: the vendor's tickets, newest first, by cursor."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from connector.api.callers import caller, runtime
from connector.db import reading
from connector.errors import Problem
from connector.ticketing import list_tickets

blueprint = Blueprint("tickets", __name__)


@blueprint.get("/v1/tickets")
def tickets() -> dict[str, Any]:
    """A page of tickets; `next` is the cursor of the following page, or null."""
    app = runtime()
    limit = request.args.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 200):
        raise Problem(422, "invalid", "limit is a whole number from 1 to 200.")
    with reading(app.engine) as tx:
        who = caller(tx, "tickets:read")
        rows = list_tickets(
            tx, who.vendor.id, state=request.args.get("state"), before=request.args.get("cursor"), limit=int(limit)
        )
    return {"items": rows, "next": rows[-1]["id"] if len(rows) == int(limit) else None}
