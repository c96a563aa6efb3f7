"""Schemas of what the views answer. The tests hold running answers against them."""

from __future__ import annotations

from connector.domain.clocks.ticket_states import WORKING
from connector.domain.licensing.verdict import CODES
from connector.domain.policy.reasons import SEVERITIES
from connector.formats.json_schema import (
    ANYTHING,
    COUNT,
    FLAG,
    TEXT,
    TIME,
    Schema,
    choice,
    listing,
    maybe,
    record,
    ref,
    told,
)

OUTCOMES = ("accept", *SEVERITIES[1:])
STATES = ("queued", "held", "forwarded", "parked")
_WORKING = choice(WORKING, "what people do with it")
_CUSTOMER: Schema = told(maybe(TEXT), "who asked: an e-mail address, or the host's id")
_DUE: dict[str, Schema] = {name: maybe(TIME) for name in ("respond_by", "resolve_by", "update_by")}

_ADDED: Schema = told(TEXT, "the id of the message on the ticket that holds what was said in other words than before")

_COMMON: dict[str, Schema] = {
    "Problem": record(
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "code": told(TEXT, "a word for machines"),
            "detail": told(TEXT, "what is wrong, and what to do about it"),
            "request_id": told(TEXT, "names this call in our log"),
            "errors": listing(record({"pointer": told(TEXT, "a JSON pointer, or a parameter's name"), "detail": TEXT})),
        },
        optional=["errors"],
        about="An error, as RFC 9457 has it.",
    ),
    "Person": record({"id": TEXT, "email": TEXT, "name": TEXT}, optional=["id", "email", "name"]),
    "Remedy": record(
        {"kind": TEXT, "label": TEXT, "url": maybe(TEXT)},
        optional=["url"],
        about="The way out: what to do, in words, and where.",
    ),
}

_DECISIONS: dict[str, Schema] = {
    "Reason": record(
        {
            "code": told(TEXT, "never renamed; explained at `/docs/reasons/<code>`"),
            "severity": choice(SEVERITIES, "a notice never changes the outcome"),
            "clause": told(maybe(TEXT), "of the vendor's published policy"),
            "message": TEXT,
            "facts": told({"type": "object"}, "what it rests on: texts, numbers, times"),
            "remedy": maybe(ref("Remedy")),
        }
    ),
    "Decision": record(
        {
            "id": told(maybe(TEXT), "null for a dry run"),
            "outcome": choice(OUTCOMES, "the heaviest severity among the reasons"),
            "reasons": listing(ref("Reason")),
            "policy": told(TEXT, "name, edition and fingerprint of the policy that judged"),
            "checked_at": TIME,
        }
    ),
    "Ticket": record(
        {
            "number": told(TEXT, "SC-7F3K-2M9Q"),
            "state": choice(STATES),
            "priority": maybe(TEXT),
            "tier": maybe(COUNT),
            **_DUE,
            "status_url": told(TEXT, "the customer's page"),
        },
        about="The ticket that a decision made.",
    ),
    "TicketRow": record(
        {
            "id": told(TEXT, "the cursor of this row"),
            "number": TEXT,
            "vendor": TEXT,
            "working_state": _WORKING,
            "subject": TEXT,
            "customer": _CUSTOMER,
            "product": maybe(TEXT),
            "state": choice(STATES, "where it is on its way to the helpdesk"),
            "priority": maybe(TEXT),
            "tier": maybe(COUNT),
            "due": told(maybe(TIME), "when the next promise runs out, or ran out"),
            **_DUE,
            "remote_id": told(maybe(TEXT), "its id in the helpdesk"),
            "created_at": TIME,
        }
    ),
    "TicketPage": record(
        {"items": listing(ref("TicketRow")), "next": told(maybe(TEXT), "the cursor of the following page, or null")}
    ),
    "OpenPromises": record({"items": listing(ref("OpenPromise"))}),
    "OpenPromise": record(
        {
            "vendor": TEXT,
            "ticket": told(TEXT, "its number"),
            "working_state": _WORKING,
            "subject": TEXT,
            "customer": _CUSTOMER,
            "clock": told(
                maybe(choice(("first_response", "next_response", "update", "resolution"))),
                "null: nothing is promised now, and yet it is not solved",
            ),
            "priority": maybe(TEXT),
            "tier": maybe(COUNT),
            "due": told(maybe(TIME), "null while it rests, or where nothing is promised"),
            "seconds_left": told(maybe({"type": "integer"}), "negative: overdue"),
            "state": choice(("running", "overdue", "untimed", "paused")),
        }
    ),
    "TicketShown": {
        "allOf": [
            ref("TicketRow"),
            record(
                {
                    "request_id": told(maybe(TEXT), "the host's own"),
                    "license": maybe(record({"id": TEXT, "last4": told(maybe(TEXT), "of its key")})),
                    "order": maybe(TEXT),
                    "site": maybe(TEXT),
                    "environment": {"type": "object", "additionalProperties": TEXT},
                    "attachments": told(listing(TEXT), "links, whole"),
                    "message": maybe(TEXT),
                    "reproduction": maybe(TEXT),
                    "said_before": told(
                        listing(TEXT), "earlier wordings, where it was sent again before it was accepted"
                    ),
                    "unread": told(
                        {"type": "object", "additionalProperties": TEXT},
                        "members that could not be read as what they should be, in the customer's words",
                    ),
                    "requester": maybe(ref("Person")),
                    "status_url": told(TEXT, "the customer's page"),
                    "decision": maybe(ref("Decision")),
                    "notes": told(
                        listing({"type": "object"}), "further messages and answers: kind, at and their content"
                    ),
                    "forwarding": listing(
                        record(
                            {
                                "id": TEXT,
                                "state": choice(("queued", "sending", "unknown", "done", "parked")),
                                "attempts": COUNT,
                                "error": maybe(TEXT),
                            }
                        )
                    ),
                }
            ),
        ]
    },
    "RequestAnswer": record(
        {
            "result": choice(("decided", "duplicate")),
            "decision": ref("Decision"),
            "ticket": ref("Ticket"),
            "message": _ADDED,
        },
        optional=["ticket", "message"],
        about="A refusal is an answer, too: the decision says why. Outcomes accept and hold have a ticket.",
    ),
    "Eligibility": record(
        {
            "found": told(FLAG, "whether anything in the ledger fits what was asked"),
            "eligible": told(FLAG, "whether the outcome is accept"),
            "vendor": TEXT,
            "assumed": told(listing(TEXT), "what was taken for granted because nobody said"),
            "license": maybe(ref("LicenceShown")),
            "decision": ref("Decision"),
            "checks": listing(
                record({"rule": TEXT, "result": choice(("pass", "fail", "skip")), "codes": listing(TEXT)})
            ),
            "would_be": record(
                {"priority": maybe(TEXT), "tier": maybe(COUNT), "respond_by": maybe(TIME), "resolve_by": maybe(TIME)}
            ),
        }
    ),
    "LicenceShown": record(
        {
            "id": maybe(TEXT),
            "product": maybe(TEXT),
            "plan": maybe(TEXT),
            "status": TEXT,
            "purchase": maybe(TEXT),
            "expires_at": maybe(TIME),
            "support": record({"active": FLAG, "until": maybe(TIME), "open_ended": FLAG}),
            "updates": record({"until": maybe(TIME)}),
            "sites": record(
                {
                    "limit": maybe(COUNT),
                    "used": COUNT,
                    **{name: listing(TEXT) for name in ("active", "exempt", "over_limit")},
                }
            ),
            "holder": maybe(ref("Person")),
            "owner": maybe(ref("Person")),
            "payment": maybe(TEXT),
            "as_of": maybe(TIME),
        },
        about="A licence as admins see it; never its key.",
    ),
}

_LICENCES: dict[str, Schema] = {
    "Verdict": record(
        {
            "valid": FLAG,
            "code": choice(CODES, "words are added, never reused"),
            "reasons": listing(record({"code": choice(CODES), "message": TEXT, "remedy": ref("Remedy")})),
            "license": record(
                {"status": maybe(TEXT), "product": maybe(TEXT), "plan": maybe(TEXT), "expires_at": maybe(TIME)}
            ),
            "support": record({"active": FLAG, "until": maybe(TIME)}),
            "updates": record({"active": FLAG, "until": maybe(TIME)}),
            "sites": record(
                {
                    "limit": told(maybe(COUNT), "null is unlimited"),
                    "used": COUNT,
                    "exempt": told(COUNT, "staging and local sites, which take no seat"),
                    "this_site": choice(("active", "exempt", "free_slot", "limit_reached", "not_sent")),
                    "exempt_why": maybe(TEXT),
                }
            ),
            "owner": record(
                {"asker": choice(("holder", "delegate", "other", "unknown", "not_sent"), "whose `email` was sent")}
            ),
            "as_of": told(maybe(TIME), "the newest news on which this rests"),
            "checked_at": TIME,
            "check_again_after": told(TIME, "how long this may be believed without asking again"),
            "nonce": told(TEXT, "as sent"),
            "token": told(TEXT, "a signed token (JWT, EdDSA) for use offline; only when valid"),
        },
        optional=["nonce", "token"],
        about="How a licence stands. No personal data.",
    ),
    "KeySet": record(
        {
            "keys": listing(
                record(
                    {
                        "kty": {"const": "OKP"},
                        "crv": {"const": "Ed25519"},
                        "alg": {"const": "EdDSA"},
                        "use": {"const": "sig"},
                        "kid": TEXT,
                        "x": told(TEXT, "the public key, base64url"),
                    }
                )
            )
        },
        about="A JWK set (RFC 7517, RFC 8037): the announced key, the one that signs, and those that did until lately.",
    ),
}

_DELIVERIES: dict[str, Schema] = {
    "DeliveryAnswer": record(
        {
            "delivery": told(maybe(TEXT), "our id of it; null for an unsigned ping"),
            "result": choice(("applied", "decided", "duplicate", "ignored", "quarantined")),
            "changes": listing(record({"license": TEXT, "what": TEXT, "from": ANYTHING, "to": ANYTHING})),
            "decision": ref("Decision"),
            "ticket": ref("Ticket"),
            "message": _ADDED,
            "why": told(TEXT, "why it was ignored"),
            "issued": told(
                listing(
                    record({"license": maybe(TEXT), "last4": TEXT, "product": maybe(TEXT), "orders": listing(TEXT)})
                ),
                "keys made here for an order's lines",
            ),
            "notes": told(listing(TEXT), "what of an order had no effect, and why"),
            "error": told(
                record(
                    {"pointer": TEXT, "message": TEXT, "errors": listing(record({"pointer": TEXT, "detail": TEXT}))},
                    optional=["errors"],
                ),
                "why it is in quarantine, and where; `errors` are all faults, where there are several",
            ),
        },
        optional=["changes", "decision", "ticket", "message", "why", "issued", "notes", "error"],
        about="The delivery is kept. A duplicate gets the first answer again.",
    ),
}

_HEALTH: dict[str, Schema] = {
    "Health": record({"status": {"const": "ok"}, "version": TEXT}),
    "Readiness": record(
        {
            "status": choice(("ready", "not ready")),
            "parts": {"type": "object", "additionalProperties": told(TEXT, "ok, or what to do")},
        }
    ),
}

_SHOPS: dict[str, Schema] = {
    "ConnectingShop": record(
        {
            "code": told(TEXT, "the claim, as in the address"),
            "site_url": told(TEXT, "the shop, as `connector endpoint list` shows it"),
            "site_name": TEXT,
            "site_id": TEXT,
            "plugin_version": TEXT,
            "notify_url": told(TEXT, "where the plugin takes notifications; left out, it is told nothing"),
        },
        optional=["site_name", "site_id", "plugin_version", "notify_url"],
    ),
    "PluginVersion": record(
        {
            "version": TEXT,
            "requires": told(TEXT, "the oldest WordPress it runs on"),
            "requires_php": TEXT,
            "tested": told(TEXT, "the newest WordPress it was tested on"),
            "changelog": TEXT,
            "package": told(TEXT, "where its zip is"),
            "sha256": told(TEXT, "of the zip, as hex"),
        }
    ),
    "Connection": record(
        {
            "endpoint_url": told(TEXT, "where the plugin posts to"),
            "secret": told(TEXT, "what it signs with (`whsec_`)"),
            "notify_secret": told(TEXT, "what notifications to `notify_url` are signed with (`whsec_`)"),
            "vendor": told(TEXT, "the vendor's short name"),
            "api_token": told(TEXT, "a token for `GET /v1/eligibility` alone"),
        },
        optional=["notify_secret"],
    ),
}

SCHEMAS: dict[str, Schema] = {**_SHOPS, **_COMMON, **_DELIVERIES, **_DECISIONS, **_LICENCES, **_HEALTH}
