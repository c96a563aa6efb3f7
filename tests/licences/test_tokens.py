"""Offline tokens as minted: the documented function accepts them, they say what is so, and keys change without a gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from connector.domain.licensing.events import Granted, Key, Person
from connector.licences import tokens
from connector.storage.database import transaction
from tests import offline
from tests.personal import found_in
from tests.support.stores import NOW, Store
from wsgi import create_app

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada Example")
URL = "http://127.0.0.1:8080"
SITE = "https://www.One.example.com/"


def client_of(store: Store, **granted: Any) -> FlaskClient:
    """The API over a store whose vendor granted one licence; SITE is activated."""
    store.runtime = replace(store.runtime, clock=lambda: NOW)
    store.tell([Granted(KEY, "forms", NOW - timedelta(days=1), ADA, site_limit=1, plan="pro", **granted)])
    client = create_app(store.runtime).test_client()
    assert call(client, "activate", site=SITE)["code"] == "VALID"
    return client


@pytest.fixture
def client(store: Store) -> FlaskClient:
    return client_of(store)


def call(client: FlaskClient, act: str = "token", **body: Any) -> Any:
    answer = client.post(f"/v1/licenses/{act}", json={"license_key": KEY, "product": "forms", "site": SITE} | body)
    assert answer.status_code == 200, answer.text
    return answer.json


def pinned(client: FlaskClient) -> dict[str, str]:
    """What a vendor would ship today: kid -> public half."""
    return {each["kid"]: each["x"] for each in client.get("/.well-known/jwks.json").json["keys"]}  # type: ignore[index]


def verify(
    token: str, keys: dict[str, str], now: datetime = NOW, other: dict[str, str] | None = None
) -> dict[str, Any]:
    """The claims by the documented function; raises ValueError."""
    expected = {"iss": URL, "vendor": "acme", "aud": "forms", "site": offline.python()["site_name"](SITE)} | (
        other or {}
    )
    at = int(now.timestamp())
    claims: dict[str, Any] = offline.python()["verify_offline"](token, keys, expected, 30 * 86400, at, {})
    return claims


def test_a_token_says_how_licence_support_and_updates_stand(store: Store) -> None:
    client = client_of(store, support_until=NOW - timedelta(seconds=1), updates_until=NOW + timedelta(days=2))
    token = call(client)["token"]
    claims = verify(token, pinned(client))
    assert claims["sub"].startswith("lic_")
    assert claims["license"] == {"status": "active", "plan": "pro", "expires_at": None}
    assert claims["support"] == {"active": False, "until": "2026-11-21T11:59:59Z"}
    assert claims["updates"] == {"active": True, "until": "2026-11-23T12:00:00Z"}
    assert (claims["iat"], claims["nbf"]) == (int(NOW.timestamp()),) * 2
    assert claims["exp"] - claims["iat"] == tokens.LIFE.total_seconds()


def test_php_believes_it_too(client: FlaskClient) -> None:
    token = call(client)["token"]
    expected = {"iss": URL, "vendor": "acme", "aud": "forms", "site": "one.example.com"}
    case = {"token": token, "now": int(NOW.timestamp()), "latest": 0}
    told = offline.run_php([case], [], keys=pinned(client), expected=expected)
    assert told["tokens"] == [["good", case["now"]]]


@pytest.mark.parametrize(
    "other", [{"aud": "crm"}, {"vendor": "other"}, {"site": "two.example.com"}, {"iss": URL + "/"}]
)
def test_a_token_is_for_one_product_of_one_vendor_on_one_site(client: FlaskClient, other: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="refused"):
        verify(call(client)["token"], pinned(client), other=other)


def test_a_token_ends_with_the_licence(store: Store) -> None:
    client = client_of(store, expires_at=NOW + timedelta(hours=1))
    token = call(client)["token"]
    assert verify(token, pinned(client), NOW + timedelta(minutes=59))
    with pytest.raises(ValueError, match="ended"):
        verify(token, pinned(client), NOW + timedelta(hours=1))


def test_the_nonce_is_signed(client: FlaskClient) -> None:
    """C8: whoever sent it knows that the answer is no older than the call."""
    assert verify(call(client, nonce="n-1")["token"], pinned(client))["nonce"] == "n-1"
    assert verify(call(client, "validate", nonce="n-2", token=True)["token"], pinned(client))["nonce"] == "n-2"
    assert "nonce" not in verify(call(client)["token"], pinned(client))


def test_no_token_for_a_licence_that_is_not_valid(client: FlaskClient) -> None:
    assert "token" not in call(client, site="elsewhere.example.com")


def test_no_token_holds_personal_data(client: FlaskClient) -> None:
    assert found_in(call(client)["token"], ADA.email, ADA.name, KEY) == []


# --- keys


@pytest.fixture
def rotate(store: Store) -> Callable[[timedelta], str]:
    def turn(after: timedelta) -> str:
        with transaction(store.runtime.engine) as tx:
            return tokens.rotate(tx, store.keyring, NOW + after)

    return turn


def test_software_that_pins_todays_keys_believes_tokens_after_a_rotation(
    client: FlaskClient, rotate: Callable[[timedelta], str]
) -> None:
    old = call(client)["token"]
    shipped = pinned(client)
    assert len(shipped) == 2
    kid = rotate(timedelta(hours=1))
    new = call(client)["token"]
    assert kid == jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(old)["kid"]
    assert verify(old, shipped)["sub"] == verify(new, shipped)["sub"]
    rotate(timedelta(hours=2))
    with pytest.raises(ValueError, match="refused"):
        verify(call(client)["token"], shipped)


def test_a_retired_key_is_published_until_its_last_token_has_ended(
    client: FlaskClient, store: Store, rotate: Callable[[timedelta], str]
) -> None:
    old = jwt.get_unverified_header(call(client)["token"])["kid"]
    rotate(timedelta(hours=1))
    with transaction(store.runtime.engine) as tx:
        end = NOW + timedelta(hours=1) + tokens.LIFE
        before, after = ([row.id for row in tokens.public_keys(tx, at)] for at in (end - timedelta(seconds=1), end))
    assert (old in before, len(before)) == (True, 3)
    assert (old in after, len(after)) == (False, 2)


def test_a_private_key_is_sealed_at_rest_and_never_published(client: FlaskClient, store: Store) -> None:
    call(client)
    with transaction(store.runtime.engine) as tx:
        rows = tokens.public_keys(tx, NOW)
        raw = tokens.current(tx, store.keyring, NOW).private.private_bytes_raw()
    assert all(raw not in bytes(row.private) for row in rows)
    told = client.get("/.well-known/jwks.json").json
    assert all(set(each) == {"kty", "crv", "alg", "use", "kid", "x"} for each in told["keys"])  # type: ignore[index]
