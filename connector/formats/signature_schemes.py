"""How hosts sign what they send, as data; `webhooks/signatures.py` does the arithmetic. Header names in lower case.

X-Signature: <hex>                            BodyHmac("x-signature", "hex")
Paddle-Signature: ts=<seconds>;h1=<hex>       TimestampedHmac("paddle-signature", "ts", "h1", ";", ":")
webhook-id, -timestamp, -signature: v1,<b64>  StandardWebhooks()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class BodyHmac:
    """HMAC-SHA256 of the raw body in one header; nothing signs the time, so replays must be caught by a delivery key.

    entity_decode: the host un-escapes HTML entities in the secret before use, as WooCommerce does.
    """

    header: str
    encoding: Literal["base64", "hex"]
    prefix: str = ""
    entity_decode: bool = False


@dataclass(frozen=True)
class TimestampedHmac:
    """Lower-case hex HMAC-SHA256 of `<unix seconds><joiner><raw body>`, as Paddle, Stripe and SureCart sign.

    The header holds `time_key=<seconds>` and one or more `signature_key=<hex>`, separated by `separator`. With
    `timestamp_header` the time stands there and `header` is the bare signature. Tolerance in seconds, both ways.
    """

    header: str
    time_key: str
    signature_key: str
    separator: str
    joiner: str
    timestamp_header: str | None = None
    tolerance: int = 300


@dataclass(frozen=True)
class StandardWebhooks:
    """Standard Webhooks 1.0.0: `<prefix>-id`, `-timestamp`, `-signature` over `id.timestamp.body`.

    Secrets are `whsec_<base64>` (v1, HMAC-SHA256) or `whpk_`/`whsk_<base64>` (v1a, ed25519). `raw_secret`: the bytes of
    the secret's own text are the key, as with Polar. Tolerance in seconds, both ways.
    """

    prefix: Literal["webhook", "svix"] = "webhook"
    raw_secret: bool = False
    tolerance: int = 300


Scheme = BodyHmac | TimestampedHmac | StandardWebhooks
