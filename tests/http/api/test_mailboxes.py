"""Every door that takes an e-mail address in a URL or a form: a `+` sent as it is, or encoded twice, is a plus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.http.shops import Shop

JANE = "jane+lic@buyer.example"
SPELLED = {
    "encoded once": "jane%2Blic%40buyer.example",
    "as it is": "jane+lic@buyer.example",
    "encoded twice": "jane%252Blic%2540buyer.example",
    "its box twice": "jane%252Blic@buyer.example",
}
OWN = "the-shops-own-secret"


def _creating(protocol: str, call: str, path: str = "/") -> Callable[[Shop, str, str], tuple[str, str]]:
    def sent(shop: Shop, secret: str, email: str) -> tuple[str, str]:
        return f"/compat/{shop.slug}{path.format(secret=secret)}", call.format(secret=secret, email=email)

    sent.__name__ = protocol
    return sent


CREATING = [
    _creating("slm", "slm_action=slm_create_new&secret_key={secret}&item_reference=forms&email={email}"),
    _creating(
        "software_addon",
        "wc-api=software-api&request=generate_key&secret_key={secret}&product_id=SW1&email={email}",
    ),
    *(
        _creating(
            protocol,
            "license_key=MADE-0001-0001&product_id=501&email={email}",
            f"/wp-json/{protocol}/{version}/licenses?consumer_key=ck_1&consumer_secret={{secret}}",
        )
        for protocol, version in (("lmfwc", "v2"), ("dlm", "v1"))
    ),
]


@pytest.fixture
def store(shop: Shop) -> Shop:
    ids = [f"{protocol}=501" for protocol in ("slm", "lmfwc", "dlm")]
    shop.product("forms", *[w for word in (*ids, "software_addon=SW1") for w in ("--face-id", word)])
    return shop


def post(shop: Shop, path: str, form: str) -> Any:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return requests.post(shop.server.url + path, data=form, headers=headers, timeout=30).json()


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
def test_the_holder_is_known_to_software_however_it_builds_its_address(store: Shop, spelled: str) -> None:
    words = ("--product", "forms", "--email", JANE)
    key = store.shell.json("license", "issue", "--vendor", store.slug, *words)["license_key"]
    form = f"wc-api=software-api&request=activation&license_key={key}&product_id=SW1&platform=a.shop.example&email={spelled}"
    assert post(store, f"/compat/{store.slug}/", form)["activated"] is True
    other = form.replace("jane", "joan")
    assert post(store, f"/compat/{store.slug}/", other)["activated"] is False


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
@pytest.mark.parametrize("door", CREATING, ids=lambda door: door.__name__)
def test_a_licence_is_made_for_the_address_that_was_meant(store: Shop, door: Any, spelled: str) -> None:
    pair = ("--consumer", "ck_1") if door.__name__ in ("lmfwc", "dlm") else ()
    words = ("--vendor", store.slug, "--scope", "manage", *pair)
    secret = store.shell.json("face", "secret", "add", door.__name__, *words)["secret"]
    post(store, *door(store, secret, spelled))
    [made] = store.licences()
    assert made["holder"]["email"] == JANE


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
def test_the_look_up_finds_the_address_that_was_meant(store: Shop, spelled: str) -> None:
    store.shell.json("license", "issue", "--vendor", store.slug, "--product", "forms", "--email", JANE)
    headers = {"Authorization": f"Bearer {store.token('eligibility:read')}"}
    told = requests.get(f"{store.server.url}/v1/eligibility?email={spelled}", headers=headers, timeout=30).json()
    assert told["found"] is True
