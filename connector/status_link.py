"""The signed link a customer gets: it names one ticket and can be neither guessed nor altered."""

from __future__ import annotations

import jwt

from connector.runtime import Runtime

_ALGORITHMS = ["HS256"]


class BadLink(ValueError):
    """The link was altered, cut short, or made by another installation."""


def url(runtime: Runtime, number: str) -> str:
    """`<public url>/t/<signed>` for a ticket number."""
    token = jwt.encode({"sub": number, "aud": "ticket"}, runtime.keyring.signing, algorithm="HS256")
    return f"{runtime.settings.public_url}/t/{token}"


def number_in(runtime: Runtime, token: str) -> str:
    """The ticket number of a signed link; raises BadLink."""
    try:
        claims = jwt.decode(
            token,
            runtime.keyring.signing,
            algorithms=_ALGORITHMS,
            audience="ticket",
            options={"require": ["sub", "aud"], "verify_signature": True, "verify_aud": True},
        )
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise BadLink("this link is not one of ours: copy the whole link from the message you got") from None
    return str(claims["sub"])
