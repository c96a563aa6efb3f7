"""`/t/<signed>`: what the customer sees of a ticket - what was decided, why, and when an answer is due. No script, no secrets."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from connector.api.callers import runtime
from connector.db import reading
from connector.status_link import BadLink, number_in
from connector.ticketing import ticket_told

blueprint = Blueprint("status", __name__, template_folder="templates")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@blueprint.get("/t/<token>")
def status(token: str) -> Response:
    """The customer's page of one ticket."""
    app = runtime()
    try:
        number = number_in(app, token)
    except BadLink as bad:
        return Response(render_template("status.html", ticket=None, why=str(bad)), 404, headers=_HEADERS)
    with reading(app.engine) as tx:
        ticket = ticket_told(tx, app, number)
    code = 200 if ticket else 404
    return Response(render_template("status.html", ticket=ticket, why="This ticket is gone."), code, headers=_HEADERS)
