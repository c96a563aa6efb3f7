"""`/v1/licenses/*` for vendors' software: the key is the credential, the answer is 200 with a verdict, no personal data."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from connector.api.callers import runtime
from connector.domain.licensing.events import Key
from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.sites import BadSite
from connector.domain.licensing.verdict import CODES, REMEDIES, Verdict
from connector.errors import Problem
from connector.formats.hostnames import canonical_site
from connector.formats.strict_json import BadJson, loads
from connector.licences import tokens
from connector.licences.named_sites import MAX_PLACE
from connector.licences.question import MAX_KEY
from connector.licences.rate_limits import gate_of
from connector.licences.verification import ask
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading, retrying, transaction

blueprint = Blueprint("licences", __name__)


class LicenceCall(Schema):
    class Meta:
        unknown = RAISE

    license_key = fields.String(
        required=True, validate=validate.Length(1, MAX_KEY), metadata={"description": "the credential"}
    )
    product = fields.String(
        validate=validate.Length(1, 255),
        metadata={"description": "slug; a licence for another product is PRODUCT_MISMATCH"},
    )
    site = fields.String(validate=validate.Length(1, 2000), metadata={"description": "in any spelling"})
    environment = fields.String(validate=validate.Length(1, 40), metadata={"description": "production, staging, ..."})
    install = fields.String(
        validate=validate.Length(1, MAX_PLACE),
        metadata={"description": "names the installation where a product counts those"},
    )
    replace = fields.String(
        validate=validate.Length(1, 2000), metadata={"description": "a site whose seat goes to this one"}
    )
    email = fields.String(validate=validate.Length(3, 254), metadata={"description": "asks whether this is the holder"})
    nonce = fields.String(validate=validate.Length(1, 200), metadata={"description": "echoed, and signed into a token"})
    token = fields.Boolean(metadata={"description": "add a signed token when valid"})


_CALL = LicenceCall()


@blueprint.post("/v1/licenses/validate")
def validate_view() -> Response:
    """How does the licence stand? Writes nothing; `token: true` adds a signed answer."""
    return _read(signed=False)


@blueprint.post("/v1/licenses/token")
def token_view() -> Response:
    """A signed offline token, when the licence is valid for the product and site."""
    return _read(signed=True)


@blueprint.post("/v1/licenses/activate")
def activate_view() -> Response:
    """Take a seat for the site; again for the same site changes nothing; `replace` gives it another site's seat."""
    return _write("activate")


@blueprint.post("/v1/licenses/deactivate")
def deactivate_view() -> Response:
    """Free the site's seat; always allowed."""
    return _write("deactivate")


@blueprint.get("/.well-known/jwks.json")
def jwks_view() -> Response:
    """The public keys our tokens are signed with."""
    app = runtime()
    tokens.signing_key(app, app.clock())  # so that there are keys to pin before the first token
    with reading(app.engine) as tx:
        response = jsonify(tokens.jwks(tx, app.clock()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _read(signed: bool) -> Response:
    app, call = runtime(), _call(place_needed=False)
    _hold_back(app, call)
    with reading(app.engine) as tx:
        found = ask(tx, app, _question("validate", call), app.clock(), wide=False)
    return _answer(app, found, call, signed=signed or bool(call.get("token")))


def _write(act: str) -> Response:
    app, call = runtime(), _call(place_needed=True)

    def change() -> Answer:
        with transaction(app.engine) as tx:
            return ask(tx, app, _question(act, call), app.clock(), wide=False)

    _hold_back(app, call)
    return _answer(app, retrying(change), call, signed=bool(call.get("token")))


def _hold_back(app: Runtime, call: dict[str, Any]) -> None:
    """Problem 429 for a key or an address that asks too often."""
    key_hash = app.keyring.key_hash(call["license_key"])
    if wait := gate_of(app).wait(key_hash, request.remote_addr or "", app.clock()):
        sentence = "Too many calls for this key or from this address: ask again later, and believe the last answer."
        raise Problem(429, "rate_limited", sentence, headers={"Retry-After": str(ceil(wait))})


def _question(act: str, call: dict[str, Any]) -> Question:
    return Question(
        act=act,
        key=Key(call["license_key"]),
        product=(f"slug:{call['product']}",) if "product" in call else (),
        site=call.get("site"),
        install=call.get("install"),
        replace=call.get("replace"),
        environment=call.get("environment"),
        email=call.get("email"),
    )


def _call(place_needed: bool) -> dict[str, Any]:
    """What the call says; raises Problem 400, 413, 415 or 422 for a call that is none."""
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    body = request.get_data(cache=False)
    if len(body) > 16_384:
        raise Problem(413, "too_large", "Send at most 16 kB.")
    try:
        call: dict[str, Any] = _CALL.load(loads(body))  # type: ignore[arg-type]
        for name in ("site", "replace"):
            pointer = f"/{name}"
            if name in call:
                canonical_site(call[name])
    except BadJson as fault:
        raise Problem(400, "bad_json", str(fault)) from None
    except BadSite as fault:
        raise Problem(422, "invalid", str(fault), [{"pointer": pointer, "detail": str(fault)}]) from None
    except ValidationError as fault:
        messages = fault.messages if isinstance(fault.messages, dict) else {"": fault.messages}
        errors = [{"pointer": f"/{name}", "detail": " ".join(map(str, words))} for name, words in messages.items()]
        raise Problem(422, "invalid", "Some members of the call cannot be used.", errors) from None
    if place_needed and "site" not in call and "install" not in call:
        raise Problem(422, "invalid", CODES["SITE_REQUIRED"], [{"pointer": "/site", "detail": CODES["SITE_REQUIRED"]}])
    return call


def _answer(app: Runtime, answer: Answer, call: dict[str, Any], *, signed: bool) -> Response:
    found, vendor = answer.verdict, answer.vendor
    if found.code == "NOT_FOUND":
        gate_of(app).missed(request.remote_addr or "", found.checked_at)
    told = told_verdict(found)
    if "nonce" in call:
        told["nonce"] = call["nonce"]
    if signed and found.valid:
        key, at = tokens.signing_key(app, found.checked_at), found.checked_at
        nonce, asked = call.get("nonce"), answer.product.slug if answer.product else None
        told["token"] = tokens.mint(key, app.settings.public_url, vendor or "", found, at, nonce, asked)
    response = jsonify(told)
    response.headers["Cache-Control"] = "no-store"
    return response


def told_verdict(found: Verdict) -> dict[str, Any]:
    """The verdict as the contract has it (3.3)."""
    stands = found.standing if found.code != "PRODUCT_MISMATCH" else None
    return {
        "valid": found.valid,
        "code": found.code,
        "reasons": [] if found.valid else [_reason(found.code)],
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
            "exempt": len(stands.exempt) if stands else 0,
            "this_site": found.this_site if stands else "not_sent",
            "exempt_why": found.exempt_why if stands else None,
        },
        "owner": {"asker": found.asker if stands else "not_sent"},
        "as_of": _time(stands.as_of) if stands else None,
        "checked_at": _time(found.checked_at),
        "check_again_after": _time(found.check_again_after),
    }


def _reason(code: str) -> dict[str, Any]:
    kind, label = REMEDIES[code]
    return {"code": code, "message": CODES[code], "remedy": {"kind": kind, "label": label}}


def _time(instant: datetime | None) -> str | None:
    return codec.rfc3339(instant) if instant else None
