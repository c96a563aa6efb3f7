"""`/connect/<claim>`: a shop's plugin exchanges a connect code, once, for its endpoint and secrets."""

from __future__ import annotations

import hmac
import json
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.urls import iri_to_uri

from connector.api.callers import runtime
from connector.errors import Problem
from connector.formats.strict_json import BadJson, loads
from connector.licences.token_buckets import Buckets
from connector.observe import Log
from connector.runtime import Runtime
from connector.storage.database import retrying, transaction
from connector.vendors import connect_codes
from connector.vendors.connect_codes import Site
from connector.vendors.notify_endpoints import BadUrl, checked

blueprint = Blueprint("connect", __name__, template_folder="templates")
log = Log()

MISSES_A_MINUTE = 20
"""How often an address may try codes that are not good."""
LONGEST_BODY = 16 * 1024

_PAGE = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@blueprint.get("/connect/<claim>")
def code_page(claim: str) -> Response:
    """What to do with a connect code, for whoever opens it in a browser; the same for every code, and none is used up."""
    return Response(render_template("connect.html"), headers=_PAGE)


@blueprint.post("/connect/<claim>")
def exchange(claim: str) -> Response:
    """Exchange a connect code for an endpoint, its secret, a secret for notifications and a token.

    Works once, within 15 minutes; a code that was used, is over or never was answers 404, and no telling which. A body that
    cannot be used leaves the code as it was.
    """
    app = runtime()
    misses, address, now = _misses(app), request.remote_addr or "", app.clock()
    if wait := misses.take(address, now, only_ask=True):
        seconds = str(max(1, round(wait)))
        raise Problem(429, "too_many", "Too many wrong codes from this address.", headers={"Retry-After": seconds})
    site, same = _told(claim)

    def burn() -> dict[str, Any] | None:
        with transaction(app.engine) as tx:
            return connect_codes.exchange(tx, app, claim, site, now)

    made = retrying(burn) if same else None
    if made is None:
        misses.take(address, now)
        log.warning("connect.refused", address=address)
        sentence = (
            "No such code, or it was used, or it is over 15 minutes old: "
            "`connector endpoint add --host standard --connect` makes a new one."
        )
        raise Problem(404, "no_such_code", sentence)
    body = json.dumps(made, ensure_ascii=False)
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})


def _misses(app: Runtime) -> Buckets:
    found: Buckets = app.memo.setdefault("connect misses", Buckets(MISSES_A_MINUTE))
    return found


def _told(claim: str) -> tuple[Site, bool]:
    """The shop of the body, and whether it names the code it was sent to. Raises Problem, with where and the cure."""
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    body = request.get_data(cache=False)
    if len(body) > LONGEST_BODY:
        raise Problem(413, "too_large", f"Send at most {LONGEST_BODY} bytes.")
    try:
        data = loads(body)
    except BadJson as fault:
        raise Problem(400, "bad_json", str(fault)) from None
    if not isinstance(data, dict):
        raise Problem(422, "invalid", "Send an object with code, site_url and notify_url.")
    code = _text(data, "code", 500) or ""
    site_url = _text(data, "site_url", 500)
    if not site_url:
        raise _invalid("site_url", "the address of the shop is missing")
    notify_url = iri_to_uri(_text(data, "notify_url", 2000) or "")
    try:
        # http:// is taken here so that a shop can connect; nothing is sent there unless the operator allows it.
        notify_url = checked(notify_url, allow_private=True) if notify_url else ""
    except BadUrl as fault:
        raise _invalid("notify_url", str(fault)) from None
    name, site_id, plugin = (_text(data, each, 200) or "" for each in ("site_name", "site_id", "plugin_version"))
    same = hmac.compare_digest(code.encode(), claim.encode())
    return Site(site_url, name, site_id, plugin, notify_url or None), same


def _text(data: dict[str, Any], name: str, most: int) -> str | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable():
        raise _invalid(name, "send text, on one line")
    if len(value) > most:
        raise _invalid(name, f"at most {most} characters")
    return value


def _invalid(name: str, what: str) -> Problem:
    return Problem(422, "invalid", f"{name}: {what}", [{"pointer": f"/{name}", "detail": what}])
