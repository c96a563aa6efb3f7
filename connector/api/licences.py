"""`/v1/licenses/*` for vendors' software: the key is the credential, the answer is 200 with a verdict, no personal data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy import Connection

from connector import codec, tokens
from connector.api.callers import runtime
from connector.db import reading, retrying, transaction
from connector.domain.sites import BadSite
from connector.domain.verdict import CODES, Verdict
from connector.errors import Problem
from connector.hostnames import canonical_site
from connector.licences import MAX_KEY, LicenceQuery, activate, deactivate
from connector.licences import validate as validate_licence
from connector.runtime import Runtime
from connector.strictjson import BadJson, loads

blueprint = Blueprint("licences", __name__)
Flow = Callable[[Connection, Runtime, LicenceQuery, datetime], Verdict]


class _Call(Schema):
    class Meta:
        unknown = RAISE

    license_key = fields.String(required=True, validate=validate.Length(1, MAX_KEY))
    product = fields.String(validate=validate.Length(1, 255))
    site = fields.String(validate=validate.Length(1, 2000))
    environment = fields.String(validate=validate.Length(1, 40))
    nonce = fields.String(validate=validate.Length(1, 200))
    token = fields.Boolean()


_CALL = _Call()


@blueprint.post("/v1/licenses/validate")
def validate_view() -> Response:
    """How does the licence stand? Writes nothing; `token: true` adds a signed answer."""
    app, call, query = runtime(), *_call(site_needed=False)
    with reading(app.engine) as tx:
        found = validate_licence(tx, app, query, app.clock())
    return _answer(app, found, call, signed=bool(call.get("token")))


@blueprint.post("/v1/licenses/activate")
def activate_view() -> Response:
    """Take a seat for the site; again for the same site changes nothing."""
    return _write(activate)


@blueprint.post("/v1/licenses/deactivate")
def deactivate_view() -> Response:
    """Free the site's seat; always allowed."""
    return _write(deactivate)


@blueprint.post("/v1/licenses/token")
def token_view() -> Response:
    """A signed offline token, when the licence is valid for the product and site."""
    app, call, query = runtime(), *_call(site_needed=False)
    with reading(app.engine) as tx:
        found = validate_licence(tx, app, query, app.clock())
    return _answer(app, found, call, signed=True)


@blueprint.get("/.well-known/jwks.json")
def jwks_view() -> Response:
    """The public keys our tokens are signed with."""
    app = runtime()
    with reading(app.engine) as tx:
        response = jsonify(tokens.jwks(tx, app.clock()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _write(flow: Flow) -> Response:
    app, call, query = runtime(), *_call(site_needed=True)

    def change() -> Verdict:
        with transaction(app.engine) as tx:
            return flow(tx, app, query, app.clock())

    return _answer(app, retrying(change), call, signed=bool(call.get("token")))


def _call(site_needed: bool) -> tuple[dict[str, Any], LicenceQuery]:
    """The call and what it asks; raises Problem 400, 413, 415 or 422 for a call that is none."""
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    body = request.get_data(cache=False)
    if len(body) > 16_384:
        raise Problem(413, "too_large", "Send at most 16 kB.")
    try:
        call: dict[str, Any] = _CALL.load(loads(body))  # type: ignore[arg-type]
        site = canonical_site(call["site"]) if "site" in call else None
    except BadJson as fault:
        raise Problem(400, "bad_json", str(fault)) from None
    except BadSite as fault:
        raise Problem(422, "invalid", str(fault), [{"pointer": "/site", "detail": str(fault)}]) from None
    except ValidationError as fault:
        messages = fault.messages if isinstance(fault.messages, dict) else {"": fault.messages}
        errors = [{"pointer": f"/{name}", "detail": " ".join(map(str, words))} for name, words in messages.items()]
        raise Problem(422, "invalid", "Some members of the call cannot be used.", errors) from None
    if site_needed and site is None:
        raise Problem(422, "invalid", CODES["SITE_REQUIRED"], [{"pointer": "/site", "detail": CODES["SITE_REQUIRED"]}])
    return call, LicenceQuery(call["license_key"], call.get("product"), site)


def _answer(app: Runtime, found: Verdict, call: dict[str, Any], *, signed: bool) -> Response:
    told = told_verdict(found)
    if "nonce" in call:
        told["nonce"] = call["nonce"]
    if signed and found.valid:
        with transaction(app.engine) as tx:
            url, at, nonce = app.settings.public_url, found.checked_at, call.get("nonce")
            told["token"] = tokens.offline_token(tx, app.keyring, url, found, at, nonce)
    response = jsonify(told)
    response.headers["Cache-Control"] = "no-store"
    return response


def told_verdict(found: Verdict) -> dict[str, Any]:
    """The verdict as the contract has it (3.3)."""
    stands = found.standing if found.code != "PRODUCT_MISMATCH" else None
    return {
        "valid": found.valid,
        "code": found.code,
        "reasons": [] if found.valid else [{"code": found.code, "message": CODES[found.code]}],
        "license": {
            "status": stands.status if stands else None,
            "product": stands.product if stands else None,
            "plan": stands.plan if stands else None,
            "expires_at": _time(stands.expires_at) if stands else None,
        },
        "support": {
            "active": found.support_active if stands else False,
            "until": _time(stands.support_until) if stands else None,
        },
        "updates": {
            "active": found.updates_active if stands else False,
            "until": _time(stands.updates_until) if stands else None,
        },
        "sites": {
            "limit": stands.site_limit if stands else None,
            "used": stands.used if stands else 0,
            "this_site": found.this_site if stands else "not_sent",
        },
        "checked_at": _time(found.checked_at),
        "check_again_after": _time(found.check_again_after),
    }


def _time(instant: datetime | None) -> str | None:
    return codec.rfc3339(instant) if instant else None
