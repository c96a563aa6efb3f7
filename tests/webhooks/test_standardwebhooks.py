"""Our signatures and those of the library `standardwebhooks` are one: what either signs, the other accepts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connector.formats.signature_schemes import StandardWebhooks
from webhooks.signatures import BadSignature, sign, verify

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SCHEME = StandardWebhooks()

SECRETS = st.binary(min_size=24, max_size=64).map(lambda key: "whsec_" + base64.b64encode(key).decode())
BODIES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.sampled_from(["", "{}", '{"a":"ü"}'])
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


class Frozen(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Frozen:
        return cls(2026, 11, 21, 10, 0, tzinfo=tz)


@pytest.fixture(autouse=True, scope="module")
def _clock() -> Iterator[None]:
    """The library looks at the clock itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("standardwebhooks.webhooks.datetime", Frozen)
        yield


@given(SECRETS, BODIES, IDS)
def test_what_the_library_signs_we_accept(secret: str, body: str, message_id: str) -> None:
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, NOW, body),
    }
    assert verify(SCHEME, [secret], headers, body.encode(), NOW) == 0


@given(SECRETS, BODIES, IDS)
def test_what_we_sign_the_library_accepts(secret: str, body: str, message_id: str) -> None:
    headers = sign(SCHEME, secret, body.encode(), NOW, message_id)
    Webhook(secret).verify(body, headers, json_parse=False)


@given(SECRETS, BODIES, IDS)
def test_the_signatures_are_the_same_text(secret: str, body: str, message_id: str) -> None:
    ours = sign(SCHEME, secret, body.encode(), NOW, message_id)["webhook-signature"]
    assert ours == Webhook(secret).sign(message_id, NOW, body)


@given(st.lists(SECRETS, min_size=2, max_size=4, unique=True), BODIES)
def test_any_of_several_live_secrets_will_do(secrets: list[str], body: str) -> None:
    """While a secret is changed the sender signs with both: either side finds its own among them."""
    tokens = [Webhook(secret).sign("msg_1", NOW, body) for secret in secrets]
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp()))}
    for index in range(len(secrets)):
        assert verify(SCHEME, secrets, headers | {"webhook-signature": tokens[index]}, body.encode(), NOW) == index
    assert verify(SCHEME, secrets[-1:], headers | {"webhook-signature": " ".join(tokens)}, body.encode(), NOW) == 0


@given(SECRETS, SECRETS, IDS)
def test_both_refuse_another_secret_and_another_body(secret: str, other: str, message_id: str) -> None:
    headers = sign(SCHEME, secret, b"{}", NOW, message_id)
    if secret == other:
        return
    for against, body in ((other, "{}"), (secret, "[]")):
        with pytest.raises(BadSignature):
            verify(SCHEME, [against], headers, body.encode(), NOW)
        with pytest.raises(WebhookVerificationError):
            Webhook(against).verify(body, headers, json_parse=False)
