"""`GET /v1/eligibility`: the dry run of a decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from connector.api.callers import caller, runtime
from connector.domain.calendar import days
from connector.domain.licensing import mailbox
from connector.domain.licensing.sites import BadSite
from connector.errors import Problem
from connector.requests.eligibility import BadInstant, Query, check
from connector.storage.database import reading

blueprint = Blueprint("eligibility", __name__)


class Instant(fields.AwareDateTime):
    """A time with its offset, or a day (which is the vendor's, and read by whoever knows him)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, str) and days.is_day(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None
        return super()._deserialize(value, attr, data, **more)


class TypedEmail(fields.Email):
    """An address as people type it or software sends it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        address = mailbox.address(value, query=True) if isinstance(value, str) else None
        if address is None:
            raise self.make_error("invalid")
        return address


class EligibilityParams(Schema):
    class Meta:
        unknown = RAISE

    license_key = fields.String(validate=validate.Length(1, 255))
    email = TypedEmail()
    order = fields.String(validate=validate.Length(1, 255), metadata={"description": "the host's order number"})
    site = fields.String(validate=validate.Length(1, 2000), metadata={"description": "in any spelling"})
    product = fields.String(validate=validate.Length(1, 255), metadata={"description": "slug"})
    kind = fields.String(
        validate=validate.Length(1, 100), metadata={"description": "what is asked, in a word of the policy"}
    )
    requester = TypedEmail(metadata={"description": "who asks, if not the holder"})
    channel = fields.String(validate=validate.Length(1, 40), load_default="ticket")
    component = fields.String(validate=validate.Length(1, 40), metadata={"description": "core or extension"})
    at = Instant(
        format="iso",
        metadata={"description": "judge at this instant, or at the beginning of this day; now if left out"},
    )


_PARAMS = EligibilityParams()
_WHO = ("license_key", "email", "order", "site")


@blueprint.get("/v1/eligibility")
def eligibility() -> dict[str, Any]:
    """Would a request be accepted, now or `at` another instant? Nothing is stored."""
    app = runtime()
    with reading(app.engine) as tx:
        who = caller(tx, "eligibility:read")
        params = _params()
        at = _at(params.pop("at", None), who.vendor.policy.zone) or app.clock()
        try:
            return check(tx, app, who.vendor, Query(**params), at)
        except (BadSite, BadInstant) as fault:
            name = "site" if isinstance(fault, BadSite) else "at"
            raise Problem(422, "invalid", str(fault), [{"pointer": name, "detail": str(fault)}]) from None


def _params() -> dict[str, Any]:
    repeated = sorted(name for name in request.args if len(request.args.getlist(name)) > 1)
    if repeated:
        raise Problem(422, "invalid", f"Send each parameter once: {', '.join(repeated)}.")
    try:
        params: dict[str, Any] = _PARAMS.load(request.args.to_dict())
    except ValidationError as fault:
        errors = [{"pointer": name, "detail": " ".join(map(str, words))} for name, words in fault.messages_dict.items()]
        raise Problem(422, "invalid", "Some parameters cannot be used.", errors) from None
    if not any(name in params for name in _WHO):
        raise Problem(422, "invalid", f"Say whom or what to look up: one of {', '.join(_WHO)}.")
    return params


def _at(when: date | None, zone: str) -> datetime | None:
    return when if when is None or isinstance(when, datetime) else days.start_of_day(when, zone)
