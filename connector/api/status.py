"""`/t/<signed>`: what the customer sees of a ticket - what was decided, why, when an answer is due, and, when it
is solved, a form to rate it. No script, no secrets, no cookies: whoever has the signed link may do what the page offers."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, render_template, request

from connector.api.callers import runtime
from connector.domain.policy.wording import moment
from connector.runtime import Runtime
from connector.storage.database import reading, retrying, transaction
from connector.tickets import ratings, updates
from connector.tickets.status_link import BadLink, OverLink, opened
from connector.tickets.views import ticket_told
from connector.vendors import vendor

blueprint = Blueprint("status", __name__, template_folder="templates")

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action {form}; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY.format(form="'none'"),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@blueprint.get("/t/<token>")
def status(token: str) -> Response:
    """The customer's page of one ticket."""
    return _page(runtime(), token)


@blueprint.post("/t/<token>/rating")
def rate(token: str) -> Response:
    """The customer's rating of a solved ticket, once more = instead. The signed link is the credential; no cookie counts."""
    app = runtime()
    score = request.form.get("score", "")
    if score not in map(str, ratings.SCORES):
        return _page(app, token, 422, "Please choose a number from 1 to 5.")
    now = app.clock()

    def keep() -> None:
        with transaction(app.engine) as tx:
            ratings.rate(tx, app, opened(tx, app, token, now), int(score), request.form.get("words", ""), now)

    try:
        retrying(keep)
    except (BadLink, OverLink) as closed:
        return _no_page(closed)
    except ratings.NotYet as fault:
        return _page(app, token, 409, f"Sorry, {fault}.")
    return Response(status=303, headers=_HEADERS | {"Location": f"../{token}"})


def _page(app: Runtime, token: str, code: int = 200, said: str | None = None) -> Response:
    with reading(app.engine) as tx:
        try:
            ticket = ticket_told(tx, app, opened(tx, app, token, app.clock()))
        except (BadLink, OverLink) as closed:
            return _no_page(closed)
        if ticket is None:  # it went between the two statements
            return _no_page(BadLink("This ticket is gone."))
        solved = ratings.is_solved(tx, ticket["id"])
        told = {"score": ratings.score_of(tx, ticket["id"]), "heard": updates.heard(tx, app, ticket["id"])}
        policy = vendor.named(tx, app, ticket["vendor"]).policy
    action = "rating" if request.method == "POST" else f"{token}/rating"  # relative: we may live below a path
    state = updates.STATES[ticket["working_state"]]
    shown = {
        "ticket": ticket,
        "state": state,
        "solved": solved,
        "scores": ratings.SCORES,
        "action": action,
        "said": said,
    }
    return _answer(code, **shown, **told, when=lambda text: moment(datetime.fromisoformat(text), policy))


def _no_page(closed: BadLink | OverLink) -> Response:
    """Why a link opens nothing, and the way out where it once did."""
    over = isinstance(closed, OverLink)
    return _answer(410 if over else 404, over=over, why=str(closed))


def _answer(code: int, **told: object) -> Response:
    """A page; it may send a form to us only where it has one."""
    shown = {"ticket": None, "solved": False, "over": False} | told
    headers = _HEADERS | ({"Content-Security-Policy": _POLICY.format(form="'self'")} if shown["solved"] else {})
    return Response(render_template("status.html", **shown), code, headers=headers)
